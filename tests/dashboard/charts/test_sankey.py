from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.charts.sankey_layout import LEAST, amounts, lay_out
from dashboard.charts.svg import Size
from domain.flows import Flows
from domain.plant import Carrier
from tests.dashboard.charts import planted
from tests.dashboard.charts.drawn import draw_sankey
from tests.dashboard.charts.picture import cut, of_class, parsed, spans, upon_each_other


def _flows(shares: list[float]) -> Flows:
    """A carrier that gives each of its meters a share, and one of them recovers some heat."""
    gas = Carrier.GAS
    nodes = (
        planted.node("gas", "carrier", sum(shares), gas),
        *(planted.node(f"meter:m{k}", "meter", kwh, gas) for k, kwh in enumerate(shares)),
        planted.node("heat", "heat", shares[0] * 0.1, Carrier.HEAT),
    )
    links = (
        *(planted.link("gas", f"meter:m{k}", gas, kwh) for k, kwh in enumerate(shares)),
        planted.link("meter:m0", "heat", Carrier.HEAT, shares[0] * 0.1, is_recovered=True),
    )
    return planted.flows_of(nodes, links)


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=25))
@settings(max_examples=40, deadline=None)
def test_ribbons_fill_their_nodes_in_and_out(shares: list[float]) -> None:
    flows = _flows(shares)
    layout = lay_out(flows, tallest=220, one_line=frozenset())
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for ribbon in layout.ribbons:
        out[ribbon.link.source] += ribbon.thickness
        into[ribbon.link.target] += ribbon.thickness
        assert ribbon.start >= ribbon.source.top - 1e-6
        assert ribbon.end + ribbon.thickness <= ribbon.target.top + max(ribbon.target.height, LEAST) + 1e-6
    through = amounts(flows)
    for placed in layout.nodes:
        full = through[placed.node.id] * layout.per_kwh
        assert placed.height == max(full, LEAST)
        assert into[placed.node.id] <= full + 1e-6
        if placed.node.id == "gas":
            assert abs(out["gas"] - full) < 1e-6
        else:
            assert abs(into[placed.node.id] - full) < 1e-6


@given(st.lists(st.sampled_from([0.001, 1.0, 50.0, 1e6]), min_size=1, max_size=30))
@settings(max_examples=15, deadline=None)
def test_labels_keep_apart_whatever_the_sizes(shares: list[float]) -> None:
    for size in Size:
        root = parsed(str(draw_sankey(_flows(shares))(size, "p")))
        assert cut(root) == []
        assert upon_each_other(root) == []


def test_slots_of_a_column_never_meet() -> None:
    layout = lay_out(planted.crowded_flows(), tallest=220, one_line=frozenset({1}))
    column = sorted((node for node in layout.nodes if node.column == 1), key=lambda node: node.slot_top)
    for above, below in pairwise(column):
        assert above.slot_top + above.slot_height <= below.slot_top
        assert above.height >= LEAST


def test_what_is_unmetered_is_seen_though_it_is_tiny() -> None:
    layout = lay_out(planted.flows(), tallest=220, one_line=frozenset())
    rest = next(node for node in layout.nodes if node.node.id == "unmetered:gas")
    assert rest.height == LEAST
    assert "未计量燃气" in draw_sankey(planted.flows())(Size.WIDE, "p")


def test_every_link_is_a_ribbon_and_recovered_heat_is_hatched() -> None:
    flows = planted.flows()
    root = parsed(str(draw_sankey(flows)(Size.WIDE, "p")))
    recovered = of_class(root, "recovered")
    assert len(of_class(root, "ribbon")) + len(recovered) == len(flows.links)
    assert [each.get("fill") for each in recovered] == ["url(#p-hatch)"] * 2
    assert max(node.column for node in lay_out(flows, tallest=220, one_line=frozenset()).nodes) == 2


def test_a_ring_of_links_does_not_hang() -> None:
    gas = Carrier.GAS
    nodes = (planted.node("gas", "carrier", 2, gas), *(planted.node(name, "process", 1) for name in "ab"))
    links = (
        planted.link("gas", "a", gas, 2),
        planted.link("a", "b", gas, 1),
        planted.link("b", "a", gas, 1),
    )
    assert parsed(str(draw_sankey(planted.flows_of(nodes, links))(Size.WIDE, "p"))) is not None


def test_a_figure_that_is_not_known_is_a_dash() -> None:
    gas = Carrier.GAS
    nodes = (planted.node("gas", "carrier", None, gas), planted.node("process:coil", "process", 5.0))
    flows = planted.flows_of(nodes, (planted.link("gas", "process:coil", gas, 5.0),))
    assert ">–<" in draw_sankey(flows)(Size.NARROW, "p")


def test_on_a_phone_a_name_has_lines_rather_than_an_end_cut_off() -> None:
    names = {
        "gas": "Natural gas",
        "process:coil": "Feeder, office and chargers",
        "unmetered:gas": "Unmetered: Natural gas",
        "heat": "Recovered heat",
    }
    gas = Carrier.GAS
    nodes = (
        planted.node("gas", "carrier", 7e3, gas),
        planted.node("process:coil", "process", 5e3),
        planted.node("unmetered:gas", "unmetered", 2e3),
        planted.node("heat", "heat", 1e3, Carrier.HEAT),
    )
    links = (
        planted.link("gas", "process:coil", gas, 5e3),
        planted.link("gas", "unmetered:gas", gas, 2e3),
        planted.link("process:coil", "heat", Carrier.HEAT, 1e3, is_recovered=True),
    )
    root = parsed(str(draw_sankey(planted.flows_of(nodes, links), names)(Size.NARROW, "p")))
    said = " ".join(words for words, _ in spans(root))
    assert all(name in said for name in names.values())
    assert cut(root) == []
    assert upon_each_other(root) == []
