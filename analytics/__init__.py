"""Readings into intensity, track and alerts: pure, values in, values out."""
