"""Where readings stay: ingest, the stores behind one contract, quarantine."""
