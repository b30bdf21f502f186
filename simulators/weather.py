"""Sun, cloud and ambient temperature of Jiangmen (22.6 N, 113 E), in five-minute slots."""

from __future__ import annotations

import numpy as np

from simulators.noise import Floats, Ints, normal, smooth, uniform
from simulators.workdays import SLOTS

_LATITUDE = np.radians(22.6)
_SOLAR_NOON_H = 12.0 + (120.0 - 113.0) / 15.0
"""Clock of the 120 E meridian at a place on 113 E."""


def ambient_c(seed: int, slots: Ints) -> Floats:
    """Return the outside temperature at the start of each slot (numbered since 1970, local)."""
    day = slots / SLOTS
    season = np.cos(2.0 * np.pi * (day - 200.0) / 365.2425)
    hour = (slots % SLOTS) / 12.0
    daily = np.cos(2.0 * np.pi * (hour - 15.0) / 24.0)
    return 22.5 + 6.8 * season + 3.5 * daily + 1.8 * smooth(seed, "ambient", slots, SLOTS)


def irradiance_w_per_m2(seed: int, days: Ints) -> Floats:
    """Return the mean irradiance of each slot of consecutive days, clouds included."""
    slots = days[0] * SLOTS + np.arange(days.size * SLOTS)
    day = np.repeat(days, SLOTS) - 79.0  # since the equinox of 1970
    turn = 2.0 * np.pi * day / 365.2425
    declination = np.radians(23.44) * np.sin(turn)
    hour = ((slots % SLOTS) + 0.5) / 12.0
    angle = np.radians(15.0) * (hour - _SOLAR_NOON_H)
    height = np.sin(_LATITUDE) * np.sin(declination)
    height = height + np.cos(_LATITUDE) * np.cos(declination) * np.cos(angle)
    up = np.maximum(height, 1e-6)
    clear = np.where(height > 0.01, 1098.0 * up * np.exp(-0.057 / up), 0.0)  # Haurwitz 1945
    return clear * _clearness(seed, days, slots)


def _clearness(seed: int, days: Ints, slots: Ints) -> Floats:
    """Return the share of the clear sky that is left: bright days flicker less than mixed ones."""
    day = np.repeat(0.30 + 0.66 * uniform(seed, "cloud/day", days) ** 0.45, SLOTS)
    swing = 0.9 * day * (1.0 - day)
    flicker = smooth(seed, "cloud/hour", slots, 9) + 0.4 * normal(seed, "cloud/slot", slots)
    return np.clip(day + swing * flicker, 0.06, 1.0)
