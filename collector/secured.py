"""Modbus/TCP with TLS (Modbus/TCP Security): what we show and trust, and what each refusal means."""

from __future__ import annotations

import ssl

from domain.errors import LinkDown
from domain.plant import Link

_EXPIRED, _NOT_YET = 10, 9
_NAMES = frozenset({62, 64})
_UNTRUSTED = frozenset({2, 18, 19, 20, 21, 27})
"""X509_V_ERR_... of OpenSSL (x509_vfy.h): a verdict on the device's certificate."""
_ASKS = frozenset({"TLSV13_ALERT_CERTIFICATE_REQUIRED"})
_REFUSES = frozenset(
    {
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    }
)
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
_OLD = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW"})


def tls_context(link: Link) -> ssl.SSLContext:
    """Return what a connection of the link is secured by: TLS 1.2 at least, certificate and name checked.

    The files are read anew for each connection, so that renewed ones count. LinkDown when they are faulty.
    """
    try:
        context = ssl.create_default_context(cafile=link.ca_file or None)
    except OSError as error:
        raise LinkDown(
            link.id, f"{link.ca_file} holds no certificate: {_text(error)}", "check the link's ca_file"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if link.cert_file:
        try:
            # A key with a passphrase is an error: without a password OpenSSL would ask the terminal.
            context.load_cert_chain(link.cert_file, link.key_file, password="")
        except OSError as error:
            problem = f"{link.cert_file} and {link.key_file} cannot be used: {_text(error)}"
            hint = "check that cert_file and key_file belong together and the key has no passphrase"
            raise LinkDown(link.id, problem, hint) from error
    return context


def tls_fault(link: Link, error: ssl.SSLError) -> LinkDown:
    """Return what a fault of TLS means, and what to do about it."""
    problem, hint = (
        _verdict(link, error) if isinstance(error, ssl.SSLCertVerificationError) else _alert(error)
    )
    return LinkDown(link.id, f"{link.address}: {problem}", hint)


def handshake_broken(link: Link) -> LinkDown:
    """Return the error for a peer that closes the connection in the middle of the handshake."""
    hint = "it may want another client certificate, speak no TLS at this port, or serve one client at a time"
    return LinkDown(link.id, f"{link.address}: closes the connection during the TLS handshake", hint)


def _verdict(link: Link, error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    code = error.verify_code
    if code == _EXPIRED:
        return "its certificate has expired", "renew it on the device; is the clock of this host right?"
    if code == _NOT_YET:
        return "its certificate is not valid yet", "are the clocks of the device and of this host right?"
    if code in _NAMES:
        hint = "write in host the name that is in the certificate, or have it issued for this one"
        return f"its certificate is not for {link.host}", hint
    if code in _UNTRUSTED:
        hint = "name the file of the authority that signed the device's certificate in the link's ca_file"
        return "its certificate is not signed by an authority that we trust", hint
    return f"its certificate is refused: {error.verify_message}", "look at the certificate of the device"


def _alert(error: ssl.SSLError) -> tuple[str, str]:
    reason = error.reason or ""
    if reason in _ASKS:
        return "asks for a client certificate", "name one that the device trusts in cert_file and key_file"
    if reason in _REFUSES:
        hint = "give the link a cert_file by an authority that the device trusts, that has not expired"
        return f"refuses our client certificate ({_text(error)})", hint
    if reason in _NO_TLS:
        return "does not speak TLS there", "is the port right? Modbus with TLS has 802 as a rule"
    if reason in _OLD:
        return "speaks no TLS of version 1.2 or newer", "update the device, or take tls out of its link"
    if "HANDSHAKE_FAILURE" in reason:
        hint = "it may want a client certificate (cert_file, key_file), or share no cipher with us"
        return "refuses the TLS handshake", hint
    return f"TLS fails: {_text(error)}", "compare the TLS settings of the device with the link's"


def _text(error: OSError) -> str:
    reason = getattr(error, "reason", None)
    return str(reason).lower().replace("_", " ") if reason else error.strerror or str(error)
