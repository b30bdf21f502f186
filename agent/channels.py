"""The only file that imports apprise: one message to one WeCom, DingTalk, Feishu, mailbox or webhook.

A channel's URL is a secret. Apprise and urllib3 write URLs with their tokens at debug level, so nothing that
they say leaves this file; what went wrong is said in our words, from the kind of the failure.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import warnings
from types import ModuleType
from typing import Any

import apprise
import requests
from apprise.common import PersistentStoreMode
from pydantic import SecretStr

from config.channels import Channel, channel_secret
from domain.errors import EnergyAgentError
from domain.findings import Severity
from domain.notice import Outcome

ROBOTS = ("wecombot", "dingtalk", "feishu", "lark")
"""They answer HTTP 200 to what they refuse, with the reason in the body; apprise 2.2 takes that for sent."""
_CODES = ("errcode", "code", "StatusCode")
_TYPES = {
    Severity.INFO: apprise.NotifyType.INFO,
    Severity.WARNING: apprise.NotifyType.WARNING,
    Severity.ERROR: apprise.NotifyType.FAILURE,
}
_MAIL_FAULTS = (
    (r"\b(530|534|535)\b|[Aa]uthent", "the mail server refused user or password", "check user and password"),
    (r"timed out|[Tt]imeout", "the mail server did not answer in time", "check host, port and firewall"),
    (r"refused|unreachable|Name or service|not known|getaddrinfo|resolution",
     "the mail server cannot be reached", "check host and port, and whether this machine may go there"),
    (r"CERTIFICATE|SSL|TLS", "the mail server's TLS does not fit", "check its certificate and mode="),
    (r"\b55\d\b|[Rr]ecipient|[Ss]ender", "the mail server refused an address", "check from= and to="),
)  # fmt: skip


def sender_of(channel: Channel) -> AppriseChannel:
    """Return the way to a channel; EnergyAgentError where its URL is not known here, or is none."""
    name = channel.policy.name
    if channel.url is None:
        variable = channel_secret(name).variable
        hint = f"give url_file in the plant file, the credential, or {variable}"
        raise EnergyAgentError(f"channel {name}", "has no URL: nobody could be told anything", hint)
    return AppriseChannel(name, channel.url)


class AppriseChannel:
    """One open channel; used by one thread at a time."""

    def __init__(self, name: str, url: SecretStr) -> None:
        """Raise EnergyAgentError with the cure when apprise makes nothing of the URL."""
        _keep_quiet()
        self._url = url
        text = url.get_secret_value()
        with _Sending(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of libraries that apprise's plugins import
            asset = apprise.AppriseAsset(
                app_id="energy-agent",
                app_desc="energy-agent",
                async_mode=False,
                service_timeout=0,  # the call stays in this thread, which is the channel's own
                secure_logging=True,
                storage_mode=PersistentStoreMode.MEMORY,
            )
            service = apprise.Apprise.instantiate(text, asset=asset)
        if service is None:
            raise EnergyAgentError(
                f"channel {name}",
                "its URL is not one that apprise knows",
                "compare it with the examples in config/examples/plant.toml",
            )
        self._scheme = str(getattr(service, "secure_protocol", "") or getattr(service, "protocol", ""))
        module = sys.modules[type(service).__module__]
        if getattr(module, "requests", None) is requests:
            vars(module)["requests"] = _overheard_requests()
        self._apprise = apprise.Apprise(asset=asset)
        self._apprise.add(service)

    def send(self, title: str, body: str, severity: Severity) -> Outcome:
        """Send one message and say what became of it; may block as long as the other side likes."""
        with _Sending() as heard:
            is_sent = bool(
                self._apprise.notify(
                    body=body,
                    title=title,
                    notify_type=_TYPES[severity],
                    body_format=apprise.NotifyFormat.TEXT,
                )
            )
            reply, fault, said = heard.reply, heard.fault, tuple(heard.said)
        if fault is not None:
            return _of_fault(fault)
        if reply is not None and not 200 <= reply.status_code < 300:
            return _of_status(reply.status_code)
        if reply is not None and self._scheme in ROBOTS:
            refusal = self._refusal(reply)
            if refusal is not None:
                return refusal
        return Outcome(is_sent=True) if is_sent else _of_mail(said)

    def _refusal(self, reply: requests.Response) -> Outcome | None:
        """Return what a robot says against a message that came with HTTP 200."""
        try:
            body = reply.json()
        except ValueError:
            return Outcome(
                is_sent=False,
                problem="the answer is not a robot's",
                remedy="check for a proxy or a login page",
            )
        code = next((body[name] for name in _CODES if name in body), 0) if isinstance(body, dict) else None
        if code == 0:
            return None
        said = body.get("errmsg", body.get("msg", "")) if isinstance(body, dict) else ""
        return Outcome(
            is_sent=False,
            problem=f"the robot refused the message: {code} {self._without_secrets(str(said))}".rstrip(),
            remedy="check key or token, and the robot's own rules: keyword, signature, IP addresses, rate",
        )

    def _without_secrets(self, text: str) -> str:
        """Return a text of the other side without what is in the URL, on one line, not long."""
        for part in sorted(re.split(r"[/:?&=@#]+", self._url.get_secret_value()), key=len, reverse=True):
            if len(part) >= 5:
                text = text.replace(part, "***")
        return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:160]


class _Heard(threading.local):
    """What a message led to, in this thread."""

    def __init__(self) -> None:
        self.is_sending = False
        self.reply: requests.Response | None = None
        self.fault: Exception | None = None
        self.said: list[str] = []


_heard = _Heard()


class _Sending:
    """The span of one message: replies are kept, and nothing that libraries log gets out."""

    def __enter__(self) -> _Heard:
        _heard.is_sending, _heard.reply, _heard.fault, _heard.said = True, None, None, []
        return _heard

    def __exit__(self, *_: object) -> None:
        _heard.is_sending, _heard.reply, _heard.fault, _heard.said = False, None, None, []


def _overheard_requests() -> ModuleType:
    """Return `requests` whose replies and faults we see too: apprise tells no more than sent or not."""
    copy = ModuleType("requests")
    vars(copy).update(vars(requests))
    for name in ("request", "get", "post", "put", "patch", "delete"):
        setattr(copy, name, _overheard(getattr(requests, name)))
    return copy


def _overheard(call: Any) -> Any:
    def send(*args: Any, **kwargs: Any) -> requests.Response:
        try:
            reply: requests.Response = call(*args, **kwargs)
        except requests.RequestException as error:
            _heard.fault = error
            raise
        _heard.reply = reply
        return reply

    return send


def _hear(record: logging.LogRecord) -> bool:
    """Keep a few lines of what apprise says for the thread that sends, and let nobody else have them."""
    if _heard.is_sending and len(_heard.said) < 50:
        _heard.said.append(record.getMessage())
    return False


def _not_while_sending(_: logging.LogRecord) -> bool:
    return not _heard.is_sending


def _keep_quiet() -> None:
    """Let apprise and urllib3 tell no log about our messages; safe to call twice."""
    log = logging.getLogger("apprise")
    log.setLevel(logging.DEBUG)  # the kind of a mail's failure is told at no other level
    if _hear not in log.filters:
        log.addFilter(_hear)
    for name in ("urllib3.connectionpool", "urllib3.util.retry", "requests"):
        other = logging.getLogger(name)
        if _not_while_sending not in other.filters:
            other.addFilter(_not_while_sending)


def _of_fault(fault: Exception) -> Outcome:
    if isinstance(fault, requests.Timeout):
        problem, remedy = "did not answer in time", "try again; check firewall and proxy"
    elif isinstance(fault, requests.exceptions.SSLError):
        problem = "its TLS certificate is not accepted"
        remedy = "check the host name and this machine's certificate authorities and clock"
    elif isinstance(fault, requests.ConnectionError):
        problem = "cannot be reached"
        remedy = "check host and port, DNS, and whether this machine may go there"
    else:
        problem, remedy = f"cannot be used ({type(fault).__name__})", "check its URL"
    return Outcome(is_sent=False, problem=problem, remedy=remedy)


def _of_status(status: int) -> Outcome:
    if status in (401, 403):
        remedy = "check the token or password in its URL"
    elif status in (404, 410):
        remedy = "check the address: the webhook or robot is not there any more"
    elif status == 429:
        remedy = "lower max_per_hour, or wait"
    elif status >= 500:
        remedy = "the fault is on the other side: it is tried again"
    else:
        remedy = "check its URL and what the other side expects"
    return Outcome(is_sent=False, problem=f"answered HTTP {status}", remedy=remedy)


def _of_mail(said: tuple[str, ...]) -> Outcome:
    """Return what kind of failure apprise's own words speak of; the words themselves may hold addresses."""
    text = "\n".join(said)
    for pattern, problem, remedy in _MAIL_FAULTS:
        if re.search(pattern, text):
            return Outcome(is_sent=False, problem=problem, remedy=remedy)
    return Outcome(is_sent=False, problem="did not take the message", remedy="check its URL")
