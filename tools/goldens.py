"""Make the pictures of the built-in filters anew: `python -m tools.goldens [NAME ...]`.

They are in docs/images/filters/, shown by docs/filters.md and compared with in tests. Look at what
has changed before you commit it. The tables of docs/filters.md are printed for the named filters.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rooms.participant import Kind
from tests.support.filter_docs import parameter_table
from tests.support.goldens import builtins_with_models, encoded, filtered, golden_path

ROOT = Path(__file__).resolve().parent.parent


def main(names: list[str]) -> None:
    with TemporaryDirectory() as models:
        filters = {one.info.name: one for one in builtins_with_models(Path(models))}
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
