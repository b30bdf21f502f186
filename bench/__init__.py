"""Speed and CPU of the polling, ingest and aggregation paths, as figures that can be compared."""
