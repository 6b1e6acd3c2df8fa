"""A catalogue of made-up filters, for tests of what is asked of it."""

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence

from rooms.effects import FilterError, FilterInfo, Origin, ParamInfo, ParamKind
from rooms.errors import UnknownFilter
from rooms.participant import Kind

EDGES = FilterInfo(
    "edges",
    "Edges",
    Kind.VIDEO,
    description="Draws the edges only.",
    params=(
        ParamInfo("low", "Low", ParamKind.NUMBER, 100.0, 0.0, 1000.0),
        ParamInfo("size", "Size", ParamKind.NUMBER, 3, 1, 9, step=2, whole=True, unit="px"),
        ParamInfo("keep", "Keep the colours", ParamKind.SWITCH, False),
        ParamInfo("tint", "Tint", ParamKind.COLOUR, "#ff0000"),
        ParamInfo("words", "Words", ParamKind.TEXT, ""),
        ParamInfo(
            "map", "Map", ParamKind.CHOICE, "warm", choices=(("warm", "Warm"), ("cold", "Cold"))
        ),
        ParamInfo("picture", "Picture", ParamKind.IMAGE, ""),
    ),
)
BLUR = FilterInfo("background-blur", "Blur the background", Kind.VIDEO, "background", private=True)
ECHO = FilterInfo("echo", "Echo", Kind.AUDIO, "sound")
HALFTONE = FilterInfo("halftone.dots", "Dots", Kind.VIDEO, origin=Origin.FILE, file="halftone.py")
BROKEN = FilterInfo(
    "wrong.wrong",
    "wrong.py",
    Kind.VIDEO,
    origin=Origin.FILE,
    file="wrong.py",
    broken=True,
    error=FilterError("SyntaxError: invalid", 3),
)


class MadeUpCatalogue:
    """Has the filters above and computes nothing.

    Attributes:
        known: the filters, by name.
        trying: `try_filters` waits until it is set, as it is at first.
        tried: what it was asked for: owner, image, names.
        pictures: what `add_picture` was given: owner, data.
        used: what it was told last is in use.
        forgotten: whose pictures are not needed any more.
        refusal: what the two raise, if anything.
    """

    def __init__(self) -> None:
        self.known = {info.name: info for info in (EDGES, BLUR, ECHO, HALFTONE, BROKEN)}
        self.on_changed: Callable[[], None] | None = None
        self.trying = asyncio.Event()
        self.trying.set()
        self.tried: list[tuple[str, bytes, list[str]]] = []
        self.pictures: list[tuple[str, bytes]] = []
        self.used: Container[str] = ()
        self.forgotten: list[str] = []
        self.refusal: Exception | None = None

    @property
    def filters(self) -> Sequence[FilterInfo]:
        return tuple(self.known.values())

    def find(self, name: str) -> FilterInfo:
        try:
            return self.known[name]
        except KeyError:
            raise UnknownFilter from None

    async def try_filters(
        self, owner: str, image: bytes, names: Sequence[str]
    ) -> Mapping[str, bytes]:
        self.tried.append((owner, image, list(names)))
        await self.trying.wait()
        if self.refusal is not None:
            raise self.refusal
        return {name: name.encode() for name in names}

    def add_picture(self, owner: str, data: bytes, used: Container[str]) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.pictures.append((owner, data))
        self.used = used
        return f"picture-{len(self.pictures)}"

    def forget_pictures(self, owner: str) -> None:
        self.forgotten.append(owner)

    def put(self, info: FilterInfo) -> None:
        """Let a filter be there, or be different, as after its file was saved."""
        self.known[info.name] = info
        self.say_that_it_changed()

    def lose(self, name: str) -> None:
        """Let a filter be gone."""
        del self.known[name]
        self.say_that_it_changed()

    def say_that_it_changed(self) -> None:
        assert self.on_changed is not None
        self.on_changed()
