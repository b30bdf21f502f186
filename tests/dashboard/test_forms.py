"""What a person records: once, under their name, or back beside its field with everything typed kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from dashboard.access.access import Access
from dashboard.access.passwords import Passwords, hasher_of
from dashboard.access.roles import Role
from dashboard.app import PageApp
from domain.declared import Refused
from domain.errors import StoreUnavailable
from tests.dashboard.access.door import CHEAP, HOST, PASSWORD, Browser, Time
from tests.dashboard.made import MadeSource
from tests.dashboard.making.courses import DRIFT_ALERT, WAITING_BASELINE
from tests.dashboard.making.declarations import BALANCE_ALERT
from tests.dashboard.parsed import Tree
from tests.dashboard.posting import desk_of, fault_of, field

ALERT = f"/alerts/{quote(DRIFT_ALERT, safe='')}"
TAKE = {"do": "acknowledge", "why": "the burner service comes on Tuesday"}
CLOSE = {"do": "close", "cause": "burner", "why": "air valve stuck, repaired"}
EXCHANGE = {
    "point": "gas_coil.volume_reference", "at": "2026-11-20T08:15", "old_final": "184223.5", "new_start": "0",
    "certificate": "GZ-17", "why": "battery empty",
}  # fmt: skip
OUTPUT = {
    "process": "coil", "since": "2026-11-20T08:00", "until": "2026-11-20T20:00", "quantity": "51.5",
    "unit": "t", "why": "counter card lost",
}  # fmt: skip
FIT = {"process": "sheet", "first": "2025-01-01", "last": "2025-12-31", "why": "a whole year"}
APPROVE = {"valid_from": "", "why": "gates passed"}
FORMS = [
    (ALERT, TAKE, "operator", "alert.acknowledge"),
    (ALERT, CLOSE, "operator", "alert.close"),
    ("/declare/exchange", EXCHANGE, "operator", "ledger.exchange"),
    ("/declare/production", OUTPUT, "operator", "ledger.production"),
    ("/baselines/fit", FIT, "operator", "baseline.fit"),
    (f"/baselines/{WAITING_BASELINE}/approve", APPROVE, "admin", "baseline.approve"),
]


class Refusing(MadeSource):
    """Refuses whatever is to be recorded, for a reason that it is given."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def _record(self, action: str, subject: str, *, who: str, why: str, **facts: object) -> tuple[int, ...]:
        raise self.error


@pytest.mark.parametrize(("path", "fields", "role", "action"), FORMS)
def test_a_form_is_recorded_under_the_name_of_who_sent_it(
    path: str, fields: dict[str, str], role: str, action: str
) -> None:
    source = MadeSource()
    with desk_of(source, role) as desk:
        answer = desk.send(path, **fields)
        assert answer.status_code == 303
        (made,) = source.recorded
        assert (made.who, made.why) == ("Li", fields["why"])
        assert desk.told == [
            (action, made.subject, "begun", ""),
            (action, made.subject, "done", "ledger entry 43"),
        ]
        page = desk.look(answer.headers["location"])
    (said,) = page.all(lambda node: node.attributes.get("role") == "status")
    assert "43" in said.text
    assert said.attributes["id"] == "done" == answer.headers["location"].partition("#")[2]
    assert said.attributes["tabindex"] == "-1"


@pytest.mark.parametrize(("path", "fields", "role", "action"), FORMS)
def test_a_form_that_is_sent_twice_is_recorded_once(
    path: str, fields: dict[str, str], role: str, action: str
) -> None:
    source = MadeSource()
    with desk_of(source, role) as desk:
        first, second = desk.send(path, **fields), desk.send(path, **fields)
        assert first.headers["location"] == second.headers["location"]
        assert [told[::2] for told in desk.told] == [(action, "begun"), (action, "done")]
    assert len(source.recorded) == 1


@pytest.mark.parametrize(("path", "fields", "role", "action"), FORMS)
def test_who_has_no_such_role_gets_neither_form_nor_answer(
    path: str, fields: dict[str, str], role: str, action: str
) -> None:
    source = MadeSource()
    with desk_of(source, {"operator": "viewer", "admin": "operator"}[role]) as desk:
        assert desk.send(path, **fields).status_code == 403
        page = desk.look(path)
    assert not source.recorded
    assert desk.told == []
    assert not page.all(lambda node: node.attributes.get("name") == "why")
    assert f"This needs the role {role}" in page.text


