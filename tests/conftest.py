"""Which tests run beside which others; see `make test`."""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    "unit": ("test_",),
    "integration": (
        "test_chat",
        "test_coming",
        "test_command",
        "test_data",
        "test_effect_",
        "test_examples",
        "test_filter_",
        "test_forwarding",
        "test_hostile",
        "test_http",
        "test_media_migration",
        "test_media_seam",
        "test_media_transport",
        "test_plane",
        "test_recovery",
        "test_routes",
        "test_signalling",
        "test_store",
        "test_workers_library",
        "test_workers_loading",
        "test_workers_nonsense",
        "test_workers_processes",
        "test_workers_reload",
    ),
    "attacks": (
        "test_descriptions",
        "test_publishers",
        "test_strangers",
        "test_subscribers",
    ),
    "browser": (
        "test_address",
        "test_call",
        "test_codecs",
        "test_devices",
        "test_effects_manners",
        "test_effects_panel",
        "test_effects_people",
        "test_forwarded",
        "test_hiding",
        "test_looks",
        "test_network",
        "test_sound",
        "test_views",
        "test_web_core",
    ),
}
"""By folder, the beginnings of files that neither count frames nor measure time.

The others are `measured` in turn, with light clients that leave a core to one of their kind; those
that do so in browsers, which take the whole machine, are `alone`. Single tests in files of this
table are marked where they stand.
"""
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if not item.path.name.startswith(TOGETHER.get(folder, ())):
            item.add_marker(pytest.mark.alone if folder == "browser" else pytest.mark.measured)


class OneBrowser(LoadFileScheduling):  # type: ignore[misc]
    """Hands out tests by file, and those in browsers to one process, one after the other.

    Two of them at a time would take longer: each drives both cores by itself.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return "browser" if scope.startswith("tests/browser/") else scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser:
    return OneBrowser(config, log)
