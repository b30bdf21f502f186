"""A Mosquitto that speaks TLS, and an agent that is told the wrong authority first."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.brokers import make_certificates, section
from tests.e2e.evidence import assert_no_silence, assert_true, stored
from tests.e2e.harness import Agent, Meters, make_works, wait_for
from tests.mosquitto import Mosquitto


def test_a_wrong_authority_is_named_loses_nothing_and_is_cured_by_the_right_one(
    mosquitto_folder: Path, tmp_path: Path
) -> None:
    right = make_certificates(mosquitto_folder / "right", "right")
    wrong = make_certificates(mosquitto_folder / "wrong", "wrong")
    own = right.parent
    lines = [f"certfile {own / 'server.pem'}", f"keyfile {own / 'server.key'}", "tls_version tlsv1.2"]
    broker = Mosquitto(mosquitto_folder, extra=lines)
    broker.start()
    try:
        more = f'tls = true\nca_file = "{wrong}"'
        works = make_works(tmp_path, section(broker, tmp_path, more=more))
        with Meters(works) as meters:
            with Agent(works) as agent:
                agent.wait_until("polls are journalled", lambda s: s["journal"]["depth"] >= 10)

                def said() -> list[str]:
                    return [reason for reason in agent.reasons() or [] if "certificate" in reason]

                assert len(wait_for("a reason that names the certificate", said)) == 2
                assert agent.stop()[0] == 0
            works.file.write_text(works.file.read_text().replace(str(wrong), str(right)))
            with Agent(works) as agent:
                agent.wait_until(
                    "drained",
                    lambda s: s["ready"] and s["journal"]["depth"] <= 10 and s["store"]["readings"] > 200,
                )
                assert agent.stop()[0] == 0
            rows, noted = stored(works)
            assert_true(rows, meters)
            assert_no_silence(rows, noted)
    finally:
        broker.kill()
