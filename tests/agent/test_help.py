"""What the command line says of itself."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from click.testing import CliRunner

from agent.__main__ import LazyGroup, main
from agent.commands import common

assert isinstance(main, LazyGroup)
NAMES = main.list_commands(click.Context(main))


def help_of(*names: str) -> str:
    result = CliRunner().invoke(main, [*names, "--help"], terminal_width=100)
    assert result.exit_code == 0
    return result.output


def command_of(name: str) -> click.Command:
    assert isinstance(main, LazyGroup)
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return command


def examples_in(text: str) -> list[list[str]]:
    """Return the arguments of each example, without its remark and what it is piped into."""
    lines = re.findall(r"^ +energy-agent (\S.*)$", text, flags=re.MULTILINE)
    return [shlex.split(re.split(r" {3,}| \| ", line)[0]) for line in lines]


def test_the_group_lists_every_command_it_knows() -> None:
    assert isinstance(main, LazyGroup)
    assert set(NAMES) == main.commands_by_name.keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_has_examples_and_exit_codes(name: str) -> None:
    text = help_of(name)
    assert "Examples:" in text
    assert any(example[0] == name for example in examples_in(text))
    for code in range(8):
        assert re.search(rf"^ +{code}  \S", text, flags=re.MULTILINE), code


@pytest.mark.parametrize(
    "name", [[], *([name] for name in NAMES)], ids=lambda name: " ".join(name) or "group"
)
def test_every_example_can_be_parsed(name: list[str]) -> None:
    examples = examples_in(help_of(*name))
    assert examples
    for command, *args in examples:
        # Unknown options and arguments too many are errors even so.
        command_of(command).make_context(command, args, resilient_parsing=True)


def test_every_exit_code_has_a_name_and_a_meaning() -> None:
    named = {
        value for name, value in vars(common).items() if name.startswith("EXIT_") and name != "EXIT_CODES"
    }
    listed = {int(code) for code in re.findall(r"^  (\d)  ", common.EXIT_CODES, flags=re.MULTILINE)}
    assert listed == named | {0}


def test_an_unknown_command_is_wrong_use() -> None:
    result = CliRunner().invoke(main, ["frobnicate"])
    assert result.exit_code == common.EXIT_USAGE
    assert "No such command 'frobnicate'" in result.output


def test_the_version_is_told() -> None:
    assert re.match(r"energy-agent, version \d+\.\d+\.\d+", CliRunner().invoke(main, ["--version"]).output)
