"""Each fault of what says how numbers are made: its code, its key, its cure; and what a sound file gives."""

from __future__ import annotations

from datetime import date

import pytest

from domain.findings import Severity
from domain.method import Counterfactual, TargetReading
from domain.periods import PeriodKind, Shift
from domain.plant import Carrier, MeterRole
from tests.config.works import Works, assert_only

Change = tuple[str, str]

METHOD = """
[analytics]
gap_min = 30
confidence = 0.95
balance_tolerance = 0.03
silent_min = 10
stuck_h = 4
[gas]
ncv_mj_per_nm3 = 36.0
carbon_t_per_tj = 15.32
oxidation = 0.995
price_per_nm3 = 3.6
currency = "EUR"
[target]
base_year = 2023
target_year = 2031
yearly_reduction = 0.03
reading = "linear"
[heat]
counterfactual = "electricity"
efficiency = 3.2
[calendar]
day_start = "07:30"
shifts = [{ name = "day", start = "07:30", end = "19:30" },
          { name = "night", start = "19:30", end = "07:30" }]
rest_days = ["saturday", "sunday"]
holidays = [2026-10-01, "2026-10-02"]
"""
GAS = 'point = "gas_coil.volume_reference"\ncarrier = "gas"'
ACTUAL = 'point = "gas_coil.volume_actual"\ncarrier = "gas"'
POWER = '[[points]]\npoint = "main_meter.power"\n'


def at_actual(works: Works, extra: str) -> None:
    """Let the gas be counted at actual conditions, with the corrector's setting said by another point."""
    works.write(
        (GAS, ACTUAL + extra),
        ('\nreference = "20C"', ""),
        ("[broker]", '[[points]]\npoint = "gas_coil.flow_reference"\nreference = "0C"\n[broker]'),
    )


def with_sensors(works: Works) -> None:
    """Let the meter of the works have a temperature and an absolute pressure beside its power."""
    profile = (works.profiles / "meter.toml").read_text()
    for address, name, unit in ((6, "temperature", "C"), (7, "pressure", "bar")):
        profile += f'\n[[registers]]\nname = "{name}"\nspace = "holding"\naddress = {address}\n'
        profile += f'type = "i16"\nunit = "{unit}"\n'
    (works.profiles / "meter.toml").write_text(profile)


SENSORS: Change = (
    'registers = ["energy", "power"]',
    'registers = ["energy", "power", "temperature", "pressure"]',
)


def test_method_of_a_plant_file_is_loaded(works: Works) -> None:
    works.write(('id = "coil"', 'id = "coil"\ninterval = "week"\nallowance = 0.25\n'
                 'variables = ["output", "starts"]\nfalse_alarms_per_year = 2'), extra=METHOD)  # fmt: skip
    method = works.load().method
    assert (method.gap_ms, method.silent_ms, method.stuck_ms) == (1_800_000, 600_000, 4 * 3_600_000)
    assert (method.confidence, method.balance_tolerance) == (0.95, 0.03)
    assert (method.gas.ncv_mj_per_nm3, method.gas.carbon_t_per_tj) == (36.0, 15.32)
    assert (method.gas.oxidation, method.gas.price_per_nm3, method.gas.currency) == (0.995, 3.6, "EUR")
    assert (method.target.base_year, method.target.target_year) == (2023, 2031)
    assert (method.target.yearly_reduction, method.target.reading) == (0.03, TargetReading.LINEAR)
    assert (method.counterfactual, method.heat_efficiency) == (Counterfactual.ELECTRICITY, 3.2)
    calendar = method.calendar
    assert calendar.day_start_min == 450
    assert calendar.shifts[1] == Shift(name="night", start_min=1170, end_min=450)
    assert calendar.rest_days == {5, 6}
    assert calendar.holidays == {date(2026, 10, 1), date(2026, 10, 2)}
    coil = method.process("coil")
    assert (coil.interval, coil.variables) == (PeriodKind.WEEK, ("output", "starts"))
    assert (coil.allowance, coil.false_alarms_per_year) == (0.25, 2.0)
    assert method.process("sheet").interval is PeriodKind.DAY


def test_every_setting_of_the_method_may_come_from_the_environment(works: Works) -> None:
    loaded = works.load({"ENERGY_AGENT_GAS__PRICE_PER_NM3": "3.9", "ENERGY_AGENT_TARGET__BASE_YEAR": "2025",
                         "ENERGY_AGENT_CALENDAR__REST_DAYS": "sunday"})  # fmt: skip
    assert (loaded.method.gas.price_per_nm3, loaded.method.target.base_year) == (3.9, 2025)
    assert loaded.method.calendar.rest_days == {6}


