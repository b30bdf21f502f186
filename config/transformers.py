"""Instrument transformers: a meter that counts on the secondary side, seen from the primary. Pure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from domain.registers import DeviceProfile, Register

_BY_CT = frozenset({"A"})
_BY_PT = frozenset({"V"})
_BY_BOTH = frozenset({"kW", "kvar", "kVA", "kWh", "kvarh", "kVAh"})


def on_primary(profile: DeviceProfile, *, ct_ratio: float, pt_ratio: float) -> DeviceProfile:
    """Return the profile with currents, voltages, powers and energies times the ratios."""
    ct, pt = Fraction(str(ct_ratio)), Fraction(str(pt_ratio))
    if ct == pt == 1:
        return profile
    return replace(profile, registers=tuple(_scaled(register, ct, pt) for register in profile.registers))


def _scaled(register: Register, ct: Fraction, pt: Fraction) -> Register:
    unit = register.canonical_unit
    ratio = ct if unit in _BY_CT else pt if unit in _BY_PT else ct * pt if unit in _BY_BOTH else Fraction(1)
    return replace(
        register,
        scale=register.scale * ratio,
        offset=register.offset * ratio,
        rated_max=None if register.rated_max is None else register.rated_max * ratio,
    )
