"""Run every benchmark, or those that are named: `python -m bench joins flood`."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bench import call, effects, forward, signalling

Figures = list[dict[str, Any]]
BENCHES: dict[str, Callable[[], Awaitable[Figures]]] = {
    "joins": signalling.joins,
    "flood": signalling.flood,
    "call": call.call,
    "forward": forward.forward,
    "effects": effects.effects,
}


async def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"No benchmark {unknown[0]}; there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        for figure in await BENCHES[name]():
            print(json.dumps(figure), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
