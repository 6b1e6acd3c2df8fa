"""Who asks, and from which page: what a request says about itself, and how far that is believed."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from server.addresses import in_url
from server.config import Config

_HOST = re.compile(r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$")


def origin_allowed(request: web.Request, config: Config) -> bool:
    """Whether the page that sent this request may: ours, or one that the operator allows.

    Programs send no Origin and are not what this protects from. A page is ours when its host is
    the one asked for, whatever the scheme: a proxy may speak https with it and http with us.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    scheme, _, host = origin.lower().partition("://")
    if scheme not in ("http", "https"):
        return False
    if host == request.headers.get("Host", "").lower():
        return True
    own = (config.public_url or "").lower()
    return origin.lower() in (own, *config.allowed_origins)


def own_url(request: web.Request, config: Config) -> str:
    """The address under which the asker reaches this server, without a path."""
    if config.public_url is not None:
        return config.public_url
    host = request.headers.get("Host", "")
    if not _HOST.fullmatch(host):
        host = f"{in_url(config.host)}:{config.port}"
    return f"{_scheme(request, config)}://{host}"


def client_address(request: web.Request, config: Config) -> str:
    """The address of whoever asks: the last one in X-Forwarded-For that is no trusted proxy."""
    address = request.remote or ""
    forwarded = request.headers.getall("X-Forwarded-For", [])
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    while hops and _trusted(address, config):
        address = hops.pop()
    ip = _ip(address)
    return address if ip is None else str(ip)


def _scheme(request: web.Request, config: Config) -> str:
    if _trusted(request.remote or "", config):
        forwarded = request.headers.get("X-Forwarded-Proto", "").lower()
        if forwarded in ("http", "https"):
            return forwarded
    return "https" if request.secure else "http"


def _trusted(address: str, config: Config) -> bool:
    ip = _ip(address)
    return ip is not None and any(ip in network for network in config.trusted_proxies)


def _ip(address: str) -> IPv4Address | IPv6Address | None:
    """An address as its own kind: a socket that listens on :: sees 10.0.0.1 as ::ffff:10.0.0.1."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
