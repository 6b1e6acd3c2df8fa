"""Two hosts on a cable of their own: network namespaces that a test makes and removes, as root."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HUB_ADDRESS = "10.77.0.1"
AWAY_ADDRESS = "10.77.0.2"
MOVED_ADDRESS = "10.77.0.3"
NO_IPV6 = "net.ipv6.conf.all.disable_ipv6=1"


@dataclass(frozen=True)
class Cable:
    """`hub` and `away` are namespaces, each with one end of the cable."""

    hub: str
    away: str

    async def cut(self) -> None:
        await _ip("-n", self.away, "link", "set", "cable", "down")

    async def renumber(self) -> None:
        """Give the away end another address, as a phone gets one that walks out of the house."""
        await _ip("-n", self.away, "address", "flush", "dev", "cable")
        await _ip("-n", self.away, "address", "add", f"{MOVED_ADDRESS}/24", "dev", "cable")

    async def lose(self, share: float, *, way: Literal["up", "down"]) -> None:
        """Drop a share of the UDP datagrams to the hub (up) or from it (down), from now on."""
        await self.keep()
        chain = {"up": "INPUT", "down": "OUTPUT"}[way]
        rule = ("-A", chain, "-p", "udp", "-m", "statistic", "--mode", "random")
        await _ip(
            *("netns", "exec", self.hub, "iptables"),
            *rule,
            *("--probability", str(share), "-j", "DROP"),
        )

    async def keep(self) -> None:
        """Drop nothing any more."""
        await _ip("netns", "exec", self.hub, "iptables", "-F")

    async def mend(self) -> None:
        await _ip("-n", self.away, "link", "set", "cable", "up")

    def inside(self, namespace: str, program: str, directory: Path) -> str:
        """A command that runs `program` in a namespace, for those who take only a path."""
        script = directory / f"{Path(program).name}-in-{namespace}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {namespace} {program} "$@"\n')
        script.chmod(0o755)
        return str(script)


@asynccontextmanager
async def cable() -> AsyncIterator[Cable]:
    it = Cable(f"greenroom-hub-{os.getpid()}", f"greenroom-away-{os.getpid()}")
    ends = {it.hub: HUB_ADDRESS, it.away: AWAY_ADDRESS}
    made = []
    try:
        for namespace in ends:
            await _ip("netns", "add", namespace)
            made.append(namespace)
        peer = ("peer", "name", "cable", "netns", it.away)
        await _ip("-n", it.hub, "link", "add", "cable", "type", "veth", *peer)
        for namespace, address in ends.items():
            await _ip("-n", namespace, "address", "add", f"{address}/24", "dev", "cable")
            # An IPv6 address that is still being settled is a change of network to a browser.
            await _ip("netns", "exec", namespace, "sysctl", "-qw", NO_IPV6)
            for link in ("lo", "cable"):
                await _ip("-n", namespace, "link", "set", link, "up")
        yield it
    finally:
        for namespace in made:
            await _ip("netns", "delete", namespace)


async def _ip(*words: str) -> None:
    process = await asyncio.create_subprocess_exec("ip", *words, stderr=asyncio.subprocess.PIPE)
    _, said = await asyncio.wait_for(process.communicate(), 10)
    if process.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {said.decode().strip()}")
