"""Every setting, once. Nothing else in the program reads the environment.

A value comes from the command line, else from a `GREENROOM_*` variable, else from the TOML file,
else it is the default here. docs/configuration.md has a heading for each.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

ENV_PREFIX = "GREENROOM_"
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)"
_PORT = r"(:(?P<port>\d{1,5}))?"
_ORIGIN = re.compile(rf"https?://{_HOST}{_PORT}")
_STUN_URL = re.compile(rf"stuns?:{_HOST}{_PORT}")
_TURN_URL = re.compile(rf"turns?:{_HOST}{_PORT}(\?transport=(udp|tcp))?")
_ANCESTOR = re.compile(rf"self|https?://(\*\.)?[A-Za-z0-9.-]+(:\*|{_PORT})")


class ConfigError(Exception):
    """The configuration cannot be used; the message is one sentence that says why."""


def _split(value: object) -> object:
    """Read a list as it is written in a variable or an option: separated by commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _check(pattern: re.Pattern[str], value: str) -> None:
    match = pattern.fullmatch(value)
    if match is None or not 1 <= int(match["port"] or 1) <= 65535:
        raise ValueError(value)


def _matching(pattern: re.Pattern[str]) -> AfterValidator:
    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            _check(pattern, value)
        return values

    return AfterValidator(check)


def _without_slash(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.rstrip("/").lower() for value in values)


def _as_origin(value: str | None) -> str | None:
    if value is None:
        return None
    origin = value.rstrip("/")
    _check(_ORIGIN, origin)
    return origin


def _as_host(value: str) -> str:
    value.encode("idna")  # UnicodeError, a ValueError: no name could be looked up by this
    return value


def _each(parse: Callable[[Any], object]) -> BeforeValidator:
    """Read each part of a list by itself."""

    def read(value: object) -> object:
        parts = _split(value)
        if not isinstance(parts, list | tuple):
            return value
        if any(isinstance(part, int) for part in parts):
            raise ValueError(value)  # it would be read as the address with that number
        return tuple(parse(part) for part in parts)

    return BeforeValidator(read)


def _that_reach_one_machine(
    values: tuple[IPv4Address | IPv6Address, ...],
) -> tuple[IPv4Address | IPv6Address, ...]:
    if any(value.is_unspecified or value.is_multicast for value in values):
        raise ValueError(values)
    return values


def _of_each_one(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or len(set(values)) < len(values):
        raise ValueError(values)
    return values


_Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
_Origins = Annotated[_Words, AfterValidator(_without_slash), _matching(_ORIGIN)]
_Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, _each(ip_network)]
_Addresses = Annotated[
    tuple[IPv4Address | IPv6Address, ...],
    NoDecode,
    _each(ip_address),
    AfterValidator(_that_reach_one_machine),
]
_Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_split)]
_Codecs = Annotated[
    tuple[Literal["VP8", "H264", "VP9"], ...],
    NoDecode,
    BeforeValidator(_split),
    AfterValidator(_of_each_one),
]


def _setting(default: Any, allowed: str, **constraints: Any) -> Any:
    """A field with the words that tell an operator what may stand there."""
    return Field(default, json_schema_extra={"allowed": allowed}, **constraints)


def _number(default: float, low: float, high: float) -> Any:
    kind = "a whole number" if isinstance(default, int) else "a number"
    return _setting(default, f"{kind} from {low} to {high}", ge=low, le=high)


def _choice(default: str, *choices: str) -> Any:
    return _setting(default, f"{', '.join(choices[:-1])} or {choices[-1]}")


