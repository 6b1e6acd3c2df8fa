"""What the operator sees at the start: where to join, and a QR code for phones nearby."""

import io
from dataclasses import dataclass

import segno

from server.addresses import in_url


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server can be reached, as far as it knows."""

    scheme: str
    port: int
    public_url: str | None
    lan: tuple[str, ...]
    fingerprint: str | None


def banner(version: str, listening: Listening, *, blocks: bool) -> str:
    """The text to print, ending in a newline.

    Args:
        version: the version that runs.
        listening: where it can be reached.
        blocks: whether the terminal can show the block characters that a QR code is drawn with.
    """
    here = _url(listening.scheme, "localhost", listening.port)
    lines = [f"Greenroom {version}", "", f"  On this machine   {listening.public_url or here}"]
    elsewhere = [_url(listening.scheme, address, listening.port) for address in listening.lan]
    if listening.public_url:
        elsewhere = [listening.public_url] if listening.lan else []
        lines[-1] = f"  Join at           {listening.public_url}"
    else:
        lines += [f"  On your network   {url}" for url in elsewhere]
    if listening.fingerprint:
        lines += _about_certificate(listening.fingerprint)
    elif listening.scheme == "http" and elsewhere and not listening.public_url:
        lines += ["", "  Other machines' cameras need https: start with --tls self-signed."]
    if elsewhere and blocks:
        lines += ["", _qr_code(elsewhere[0])]
    lines += ["", "  Stop with Ctrl+C."]
    return "\n".join(lines) + "\n"


def _about_certificate(fingerprint: str) -> list[str]:
    return [
        "",
        "  The certificate signs itself, so browsers warn once; go on when its SHA-256 is",
        f"  {fingerprint[:48]}",
        f"  {fingerprint[48:]}",
    ]


def _qr_code(url: str) -> str:
    drawn = io.StringIO()
    segno.make(url, micro=False).terminal(drawn, compact=True, border=2)
    return drawn.getvalue().rstrip("\n")


def _url(scheme: str, host: str, port: int) -> str:
    usual = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{in_url(host)}" + ("" if port == usual else f":{port}")
