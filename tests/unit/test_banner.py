from dataclasses import replace

from server.addresses import in_url, is_loopback, lan_addresses
from server.banner import Listening, banner

HERE = Listening("http", 8080, public_url=None, lan=(), fingerprint=None)
ON_LAN = replace(HERE, lan=("192.168.1.20", "fd00::5"))


def test_on_this_machine_alone_it_prints_localhost_and_no_code() -> None:
    text = banner("1.0", HERE, blocks=True)
    assert "http://localhost:8080" in text
    assert "█" not in text
    assert "network" not in text


def test_on_the_network_it_prints_each_address_a_code_and_how_to_get_https() -> None:
    text = banner("1.0", ON_LAN, blocks=True)
    assert "http://192.168.1.20:8080" in text
    assert "http://[fd00::5]:8080" in text
    assert "--tls self-signed" in text
    assert "█" in text


def test_with_tls_it_prints_the_fingerprint_and_no_advice() -> None:
    text = banner(
        "1.0", replace(ON_LAN, scheme="https", fingerprint=":".join(["AB"] * 32)), blocks=True
    )
    assert "https://192.168.1.20:8080" in text
    assert text.count("AB") == 32
    assert "--tls" not in text


def test_a_public_address_is_the_only_one_that_is_printed() -> None:
    text = banner("1.0", replace(ON_LAN, public_url="https://meet.example.org"), blocks=True)
    assert "https://meet.example.org" in text
    assert "192.168" not in text
    assert "--tls" not in text
    assert "█" in text


def test_a_terminal_without_block_characters_gets_no_code() -> None:
    assert banner("1.0", ON_LAN, blocks=False).isascii()


def test_the_usual_port_is_left_out() -> None:
    assert "http://localhost\n" in banner("1.0", replace(HERE, port=80), blocks=True)


def test_addresses_are_known_by_what_the_server_listens_on() -> None:
    assert lan_addresses("127.0.0.1") == []
    assert lan_addresses("localhost") == []
    assert lan_addresses("192.168.1.20") == ["192.168.1.20"]
    assert is_loopback("::1")
    assert not is_loopback("meet.example.org")
    assert in_url("::1") == "[::1]"
