"""What is said about the sums of the carbon inventory, its factors and fuels, and what is avoided."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.sentences import Telling
from dashboard.sentences.texts import _, tellings

SENTENCES: Mapping[str, Telling] = tellings(
    {
        "avoided.no_factor": (
            _("A factor is missing: the tonnes avoided are not known."),
            _("Enter the factor of the grid or of gas with its validity and source."),
            "",
        ),
        "avoided.partial": (
            _("A heat meter is not known: the sum is of the others."),
            _("Look at the power, the cable and the gateway of the device."),
            "",
        ),
        "factor.changes_inside": (
            _("Other factors hold for a part of the month: each for its own days."),
            "",
            "",
        ),
        "factor.none": (
            _("No factor of the ledger holds for it: it is not known."),
            _("Enter the factor with its validity and source."),
            _("No factor of the ledger holds for it in %(time)s: it is not known."),
        ),
        "factor.none_base_year": (
            _("No factor of the ledger holds for it in the base year: the fixed-factor path is not known."),
            _("Enter the factor of the base year with its validity and source."),
            "",
        ),
        "factor.no_split": (
            _("A factor of CH₄ or N₂O or its warming potential is missing: it is not counted."),
            _("Enter the factor and the warming potential."),
            "",
        ),
        "factor.other_year": (
            _("A factor is of data of another year."),
            _("Enter the factor of the year once it is published."),
            "",
        ),
        "factor.unknown_use": (
            _("The factor is for a use that does not exist; it is not used."),
            _("State it for a use of the list."),
            "",
        ),
        "factor.wrong_unit": (
            _("The factor is in another unit than its use needs; it is not used."),
            _("State it in the unit of its use."),
            "",
        ),
        "factor.wrong_reference": (
            _("The factor is not of a volume at 0 °C and 101.325 kPa; it is not used."),
            _("State it per m³ at 0 °C and 101.325 kPa."),
            "",
        ),
        "factor.impossible": (
            _("The factor is negative or no number; it is not used."),
            _("State a number that is not negative."),
            "",
        ),
        "factor.no_region": (
            _("The factor does not say which grid it is of; it is not used."),
            _("State the region that it holds in: CN, CN-GD, CN-SOUTH."),
            "",
        ),
        "fuel.impossible": (
            _("The fuel, its mass or its span cannot be; it does not count."),
            _("Enter a fuel of the list, a mass that is not negative and an end after its begin."),
            "",
        ),
        "fuel.closed": (
            _("A closed period counts the fuel by an entry that is void now; it counts no second time."),
            _("Restate the closed period; from then on the fuel counts in its month."),
            _(
                "The closed period %(period)s counts the fuel of %(document)s already; it counts no "
                "second time."
            ),
        ),
        "fuel.twice": (
            _("The fuel is in an earlier entry too; it counts once."),
            _("Void one of the two; of equal amounts for two purposes enter the sum."),
            "",
        ),
        "fuel.outside": (
            _("The fuel lies outside the months that the inventory covers; it counts nowhere."),
            _("Void the entry and enter it again with the days that it was burnt on."),
            "",
        ),
        "fuel.no_entry": (
            _("Nothing of the fuel is entered for a month that is over, though there is for one before."),
            _("Import or enter the invoices of these months, 0 t where nothing was burnt."),
            _("Nothing is entered for %(first)s to %(last)s, though there is for a month before."),
        ),
        "fuel.not_yet": (
            _("The invoice of a fuel is not there yet: its months count in no intensity."),
            _("Enter what was burnt once the month is over."),
            "",
        ),
        "inventory.no_meter": (
            _("No meter of the plant tells it."),
            _("Give a point this carrier in the plant file."),
            "",
        ),
        "inventory.no_data": (
            _("The meters tell nothing of the period."),
            _("Look at the power, the cable and the gateway of the device."),
            "",
        ),
        "inventory.partial": (
            _("The meters do not tell all of the period; what they miss is in no figure."),
            _("Fill the gaps: declare what was done to the meters."),
            "",
        ),
        "inventory.mixed_ncv": (_("More than one calorific value holds in the period."), "", ""),
        "inventory.no_source": (
            _("Nothing of this scope is metered or entered."),
            _("Enter what there is, or meter it."),
            "",
        ),
        "inventory.year_differs": (
            _("The closed year is not the sum of its months as they stand."),
            _("Restate the year too."),
            _("The closed year %(period)s is not the sum of its months as they stand."),
        ),
        "inventory.no_lots": (
            _("No lot of aluminium is entered."),
            _("Enter the lots that came in."),
            _("No lot of aluminium is entered for %(first)s to %(last)s; these months are estimated."),
        ),
        "inventory.no_region": (
            _("Nobody told which region's grid the plant is on: Scope 2 is not known."),
            _("Give it in the plant file: [carbon] grid_region, as CN-GD."),
            "",
        ),
        "inventory.no_pv": (
            _("Certificates of own PV were sold, and how much of it the plant used itself is not known."),
            _("Make the readings of the PV meters complete."),
            "",
        ),
        "inventory.area_by_factor": (_("Output in this unit is by the stated area of a tonne."), "", ""),
        "inventory.no_area_factor": (
            _("A process has no output in this unit: there is no intensity by it."),
            _("Give the process m2_per_t in the plant file."),
            "",
        ),
        "inventory.no_output": (
            _("Nothing was made: there is no intensity."),
            _("Enter the production if there was any."),
            _("Nothing was made in %(period)s: there is no intensity in %(unit)s."),
        ),
        "inventory.output_unknown": (
            _("The output is not known: there is no intensity."),
            _("Import the production of the processes, or see why their counters were silent."),
            _("The output of %(period)s in %(unit)s is not known: there is no intensity."),
        ),
        "inventory.emissions_partial": (
            _("The energy is not known of all of the time; below nine tenths there is no intensity."),
            _("Fill the gaps: declare what was done to the meters."),
            _("Less than 90 %% of the energy of %(period)s is known: there is no intensity in %(unit)s."),
        ),
        "inventory.output_partial": (
            _("The output is not known of all of the time."),
            _("Enter the production of the process, or check its counter."),
            "",
        ),
        "inventory.uncertainty_partial": (
            _("A factor that matters states no uncertainty: the figure is of the others."),
            _("Enter the factor with its uncertainty."),
            "",
        ),
        "inventory.uncertainty_unknown": (
            _("No factor of a part that matters states its uncertainty: that of the sum is not known."),
            _("Enter the factors with their uncertainty."),
            "",
        ),
        "inventory.closing_damaged": (
            _("A closing cannot be read as it was written; the period counts as open."),
            _("Run “energy-agent verify”; restore the ledger from a copy."),
            "",
        ),
    }
)
"""Code -> sentence without facts, cure, sentence with facts."""
