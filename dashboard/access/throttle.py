"""How fast passwords may be guessed, by account and address, without letting anybody lock others out.

Three counts of failed tries, each forgotten an hour after its last one:
- of an account from an address: 5 are free, then the pair waits 1 s, 2 s, 4 s ... up to 15 minutes
- of an address over all accounts: 20 are free, then it waits 1 s, 2 s ... up to 5 minutes
- of an account over all addresses: after 20, an address from which that account never logged in has 1 free
  try instead of 5

The choice: an account as such is never locked. A lock belongs to an address, so whoever guesses locks out
only the addresses that they guess from, and a right password from any other address is checked at once,
always. What remains to somebody with many addresses is one guess an address, then one in 15 minutes. Whoever
logged in from an address is not held up there by others' failures (people share addresses behind a tunnel or
a proxy).

Names count whether or not there is such a user. Everything is in memory, bounded, and holds no password; a
restart forgets it.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

from domain.ports import Clock

FREE_PAIR = 5
FREE_ADDRESS = 20
FREE_ACCOUNT = 20
PAIR_CAP_S = 900.0
ADDRESS_CAP_S = 300.0
FORGET_S = 3600.0
MOST = 2000
"""Entries of each table; the one unused for longest goes first."""


@dataclass(slots=True)
class _Count:
    """Failures of one key."""

    failures: int = 0
    last: float = -math.inf
    until: float = -math.inf


class _Table:
    """Counts by key, bounded."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def of(self, key: tuple[str, ...], now: float) -> _Count:
        """Return the count of a key, a new one when there is none or it is forgotten."""
        count = self._counts.get(key)
        if count is None or now - count.last > FORGET_S:
            count = self._counts[key] = _Count()
        self._counts.move_to_end(key)
        while len(self._counts) > MOST:
            self._counts.popitem(last=False)
        return count

    def forget(self, key: tuple[str, ...]) -> None:
        """Start a key anew."""
        self._counts.pop(key, None)


class Throttle:
    """Says before each try whether it must wait; a try counts as failed until it is told to be right."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pairs, self._addresses, self._accounts = _Table(), _Table(), _Table()
        self._known: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def __len__(self) -> int:
        return max(len(self._pairs), len(self._addresses), len(self._accounts), len(self._known))

    def wait_s(self, account: str, address: str) -> int:
        """Return 0 and count a try, or the whole seconds to wait before the next one."""
        now, address = self._clock.monotonic(), network_of(address)
        is_known = (account, address) in self._known
        pair = self._pairs.of((account, address), now)
        place = self._addresses.of((address,), now)
        everywhere = self._accounts.of((account,), now)
        until = pair.until if is_known else max(pair.until, place.until)
        if until > now:
            return math.ceil(until - now)
        is_under_attack = everywhere.failures >= FREE_ACCOUNT and not is_known
        _fail(pair, now, free=1 if is_under_attack else FREE_PAIR, cap_s=PAIR_CAP_S)
        _fail(place, now, free=FREE_ADDRESS, cap_s=ADDRESS_CAP_S)
        _fail(everywhere, now, free=FREE_ACCOUNT, cap_s=0.0)
        return 0

    def succeeded(self, account: str, address: str) -> None:
        """Take back the try that was counted: the password was right."""
        self.take_back(account, address)
        address = network_of(address)
        self._pairs.forget((account, address))
        self._known[account, address] = None
        self._known.move_to_end((account, address))
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def take_back(self, account: str, address: str) -> None:
        """Count a try as none: the password was not wrong, or not looked at."""
        now, address = self._clock.monotonic(), network_of(address)
        pair = self._pairs.of((account, address), now)
        place = self._addresses.of((address,), now)
        for count in (pair, place, self._accounts.of((account,), now)):
            count.failures = max(count.failures - 1, 0)
        for count in (pair, place):
            count.until = now


def _fail(count: _Count, now: float, *, free: int, cap_s: float) -> None:
    count.failures += 1
    count.last = now
    if count.failures >= free:
        count.until = now + min(2.0 ** min(count.failures - free, 30), cap_s)


def network_of(address: str) -> str:
    """Return what an address counts as: an IPv6 customer has a whole /64, this machine all of 127/8."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return "loopback"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
