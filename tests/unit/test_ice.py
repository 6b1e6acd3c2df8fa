import base64
import hashlib
import hmac

from server.config import Config
from server.ice import ice_servers


def test_without_settings_there_are_no_servers() -> None:
    assert ice_servers(Config(), "ana", 0) == []


def test_stun_servers_have_no_credentials() -> None:
    config = Config(stun_urls=("stun:a.example", "stun:b.example:3478"))
    assert ice_servers(config, "ana", 0) == [{"urls": ["stun:a.example", "stun:b.example:3478"]}]


def test_static_credentials_are_passed_on() -> None:
    config = Config(turn_urls=("turn:t",), turn_username="u", turn_credential="p")  # type: ignore[arg-type]
    assert ice_servers(config, "ana", 0) == [
        {"urls": ["turn:t"], "username": "u", "credential": "p"}
    ]


def test_a_shared_secret_gives_the_known_credential() -> None:
    """Computed with `openssl dgst -sha1 -hmac north -binary | base64` over the user name."""
    config = Config(turn_urls=("turn:t",), turn_secret="north", turn_ttl_s=600)  # type: ignore[arg-type]
    (server,) = ice_servers(config, "ana", 1_433_894_918.7)
    assert server["username"] == "1433895518:ana"
    assert server["credential"] == "/36pK7iGSXmZqFXvwzIJPSNf0nc="


def test_credentials_are_for_one_participant_and_expire() -> None:
    config = Config(turn_urls=("turn:t",), turn_secret="s", turn_ttl_s=300)  # type: ignore[arg-type]
    (ana,), (ben,) = ice_servers(config, "ana", 1000), ice_servers(config, "ben", 1000)
    assert ana["username"] == "1300:ana"
    assert ana["credential"] != ben["credential"]
    mac = hmac.new(b"s", b"1300:ben", hashlib.sha1).digest()
    assert base64.b64decode(ben["credential"]) == mac
