"""Each fault of a channel: its code, its key, its cure; where its URL comes from; that it never shows."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from config.channels import Channel
from domain.errors import ConfigError
from domain.findings import Severity
from domain.notice import HOUR_MS, Quiet
from tests.config.works import Works, assert_only

CANARY = "canary5ec7e7"
URL = f"wecombot://{CANARY}"
VARIABLE = "ENERGY_AGENT_CHANNELS__TEAM_CHAT__URL"
CHANNEL = '[[channels]]\nname = "team-chat"\n'


def url_of(channel: Channel) -> str:
    assert channel.url is not None
    return channel.url.get_secret_value()


def write_url(works: Works, url: str = URL, mode: int = 0o600) -> str:
    """Write the URL to a file beside the plant and return the table of a channel that names it."""
    path = works.folder / "team_url"
    path.write_text(f"{url}\n")
    path.chmod(mode)
    return CHANNEL + 'url_file = "team_url"\n'


def test_channel_is_loaded_with_its_policy(works: Works) -> None:
    works.write(extra=write_url(works) + 'min_severity = "error"\nlanguage = "en"\nrepeat_h = 4\n'
                'quiet_hours = "22:00-06:30"\nquiet_except = "error"\nmax_per_hour = 6\n')  # fmt: skip
    (channel,) = works.load().notify
    assert url_of(channel) == URL
    policy = channel.policy
    assert (policy.name, policy.language, policy.min_severity) == ("team-chat", "en", Severity.ERROR)
    assert policy.quiet == Quiet(since_min=1320, until_min=390, breaks=Severity.ERROR)
    assert (policy.repeat_ms, policy.max_per_hour) == (4 * HOUR_MS, 6)


@pytest.mark.parametrize("variable", ["ENERGY_AGENT_SECRETS_DIR", "CREDENTIALS_DIRECTORY"])
def test_url_comes_from_a_folder_of_secrets(works: Works, variable: str) -> None:
    folder = works.folder / "secrets"
    folder.mkdir()
    (folder / "channels__team_chat_url").write_text(URL)
    (folder / "channels__team_chat_url").chmod(0o600)
    works.write(extra=CHANNEL)
    assert url_of(works.load({variable: str(folder)}).notify[0]) == URL


def test_url_in_the_environment_goes_before_the_file(works: Works) -> None:
    works.write(extra=write_url(works))
    assert url_of(works.load({VARIABLE: "json://localhost"}).notify[0]) == "json://localhost"


@pytest.mark.parametrize(
    ("table", "environ", "code", "key", "cure"),
    [
        pytest.param(
            CHANNEL + f'url = "{URL}"\n', {VARIABLE: URL}, "config.secret_in_file", "channels[0].url",
            "url_file", id="a URL in the plant file",
        ),
        pytest.param(
            CHANNEL, {}, "config.channel_without_url", "channels[0].url_file", VARIABLE,
            id="a channel without a URL"
        ),
        pytest.param(
            '[[channels]]\nname = "team chat"\n', {"ENERGY_AGENT_CHANNELS__TEAM CHAT__URL": URL},
            "config.bad_id", "channels[0].name", "letters", id="a name with a blank",
        ),
        pytest.param(
            CHANNEL + CHANNEL, {VARIABLE: URL}, "config.duplicate_id", "channels[1].name", "another id",
            id="two channels of one name",
        ),
        pytest.param(
            CHANNEL + CHANNEL.replace("-", "_"), {VARIABLE: URL}, "config.duplicate_id", "channels[1].name",
            "another name", id="two channels of one variable",
        ),
        pytest.param(
            CHANNEL, {VARIABLE: CANARY}, "config.bad_url", "channels[0].url", "wecombot",
            id="a URL without a scheme",
        ),
        pytest.param(
            CHANNEL, {VARIABLE: f"json://plant.example/{CANARY}"}, "config.channel_in_clear",
            "channels[0].url", "ends with s", id="a webhook in clear",
        ),
        pytest.param(
            CHANNEL, {VARIABLE: URL, "ENERGY_AGENT_CHANNELS__TEAM_CHAR__URL": URL},
            "config.unknown_variable", "ENERGY_AGENT_CHANNELS__TEAM_CHAR__URL", VARIABLE,
            id="a misspelt variable",
        ),
        pytest.param(
            CHANNEL + 'quiet_hours = "22-6"\n', {VARIABLE: URL}, "config.wrong_value",
            "channels[0].quiet_hours", "22:00-06:00", id="quiet hours without minutes",
        ),
        pytest.param(
            CHANNEL + 'quiet_hours = "22:00-22:00"\n', {VARIABLE: URL}, "config.wrong_value",
            "channels[0].quiet_hours", "another minute", id="quiet hours of no length",
        ),
        pytest.param(
            CHANNEL + 'quiet_except = "error"\n', {VARIABLE: URL}, "config.field_not_of_kind",
            "channels[0].quiet_except", "take it out", id="an exception to no quiet hours",
        ),
        pytest.param(
            CHANNEL + 'min_severity = "warn"\n', {VARIABLE: URL}, "config.wrong_value",
            "channels[0].min_severity", "'warning'", id="a severity that there is not",
        ),
        pytest.param(
            CHANNEL + "repeat_h = 0\n", {VARIABLE: URL}, "config.wrong_value", "channels[0].repeat_h",
            "at least 0.25", id="a repeat without end",
        ),
    ],
)  # fmt: skip
def test_fault_of_a_channel_is_found(
    works: Works, table: str, environ: dict[str, str], code: str, key: str, *, cure: str
) -> None:
    works.write(extra=table)
    findings = works.check(environ)
    assert_only(findings, code, key, cure)
    assert CANARY not in repr(findings)


def test_url_file_that_others_may_read_is_refused(works: Works) -> None:
    works.write(extra=write_url(works, mode=0o644))
    assert_only(works.check(), "config.secret_exposed", "channels[0].url_file", "chmod 600")


def test_url_shows_in_no_error_and_in_nothing_that_is_loaded(works: Works) -> None:
    works.write(extra=write_url(works))
    assert CANARY not in repr(works.load())
    works.write(
        extra=CHANNEL + f'url = "{URL}"\nurls = "{URL}"\nurl_file = "{URL}"\nlanguage = "{CANARY}0"\n'
    )
    with pytest.raises(ConfigError) as caught:
        works.load({VARIABLE: f"{CANARY} no url"})
    text = "".join(traceback.format_exception(caught.value)).replace(f"'{CANARY}0'", "")
    assert len(caught.value.findings) == 4
    assert CANARY not in text


def test_plant_without_channels_tells_nobody(works: Works, tmp_path: Path) -> None:
    assert works.load().notify == ()
