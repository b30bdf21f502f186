"""Golden cases: words as a meter sends them and the values that a person worked out from its manual."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.registers import DeviceProfile, Space
from domain.sunspec import Chain, Walk
from simulators.answering import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refusal
from simulators.hostile import Hostility

FOLDER = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file of tests/golden/profiles."""

    name: str
    profile: str
    words: Mapping[Space, Mapping[int, int]]
    expect: Mapping[str, float]
    unavailable: frozenset[str]


def load_case(path: Path) -> Case:
    """Return the case of a file; an unknown table or key is an error."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if not table.keys() <= {"profile", "note", "words", "expect", "unavailable"}:
        raise ValueError(f"{path.name}: unknown table in {sorted(table)}")
    return Case(
        name=path.stem,
        profile=table["profile"],
        words={
            Space(space): {int(address): int(word) for address, word in words.items()}
            for space, words in table["words"].items()
        },
        expect={name: float(value) for name, value in table["expect"].items()},
        unavailable=frozenset(table.get("unavailable", {}).get("names", ())),
    )


@functools.cache
def cases() -> list[Case]:
    """Return every golden case, by file name."""
    return [load_case(path) for path in sorted(FOLDER.glob("*.toml"))]


def chain_of(case: Case) -> Chain:
    """Walk the words of a case without a wire."""
    held = case.words[Space.HOLDING]
    way = Walk(case.name)
    while (at := way.wanted) is not None:
        way.take(b"".join(held.get(place, 0).to_bytes(2, "big") for place in (at, at + 1)))
    assert way.chain is not None
    return way.chain


class GoldenMeter:
    """A meter that holds the words of a case and refuses everything its profile does not allow."""

    hostility: Hostility | None = None
    delay_s = 0.0

    def __init__(self, case: Case, profile: DeviceProfile) -> None:
        self._words = case.words
        self._profile = profile

    def read(self, space: Space, address: int, count: int) -> bytes:
        """Return the words; 0 for a hole in a readable range, a refusal for any other hole."""
        if not space.is_bits and count > self._profile.max_block:
            raise Refusal(ILLEGAL_VALUE)
        held = self._words.get(space, {})
        end = address + count
        may_sweep = any(
            found.space is space and found.first <= address and end <= found.end
            for found in self._profile.readable
        )
        if not may_sweep and not all(place in held for place in range(address, end)):
            raise Refusal(ILLEGAL_ADDRESS)
        size = 1 if space.is_bits else 2
        return b"".join(held.get(place, 0).to_bytes(size, "big") for place in range(address, end))
