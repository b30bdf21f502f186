"""The registry of finding codes of this room, and how a finding is worded."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace

from domain.findings import Finding, Severity

CODES: dict[str, str] = {
    "config.file": "the file cannot be read",
    "config.syntax": "the file is not TOML",
    "config.unknown_key": "a key has no meaning here",
    "config.missing_key": "a key that is needed is not there",
    "config.wrong_type": "a value is of another type than its key takes",
    "config.wrong_value": "a value is of the right type and cannot be meant",
    "config.unknown_variable": "an environment variable with our prefix matches no setting",
    "config.secret_in_file": "a secret is written in the plant file",
    "config.secret_file": "a secret file is missing, empty or unreadable",
    "config.secret_exposed": "a secret file may be read by others",
    "config.bad_id": "an id cannot stand in an MQTT topic",
    "config.reserved_id": "an id is used by the agent itself",
    "config.duplicate_id": "two things of one kind have the same id",
    "config.duplicate_unit": "two devices on one link have the same unit id",
    "config.duplicate_address": "two links go to the same place",
    "config.unknown_time_zone": "the time zone is not in the tz database",
    "config.unknown_link": "no link has this id",
    "config.unknown_profile": "no profile has this id",
    "config.unknown_process": "no process has this id",
    "config.unknown_register": "the profile has no such register",
    "config.unknown_point": "no device has such a point",
    "config.point_not_read": "the point's register is not among those the device reads",
    "config.nothing_to_read": "the plant file names no device",
    "config.unit_id_range": "the unit id is not one the link can carry",
    "config.field_not_of_kind": "a key belongs to another kind than the one chosen",
    "config.bad_host": "a host is neither a name nor an IP address",
    "config.channel_without_url": "this process does not know where a channel goes",
    "config.bad_url": "a URL is not one the agent can use",
    "config.interval_too_short": "a device cannot be polled that often",
    "config.link_overloaded": "the polls of a link take longer than their interval",
    "config.impossible_unit": "a point's unit cannot measure its carrier",
    "config.bad_range": "no value lies between minimum and maximum",
    "config.not_a_counter": "a key that only a counter has is given for another point",
    "config.bad_shares": "shares are negative or exceed the whole",
    "config.process_and_shares": "a point has both process and shares",
    "config.reference_needed": "nobody says at which conditions a gas volume is given",
    "config.impossible_reference": "reference conditions are given where they mean nothing",
    "config.reference_conflict": "plant file and profile name different reference conditions",
    "config.gas_conditions_needed": "a gas volume at actual conditions has no temperature or pressure point",
    "config.conditions_not_needed": "a temperature or pressure point is given where nothing is corrected",
    "config.heat_temperatures_needed": "heat is to be made of a volume of water without two temperatures",
    "config.temperatures_not_needed": "temperatures of heat are given where none is made of a volume",
    "config.same_temperatures": "supply and return are the same point",
    "config.heat_has_energy": "a device has a volume and an energy for the same heat",
    "config.doubled_amount": "two points of a device count one carrier for one process",
    "config.role_without_carrier": "a meter has a place in a balance and measures nothing that is balanced",
    "config.main_with_process": "a main meter is shared out to processes, as its sub-meters are",
    "config.variable_of_counter": "a counter is given as a relevant variable",
    "config.duplicate_variable": "two points measure the same variable of one process",
    "config.variable_without_point": "no point measures a variable that a process needs",
    "config.process_without_gas": "no gas meter serves a process",
    "config.process_without_production": "no point counts the output of a process",
    "config.bad_target": "the target year is not after the base year",
    "config.bad_year": "a key of a carbon path is not a year",
    "config.unknown_region": "no factor that comes with the agent and no list knows this grid",
    "config.plan_without_meter": "energy is planned that no point measures",
    "config.bad_efficiency": "an efficiency is more than its kind of heater gives",
    "config.overlapping_shifts": "two shifts overlap",
    "config.interval_too_long": "a device is polled so seldom that a span of the analytics means nothing",
    "config.demo_not_loopback": "a demo plant reaches for something that is not a simulator",
    "config.http_not_loopback": "the web page would be open to the network without TLS",
    "config.http_without_name": "the web page is on the network and nobody says by which name",
    "config.embedded_not_loopback": "the embedded broker would be open to the network",
    "config.protocol_not_embedded": "the embedded broker does not speak this MQTT version",
    "config.password_in_clear": "a password would cross the network unencrypted",
    "config.password_without_user": "MQTT has no password without a user",
    "config.broker_in_clear": "readings would cross the network unencrypted",
    "config.channel_in_clear": "alerts would cross the network unencrypted",
    "config.token_in_clear": "a token would cross the network unencrypted",
    "config.tls_incomplete": "TLS settings do not fit together",
    "profile.duplicate": "two profile files have the same id",
    "profile.duplicate_register": "two registers of a profile have the same name",
    "profile.bad_name": "a register's name cannot be a point's name",
    "profile.overlap": "two registers of a profile share addresses",
    "profile.address_range": "an address lies outside 0..65535",
    "profile.readable": "a readable range ends before it begins",
    "profile.across_range": "a register lies partly inside a readable range",
    "profile.max_block": "a register is wider than the longest read",
    "profile.type_of_space": "a bit space holds a type that is not bit",
    "profile.unknown_unit": "the unit is not in the table of units",
    "profile.unknown_scale_register": "no register has the name given as scale register",
    "profile.bad_scale_register": "the scale register cannot be a power of ten",
    "profile.bad_scale": "a scale or an offset is not a usable number",
    "profile.bad_modulus": "a counter's modulus cannot be meant",
    "profile.impossible_counter": "a register of this unit cannot be a counter",
    "profile.impossible_reference": "reference conditions are given for what is not a volume",
    "profile.unknown_overlap": "a register says it shares words with one that the profile does not have",
    "profile.scale_apart": "no single read can fetch a value and its scale factor together",
    "profile.bad_rated_max": "a rating is not above 0",
    "profile.bad_identity": "what identifies the device is no words and no text",
    "profile.model_space": "a SunSpec model is sought outside the holding registers",
    "profile.amount_not_counted": "an amount that nothing is counted by",
    "profile.no_modulus": "nobody says where an integer counter starts again",
    "profile.no_page": "a register does not say where its source states it",
    "profile.no_label": "a register has no name for people in both languages",
    "profile.unknown_kind": "a profile is of no kind that the agent knows",
    "profile.no_revision": "a profile does not say which edition of the manual it follows",
    "profile.unused_range": "a readable range holds no register",
    "profile.small_hole": "registers close to each other need two reads",
    "profile.looks_like_number": "addresses look like the register numbers of a manual",
    "profile.bad_pattern": "a not-available pattern does not fit the register",
}
"""Code -> what it means, in one line. Codes are stable: other programs may match on them."""

_LONGEST = 60


def error(code: str, key: str, problem: str, remedy: str) -> Finding:
    """Return a finding that keeps the agent from starting."""
    return Finding(code=code, key=_printable(key), problem=_printable(problem), remedy=_printable(remedy))


def warning(code: str, key: str, problem: str, remedy: str) -> Finding:
    """Return a finding that the agent starts with."""
    return replace(error(code, key, problem, remedy), severity=Severity.WARNING)


def _printable(text: str) -> str:
    """Return the text on one line, escaping what a terminal or a log would act on or cannot show."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def shown(value: object) -> str:
    """Return a value as a person recognises it, on one line and not too long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a huge number"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def guess(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant, "" when none is near."""
    names = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name[:_LONGEST].lower(), list(names), n=1, cutoff=0.6)
    return names[near[0]] if near else ""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: the near one, or what there is."""
    names = sorted(known)
    near = guess(name, names)
    if near:
        return f"did you mean {near!r}?"
    if not names:
        return "none is defined: define it, or take this out"
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"use one of: {listed}"
