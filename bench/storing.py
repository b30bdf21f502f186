"""Settings of a store for measuring, without a plant file."""

from __future__ import annotations

from pathlib import Path

from config.loaded import Agent, Broker, Http, Journal, Loaded, Store
from domain.plant import Plant


def duck_settings(plant: Plant, folder: Path) -> Loaded:
    """Return settings with an embedded store in the folder."""
    return Loaded(
        plant=plant,
        broker=Broker(
            mode="external",
            host="127.0.0.1",
            port=1883,
            tls=False,
            ca_file=None,
            cert_file=None,
            key_file=None,
            user=None,
            password=None,
            protocol="3.1.1",
        ),
        store=Store(
            kind="duckdb",
            path=folder / "readings.duckdb",
            memory_limit="512MB",
            url="",
            org="",
            bucket="",
            token=None,
        ),
        journal=Journal(max_mb=2048),
        http=Http(host="127.0.0.1", port=0),
        agent=Agent(state_dir=folder, profile_dirs=()),
    )