@pytest.mark.parametrize(("path", "fields", "role", "action"), FORMS)
def test_what_is_refused_comes_back_beside_its_field_with_all_that_was_typed(
    path: str, fields: dict[str, str], role: str, action: str
) -> None:
    source = Refusing(Refused("why", "says nothing", "say what was found"))
    with desk_of(source, role) as desk:
        answer = desk.send(path, "zh-CN", **fields)
    assert answer.status_code == 422
    page = Tree(answer.text).root
    shown = {
        node.attributes["name"]: node.attributes.get("value", node.text)
        for node in page.all(lambda node: "name" in node.attributes and node.tag in ("input", "textarea"))
    }
    for name in fields.keys() - {"point", "process", "unit", "why", "do"}:
        assert shown[name] == fields[name]
    (fault,) = page.all(lambda node: node.has("fault") and node.tag == "span")
    assert fault.text == "says nothing; say what was found"
    assert fault.attributes["lang"] == "en"
    begun, told = desk.told
    assert begun[0] == told[0] == action
    assert (begun[2], *told[2:]) == ("begun", "refused", "why: says nothing")


def test_a_refusal_of_no_field_stands_above_the_form() -> None:
    with desk_of(Refusing(Refused("alert", "Wang has closed it", "look again"))) as desk:
        page = Tree(desk.send(ALERT, **TAKE).text).root
    (said,) = page.all(lambda node: node.has("fault"))
    assert said.attributes["role"] == "alert"
    assert said.text == "Wang has closed it; look again"


def test_a_store_that_does_not_answer_loses_nothing_that_was_typed() -> None:
    with desk_of(Refusing(StoreUnavailable("ledger", "is locked", "try again"))) as desk:
        answer = desk.send("/declare/exchange", **EXCHANGE)
        page = Tree(answer.text).root
    assert answer.status_code == 503
    assert field(page, "old_final").attributes["value"] == "184223.5"
    assert "is locked; try again" in page.text


def test_a_refused_form_may_be_sent_again() -> None:
    source = MadeSource()
    with desk_of(source) as desk:
        wrong = desk.send("/declare/production", **{**OUTPUT, "unit": "m2"})
        assert (
            fault_of(Tree(wrong.text).root, "unit")
            == "coil is counted in t, not in m2; write its quantity in t"
        )
        assert desk.send("/declare/production", **OUTPUT).status_code == 303
    assert source.recorded[0].facts["quantity"] == 51.5


@pytest.mark.parametrize(
    ("path", "fields", "wrong"),
    [
        (ALERT, TAKE, {"why": "  "}),
        (ALERT, CLOSE, {"cause": ""}),
        ("/declare/exchange", EXCHANGE, {"point": "gas_coil.nothing"}),
        ("/declare/exchange", EXCHANGE, {"point": "oven_coil.temperature_1"}),
        ("/declare/exchange", EXCHANGE, {"at": "yesterday"}),
        ("/declare/exchange", EXCHANGE, {"old_final": "812,044"}),
        ("/declare/exchange", EXCHANGE, {"new_start": ""}),
        ("/declare/production", OUTPUT, {"process": "roll"}),
        ("/declare/production", OUTPUT, {"quantity": "5 t"}),
        ("/declare/production", OUTPUT, {"until": "2026-11-20"}),
        ("/baselines/fit", FIT, {"first": "2025"}),
        ("/baselines/fit", FIT, {"last": "31.12.2025"}),
    ],
)
def test_what_cannot_be_meant_is_never_recorded(
    path: str, fields: dict[str, str], wrong: dict[str, str]
) -> None:
    source = MadeSource()
    with desk_of(source) as desk:
        answer = desk.send(path, **{**fields, **wrong})
        assert desk.told == []
    assert answer.status_code in (422, 400)
    assert not source.recorded
    if answer.status_code == 422:
        (name,) = wrong
        assert fault_of(Tree(answer.text).root, name)


