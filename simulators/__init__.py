"""Independent witnesses of the collector: a plant with planted truths behind simulated Modbus devices."""