def test_roles_variables_and_conditions_reach_the_points(works: Works) -> None:
    with_sensors(works)
    works.write(
        SENSORS,
        (
            GAS,
            ACTUAL + '\ntemperature_point = "main_meter.temperature"\npressure_point = "main_meter.pressure"',
        ),
        ('\nreference = "20C"', ""),
        ('process = "coil"', 'role = "export"'),
        extra='[[points]]\npoint = "gas_coil.flow_reference"\nreference = "0C"\n'
        '[[points]]\npoint = "main_meter.temperature"\nvariable = "ambient_temperature"\n',
    )
    assert works.check() == ()
    points = {point.id: point for point in works.load().plant.points}
    gas, energy = points["gas_coil.volume_actual"], points["main_meter.energy"]
    assert (gas.temperature_point, gas.pressure_point) == ("main_meter.temperature", "main_meter.pressure")
    assert (gas.role, gas.carrier) == (MeterRole.SUB, Carrier.GAS)
    assert energy.role is MeterRole.EXPORT
    assert points["main_meter.temperature"].variable == "ambient_temperature"


@pytest.mark.parametrize(
    ("change", "code", "key", "cure"),
    [
        pytest.param(
            ("target_year = 2031", "target_year = 2023"), "config.bad_target", "target.target_year",
            "name the year", id="a target year that is the base year",
        ),
        pytest.param(
            ("yearly_reduction = 0.03", "yearly_reduction = 2"), "config.wrong_value",
            "target.yearly_reduction", "at most 0.2", id="two per cent written as 2",
        ),
        pytest.param(
            ("yearly_reduction = 0.03", "yearly_reduction = -0.02"), "config.wrong_value",
            "target.yearly_reduction", "at least 0", id="a negative reduction",
        ),
        pytest.param(
            ('reading = "linear"', 'reading = "liner"'), "config.wrong_value", "target.reading",
            "'linear'", id="a misspelt reading",
        ),
        pytest.param(
            ("ncv_mj_per_nm3 = 36.0", "ncv_mj_per_nm3 = 389.31"), "config.wrong_value",
            "gas.ncv_mj_per_nm3", "at most 100", id="GJ per 10^4 Nm3 for MJ per Nm3",
        ),
        pytest.param(
            ("carbon_t_per_tj = 15.32", "carbon_t_per_tj = 56.1"), "config.wrong_value",
            "gas.carbon_t_per_tj", "at most 40", id="tonnes of CO2 for tonnes of carbon",
        ),
        pytest.param(
            ("oxidation = 0.995", "oxidation = 99"), "config.wrong_value", "gas.oxidation", "at most 1",
            id="an oxidation in per cent",
        ),
        pytest.param(
            ("price_per_nm3 = 3.6", "price_per_nm3 = -1"), "config.wrong_value", "gas.price_per_nm3",
            "more than 0", id="a negative price",
        ),
        pytest.param(
            ("confidence = 0.95", "confidence = 95"), "config.wrong_value", "analytics.confidence",
            "at most 0.999", id="a confidence in per cent",
        ),
        pytest.param(
            ("efficiency = 3.2\n", "efficiency = 0\n"), "config.wrong_value", "heat.efficiency",
            "more than 0", id="an efficiency of nothing",
        ),
        pytest.param(
            ('"electricity"\nefficiency', '"gas"\nefficiency'), "config.bad_efficiency", "heat.efficiency",
            "heat pump", id="a boiler better than physics",
        ),
        pytest.param(
            ('"electricity"\nefficiency', '"none"\nefficiency'), "config.field_not_of_kind",
            "heat.efficiency", "counterfactual", id="an efficiency of nothing replaced",
        ),
        pytest.param(
            ('day_start = "07:30"', 'day_start = "24:00"'), "config.wrong_value", "calendar.day_start",
            '"08:00"', id="a time that there is not",
        ),
        pytest.param(
            ('day_start = "07:30"', "day_start = 07:30:00"), "config.wrong_type", "calendar.day_start",
            "quotes", id="a time without quotes",
        ),
        pytest.param(
            ('start = "19:30"', 'start = "19:00"'), "config.overlapping_shifts", "calendar.shifts[1]",
            "end where the next begins", id="shifts that overlap in the evening",
        ),
        pytest.param(
            ('end = "07:30" }]', 'end = "08:00" }]'), "config.overlapping_shifts", "calendar.shifts[1]",
            "end where the next begins", id="shifts that overlap after midnight",
        ),
        pytest.param(
            ('name = "night"', 'name = "day"'), "config.duplicate_id", "calendar.shifts[1].name",
            "another id", id="two shifts of one name",
        ),
        pytest.param(
            ('name = "night", ', ""), "config.missing_key", "calendar.shifts[1].name", "add name",
            id="a shift without a name",
        ),
        pytest.param(
            ('"saturday", "sunday"', '"saturday", "sonntag"'), "config.wrong_value",
            "calendar.rest_days[1]", "sunday", id="a day of another language",
        ),
        pytest.param(
            ('"saturday"', '"monday", "tuesday", "wednesday", "thursday", "friday", "saturday"'),
            "config.wrong_value", "calendar.rest_days", "planned work", id="a week of rest days",
        ),
        pytest.param(
            ('"2026-10-02"', '"2026-02-30"'), "config.wrong_value", "calendar.holidays[1]", "2026-10-01",
            id="a holiday that there is not",
        ),
        pytest.param(
            ('"2026-10-02"', "2026-10-02T00:00:00Z"), "config.wrong_value", "calendar.holidays[1]",
            "2026-10-01", id="a holiday that is an instant",
        ),
    ],
)  # fmt: skip
def test_fault_of_the_method_is_found(works: Works, change: Change, code: str, key: str, cure: str) -> None:
    old, new = change
    assert old in METHOD
    works.write(extra=METHOD.replace(old, new, 1))
    assert_only(works.check(), code, key, cure)


