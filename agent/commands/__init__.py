"""The commands of `energy-agent`, one file each."""
