"""`energy-agent profile new`: a profile by questions, each answer checked at once and written at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from agent.profile_text import profile_text, register_text
from config.check_profile import check_profile
from config.codes import suggest
from config.profile_tables import ProfileFile
from config.profiles import read_profile
from config.tables import validate
from config.toml_file import read_toml
from domain.errors import ConfigError
from domain.registers import KINDS, DataType, Space
from domain.units import CONVERSIONS, SCALE_FACTOR
from domain.wire import ID_PATTERN

_NUMBERINGS = {
    "wire": "0-based addresses, as on the wire",
    "one": "1-based: register 1 is address 0",
    "modicon": "40001 / 30001: the first digit tells the kind of register",
}
_TYPES = [kind.value for kind in DataType]
_REFERENCES = ("actual", "20C", "15C", "0C", "configured")
_LONGEST = 1000
"""Letters of an answer."""
_MOST_SECONDS = 60
_Answers = dict[str, Any]


def ask_profile(path: Path) -> None:
    """Ask for a profile and write it to the file; go on with the registers where the file exists.

    Raises ConfigError where the existing file is no profile.
    """
    if path.exists():
        content = _content_of(path)
        count = len(content.get("registers", ()))
        click.echo(f"{path} has {count} registers; further ones are added behind them.")
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()  # what cannot be written is said before ten questions are answered
        path.unlink()
        head = _ask_head(path)
        path.write_text(profile_text(head), encoding="utf-8")
        content = _content_of(path)
    numbering = _ask_numbering()
    while True:
        names = [register["name"] for register in content.get("registers", ())]
        name = _ask(
            "Name of the next register, such as active_energy_import (empty: no more)", _name_of(names), ""
        )
        if not name:
            break
        register = _ask_register(name, numbering)
        problem = _problem_of(content, register)
        if problem:
            click.echo(f"  not taken: {problem}")
            continue
        with path.open("a", encoding="utf-8") as file:
            file.write("\n" + register_text(register))
        content = _content_of(path)
        click.echo(f"  written to {path}")
    _say_next(path)


def _content_of(path: Path) -> _Answers:
    """Return the tables of a file that lacks nothing but registers; ConfigError with what else is wrong."""
    _, findings = read_profile(path)
    if any(not finding.key.endswith(": registers") for finding in findings):
        raise ConfigError(str(path), findings)
    content, faults = read_toml(path, path.name, parse_float=Decimal)
    if content is None:
        raise ConfigError(str(path), faults)
    return content


def _ask_head(path: Path) -> _Answers:
    click.echo("About the device. Everything can be corrected in the file later.")
    head: _Answers = {
        "id": _ask("Id of the profile", _as_id, path.stem),
        "maker": _ask("Maker", _some),
        "model": _ask("Model, as on the name plate", _some),
        "kind": _ask(f"Kind ({', '.join(KINDS)})", _one_of(KINDS)),
        "manual": _ask("Manual: its title", _some),
        "revision": _ask("Edition of the manual, as printed on it", _some),
        "source": _ask("Where the manual is: address or file name", _some),
        "factory": _ask("Serial settings and unit id as it leaves the maker (empty: not known)", _line, ""),
        "max_block": _ask("Most registers one read may ask for", _between(1, 125), "125"),
        "pause_s": _ask("Rest between two requests, seconds", _seconds, "0"),
    }
    return head


def _ask_numbering() -> str:
    click.echo("How does the manual number its registers?")
    for key, meaning in _NUMBERINGS.items():
        click.echo(f"  {key:8} {meaning}")
    return str(_ask("Numbering", _one_of(tuple(_NUMBERINGS)), "wire"))


def _ask_register(name: str, numbering: str) -> _Answers:
    space, address = _ask_place(numbering)
    kind = _ask(f"Type ({', '.join(_TYPES)})", _one_of(_TYPES), "bit" if Space(space).is_bits else None)
    register: _Answers = {"name": name, "space": space, "address": address, "type": kind}
    if DataType(kind).width > 1:
        register["word_order"] = _ask(
            "Word order: big (high word first) or little", _one_of(("big", "little")), "big"
        )
    register["unit"] = _ask("Unit (kWh, Wh, m3, m3/h, kW, V, A, C, ...; sf for a power of ten)", _unit)
    if register["unit"] == SCALE_FACTOR:
        return register | {"page": _ask("Page or table of the manual", _some)}
    register["scale"] = _ask("Value = raw number times", _decimal, "1")
    scale_register = _ask("Register that holds a power of ten for it (empty: none)", str, "")
    if scale_register:
        register["scale_register"] = scale_register
    register |= _ask_meaning(str(register["unit"]))
    register["label"] = {"zh": _ask("Name in Chinese", _some), "en": _ask("Name in English", _some)}
    register["page"] = _ask("Page or table of the manual", _some)
    return register


def _ask_place(numbering: str) -> tuple[str, int]:
    """Return (space, address on the wire) of the number in the manual."""
    if numbering == "modicon":
        number = _ask("Number, such as 40001", _modicon)
        space, address = number
        click.echo(f"  on the wire: {space} {address}")
        return space, address
    space = _ask(
        f"Space ({', '.join(each.value for each in Space)})",
        _one_of([each.value for each in Space]),
        "holding",
    )
    first = 0 if numbering == "wire" else 1
    number = _ask("Address (0x12 is taken, too)", _between(first, 65535 + first))
    return space, number - first


def _ask_meaning(unit: str) -> _Answers:
    canonical = CONVERSIONS[unit].canonical
    meaning: _Answers = {}
    if canonical in ("kWh", "kvarh", "kVAh", "m3", "t", "m", "m2", "pcs", "h") and click.confirm(
        "Does it count up and never fall?", default=True
    ):
        modulus = _ask(
            'Where it starts again: "2^32", "10^8", ... or "none" if the manual is silent', _modulus, "none"
        )
        meaning["counter"] = {"modulus": modulus}
    if canonical in ("m3", "m3/h") and click.confirm("Is it a volume or flow of gas?", default=False):
        question = f"At which conditions ({', '.join(_REFERENCES)}; configured: a setting of the corrector)"
        meaning["reference"] = _ask(question, _one_of(_REFERENCES))
    return meaning


def _problem_of(content: _Answers, register: _Answers) -> str:
    """Return what is wrong with a register beside what is in the file already, "" for nothing."""
    table = {key: Decimal(value) if key == "scale" else value for key, value in register.items()}
    whole = {**content, "registers": [*content.get("registers", ()), table]}
    file, faults, _ = validate(ProfileFile, whole)
    return "; ".join(f"{each.problem}; {each.remedy}" for each in (*faults, *check_profile(file, "")))


def _say_next(path: Path) -> None:
    click.echo(f"\nNext: energy-agent profile check {path}")
    click.echo(f"      energy-agent profile try {path} --tcp HOST --unit 1")


def _ask(question: str, take: Callable[[str], Any], default: str | None = None) -> Any:
    """Ask until the answer is taken; `take` raises ValueError with what to write instead."""
    while True:
        answer = click.prompt(question, default=default, show_default=bool(default), type=str).strip()
        try:
            return take(answer)
        except ValueError as error:
            click.echo(f"  {error}")


def _some(text: str) -> str:
    if not text:
        raise ValueError('write something on one line; "unknown" if you do not know')
    return _line(text)


def _line(text: str) -> str:
    if not text.isprintable() or len(text) > _LONGEST:
        raise ValueError(f"write one line of at most {_LONGEST} letters")
    return text


def _as_id(text: str) -> str:
    if not ID_PATTERN.fullmatch(text):
        raise ValueError("use letters, digits, _ and -, at most 64")
    return text


def _name_of(taken: Sequence[str]) -> Callable[[str], str]:
    def take(text: str) -> str:
        if text in taken:
            raise ValueError(f"{text} is taken; choose another name")
        return _as_id(text) if text else ""

    return take


def _one_of(known: Sequence[str]) -> Callable[[str], str]:
    def take(text: str) -> str:
        if text not in known:
            raise ValueError(suggest(text, known))
        return text

    return take


def _between(low: int, high: int) -> Callable[[str], int]:
    def take(text: str) -> int:
        try:
            number = int(text, 0)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ValueError(f"write a whole number from {low} to {high}")
        return number

    return take


def _decimal(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValueError("write a number such as 0.1")
    return str(value)


def _seconds(text: str) -> str:
    value = _decimal(text)
    if not 0 <= Decimal(value) <= _MOST_SECONDS:
        raise ValueError(f"write seconds from 0 to {_MOST_SECONDS}")
    return value


def _unit(text: str) -> str:
    if text not in CONVERSIONS:
        raise ValueError(suggest(text, CONVERSIONS))
    return text


def _modulus(text: str) -> str:
    from config.profile_tables import modulus_of

    try:
        modulus_of(text)
    except ValueError:
        raise ValueError('write "2^32", "10^8" or the like, or "none"') from None
    return text


def _modicon(text: str) -> tuple[str, int]:
    spaces = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}
    digits = text if len(text) in (5, 6) else ""
    if not digits.isdecimal() or digits[0] not in spaces or not 1 <= int(digits[1:]) <= 65536:
        raise ValueError("write five or six digits, such as 40001 (holding), 30001 (input) or 400001")
    return spaces[digits[0]], int(digits[1:]) - 1
