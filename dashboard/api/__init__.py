"""Data for other programs: JSON and CSV under /api/v1, described by OpenAPI."""