@pytest.mark.parametrize(
    ("change", "code", "key", "cure"),
    [
        pytest.param(
            ('id = "coil"', 'id = "coil"\nvariables = ["output", "oven_temperature"]'),
            "config.variable_without_point", "processes[0].variables[1]", "variable = 'oven_temperature'",
            id="a variable that no point gives",
        ),
        pytest.param(
            ('id = "coil"', 'id = "coil"\nvariables = ["output", "output"]'),
            "config.duplicate_id", "processes[0].variables[1]", "take one out", id="a variable named twice",
        ),
        pytest.param(
            ('id = "coil"', 'id = "coil"\nvariables = ["starts"]'),
            "config.wrong_value", "processes[0].variables", '"output"', id="a model without output",
        ),
        pytest.param(
            ('id = "coil"', 'id = "coil"\nhot_above_c = 200'),
            "config.variable_without_point", "processes[0].hot_above_c", "oven_temperature",
            id="a hot oven that nobody measures",
        ),
        pytest.param(
            ('id = "coil"', 'id = "coil"\nfalse_alarms_per_year = 0'),
            "config.wrong_value", "processes[0].false_alarms_per_year", "more than 0",
            id="no false alarm at all",
        ),
        pytest.param(
            ('id = "coil"', 'id = "coil"\ninterval = "hour"'),
            "config.wrong_value", "processes[0].interval", "day, week, month", id="a model of hours",
        ),
        pytest.param(
            ('carrier = "electricity"\nprocess', 'variable = "load"\nprocess'),
            "config.variable_of_counter", "points[1].variable", "a state", id="a counter as a variable",
        ),
        pytest.param(
            ('[broker]', POWER + 'variable = "output"\n[broker]'),
            "config.reserved_id", "points[2].variable", "otherwise", id="a variable of the agent's own name",
        ),
        pytest.param(
            ('[broker]', POWER + 'variable = "oven temperature"\n[broker]'),
            "config.bad_id", "points[2].variable", "letters, digits", id="a variable with a blank",
        ),
        pytest.param(
            ('[broker]', POWER + 'variable = "oven_temperature"\n[broker]'),
            "config.impossible_unit", "points[2].variable", "in C", id="a temperature in kW",
        ),
        pytest.param(
            ('process = "coil"', 'process = "coil"\nrole = "main"'),
            "config.main_with_process", "points[1].role", "sub-meters", id="a main meter of one process",
        ),
        pytest.param(
            ('carrier = "electricity"\nprocess = "coil"', 'role = "main"'),
            "config.role_without_carrier", "points[1].role", "electricity", id="a main meter of nothing",
        ),
        pytest.param(
            ('process = "coil"', 'process = "coil"\nrole = "man"'), "config.wrong_value", "points[1].role",
            "'main'",
            id="a misspelt role",
        ),
    ],
)  # fmt: skip
def test_fault_of_a_model_is_found(works: Works, change: Change, code: str, key: str, cure: str) -> None:
    works.write(change)
    assert_only(works.check(), code, key, cure)


