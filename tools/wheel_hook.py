"""Puts the page into the wheel, as `server/_web`."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelHook(BuildHookInterface[Any]):
    """An editable install needs no copy: there the page is beside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"]["web"] = "server/_web"
