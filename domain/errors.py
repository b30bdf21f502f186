"""Errors of the house, each with its subject, what is wrong and what to do.

EnergyAgentError
├── ConfigError            the plant file, a profile or the environment is faulty (carries findings)
├── CodecError             words and data type do not fit
├── WireError              an MQTT payload is not a message of ours
├── DeviceError            a poll gave no value (carries the Quality of the lost readings)
│   ├── LinkDown           the link could not be opened, or broke
│   ├── NoAnswer           the device did not answer in time
│   ├── BadAnswer          the answer is late, short, long, foreign or garbled
│   └── DeviceRefused      the device answered with a Modbus exception
├── JournalError           the journal cannot take or give rows
│   └── JournalInUse       another agent holds it
├── BusError               the MQTT broker refused or cannot be reached
└── StoreError             the store cannot take or give rows
    ├── StoreUnavailable   try again later, nothing is lost
    ├── StoreRejected      the store will never take these rows
    └── StoreInUse         another process holds the file
"""

from __future__ import annotations

from domain.findings import Finding
from domain.reading import Quality
from domain.registers import Space


class EnergyAgentError(Exception):
    """Say what is wrong with which thing, and what to do about it."""

    def __init__(self, subject: str, problem: str, hint: str = "") -> None:
        super().__init__(subject, problem, hint)
        self.subject = subject
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.subject}: {self.problem}"
        return f"{text}; {self.hint}" if self.hint else text


class ConfigError(EnergyAgentError):
    """Carry every finding of one check."""

    def __init__(self, subject: str, findings: tuple[Finding, ...]) -> None:
        lines = "\n".join(f"  {finding}" for finding in findings)
        plural = "fault" if len(findings) == 1 else "faults"
        super().__init__(subject, f"{len(findings)} {plural}\n{lines}")
        self.findings = findings


class CodecError(EnergyAgentError):
    """Words and data type do not fit."""


class WireError(EnergyAgentError):
    """The payload is not a message of ours."""


class DeviceError(EnergyAgentError):
    """A request gave no value; `quality` is what its readings are marked with."""

    quality = Quality.NO_ANSWER


class LinkDown(DeviceError):
    """The link could not be opened, or broke while it was used."""

    quality = Quality.LINK_DOWN


class NoAnswer(DeviceError):
    """The device did not answer in time."""

    quality = Quality.NO_ANSWER


class BadAnswer(DeviceError):
    """The answer is not one to our request.

    `kind` counts it: length, function, unit, transaction, frame, surplus.
    """

    quality = Quality.BAD_ANSWER

    def __init__(self, subject: str, problem: str, hint: str = "", *, kind: str) -> None:
        super().__init__(subject, problem, hint)
        self.kind = kind


class DeviceRefused(DeviceError):
    """The device answered with a Modbus exception for the block named here."""

    def __init__(self, subject: str, code: int, *, space: Space, address: int, count: int) -> None:
        quality = Quality.of_exception(code)
        super().__init__(
            subject,
            f"exception {code} ({quality.code}) for {space.value} {address}..{address + count - 1}",
            "compare the profile's addresses, block length and unit id with the manual",
        )
        self.code = code
        self.space = space
        self.address = address
        self.count = count
        self.quality = quality


class JournalError(EnergyAgentError):
    """The journal cannot take or give rows."""


class JournalInUse(JournalError):
    """Another agent holds this journal."""


class BusError(EnergyAgentError):
    """The MQTT broker refused us or cannot be reached."""


class StoreError(EnergyAgentError):
    """The store cannot take or give rows."""


class StoreUnavailable(StoreError):
    """Nothing was written; the same batch may be offered again after `retry_after_s`."""

    def __init__(
        self, subject: str, problem: str, hint: str = "", *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(subject, problem, hint)
        self.retry_after_s = retry_after_s


class StoreRejected(StoreError):
    """The store will never take these rows as they are."""


class StoreInUse(StoreError):
    """Another process holds the store's file."""
