"""Passwords: how they are kept, what one must be, how fast they may be guessed."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from dashboard.access.passwords import AT_ONCE, LONGEST, WAITING, Busy, Cost, Passwords, hasher_of
from dashboard.access.roles import Role
from dashboard.access.throttle import (
    FORGET_S,
    FREE_ADDRESS,
    FREE_PAIR,
    MOST,
    PAIR_CAP_S,
    Throttle,
    network_of,
)
from tests.dashboard.access.door import CHEAP, PASSWORD, Counting, House, Time

OWASP_LEAST = (2, 19 * 1024, 1)
WRONG = "wrong horse battery"


def test_passwords_are_kept_by_argon2id_at_a_cost_that_owasp_finds_enough() -> None:
    kept = hasher_of(Cost()).hash(PASSWORD)
    found = extract_parameters(kept)
    assert kept.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
    assert found.type is Type.ID
    assert (found.time_cost, found.memory_cost, found.parallelism) >= OWASP_LEAST
    assert found.salt_len >= 16
    assert PASSWORD not in kept


async def test_a_password_hashed_at_an_older_cost_is_hashed_anew_at_login(house: House) -> None:
    number = house.add("wang")
    older = hasher_of(Cost(passes=2, memory_kib=16, lanes=1)).hash(PASSWORD)
    house.access.store.set_password(number, older, at=house.time.at)
    assert (await house.browser().log_in("wang", WRONG)).status_code == 403
    assert house.access.store.user_by_id(number).password == older
    browser = house.browser()
    assert (await browser.log_in("wang")).status_code == 303
    newer = house.access.store.user_by_id(number).password
    assert newer
    assert not hasher_of(CHEAP).check_needs_rehash(newer)
    assert (await browser.get("/")).status_code == 200, "the session stays"


async def test_names_that_nobody_has_cost_and_answer_what_known_ones_do(tmp_path: Path) -> None:
    hasher = Counting()
    with House(tmp_path, hasher=hasher) as house:
        house.add("wang")
        house.access.store.set_disabled(house.add("gone"), is_disabled=True, at=house.time.at)
        house.access.store.add_user("invited", Role.VIEWER, at=house.time.at)
        answers = []
        for turn, name in enumerate(("wang", "nobody", "gone", "invited", "")):
            browser = house.browser(f"10.0.{turn}.1")
            hasher.checks.clear()
            answer = await browser.log_in(name, WRONG)
            costs = [extract_parameters(kept) for kept in hasher.checks]
            text = answer.text.replace(f'value="{name}"', "").replace(
                (await browser.hidden("/login"))["csrf"], ""
            )
            answers.append((answer.status_code, text.replace(" autofocus", ""), costs))
        assert answers[1:] == answers[:1] * 4
        assert len(answers[0][2]) == 1
        for name in ("gone", "invited"):
            assert (await house.browser("10.0.9.1").log_in(name)).status_code == 403


async def test_a_password_is_the_same_however_a_keyboard_composes_it(house: House) -> None:
    number = house.add("wang")
    kept = await house.access.passwords.hash("café grande bleu")
    house.access.store.set_password(number, kept, at=house.time.at)
    assert (await house.browser().log_in("wang", "cafe\u0301 grande bleu")).status_code == 303
    assert (await house.browser().log_in("WANG", "café grande bleu")).status_code == 303


async def test_a_huge_password_is_wrong_and_costs_no_more(house: House) -> None:
    house.add("wang")
    assert (await house.browser().log_in("wang", PASSWORD + "x" * 6_000)).status_code == 403
    assert (await house.browser().log_in("wang" * 1_500, "x" * LONGEST)).status_code == 403


class Held(PasswordHasher):
    """A hasher that works until it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.at_once = 0
        self.most = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.gate.wait(20)
        with self.lock:
            self.at_once -= 1
        return super().hash(password, salt=salt)


