"""The energy manager's page: views of figures, charts as SVG, live values, API, access."""
