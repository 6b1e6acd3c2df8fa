from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from server.config import Config
from server.origin import client_address, origin_allowed, own_url

HOST = "meet.example.org:8080"


def request(remote: str = "203.0.113.9", **headers: str) -> Any:
    transport = Mock()
    transport.get_extra_info = {"peername": (remote, 4000)}.get
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", {"Host": HOST, **named}, transport=transport)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (f"http://{HOST}", True),
        (f"https://{HOST}", True),
        ("http://MEET.example.org:8080", True),
        ("https://friend.example", True),
        ("https://public.example", True),
        ("null", False),
        ("", False),
        ("https://evil.example", False),
        ("http://meet.example.org", False),
        (f"http://{HOST}.evil.example", False),
        (f"ftp://{HOST}", False),
        (f"http://evil.example@{HOST}", False),
    ],
)
def test_only_our_pages_and_allowed_ones_may_ask(origin: str, allowed: bool) -> None:
    config = Config(
        allowed_origins=("https://friend.example",), public_url="https://public.example"
    )
    assert origin_allowed(request(Origin=origin), config) is allowed


def test_a_program_sends_no_origin_and_may_ask() -> None:
    assert origin_allowed(request(), Config())


def test_the_url_is_the_public_one_or_the_one_that_was_asked_for() -> None:
    assert own_url(request(), Config()) == f"http://{HOST}"
    assert own_url(request(), Config(public_url="https://a.example/")) == "https://a.example"


def test_a_host_that_is_none_is_not_repeated() -> None:
    bad = make_mocked_request("GET", "/", {"Host": "a/<script>"})
    assert own_url(bad, Config()) == "http://127.0.0.1:8080"


def test_forwarded_headers_are_believed_from_trusted_proxies_only() -> None:
    asked = request(
        remote="10.0.0.1",
        X_Forwarded_For="198.51.100.1, 203.0.113.50, 10.0.0.2",
        X_Forwarded_Proto="https",
    )
    assert client_address(asked, Config()) == "10.0.0.1"
    assert own_url(asked, Config()) == f"http://{HOST}"
    trusting = Config(trusted_proxies="10.0.0.0/8")  # type: ignore[arg-type]
    assert client_address(asked, trusting) == "203.0.113.50"
    assert own_url(asked, trusting) == f"https://{HOST}"


def test_a_trusted_proxy_that_says_nothing_stands_for_itself() -> None:
    trusting = Config(trusted_proxies="10.0.0.1")  # type: ignore[arg-type]
    assert client_address(request(remote="10.0.0.1"), trusting) == "10.0.0.1"


def test_an_ipv4_proxy_is_known_on_an_ipv6_socket() -> None:
    asked = request(
        remote="::ffff:10.0.0.1",
        X_Forwarded_For="203.0.113.50, ::ffff:10.0.0.2",
        X_Forwarded_Proto="https",
    )
    trusting = Config(trusted_proxies="10.0.0.0/8")  # type: ignore[arg-type]
    assert client_address(asked, trusting) == "203.0.113.50"
    assert own_url(asked, trusting) == f"https://{HOST}"


@pytest.mark.parametrize(
    ("remote", "address"),
    [("::ffff:203.0.113.9", "203.0.113.9"), ("2001:DB8:0::1", "2001:db8::1"), ("odd", "odd")],
)
def test_an_address_is_told_in_one_form(remote: str, address: str) -> None:
    assert client_address(request(remote=remote), Config()) == address
