"""Make the pictures of the built-in filters anew: `python tools/goldens.py [NAME ...]`.

They are in docs/images/filters/, shown by docs/filters.md and compared with in tests. Look at what
has changed before you commit it. The tables of docs/filters.md are printed for the named filters.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rooms.filters.loading import load_builtins  # noqa: E402 # only now can it be found
from rooms.participant import Kind  # noqa: E402
from tests.support.filter_docs import parameter_table  # noqa: E402
from tests.support.goldens import encoded, filtered, golden_path  # noqa: E402


def main(names: list[str]) -> None:
    filters = {one.info.name: one for one in load_builtins()}
    for name in names or filters:
        if filters[name].info.kind is Kind.VIDEO:
            path = golden_path(name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(encoded(filtered(filters[name])))
            print(f"{path.relative_to(ROOT)} {path.stat().st_size}")
        if names:
            print(parameter_table(filters[name].info))


if __name__ == "__main__":
    main(sys.argv[1:])
