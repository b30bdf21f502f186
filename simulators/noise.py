"""Seeded random numbers by index: any instant in any order gives the same number (splitmix64)."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def uniform(seed: int, stream: str, index: NDArray[Any]) -> Floats:
    """Return one number in [0, 1) for each index of a named stream."""
    start = np.uint64((seed * 0x9E3779B97F4A7C15 + crc32(stream.encode()) * 0xD1B54A32D192ED03) % 2**64)
    bits = index.astype(np.int64).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits = bits ^ (bits >> np.uint64(31))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed: int, stream: str, index: NDArray[Any]) -> Floats:
    """Return one standard normal number for each index (Box-Muller)."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(seed, stream + "/r", index)))
    angle: Floats = np.cos(2.0 * np.pi * uniform(seed, stream + "/a", index))
    return radius * angle


def smooth(seed: int, stream: str, index: NDArray[Any], every: int) -> Floats:
    """Return standard normal nodes at every so many indexes, joined by straight lines."""
    node = index // every
    share = (index - node * every) / every
    before, after = normal(seed, stream, node), normal(seed, stream, node + 1)
    value: Floats = before + (after - before) * share
    return value


def autoregressive(seed: int, stream: str, index: NDArray[Any], phi: float) -> Floats:
    """Return an AR(1) process of unit variance over consecutive indexes; the first is stationary."""
    shocks = normal(seed, stream, index)
    values = np.empty_like(shocks)
    last = float(shocks[0])
    gain = (1.0 - phi * phi) ** 0.5
    values[0] = last
    for place in range(1, len(shocks)):
        last = phi * last + gain * float(shocks[place])
        values[place] = last
    return values