def test_numbers_are_recorded_as_they_were_meant() -> None:
    source = MadeSource()
    with desk_of(source) as desk:
        assert (
            desk.send("/declare/exchange", **{**EXCHANGE, "old_final": "１８４，２２３．５"}).status_code
            == 303
        )
        assert desk.send("/declare/production", **{**OUTPUT, "quantity": "51,5"}).status_code == 303
    assert [each.facts.get("old_final", each.facts.get("quantity")) for each in source.recorded] == [
        184223.5,
        51.5,
    ]


def test_what_was_typed_is_text_and_never_markup() -> None:
    evil = '"><script>alert(1)</script>'
    with desk_of(MadeSource()) as desk:
        answer = desk.send("/declare/exchange", **{**EXCHANGE, "certificate": evil, "why": evil, "at": evil})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert field(Tree(answer.text).root, "certificate").attributes["value"] == evil


def test_an_alert_that_is_not_there_cannot_be_taken_over() -> None:
    source = MadeSource()
    with desk_of(source) as desk:
        assert desk.send("/alerts/drift-nothing", **TAKE).status_code == 404
    assert not source.recorded


def test_closing_as_the_new_normal_is_offered_for_a_drift_only() -> None:
    source = MadeSource()
    with desk_of(source) as desk:
        assert field(desk.look(ALERT), "is_permanent").attributes["type"] == "checkbox"
        balance = desk.look(f"/alerts/{quote(BALANCE_ALERT, safe='')}")
        assert not balance.all(lambda node: node.attributes.get("name") == "is_permanent")
        assert desk.send(ALERT, **CLOSE, is_permanent="yes").status_code == 303
    assert source.recorded[0].facts == {"cause": "burner", "is_permanent": True}


def test_a_baseline_is_fitted_over_whole_days_and_approved_from_a_day() -> None:
    source = MadeSource()
    with desk_of(source, "admin") as desk:
        desk.send("/baselines/fit", **FIT)
        desk.send(f"/baselines/{WAITING_BASELINE}/approve", valid_from="2026-07-01", why="x")
    fitted, approved = source.recorded
    assert fitted.facts == {"first": date(2025, 1, 1), "last": date(2025, 12, 31)}
    assert approved.facts == {"valid_from": "2026-07-01"}


def test_the_form_of_an_exchange_begins_with_what_the_address_says() -> None:
    with desk_of(MadeSource()) as desk:
        page = desk.look("/declare/exchange?point=gas_coil.volume_reference&at=2026-11-20T08:15")
    assert field(page, "at").attributes["value"] == "2026-11-20T08:15"
    (chosen,) = field(page, "point").all(lambda node: "selected" in node.attributes)
    assert chosen.attributes["value"] == "gas_coil.volume_reference"


async def test_behind_the_guard_a_form_needs_its_role_and_leaves_a_row_in_the_audit(tmp_path: Path) -> None:
    access = Access.open(
        tmp_path, Time(), is_tls=False, allowed_hosts=(), passwords=Passwords(hasher_of(CHEAP))
    )
    source = MadeSource()
    page = PageApp(source, access, Time())
    try:
        for role in (Role.VIEWER, Role.OPERATOR):
            access.store.add_user(role, role, at=1, password=hasher_of(CHEAP).hash(PASSWORD))
        viewer, operator = (browser(page), browser(page))
        await viewer.log_in("viewer")
        await operator.log_in("operator")
        assert (await viewer.fill("/account", to=ALERT, **TAKE)).status_code == 403
        assert (await operator.post(ALERT, data=TAKE)).status_code == 403  # without the page's own token
        assert not source.recorded
        assert (await operator.fill(ALERT, **TAKE)).status_code == 303
        newest, before = access.store.audit()[:2]
    finally:
        page.close()
        access.close()
    assert [each.who for each in source.recorded] == ["operator"]
    assert (newest.who, newest.action, newest.subject, newest.outcome) == (
        "operator", "alert.acknowledge", DRIFT_ALERT, "done",
    )  # fmt: skip
    assert (before.who, before.action, before.outcome) == ("operator", "alert.acknowledge", "begun")


def browser(page: PageApp) -> Browser:
    transport: Any = httpx.ASGITransport(page.asgi, client=("10.0.0.1", 1))
    headers = {"origin": f"http://{HOST}", "accept-language": "en"}
    return Browser(transport=transport, base_url=f"http://{HOST}", headers=headers)
