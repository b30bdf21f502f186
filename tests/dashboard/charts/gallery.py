"""All charts on one page without scripts: python -m tests.dashboard.charts.gallery OUT.html [dark]."""

from __future__ import annotations

import sys
from pathlib import Path

from markupsafe import Markup, escape

from dashboard.charts.axes import both
from dashboard.charts.spark import sparkline
from domain.plant import Carrier
from tests.dashboard.charts import planted
from tests.dashboard.charts.drawn import CHARTS, NULL

STYLE = Path(__file__).parents[3] / "dashboard" / "static" / "charts.css"
PAGE = """body { margin: 8px; background: #f4f5f7; }
body { font: 14px/1.4 system-ui, "Noto Sans SC", "Noto Sans CJK SC", sans-serif; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 600px), 1fr)); gap: 10px; }
section { background: var(--chart-card); color: var(--chart-ink); padding: 12px; min-width: 0; }
h2 { font-size: 14px; margin: 0 0 8px; } .spark { width: 108px; display: inline-block; }
:root[data-theme="dark"] body { background: #0d1117; }"""


def gallery(theme: str = "light") -> str:
    """Return the page."""
    cards = Markup("").join(
        Markup("<section><h2>{}</h2>{}</section>").format(name, both(draw, prefix=name))
        for name, draw in (CHARTS | NULL).items()
    )
    sparks = Markup("").join(
        sparkline(planted.spark(k), kind=kind) for k, kind in enumerate(list(Carrier)[:4])
    )
    return (
        f'<!doctype html><html lang="zh-Hans-CN" data-theme="{escape(theme)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Charts</title>'
        f"<style>{STYLE.read_text(encoding='utf-8')}{PAGE}</style></head>"
        f"<body><main>{cards}<section>{sparks}</section></main></body></html>"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(gallery(*sys.argv[2:3]), encoding="utf-8")
