"""Charts as SVG text: domain values, words and number formats in, markup out; no script, no style attribute.

Every chart is drawn twice, `Size.WIDE` and `Size.NARROW`: `axes.both` puts both on the page and the style
sheet shows one. `prefix` begins every id and is unique on a page.
"""
