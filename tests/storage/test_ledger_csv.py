"""The ledger as CSV and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import StoreError
from domain.ledger import Body, Entry, Production, Voided
from storage.ledger_csv import ledger_csv, parse_ledger_csv
from tests.storage.test_ledger import BODIES, OUTPUT

ENTRIES = tuple(
    Entry(number=number, at=1_772_000_000_123 + number, who="李雷", why='a, "b"\r\nc\rd', body=body)
    for number, body in enumerate(BODIES, 1)
)
LINE = (
    "1,2026-03-01T08:00+08:00,me,,production.1,"
    '"{""process"": ""coil"", ""since"": 0, ""until"": 9, ""quantity"": 1, ""unit"": ""t""}"'
)
HEAD = "number,at,who,why,kind,body\n"


def test_all_kinds_come_back_and_give_the_same_text_again() -> None:
    text = ledger_csv(ENTRIES)
    again = parse_ledger_csv(text)
    assert again == ENTRIES
    assert ledger_csv(again) == text
    assert text.splitlines()[0] == HEAD.strip()
    assert "2026-02-25T06:13:20.124Z" in text.splitlines()[1]


@given(
    who=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
    why=st.text(st.characters(exclude_categories=["Cs"])),
    at=st.integers(0, 2**45),
    quantity=st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_words_and_figures_come_back(who: str, why: str, at: int, quantity: float) -> None:
    body = Production(process="coil", since=0, until=1, quantity=quantity, unit="t")
    entry = Entry(number=1, at=at, who=who, why=why, body=body)
    assert parse_ledger_csv(ledger_csv([entry])) == (entry,)


def test_an_empty_ledger_has_a_header_only() -> None:
    assert parse_ledger_csv(ledger_csv(())) == ()


def test_a_ledger_written_by_hand_may_have_spaces_and_other_offsets() -> None:
    (entry,) = parse_ledger_csv("\ufeff" + HEAD + LINE + "\n\n")
    assert entry.at == 1_772_323_200_000
    assert entry.body == Production(process="coil", since=0, until=9, quantity=1.0, unit="t")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "columns number,at,who,why,kind,body"),
        ("number;at\n", "columns"),
        (HEAD + "1,2\n", "ledger.csv:2: has 2 fields"),
        (HEAD + LINE.replace("1,", "2,", 1), "number '2', not 1"),
        (HEAD + LINE.replace("1,", "１,", 1), "number"),
        (HEAD + LINE + "\n" + LINE, "ledger.csv:3: has number '1', not 2"),
        (HEAD + LINE.replace("+08:00", ""), "2026-03-01T08:00' is no instant.*offset"),
        (HEAD + LINE.replace("2026-03-01T08:00", "1960-01-01T00:00"), "since 1970"),
        (HEAD + LINE.replace("08:00+", "08:00:00.0001+"), "millisecond"),
        (HEAD + LINE.replace(",me,", ",,"), "nobody"),
        (HEAD + LINE.replace("production.1", "production.7"), "newer agent"),
        (HEAD + LINE.replace('""unit""', '""colour""'), "ledger.csv:2: is no 'production.1'"),
        (HEAD + LINE.replace('""t""}', '""t"", ""x"": 1}'), "has fields"),
        (HEAD + '1,"unfinished', "ledger.csv:2: is not CSV"),
    ],
)
def test_a_faulty_line_is_named(text: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        parse_ledger_csv(text)


@pytest.mark.parametrize("voided", [2, 3, 7])
def test_a_voiding_must_name_an_earlier_standing_entry(voided: int) -> None:
    bodies: tuple[Body, ...] = (OUTPUT, OUTPUT, Voided(entry=2), Voided(entry=voided))
    entries = [
        Entry(number=number, at=1, who="a", why="", body=body) for number, body in enumerate(bodies, 1)
    ]
    with pytest.raises(StoreError, match=f"voids entry {voided}"):
        parse_ledger_csv(ledger_csv(entries))


def empty(kind: str) -> str:
    """Return a ledger whose one entry takes no time; written twice, it is 1 and 2."""
    body = {
        "production.1": '""process"": ""coil"", ""quantity"": 1, ""unit"": ""t""',
        "plan.1": '""process"": ""coil"", ""quantity"": 1, ""unit"": ""t""',
        "gas_quality.1": '""ncv_mj_per_nm3"": 36',
        "static_factor.1": '""process"": ""coil"", ""what"": ""oven""',
    }[kind]
    return f'{HEAD}1,2026-03-01T08:00+08:00,me,,{kind},"{{""since"": 9, ""until"": UNTIL, {body}}}"\n'


@pytest.mark.parametrize("kind", ["production.1", "plan.1", "gas_quality.1", "static_factor.1"])
@pytest.mark.parametrize("until", ["9", "3"])
def test_a_span_must_end_after_it_begins_unless_it_is_voided(kind: str, until: str) -> None:
    text = empty(kind).replace("UNTIL", until)
    with pytest.raises(StoreError, match=r"ledger.csv:2: .*until is not after its since.*after"):
        parse_ledger_csv(text)
    voiding = '2,2026-03-01T08:00+08:00,me,,voided.1,"{""entry"": 1}"\n'
    assert len(parse_ledger_csv(text + voiding)) == 2
    assert len(parse_ledger_csv(empty(kind).replace("UNTIL", "10"))) == 1


@pytest.mark.parametrize("number", ["1e999", '{""$float"": ""nan""}', '{""$float"": ""inf""}', "NaN"])
def test_a_stated_quantity_is_a_number(number: str) -> None:
    with pytest.raises(StoreError, match=r"ledger.csv:2: is no 'production.1'"):
        parse_ledger_csv(HEAD + LINE.replace('""quantity"": 1', f'""quantity"": {number}'))
