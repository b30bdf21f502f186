"""A meter behind instrument transformers is read as its primary side."""

from __future__ import annotations

from fractions import Fraction

from tests.config.works import Works


def test_powers_and_energies_are_multiplied_by_both_ratios_and_voltages_by_one(works: Works) -> None:
    works.write(('registers = ["energy", "power"]', "ct_ratio = 160\npt_ratio = 100"))
    device = works.load().plant.device("main_meter")
    scales = {register.name: register.scale for register in device.profile.registers}
    assert scales["power"] == 16_000
    assert scales["energy"] == Fraction(1, 1000) * 16_000
    assert scales["voltage"] == 100
    assert scales["power_sf"] == 1
    energy = next(point for point in device.points if point.name == "energy")
    assert energy.modulus == 2**32 * 0.001 * 16_000 * 1000


def test_a_ratio_on_a_gas_meter_is_a_fault_that_names_the_key(works: Works) -> None:
    works.write(('profile = "corrector"', 'profile = "corrector"\nct_ratio = 5'))
    (finding,) = works.check()
    assert finding.code == "config.field_not_of_kind"
    assert finding.key == "devices[0].ct_ratio"
    assert "take it out" in finding.remedy