async def test_so_many_are_hashed_at_once_some_wait_and_more_are_sent_away() -> None:
    hasher = Held()
    passwords = Passwords(hasher)
    waiting = [asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(AT_ONCE + WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await passwords.hash(PASSWORD)
    hasher.gate.set()
    assert len(await asyncio.gather(*waiting)) == AT_ONCE + WAITING
    assert hasher.most <= AT_ONCE
    assert await passwords.hash(PASSWORD)
    passwords.close()


async def test_whoever_comes_when_too_many_log_in_is_told_to_come_again(tmp_path: Path) -> None:
    hasher = Held()
    with House(tmp_path, hasher=hasher) as house:
        house.add("wang")
        waiting = [
            asyncio.create_task(house.access.passwords.hash(PASSWORD)) for _ in range(AT_ONCE + WAITING)
        ]
        await asyncio.sleep(0)
        for _ in range(FREE_PAIR + 2):
            assert (await house.browser().log_in("wang")).status_code == 503
        hasher.gate.set()
        await asyncio.gather(*waiting)
        assert (await house.browser().log_in("wang")).status_code == 303, "those tries do not count"


# Throttle


def tries(throttle: Throttle, account: str, address: str, count: int) -> list[int]:
    return [throttle.wait_s(account, address) for _ in range(count)]


def test_after_a_few_tries_an_address_waits_longer_and_longer_for_an_account() -> None:
    time = Time()
    throttle = Throttle(time)
    assert tries(throttle, "wang", "10.0.0.1", FREE_PAIR) == [0] * FREE_PAIR
    waits = []
    for _ in range(14):
        waits.append(throttle.wait_s("wang", "10.0.0.1"))
        time.go(waits[-1])
        assert throttle.wait_s("wang", "10.0.0.1") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]
    time.go(PAIR_CAP_S + FORGET_S)
    assert tries(throttle, "wang", "10.0.0.1", FREE_PAIR) == [0] * FREE_PAIR


def test_a_right_password_from_another_address_is_always_looked_at() -> None:
    time = Time()
    throttle = Throttle(time)
    for number in range(300):
        tries(throttle, "wang", f"10.1.{number // 250}.{number % 250}", 30)
    assert throttle.wait_s("wang", "10.9.9.9") == 0
    throttle.succeeded("wang", "10.9.9.9")
    assert throttle.wait_s("wang", "10.9.9.9") == 0


def test_under_attack_from_many_addresses_a_new_one_has_one_try() -> None:
    throttle = Throttle(Time())
    for number in range(20):
        throttle.wait_s("wang", f"10.1.0.{number}")
    assert tries(throttle, "wang", "10.9.9.9", 2) == [0, 1]
    assert tries(throttle, "li", "10.9.9.9", FREE_PAIR + 1) == [0] * FREE_PAIR + [1]


def test_an_address_that_tries_many_accounts_waits_too_but_not_those_who_logged_in_there() -> None:
    throttle = Throttle(Time())
    assert throttle.wait_s("li", "10.0.0.1") == 0
    throttle.succeeded("li", "10.0.0.1")
    assert [throttle.wait_s(f"name{n}", "10.0.0.1") for n in range(FREE_ADDRESS)] == [0] * FREE_ADDRESS
    assert throttle.wait_s("another", "10.0.0.1") == 1
    assert throttle.wait_s("li", "10.0.0.1") == 0
    assert throttle.wait_s("another", "10.0.0.2") == 0


def test_an_attacker_with_an_account_of_his_own_does_not_start_anew_by_it() -> None:
    time = Time()
    throttle = Throttle(time)
    for number in range(FREE_ADDRESS):
        throttle.wait_s(f"name{number}", "10.0.0.1")
        throttle.wait_s("own", "10.0.0.1")
        throttle.succeeded("own", "10.0.0.1")
    time.go(1)
    throttle.wait_s("name", "10.0.0.1")
    assert throttle.wait_s("name", "10.0.0.1") > 0


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle(Time())
    for number in range(MOST + 50):
        throttle.wait_s(f"name{number}", f"2001:db8:{number:x}::1")
        throttle.succeeded(f"name{number}", f"2001:db8:{number:x}::1")
    assert len(throttle) <= MOST


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("127.0.0.1", "loopback"),
        ("127.200.3.4", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.9.9.9", "loopback"),
        ("local", "local"),
    ],
)
def test_addresses_that_one_place_has_at_will_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_a_login_that_must_wait_says_how_long_and_looks_at_no_password(tmp_path: Path) -> None:
    hasher = Counting()
    with House(tmp_path, hasher=hasher) as house:
        house.add("wang")
        for name in ("wang", "nobody"):
            address = f"10.0.0.{len(name)}"
            for _ in range(FREE_PAIR):
                assert (await house.browser(address).log_in(name, WRONG)).status_code == 403
            hasher.checks.clear()
            answer = await house.browser(address).log_in(name)
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
            assert "wait 1 s" in answer.text
            assert hasher.checks == []
        assert (await house.browser("10.0.0.9").log_in("wang")).status_code == 303
        house.time.go(1)
        assert (await house.browser("10.0.0.4").log_in("wang")).status_code == 303


async def test_this_machine_is_one_address_whichever_of_its_own_it_guesses_from(house: House) -> None:
    house.add("wang")
    places = [f"127.1.{n}.{n}" for n in range(FREE_PAIR)] + ["::1", "::ffff:127.8.8.8"]
    answers = [await house.browser(place).log_in("wang", WRONG) for place in places]
    assert [answer.status_code for answer in answers] == [403] * FREE_PAIR + [429] * 2


async def test_guesses_at_once_count_before_they_are_answered(house: House) -> None:
    house.add("wang")
    answers = await asyncio.gather(*(house.browser().log_in("wang", WRONG) for _ in range(15)))
    assert sorted(answer.status_code for answer in answers) == [403] * FREE_PAIR + [429] * 10


async def test_a_password_change_is_throttled_as_a_login_is(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    new = {"password": "another long password", "again": "another long password"}
    for _ in range(FREE_PAIR):
        answer = await browser.fill("/account", "/account/password", current=WRONG, **new)
        assert answer.status_code == 422
    assert (await browser.fill("/account", "/account/password", current=PASSWORD, **new)).status_code == 429
