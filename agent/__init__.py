"""Composition root: builds the rooms, connects them and keeps them running."""
