"""Where other machines on the network find this one."""

import ipaddress
import os
import socket

import ifaddr

# Addresses reserved for documentation: "connecting" a UDP socket to one tells the route and sends
# nothing.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def lan_addresses(host: str) -> list[str]:
    """The addresses by which others reach a server that listens on `host`, the likeliest first.

    Empty for the first process of a container: the addresses that it sees are not the machine's.
    """
    if is_loopback(host):
        return []
    if host not in ("", "0.0.0.0", "::"):
        return [host]
    if os.getpid() == 1:
        return []
    found = [_address_towards(family, target) for family, target in _ELSEWHERE]
    if host == "0.0.0.0":
        found = found[:1]
    return [address for address in found if address is not None]


def own_addresses() -> list[str]:
    """All addresses of this machine that others may reach it by; not loopback, not link-local."""
    found = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ipaddress.ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
            if not (address.is_loopback or address.is_link_local):
                found.append(str(address))
    return found


def _address_towards(family: socket.AddressFamily, target: str) -> str | None:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            address = str(probe.getsockname()[0])
    except OSError:
        return None
    return None if is_loopback(address) else address


def in_url(address: str) -> str:
    """An address as it stands in a URL: IPv6 in brackets."""
    return f"[{address}]" if ":" in address else address