class Config(BaseSettings):
    """The settings of one server. `Config(...)` takes only what it is given; see `load_config`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_ignore_empty=True
    )

    host: Annotated[str, AfterValidator(_as_host)] = _setting(
        "127.0.0.1", "an address or host name of this machine", min_length=1
    )
    port: int = _number(8080, 0, 65535)
    public_url: Annotated[str | None, AfterValidator(_as_origin)] = _setting(
        None, "an http or https URL without a path"
    )
    trusted_proxies: _Networks = _setting((), "a list of IP addresses or networks")

    tls: Literal["off", "self-signed", "files"] = _choice("off", "off", "self-signed", "files")
    tls_cert: Path | None = _setting(None, "the path of a PEM file")
    tls_key: Path | None = _setting(None, "the path of a PEM file")

    data_dir: Path = _setting(Path("data"), "the path of a directory")
    store: Literal["sqlite", "memory"] = _choice("sqlite", "sqlite", "memory")
    room_retention_days: int = _number(30, 1, 3650)

    stun_urls: Annotated[_Words, _matching(_STUN_URL)] = _setting(
        (), "a list of URLs such as stun:stun.example.org:3478"
    )
    turn_urls: Annotated[_Words, _matching(_TURN_URL)] = _setting(
        (), "a list of URLs such as turn:turn.example.org:3478?transport=udp"
    )
    turn_username: str | None = _setting(None, "a user name")
    turn_credential: SecretStr | None = _setting(None, "a password")
    turn_secret: SecretStr | None = _setting(None, "the shared secret of the TURN server")
    turn_ttl_s: int = _number(600, 60, 600)

    forwarding: bool = _setting(True, "true or false")
    media_port: int = _number(40000, 0, 65535)
    media_address: _Addresses = _setting((), "a list of IP addresses")
    mesh_limit: int = _number(4, 1, 50)
    direct_after_s: float = _number(5.0, 0, 600)
    video_codecs: _Codecs = _setting(("VP8", "H264"), "a list of VP8, H264 and VP9, each once")
    max_video_kbps: int = _number(2500, 100, 50_000)
    max_video_width: int = _number(1920, 160, 8192)
    max_video_height: int = _number(1080, 90, 8192)

    effects: bool = _setting(True, "true or false")
    filters: _Paths = _setting((), "a list of paths of files and directories")
    filter_models: Path | None = _setting(None, "the path of a directory")
    effect_deadline_ms: int = _number(700, 100, 60_000)
    effect_memory_mb: int = _number(512, 64, 65_536)
    max_effect_kbps: int = _number(2000, 100, 50_000)

    allowed_origins: _Origins = _setting((), "a list of origins such as https://example.org")
    frame_ancestors: Annotated[_Words, AfterValidator(_without_slash), _matching(_ANCESTOR)] = (
        _setting((), "a list of self and origins such as https://example.org")
    )
    room_names: bool = _setting(False, "true or false")

    log_format: Literal["auto", "console", "json"] = _choice("auto", "auto", "console", "json")
    log_level: Literal["debug", "info", "warning", "error"] = _choice(
        "info", "debug", "info", "warning", "error"
    )

    resume_grace_s: float = _number(120.0, 1, 3600)
    reload_grace_s: float = _number(15.0, 1, 600)
    ping_interval_s: float = _number(4.0, 0.1, 60)
    ping_timeout_s: float = _number(4.0, 0.1, 60)
    join_timeout_s: float = _number(15.0, 0.1, 300)

    max_rooms: int = _number(1000, 1, 1_000_000)
    max_participants: int = _number(5000, 1, 1_000_000)
    max_connections: int = _number(6000, 1, 1_000_000)
    max_media_peers: int = _number(2000, 1, 100_000)
    max_room_publishers: int = _number(50, 1, 64)
    max_effect_streams: int = _number(64, 1, 10_000)
    overload_lag_ms: int = _number(300, 10, 10_000)
    overload_cpu: float = _number(0.9, 0.1, 1)
    room_capacity: int = _number(25, 2, 1000)
    max_chat_messages: int = _number(10_000, 100, 1_000_000)
    messages_per_s: float = _number(20.0, 0.1, 10_000)
    message_burst: int = _number(60, 1, 10_000)
    rooms_per_minute: int = _number(30, 1, 100_000)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Merging is done by `load_config`, which remembers where each value came from."""
        return (init_settings,)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_mistake(cls, value: object, info: ValidationInfo) -> object:
        """Refuse what would be taken for a value: true for 1, a text that C ends at the NUL."""
        assert info.field_name is not None
        if isinstance(value, bool) and cls.model_fields[info.field_name].annotation is not bool:
            raise ValueError(value)
        if isinstance(value, str) and "\0" in value:
            raise ValueError(value)
        return value

    @model_validator(mode="after")
    def _settings_fit_together(self) -> Self:
        static = (self.turn_username, self.turn_credential)
        if self.turn_secret and any(static):
            raise ValueError(
                "turn_secret cannot be set together with turn_username or turn_credential: "
                "the TURN server uses one or the other."
            )
        if any(static) and not all(static):
            raise ValueError("turn_username and turn_credential must be set together.")
        if self.turn_urls and not (self.turn_secret or any(static)):
            raise ValueError(
                "turn_urls needs turn_secret, or turn_username with turn_credential: "
                "browsers refuse a TURN server without credentials."
            )
        if self.tls == "files" and not (self.tls_cert and self.tls_key):
            raise ValueError('tls is "files", so tls_cert and tls_key must both be set.')
        if self.tls != "files" and (self.tls_cert or self.tls_key):
            raise ValueError('tls_cert and tls_key are only used when tls is "files".')
        return self