def test_two_points_cannot_measure_one_variable_of_a_process(works: Works) -> None:
    works.write(
        ('registers = ["energy", "power"]', 'registers = ["energy", "power", "voltage"]'),
        extra=POWER + 'variable = "load"\n[[points]]\npoint = "main_meter.voltage"\nvariable = "load"\n'
        'process = "sheet"\n',
    )
    assert_only(works.check(), "config.duplicate_variable", "points[3].variable", "its own process")


def test_one_variable_of_two_processes_has_a_point_each(works: Works) -> None:
    works.write(
        ('registers = ["energy", "power"]', 'registers = ["energy", "power", "voltage"]'),
        ('id = "coil"', 'id = "coil"\nvariables = ["output", "load"]'),
        extra=POWER + 'variable = "load"\nprocess = "coil"\n'
        '[[points]]\npoint = "main_meter.voltage"\nvariable = "load"\nprocess = "sheet"\n',
    )
    assert works.check() == ()


@pytest.mark.parametrize("missing", ["temperature_point", "pressure_point"])
def test_gas_at_actual_conditions_needs_temperature_and_pressure(works: Works, missing: str) -> None:
    with_sensors(works)
    extra = "".join(
        f'\n{name}_point = "main_meter.{name}"'
        for name in ("temperature", "pressure")
        if not missing.startswith(name)
    )
    at_actual(works, extra)
    works.plant.write_text(works.plant.read_text().replace(*SENSORS))
    assert_only(works.check(), "config.gas_conditions_needed", f"points[0].{missing}", missing)


@pytest.mark.parametrize(
    ("point", "code", "cure"),
    [
        pytest.param("main_meter.power", "config.impossible_unit", "temperature", id="a power"),
        pytest.param(
            "main_meter.temprature", "config.unknown_point", "'main_meter.temperature'", id="a typo"
        ),
        pytest.param("nobody", "config.unknown_point", "main_meter.temperature", id="no point at all"),
        pytest.param("gas_coil.cold", "config.unknown_point", "main_meter.temperature", id="no register"),
        pytest.param("main_meter.voltage", "config.point_not_read", "registers", id="what is not read"),
    ],
)
def test_temperature_of_a_gas_volume_must_be_a_temperature(
    works: Works, point: str, code: str, cure: str
) -> None:
    with_sensors(works)
    at_actual(works, f'\ntemperature_point = "{point}"\npressure_point = "main_meter.pressure"')
    works.plant.write_text(works.plant.read_text().replace(*SENSORS))
    assert_only(works.check(), code, "points[0].temperature_point", cure)


def test_gas_at_reference_conditions_is_not_corrected_twice(works: Works) -> None:
    with_sensors(works)
    works.write(SENSORS, (GAS, GAS + '\ntemperature_point = "main_meter.temperature"'))
    assert_only(works.check(), "config.conditions_not_needed", "points[0].temperature_point", "take it out")


def test_process_without_gas_is_a_warning(works: Works) -> None:
    works.write(("shares = { coil = 0.6, sheet = 0.4 }", "shares = { coil = 0.6 }"))
    assert_only(works.check(), "config.process_without_gas", "processes[1]", 'process = "sheet"')
    assert works.check()[0].severity is Severity.WARNING


def test_faulty_point_does_not_leave_its_process_without_gas_as_well(works: Works) -> None:
    works.write(('carrier = "gas"', 'carrier = "gaz"'))
    assert_only(works.check(), "config.wrong_value", "points[0].carrier", "'gas'")


def test_process_whose_output_alone_is_not_counted_is_a_warning(works: Works) -> None:
    works.write_profile(
        (works.profiles / "meter.toml").read_text(),
        ('name = "voltage"', 'name = "produced"'),
        ('type = "f32"\nword_order = "little"\nunit = "V"', 'type = "u32"\nunit = "t"\ncounter = {}'),
    )
    works.write(
        ('registers = ["energy", "power"]', 'registers = ["energy", "power", "produced"]'),
        extra='[[points]]\npoint = "main_meter.produced"\ncarrier = "production"\nprocess = "coil"\n',
    )
    assert_only(works.check(), "config.process_without_production", "processes[1]", "import")


@pytest.mark.parametrize(("key", "value"), [("gap_min", "0.1"), ("silent_min", "0.1")])
def test_span_shorter_than_an_interval_is_a_warning(works: Works, key: str, value: str) -> None:
    works.write(extra=f"[analytics]\n{key} = {value}\n")
    assert_only(works.check(), "config.interval_too_long", f"analytics.{key}", "two intervals")
    assert works.check()[0].severity is Severity.WARNING
