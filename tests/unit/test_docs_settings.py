"""docs/configuration.md against the model, in both directions."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from server.config import Config, allowed, env_name, option_name

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def shown(default: object) -> str:
    if default is None:
        return "not set"
    if default == ():
        return "empty"
    if isinstance(default, tuple):
        return f"`{','.join(map(str, default))}`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def test_every_setting_has_a_heading_and_every_heading_a_setting() -> None:
    assert list(SECTIONS) == list(Config.model_fields)


@pytest.mark.parametrize("setting", Config.model_fields)
def test_a_section_says_what_the_model_says(setting: str) -> None:
    section = SECTIONS[setting]
    meaning, table = section.split("\n\n", 1)
    rows = dict(re.findall(r"^\| (\w+) \| (.*) \|$", table, re.MULTILINE))
    assert len(meaning.split()) > 3
    assert rows["Allowed"] == allowed(setting)
    default = Config.model_fields[setting].default
    assert default is not PydanticUndefined
    assert rows["Default"] == shown(default)
    assert rows["Variable"] == f"`{env_name(setting)}`"
    assert rows["Option"] == f"`{option_name(setting)}`"
    assert rows["Example"].startswith(f"`{option_name(setting)}")


@pytest.mark.parametrize("setting", Config.model_fields)
def test_an_example_is_accepted(setting: str) -> None:
    found = re.search(
        rf"^\| Example \| `{option_name(setting)} ?(.*)` \|$", SECTIONS[setting], re.M
    )
    assert found is not None
    value = found[1].strip("'") or "true"
    together = {
        "turn_urls": {"turn_secret": "s"},
        "turn_username": {"turn_credential": "p"},
        "turn_credential": {"turn_username": "u"},
        "tls_cert": {"tls": "files", "tls_key": "k"},
        "tls_key": {"tls": "files", "tls_cert": "c"},
    }.get(setting, {})
    Config.model_validate({setting: value, **together})
