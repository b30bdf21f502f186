"""The API does what its description says, for whatever a program may ask."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from tests.dashboard.api.conftest import api_of
from tests.dashboard.made import MadeSource

MEANT_ELSEWHERE = [
    ignored_auth,  # the API alone has no door: the tests of access knock at it
    positive_data_acceptance,  # `to` needs a `from` before it, which a schema of parameters cannot say
]
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api_of(MadeSource()))
schema.config.phases.coverage.enabled = False
"""8,000 requests that differ little."""


@schema.parametrize()
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(excluded_checks=MEANT_ELSEWHERE)