def env_name(setting: str) -> str:
    return f"{ENV_PREFIX}{setting.upper()}"


def option_name(setting: str) -> str:
    return f"--{setting.replace('_', '-')}"


def allowed(setting: str) -> str:
    """What may stand in a setting, in words."""
    extra = Config.model_fields[setting].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["allowed"])


def load_config(
    options: Mapping[str, object] | None = None, config_file: Path | None = None
) -> Config:
    """Merge command line, environment and file into one checked value.

    Args:
        options: settings given on the command line, by field name; None means not given.
        config_file: the TOML file; without it, the one that GREENROOM_CONFIG names, if any.

    Raises:
        ConfigError: a value or a key cannot be used.
    """
    _refuse_unknown_variables()
    path = config_file or _path_from_environment()
    in_file = _read_toml(path) if path else {}
    in_environment = EnvSettingsSource(Config)()
    in_options = {name: value for name, value in (options or {}).items() if value is not None}
    try:
        return Config(**{**in_file, **in_environment, **in_options})
    except ValidationError as error:
        places = {
            **{name: f"{name} in {path}" for name in in_file},
            **{name: env_name(name) for name in in_environment},
            **{name: option_name(name) for name in in_options},
        }
        raise ConfigError(_sentence(error, places)) from None


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be a setting that its operator believes to be set."""
    known = {env_name(name) for name in (*Config.model_fields, "config")}
    for name, value in sorted(os.environ.items()):
        if value and name.upper().startswith(ENV_PREFIX) and name.upper() not in known:
            raise ConfigError(_no_such_setting(name))


def _no_such_setting(place: str) -> str:
    return f"There is no setting {place}; docs/configuration.md lists them all."


def _path_from_environment() -> Path | None:
    value = os.environ.get(env_name("config"))
    return Path(value) if value else None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The configuration file {path} cannot be read: {error.strerror}."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration file {path} is not valid TOML: {error}.") from None


def _sentence(error: ValidationError, places: Mapping[str, str]) -> str:
    """Say the first problem in one sentence. A secret's value is never part of it."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return str(first["ctx"]["error"])
    setting = str(first["loc"][0])
    place = places.get(setting, setting)
    if first["type"] == "extra_forbidden":
        return _no_such_setting(place)
    if Config.model_fields[setting].annotation == SecretStr | None:
        return f"{place} must be {allowed(setting)}."
    value = ", ".join(map(str, first["input"])) if _is_list(first["input"]) else first["input"]
    return f"{place} is {str(value)!r}, but it must be {allowed(setting)}."


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)
