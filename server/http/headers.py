"""The security headers, on every answer to HTTP: pages, files, errors, the socket's handshake."""

import aiohttp.web_response
from aiohttp import web

from server.config import Config

_ONE_YEAR_S = 31_536_000
_ALLOWED_FEATURES = ("camera", "microphone", "display-capture", "fullscreen", "picture-in-picture",
                     "screen-wake-lock", "speaker-selection", "autoplay")  # fmt: skip
_REFUSED_FEATURES = ("accelerometer", "geolocation", "gyroscope", "magnetometer", "midi",
                     "payment", "usb")  # fmt: skip


def security_headers(config: Config) -> dict[str, str]:
    """The headers that this configuration asks for."""
    ancestors = " ".join("'self'" if a == "self" else a for a in config.frame_ancestors)
    policy = {
        "default-src": "'self'",
        # WebAssembly of our own, for rooms that use no server; it lets no text be evaluated.
        "script-src": "'self' 'wasm-unsafe-eval'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": ancestors or "'none'",
    }
    features = [f"{name}=(self)" for name in _ALLOWED_FEATURES]
    features += [f"{name}=()" for name in _REFUSED_FEATURES]
    headers = {
        "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": ", ".join(features),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    # Not for a certificate that signs itself: who trusts it for localhost would lose plain http on
    # every other port there, and browsers heed the header only for certificates they trust.
    if config.tls == "files" or (config.public_url or "").startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR_S}"
    return headers


def add_security_headers(app: web.Application, config: Config) -> None:
    """Put the headers on whatever the application answers, and name no version of anything."""
    headers = security_headers(config)

    async def prepare(_: web.BaseRequest, response: web.StreamResponse) -> None:
        response.headers.update(headers)

    app.on_response_prepare.append(prepare)
    # A request that is not HTTP is answered before the application is asked: only the default that
    # aiohttp puts in can be changed for it.
    setattr(aiohttp.web_response, "SERVER_SOFTWARE", "greenroom")  # noqa: B010
