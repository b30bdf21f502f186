"""Each fault of broker, store, web page and agent: its code, its key, its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.findings import Severity
from tests.config.works import Works, assert_only

EXTERNAL = 'mode = "external"\nhost = "mqtt.example"\n'
INFLUX = 'kind = "influxdb"\nurl = "https://influx.example:8086"\norg = "o"\nbucket = "b"\n'
TOKEN = {"ENERGY_AGENT_STORE__TOKEN": "t"}
PASSWORD = {"ENERGY_AGENT_BROKER__PASSWORD": "p"}


@pytest.mark.parametrize(
    ("broker", "environ", "code", "key", "cure"),
    [
        pytest.param(
            'mode = "embeded"', {}, "config.wrong_value", "broker.mode", "'embedded'",
            id="a misspelt mode",
        ),
        pytest.param(
            'host = "0.0.0.0"', {}, "config.embedded_not_loopback", "broker.host", "127.0.0.1",
            id="an embedded broker open to the network",
        ),
        pytest.param(
            'protocol = "5"', {}, "config.protocol_not_embedded", "broker.protocol", "3.1.1",
            id="MQTT 5 from the embedded broker",
        ),
        pytest.param(
            'user = "u"', {}, "config.field_not_of_kind", "broker.user", 'mode = "external"',
            id="a user for the embedded broker",
        ),
        pytest.param(
            EXTERNAL + 'user = "u"', PASSWORD, "config.password_in_clear", "broker.tls", "tls = true",
            id="a password in clear",
        ),
        pytest.param(
            EXTERNAL + "tls = true", PASSWORD, "config.password_without_user", "broker.user", "add user",
            id="a password without a user",
        ),
        pytest.param(
            EXTERNAL + "tls = true\nport = 0", {}, "config.wrong_value", "broker.port", "broker's port",
            id="an external broker on port 0",
        ),
        pytest.param(
            EXTERNAL + 'tls = true\nca_file = "none.pem"', {}, "config.file", "broker.ca_file", "path",
            id="a certificate authority that is not there",
        ),
        pytest.param(
            EXTERNAL + 'tls = true\ncert_file = "plant.toml"', {}, "config.tls_incomplete",
            "broker.key_file", "together", id="a certificate without its key",
        ),
        pytest.param(
            'mode = "external"\nca_file = "plant.toml"', {}, "config.tls_incomplete", "broker.ca_file",
            "tls = true", id="a certificate authority without TLS",
        ),
        pytest.param(
            EXTERNAL.replace("mqtt.example", "mqtts://mqtt.example") + "tls = true", {}, "config.bad_host",
            "broker.host", "no scheme", id="a host that is a URL",
        ),
    ],
)  # fmt: skip
def test_fault_of_the_broker_is_found(
    works: Works, *, broker: str, environ: dict[str, str], code: str, key: str, cure: str
) -> None:
    works.write(('mode = "embedded"', broker))
    assert_only(works.check(environ), code, key, cure)


def test_readings_in_clear_are_a_warning(works: Works) -> None:
    works.write(('mode = "embedded"', EXTERNAL))
    assert_only(works.check(), "config.broker_in_clear", "broker.tls", "8883")
    assert works.check()[0].severity is Severity.WARNING


def test_password_to_a_broker_on_this_host_needs_no_tls(works: Works) -> None:
    works.write(('mode = "embedded"', 'mode = "external"\nuser = "u"'))
    assert works.check(PASSWORD) == ()


def test_private_key_that_others_may_read_is_refused(works: Works) -> None:
    for name, mode in (("cert.pem", 0o644), ("key.pem", 0o640)):
        (works.folder / name).write_text("x")
        (works.folder / name).chmod(mode)
    tls = 'tls = true\ncert_file = "cert.pem"\nkey_file = "key.pem"'
    works.write(('mode = "embedded"', EXTERNAL + tls))
    assert_only(works.check(), "config.secret_exposed", "broker.key_file", "chmod 600")


@pytest.mark.parametrize(
    ("store", "environ", "code", "key", "cure"),
    [
        pytest.param(
            INFLUX.replace('org = "o"\n', ""), TOKEN, "config.missing_key", "store.org", "add org",
            id="InfluxDB without an organisation",
        ),
        pytest.param(
            INFLUX.replace('bucket = "b"\n', ""), TOKEN, "config.missing_key", "store.bucket", "add bucket",
            id="InfluxDB without a bucket",
        ),
        pytest.param(
            'kind = "influxdb"\norg = "o"\nbucket = "b"', TOKEN, "config.missing_key", "store.url",
            "add url", id="InfluxDB without a URL",
        ),
        pytest.param(
            INFLUX, {}, "config.missing_key", "store.token_file", "ENERGY_AGENT_STORE__TOKEN",
            id="InfluxDB without a token",
        ),
        pytest.param(
            INFLUX.replace("https://", ""), TOKEN, "config.bad_url", "store.url", "https://",
            id="a URL without a scheme",
        ),
        pytest.param(
            INFLUX.replace("8086", "8086?db=x"), TOKEN, "config.bad_url", "store.url", "https://",
            id="a URL with a query",
        ),
        pytest.param(
            INFLUX.replace("https://", "https://me:hunter2@"), TOKEN, "config.secret_in_file", "store.url",
            "token", id="a URL with a password",
        ),
        pytest.param(
            INFLUX + 'path = "x.duckdb"', TOKEN, "config.field_not_of_kind", "store.path", "duckdb",
            id="a DuckDB key for InfluxDB",
        ),
        pytest.param(
            'kind = "duckdb"\nurl = "https://x.example"', {}, "config.field_not_of_kind", "store.url",
            "influxdb", id="an InfluxDB key for DuckDB",
        ),
        pytest.param(
            'kind = "duckdb"\nmemory_limit = "half"', {}, "config.wrong_value", "store.memory_limit",
            "512MB", id="a memory limit that is none",
        ),
    ],
)  # fmt: skip
def test_fault_of_the_store_is_found(
    works: Works, *, store: str, environ: dict[str, str], code: str, key: str, cure: str
) -> None:
    works.write(('kind = "duckdb"', store))
    assert_only(works.check(environ), code, key, cure)
    assert "hunter2" not in repr(works.check(environ))


def test_token_in_clear_is_a_warning(works: Works) -> None:
    works.write(('kind = "duckdb"', INFLUX.replace("https", "http")))
    assert_only(works.check(TOKEN), "config.token_in_clear", "store.url", "https")
    assert works.check(TOKEN)[0].severity is Severity.WARNING


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "gateway.local", ""])
def test_page_does_not_open_to_the_network(works: Works, host: str) -> None:
    works.write(("[http]", f'[http]\nhost = "{host}"'))
    findings = works.check()
    assert findings[0].key == "http.host"
    if host:
        assert_only(findings, "config.http_not_loopback", "http.host", "tls_cert_file")


def write_http(works: Works, text: str, *, key_mode: int = 0o600) -> None:
    """Write the plant file with more in [http], and the files of TLS."""
    for name, mode in (("page.pem", 0o644), ("page.key", key_mode)):
        (works.folder / name).write_text("x")
        (works.folder / name).chmod(mode)
    works.write(("[http]", f"[http]\n{text}"))


TLS = 'tls_cert_file = "page.pem"\ntls_key_file = "page.key"\n'


def test_page_opens_to_the_network_with_tls_and_answers_to_its_names(works: Works) -> None:
    write_http(works, TLS + 'host = "192.168.1.5"\nallowed_hosts = ["energy.works.example"]')
    assert works.check() == ()
    http = works.load().http
    assert http.allowed_hosts == ("energy.works.example", "192.168.1.5")
    assert http.tls_key_file == works.folder / "page.key"
    write_http(works, TLS + 'host = "0.0.0.0"\nallowed_hosts = ["energy.works.example"]')
    assert works.load().http.allowed_hosts == ("energy.works.example",)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_page_on_every_address_needs_a_name(works: Works, host: str) -> None:
    write_http(works, TLS + f'host = "{host}"')
    assert_only(works.check(), "config.http_without_name", "http.allowed_hosts", "allowed_hosts = ")


def test_key_of_the_page_that_others_may_read_is_refused(works: Works) -> None:
    write_http(works, TLS, key_mode=0o640)
    assert_only(works.check(), "config.secret_exposed", "http.tls_key_file", "chmod 600")


@pytest.mark.parametrize(
    ("text", "code", "key", "cure"),
    [
        ('tls_cert_file = "page.pem"', "config.tls_incomplete", "http.tls_key_file", "together"),
        ('tls_key_file = "page.key"', "config.tls_incomplete", "http.tls_cert_file", "together"),
        (TLS.replace("page.pem", "none.pem"), "config.file", "http.tls_cert_file", "path"),
        ('allowed_hosts = ["https://x"]', "config.bad_host", "http.allowed_hosts[0]", "no scheme"),
        ('allowed_hosts = ["x.example:8443"]', "config.bad_host", "http.allowed_hosts[0]", "host alone"),
        ('host = "a b"\n' + TLS, "config.bad_host", "http.host", "host alone"),
    ],
)
def test_fault_of_the_page_is_found(works: Works, text: str, code: str, key: str, cure: str) -> None:
    write_http(works, text)
    assert_only(works.check(), code, key, cure)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_page_may_be_on_any_loopback_address(works: Works, host: str) -> None:
    works.write(("[http]", f'[http]\nhost = "{host}"'))
    assert works.check() == ()


@pytest.mark.parametrize("name", ["none", "a" * 300, "plant.toml", "\\u0000"])
def test_profile_folder_that_is_none_is_found(works: Works, name: str) -> None:
    works.write(("[agent]", f'[agent]\nprofile_dirs = ["{name}"]'))
    assert_only(works.check(), "config.file", "agent.profile_dirs[0]", "create the folder")


def test_plant_file_that_is_not_there_is_one_finding(works: Works) -> None:
    works.plant.unlink()
    assert_only(works.check(), "config.file", str(works.plant), "name a file that exists")


def test_plant_file_that_is_a_folder_is_one_finding(works: Works) -> None:
    works.plant.unlink()
    works.plant.mkdir()
    assert_only(works.check(), "config.file", str(works.plant), "readable file")


def test_syntax_error_names_its_line_and_leaves_the_environment_checked(works: Works) -> None:
    works.plant.write_text('[site]\nid = "a"\ngateway = oops\n')
    findings = works.check({"ENERGY_AGENT_HTTP__PROT": "80"})
    assert [finding.code for finding in findings] == ["config.syntax", "config.unknown_variable"]
    assert "line 3" in findings[0].problem


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a = \xff\n", id="not UTF-8"),
        pytest.param(b"a = " + b"[" * 5000, id="lists without end"),
        pytest.param(b".".join([b"a"] * 5000) + b" = 1", id="keys without end"),
        pytest.param(b"a = " + b"9" * 5000, id="digits without end"),
        pytest.param(b"# " + b"x" * 2_000_000, id="a file without end"),
    ],
)
def test_file_that_is_hostile_is_one_finding(works: Works, content: bytes) -> None:
    works.plant.write_bytes(content)
    findings = works.check()
    assert [finding.key for finding in findings] == [str(works.plant)]


def test_byte_order_mark_of_an_editor_is_no_fault(works: Works) -> None:
    works.plant.write_bytes(b"\xef\xbb\xbf" + works.plant.read_bytes().replace(b"\n", b"\r\n"))
    assert works.check() == ()


def test_relative_paths_are_taken_from_the_plant_file(works: Works) -> None:
    loaded = works.load()
    assert loaded.agent.state_dir == works.folder / "state"
    assert loaded.store.path == works.folder / "state" / "readings.duckdb"
    works.write(('"state"', '"/srv/agent"'))
    assert works.load().store.path == Path("/srv/agent/readings.duckdb")
