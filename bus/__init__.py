"""The way to the MQTT broker, and a small broker for plants that have none."""
