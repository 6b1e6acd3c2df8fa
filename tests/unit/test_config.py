from ipaddress import ip_address
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.config import Config, ConfigError, env_name, load_config


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*Config.model_fields, "config"]:
        monkeypatch.delenv(env_name(name), raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "greenroom.toml"


def test_options_win_over_environment_over_file_over_defaults(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("port = 1\nroom_capacity = 11\nmax_rooms = 12\n")
    monkeypatch.setenv("GREENROOM_PORT", "2")
    monkeypatch.setenv("GREENROOM_ROOM_CAPACITY", "22")
    config = load_config({"port": "3", "host": None}, file)
    assert (config.port, config.room_capacity, config.max_rooms) == (3, 22, 12)
    assert config.host == "127.0.0.1"


def test_the_file_can_be_named_by_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('stun_urls = ["stun:stun.example.org"]\n')
    monkeypatch.setenv("GREENROOM_CONFIG", str(file))
    assert load_config().stun_urls == ("stun:stun.example.org",)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_ALLOWED_ORIGINS", "https://A.example.org/, http://b:81 ,")
    assert load_config().allowed_origins == ("https://a.example.org", "http://b:81")


def test_media_addresses_and_codecs_are_lists_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_MEDIA_ADDRESS", "203.0.113.7, 2001:db8::7")
    monkeypatch.setenv("GREENROOM_VIDEO_CODECS", "VP9,VP8")
    config = load_config()
    assert config.media_address == (ip_address("203.0.113.7"), ip_address("2001:db8::7"))
    assert config.video_codecs == ("VP9", "VP8")


def test_filters_are_paths_in_order_and_none_is_no_path(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENROOM_FILTERS", "halftone.py, /etc/greenroom/filters,")
    assert load_config().filters == (Path("halftone.py"), Path("/etc/greenroom/filters"))
    monkeypatch.delenv("GREENROOM_FILTERS")
    file.write_text('filters = ["a, b.py"]\n')
    assert load_config(config_file=file).filters == (Path("a, b.py"),)
    assert load_config().filters == ()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_PUBLIC_URL", "")
    monkeypatch.setenv("GREENROOM_PORT", "")
    config = load_config()
    assert config.public_url is None
    assert config.port == 8080


def test_a_config_made_in_code_does_not_read_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GREENROOM_PORT", "2")
    assert Config().port == 8080


def test_a_config_cannot_be_changed() -> None:
    config = Config()
    with pytest.raises(ValidationError):
        config.port = 1


@pytest.mark.parametrize(
    ("setting", "value", "allowed"),
    [
        ("port", "abc", "a whole number from 0 to 65535"),
        ("port", "65536", "a whole number from 0 to 65535"),
        ("port", "80.5", "a whole number from 0 to 65535"),
        ("turn_ttl_s", "601", "a whole number from 60 to 600"),
        ("messages_per_s", "nan", "a number from 0.1 to 10000"),
        ("store", "redis", "sqlite or memory"),
        ("tls", "on", "off, self-signed or files"),
        ("room_names", "perhaps", "true or false"),
        ("public_url", "meet.example.org", "an http or https URL without a path"),
        ("public_url", "https://meet.example.org/rooms", "an http or https URL without a path"),
        ("allowed_origins", "null", "a list of origins such as https://example.org"),
        (
            "frame_ancestors",
            "https://a.org; script-src *",
            "a list of self and origins such as https://example.org",
        ),
        ("trusted_proxies", "10.0.0.1/8", "a list of IP addresses or networks"),
        ("stun_urls", "http://x", "a list of URLs such as stun:stun.example.org:3478"),
        ("stun_urls", "stun:a:99999", "a list of URLs such as stun:stun.example.org:3478"),
        (
            "turn_urls",
            "turn:a:65536?transport=udp",
            "a list of URLs such as turn:turn.example.org:3478?transport=udp",
        ),
        ("public_url", "http://x:99999", "an http or https URL without a path"),
        ("allowed_origins", "http://x:0", "a list of origins such as https://example.org"),
        (
            "frame_ancestors",
            "https://x:70000",
            "a list of self and origins such as https://example.org",
        ),
        ("media_port", "-1", "a whole number from 0 to 65535"),
        ("media_address", "meet.example.org", "a list of IP addresses"),
        ("media_address", "203.0.113.7,0.0.0.0", "a list of IP addresses"),
        ("media_address", "239.0.0.1", "a list of IP addresses"),
        ("video_codecs", "AV1", "a list of VP8, H264 and VP9, each once"),
        ("video_codecs", "VP8,VP8", "a list of VP8, H264 and VP9, each once"),
        ("video_codecs", ",", "a list of VP8, H264 and VP9, each once"),
        ("effects", "some", "true or false"),
        ("max_effect_streams", "0", "a whole number from 1 to 10000"),
        ("effect_deadline_ms", "99", "a whole number from 100 to 60000"),
        ("overload_cpu", "1.1", "a number from 0.1 to 1"),
        ("host", "a..b", "an address or host name of this machine"),
        ("host", "x" * 70, "an address or host name of this machine"),
    ],
)
def test_a_bad_value_is_one_sentence_with_setting_value_and_what_is_allowed(
    setting: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    option = f"--{setting.replace('_', '-')}"
    with pytest.raises(ConfigError) as from_option:
        load_config({setting: value})
    assert str(from_option.value) == f"{option} is {value!r}, but it must be {allowed}."

    monkeypatch.setenv(env_name(setting), value)
    with pytest.raises(ConfigError) as from_environment:
        load_config()
    assert str(from_environment.value).startswith(f"{env_name(setting)} is {value!r}")
    monkeypatch.delenv(env_name(setting))

    file.write_text(f'{setting} = "{value}"\n')
    with pytest.raises(ConfigError) as from_file:
        load_config({}, file)
    assert str(from_file.value).startswith(f"{setting} in {file} is {value!r}")


@pytest.mark.parametrize(
    ("line", "value", "allowed"),
    [
        ("max_rooms = true", "True", "a whole number from 1 to 1000000"),
        ("messages_per_s = true", "True", "a number from 0.1 to 10000"),
        ("trusted_proxies = [1]", "1", "a list of IP addresses or networks"),
        ("media_address = [1]", "1", "a list of IP addresses"),
        ('video_codecs = ["VP8", 1]', "1", "a list of VP8, H264 and VP9, each once"),
        ("trusted_proxies = [true]", "True", "a list of IP addresses or networks"),
        ('data_dir = "a\\u0000b"', "a\0b", "the path of a directory"),
        ('tls_cert = "a\\u0000b"', "a\0b", "the path of a PEM file"),
        ('host = "a\\u0000b"', "a\0b", "an address or host name of this machine"),
    ],
)
def test_a_value_of_another_kind_in_the_file_is_one_sentence(
    line: str, value: str, allowed: str, file: Path
) -> None:
    file.write_text(f"{line}\n")
    with pytest.raises(ConfigError) as refused:
        load_config({}, file)
    setting = line.split()[0]
    assert str(refused.value) == f"{setting} in {file} is {value!r}, but it must be {allowed}."


def test_a_variable_that_is_no_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_PROT", "80")
    with pytest.raises(ConfigError, match=r"^There is no setting GREENROOM_PROT; "):
        load_config()
    monkeypatch.setenv("GREENROOM_PROT", "")
    load_config()


@pytest.mark.parametrize("host", ["::", "fe80::1%eth0", "meet.example.org", "b\u00fccher.example"])
def test_a_host_may_be_an_address_or_a_name(host: str) -> None:
    assert Config(host=host).host == host


def test_an_unknown_key_in_the_file_is_named(file: Path) -> None:
    file.write_text("prot = 80\n")
    with pytest.raises(ConfigError, match=r"^There is no setting prot in .*greenroom\.toml; "):
        load_config({}, file)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"port = ", "is not valid TOML"), (b"\xff\xfe", "is not valid TOML")],
)
def test_a_file_that_is_not_toml_is_said(file: Path, content: bytes, sentence: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=sentence):
        load_config({}, file)


def test_a_missing_file_is_said(file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config({}, file)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"turn_secret": "s", "turn_username": "u"}, "turn_secret cannot be set together"),
        ({"turn_username": "u"}, "must be set together"),
        ({"turn_urls": "turn:turn.example.org"}, "turn_urls needs turn_secret"),
        ({"tls": "files", "tls_cert": "a.pem"}, "tls_cert and tls_key must both be set"),
        ({"tls_cert": "a.pem"}, 'only used when tls is "files"'),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(
    settings: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load_config(settings)


def test_a_secret_is_never_shown(file: Path) -> None:
    canary = "canary-5cr3t"
    config = Config(turn_urls=("turn:t",), turn_secret=canary)  # type: ignore[arg-type]
    assert canary not in repr(config)
    assert canary not in str(config.model_dump())
    file.write_text(f'turn_secret = ["{canary}"]\n')
    with pytest.raises(ConfigError) as refused:
        load_config({}, file)
    assert canary not in str(refused.value)
    with pytest.raises(ConfigError) as unfit:
        load_config({"turn_secret": canary, "turn_username": canary})
    assert canary not in str(unfit.value)
