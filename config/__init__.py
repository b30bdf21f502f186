"""From a plant file, the environment and secret files to domain objects, validated whole.

path, environ --read--> layers --pydantic-settings--> tables --check--> findings | Loaded

`config.loaded.load` is the way in for who starts the agent, `config.check.check` for who only asks.
"""

from config.loaded import Loaded, load

__all__ = ["Loaded", "load"]
