"""What is said about green power, aluminium, invoices and base years."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.sentences import Telling
from dashboard.sentences.texts import _, tellings

SENTENCES: Mapping[str, Telling] = tellings(
    {
        "certificate.bad_ids": (
            _("The first and the last id of the certificates are no range; they cover nothing."),
            _("Void the entry and state both ids as they are on the certificates."),
            "",
        ),
        "certificate.bad_vintage": (
            _("The generation of the certificates ends before it begins; they cover nothing."),
            _("Void the entry and state the span of the generation."),
            "",
        ),
        "certificate.long_vintage": (
            _("The generation of the certificates is longer than a year; they cover nothing."),
            _("Void the entry and enter each month or year of generation by itself."),
            "",
        ),
        "certificate.twice": (
            _("An earlier entry has some of these certificates; they count once."),
            _("Void the entry that is wrong."),
            _("Entry %(entry)s has %(ids)s, which entry %(earlier)s has already; they count once."),
        ),
        "certificate.not_retired": (
            _("The certificates are not retired and cover nothing yet."),
            _("Have them retired for the plant and state the day."),
            "",
        ),
        "certificate.wrong_beneficiary": (
            _("The certificates were not retired for the plant; they cover nothing."),
            _(
                "State the beneficiary as on the retirement statement; the plant file has the name that it "
                "must be."
            ),
            _("The certificates were retired for %(beneficiary)s, not for %(wanted)s; they cover nothing."),
        ),
        "certificate.retired_early": (
            _("The certificates were retired before their generation began; they cover nothing."),
            _("Void the entry and state both days as on the certificates."),
            "",
        ),
        "certificate.no_contract": (
            _("The certificates came with a contract that nobody entered; they cover nothing."),
            _("Enter the contract with what was settled, or correct its id."),
            _(
                "The certificates came with the contract %(contract)s, which nobody entered; they cover "
                "nothing."
            ),
        ),
        "certificate.own_pv": (
            _(
                "The certificates are of own PV, whose own use emits nothing anyway: they cover nothing "
                "bought."
            ),
            "",
            "",
        ),
        "certificate.sold": (
            _("Somebody else has the certificates now; they cover nothing."),
            _("Say that they are of own PV, if they are."),
            "",
        ),
        "certificate.surplus": (
            _("Certificates are left: more than there is to cover in their year so far."),
            _("Nothing is to be done: they cover no other year."),
            _(
                "%(left_kwh)s kWh of the certificates are left: more than there is to cover in their year so "
                "far."
            ),
        ),
        "certificate.no_consumption": (
            _(
                "No bought electricity was metered in the year of their generation; the certificates cover "
                "nothing."
            ),
            _("Use certificates of the year of the consumption, or import the readings of that year."),
            "",
        ),
        "certificate.more_than_generated": (
            _("There are more certificates of own PV than it generated."),
            _("Compare the certificates with the PV meters; void the entry that is wrong."),
            _("The certificates are %(over_kwh)s kWh more than own PV generated."),
        ),
        "certificate.pv_unknown": (
            _(
                "Certificates of own PV were sold, and its generation is not metered whole: how much counts "
                "as residual mix is not known."
            ),
            _("Make the readings of the PV meters complete."),
            "",
        ),
        "certificate.sold_closed": (
            _(
                "Certificates of own PV of a closed month were sold, which does not have it: it weighs "
                "nowhere."
            ),
            _("Restate the month; before that it shows what would change."),
            _("Of the own PV of %(month)s %(kwh)s kWh were sold; closed without it, they weigh nowhere."),
        ),
        "cover.gone": (
            _("A closed month counts on green power that the ledger no longer has."),
            _("Enter it again, or restate the month."),
            _("The closed month %(month)s counts on %(kwh)s kWh that the ledger no longer has."),
        ),
        "contract.impossible": (
            _("The span, the kWh or the factor of the contract cannot be; it covers nothing."),
            _("Enter it again with the same id: a begin before its end, kWh and factor not negative."),
            "",
        ),
        "contract.surplus": (
            _("More was settled under the contract than bought electricity was metered."),
            _("Compare the settlement with the meters and the invoices of those months."),
            _("%(left_kwh)s kWh more were settled under the contract than bought electricity was metered."),
        ),
        "contract.closed": (
            _("Energy of the contract was settled for a closed month that does not have it."),
            _("Restate the month; before that it shows what would change."),
            _("%(kwh)s kWh of the contract were settled for %(month)s, closed without them."),
        ),
        "contract.unproven": (
            _("No certificate proves energy of the contract; it keeps the factor of the contract."),
            _("Enter the certificates that came with it, with its id."),
            _("No certificate proves %(kwh)s kWh of the contract; they keep its factor."),
        ),
        "lot.closed": (
            _("A closed period counts the lot, so it counts nothing in the month that it is in now."),
            _("Restate the closed period; from then on the lot counts in its month."),
            _(
                "The closed period %(period)s counts the lot, so it counts nothing in the month that it is "
                "in now."
            ),
        ),
        "lot.impossible": (
            _("The mass or the supplier's factor of the lot cannot be; its tonnes are not known."),
            _("Enter the lot again with the same id: a mass above 0, a factor not below 0."),
            "",
        ),
        "lot.shares": (
            _("The shares of the lot do not add up to 1, or one cannot be; its tonnes are not known."),
            _("Enter the lot again with the same id and the shares of the supplier's statement."),
            "",
        ),
        "lot.no_factor": (
            _("No factor holds for a part of the lot on its day; its tonnes are not known."),
            _("Enter the factor with its validity and source, or ask the supplier for a factor of the lot."),
            _("No factor for %(use)s holds on the day of the lot; its tonnes are not known."),
        ),
        "lot.no_boundary": (
            _("The supplier's factor does not say its boundary or the year of its data; it is not used."),
            _("Ask the supplier for both and enter the lot again with the same id."),
            "",
        ),
        "lot.old_factor": (
            _("The supplier's factor is of data more than 3 years away."),
            _("Ask the supplier for a newer one."),
            "",
        ),
        "lot.unverified": (
            _("Nobody verified the supplier's factor."),
            _("Ask the supplier for a verified one."),
            "",
        ),
        "lot.outside": (
            _("The lot came in outside the months that the inventory covers; it counts nowhere."),
            _("Enter the lot again with the same id and the day that it came in."),
            "",
        ),
        "invoice.impossible": (
            _("The span or the quantity of the invoice cannot be; it is not compared."),
            _("Void the entry and enter begin, end and quantity of the invoice."),
            "",
        ),
        "invoice.wrong_unit": (
            _("The unit of the invoice cannot be held against the meters."),
            _("Void the entry and enter gas in m³, electricity in kWh."),
            "",
        ),
        "invoice.no_reference": (
            _("The invoice gives m³ without the conditions that they are of; it is not compared."),
            _("Void the entry and enter it with its reference, 20C or 0C, as in the supply contract."),
            "",
        ),
        "invoice.unusable_reference": (
            _(
                "The m³ of the invoice cannot be converted without temperature and pressure; it is not "
                "compared."
            ),
            _("Ask the supplier for the volume at 20 °C or 0 °C and enter that."),
            "",
        ),
        "invoice.overlap": (
            _("Two invoices of one supplier bill the same time; those months are not compared."),
            _(
                "Void the one that is wrong; for two meters of one supplier name the account with the "
                "supplier."
            ),
            _(
                "It bills a time that %(other_number)s of the same supplier bills too; those months are not "
                "compared."
            ),
        ),
        "reconcile.open": (
            _(
                "Main meters and what they are held against differ by more than the tolerance, and nobody "
                "said why."
            ),
            _("Look for a wrong multiplier, reference or reading day; enter the reason once it is known."),
            _(
                "In %(month)s main meters and %(against)s differ by %(share)s, more than %(tolerance)s, and "
                "nobody said why."
            ),
        ),
        "reconcile.by_time": (_("An invoice over several months gives each its share of the time."), "", ""),
        "reconcile.partly_invoiced": (
            _("Invoices cover only a part of the month; it is not compared."),
            _("Enter the invoice of the rest of the month."),
            "",
        ),
        "reconcile.meter_incomplete": (
            _("A meter does not know the whole month; it is not compared."),
            _("Fill the gaps: declare what was done to the meters."),
            "",
        ),
        "base_year.no_approver": (
            _("Nobody approved the base year."),
            _("Enter it again with who approved it."),
            "",
        ),
        "base_year.impossible": (
            _("A figure of the base year cannot be, or its threshold is not between 0 and 1."),
            _("Enter it again with the figures of the document."),
            "",
        ),
        "base_year.output": (
            _("The output of the base year gives no intensity."),
            _("Enter it again with the output of the year."),
            "",
        ),
        "base_year.contradiction": (
            _("A stated intensity of the base year is not its tonnes by its output."),
            _("Enter it again with the figures of the document; leave out what it does not state."),
            "",
        ),
        "base_year.other_threshold": (
            _("The threshold of the base year is not that of the method."),
            _("Enter it again with the threshold of the method, or change it in the plant file."),
            _("The threshold of the base year is %(share)s, that of the method %(tolerance)s."),
        ),
        "base_year.first_twice": (
            _("A base year was set before this one, so it is no first one."),
            _("Enter it again with the reason for the change: structural, method, factor or error."),
            "",
        ),
        "base_year.not_compared": (
            _(
                "No figure is stated of the base year both before and after: nobody can tell whether the "
                "change is above the threshold."
            ),
            _("Keep the figures before and after with the document."),
            "",
        ),
        "base_year.below_threshold": (
            _("The base year changes by less than its threshold: no recalculation is due."),
            _("Void the entry, or name the change that is above the threshold."),
            _(
                "The base year changes by %(share)s at most, less than the threshold of %(tolerance)s: no "
                "recalculation is due."
            ),
        ),
        "base_year.recalculation_due": (
            _(
                "The inventory of the base year differs from what was stated by more than the threshold: a "
                "recalculation is due."
            ),
            _("Recalculate the base year with its reason, or correct the entries behind the inventory."),
            _(
                "%(figure)s was stated as %(stated)s %(unit)s, and the inventory gives %(actual)s now, more "
                "than %(tolerance)s away: a recalculation is due."
            ),
        ),
    }
)
"""Code -> sentence without facts, cure, sentence with facts."""
