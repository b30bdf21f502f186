"""Modbus in, journal out."""
