"""Which green certificates may cover anything: each id once, retired for the plant, of generation that was.

Ids are text that ends in digits; consecutive ones differ in these alone, and case, width, dashes and spaces
tell no two apart. Of ids that two entries have, the earlier entry keeps them, even if it may not cover
anything itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from analytics.declared_carbon import Numbered
from domain.carbon_entries import LONGEST_VINTAGE_MS, Certificates
from domain.certificate_ids import IdRange, id_range
from domain.findings import Finding, Severity
from domain.method import CarbonMethod
from domain.periods import Period
from domain.plain_ids import plain_id

KWH_EACH = 1000.0
"""A green electricity certificate stands for 1 MWh (METHOD 7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Certificates of one entry, without those that an earlier entry has."""

    number: int
    body: Certificates
    ids: IdRange
    kwh: float

    @property
    def name(self) -> str:
        """Return `first..last`, as written."""
        return name_of(self.body)

    def in_common(self, others: IdRange) -> int:
        """Return how many ids the batch has in common with others."""
        if not self.ids.overlaps(others):
            return 0
        return min(self.ids.last, others.last) - max(self.ids.first, others.first) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """Batches by what they are for, each ordered by vintage, then entry."""

    bought: tuple[Batch, ...]
    """Cover bought electricity."""
    proof: Mapping[str, tuple[Batch, ...]]
    """Id of a contract -> what proves its energy."""
    own: tuple[Batch, ...]
    """Issued for the plant's own PV, sold or not."""
    findings: tuple[Finding, ...]


def usable(
    certificates: Sequence[Numbered[Certificates]],
    method: CarbonMethod,
    *,
    contracts: frozenset[str],
    months: Sequence[Period],
) -> Usable:
    """Return which certificates may be used for what; `contracts` are the ids of those that are known."""
    bought: list[Batch] = []
    own: list[Batch] = []
    proof: dict[str, list[Batch]] = {}
    named = {plain_id(each): each for each in sorted(contracts)}
    batches, findings = _once(sorted(certificates, key=lambda each: each.number))
    for batch in sorted(batches, key=lambda each: (each.body.since, each.body.until, each.number)):
        doubts = list(_doubts(batch, method, frozenset(named), months))
        findings += doubts
        if batch.body.is_own_pv:
            own.append(batch)
        elif not doubts and batch.body.contract:
            proof.setdefault(named[plain_id(batch.body.contract)], []).append(batch)
        elif not doubts:
            bought.append(batch)
    return Usable(
        bought=tuple(bought),
        proof={name: tuple(of) for name, of in sorted(proof.items())},
        own=tuple(own),
        findings=tuple(findings),
    )


def name_of(body: Certificates) -> str:
    """Return what certificates of one entry are called together."""
    return f"{body.first}..{body.last}"


def day_at(at: int, months: Sequence[Period]) -> date:
    """Return the day that an instant lies in, by the zone that the months are of; UTC without any."""
    ahead = 0
    if months:
        near = min(months, key=lambda month: abs(month.since - at))
        begin = datetime.fromisoformat(f"{near.name}-01").replace(tzinfo=UTC)
        ahead = round(begin.timestamp() * 1000) - near.since
    return datetime.fromtimestamp((at + ahead) / 1000, UTC).date()


def said(
    code: str,
    body: Certificates,
    problem: str,
    remedy: str,
    severity: Severity = Severity.ERROR,
    **facts: float | str,
) -> Finding:
    """Return a finding about certificates."""
    return Finding(
        code=code,
        key=name_of(body),
        problem=problem,
        remedy=remedy,
        severity=severity,
        since=body.since,
        until=body.until,
        facts=facts,
    )


# inside


def _once(certificates: Sequence[Numbered[Certificates]]) -> tuple[list[Batch], list[Finding]]:
    """Return the batches of all that are named well, each id in the earliest entry that has it."""
    batches: list[Batch] = []
    findings: list[Finding] = []
    for each in certificates:
        body, ids = each.body, id_range(each.body.first, each.body.last)
        if ids is None:
            findings.append(_bad_ids(body))
            continue
        shared = [other for other in batches if other.in_common(ids)]
        kwh = KWH_EACH * (ids.count - _union(ids, [other.ids for other in shared]))
        batch = Batch(number=each.number, body=body, ids=ids, kwh=kwh)
        findings += [_twice(batch, other) for other in shared]
        batches.append(batch)
    return batches, findings


def _union(ids: IdRange, others: Sequence[IdRange]) -> int:
    """Return how many of the ids at least one of the others has."""
    found, reach = 0, ids.first - 1
    for other in sorted(others, key=lambda each: each.first):
        end = min(ids.last, other.last)
        found += max(0, end - max(reach, other.first - 1))
        reach = max(reach, end)
    return found


def _bad_ids(body: Certificates) -> Finding:
    return said(
        "certificate.bad_ids",
        body,
        "the first and the last id are no range: text that ends in digits, with the same text before them, "
        "the first not after the last",
        "void the entry and state both ids as they are on the certificates; until then they cover nothing",
    )


def _twice(batch: Batch, earlier: Batch) -> Finding:
    first, last = max(batch.ids.first, earlier.ids.first), min(batch.ids.last, earlier.ids.last)
    prefix, width = batch.ids.written, len(plain_id(batch.body.last)) - len(batch.ids.prefix)
    ids = f"{prefix}{first:0{width}d}..{prefix}{last:0{width}d}"
    return said(
        "certificate.twice",
        batch.body,
        f"entry {batch.number} has {ids}, which entry {earlier.number} has already; they count once",
        "void the entry that is wrong",
        entry=float(batch.number),
        earlier=float(earlier.number),
        ids=ids,
        kwh=KWH_EACH * (last - first + 1),
    )


def _doubts(
    batch: Batch, method: CarbonMethod, contracts: frozenset[str], months: Sequence[Period]
) -> Iterator[Finding]:
    """Give why a batch covers nothing; the plant's own cover nothing anyway."""
    body = batch.body
    if body.since >= body.until:
        yield said(
            "certificate.bad_vintage",
            body,
            "the generation ends before it begins",
            "void the entry and state the span of the generation; until then they cover nothing",
        )
        return
    if body.until - body.since > LONGEST_VINTAGE_MS:
        yield said(
            "certificate.long_vintage",
            body,
            "the generation is longer than a year; of which year they are is not known",
            "void the entry and enter each month or year of generation by itself",
        )
    if body.is_own_pv or body.is_sold:
        yield from _others_or_own(body)
    else:
        yield from _not_ours(body, method)
        yield from _contradictions(body, contracts, months)


def _others_or_own(body: Certificates) -> Iterator[Finding]:
    if not body.is_sold:
        yield said(
            "certificate.own_pv",
            body,
            "they were issued for own PV, whose own use emits nothing anyway: they cover nothing bought",
            "nothing is to be done; say so when they are sold",
            Severity.INFO,
        )
    elif not body.is_own_pv:
        yield said(
            "certificate.sold",
            body,
            "somebody else has them now; they cover nothing",
            "say that they are of own PV, if they are",
            Severity.WARNING,
        )


def _contradictions(
    body: Certificates, contracts: frozenset[str], months: Sequence[Period]
) -> Iterator[Finding]:
    if body.retired is not None and body.retired < day_at(body.since, months):
        yield said(
            "certificate.retired_early",
            body,
            f"they were retired on {body.retired.isoformat()}, before their generation began",
            "void the entry and state both days as on the certificates; until then they cover nothing",
            retired=body.retired.isoformat(),
        )
    if body.contract and plain_id(body.contract) not in contracts:
        yield said(
            "certificate.no_contract",
            body,
            f"they came with the contract {body.contract}, which nobody entered; they cover nothing",
            "enter the contract with what was settled, or correct its id",
            contract=body.contract,
        )


def _not_ours(body: Certificates, method: CarbonMethod) -> Iterator[Finding]:
    if body.retired is None:
        yield said(
            "certificate.not_retired",
            body,
            "they are not retired and cover nothing yet",
            "have them retired for the plant and state the day",
            Severity.WARNING,
        )
        return
    name, wanted = _plain(body.beneficiary), _plain(method.beneficiary)
    if not name or (wanted and name != wanted):
        is_said = f"they were retired for {body.beneficiary}" if name else "nobody says for whom"
        yield said(
            "certificate.wrong_beneficiary",
            body,
            f"{is_said}, not for {method.beneficiary or 'the plant'}; they cover nothing",
            "state the beneficiary as on the retirement statement; beneficiary in the plant file is the name",
            beneficiary=body.beneficiary or "-",
            wanted=method.beneficiary or "-",
        )


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
