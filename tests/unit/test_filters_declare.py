"""What authors write above and in the head of a function, and what is made of it."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from rooms.effects import Origin, ParamInfo, ParamKind
from rooms.errors import InvalidEffect
from rooms.filters import BadFilter, Colour, Image, Param, audio_filter, describe, video_filter
from rooms.filters.declare import declared, filter_of
from rooms.filters.formats import Chroma, Format, Policy
from rooms.participant import Kind


@video_filter("Every kind", format="yuv420", policy="all", private=True, category="face")
def every_kind(
    image: Image,
    context: object,
    amount: float = Param(10, 0, 100, step=5, unit="%", title="How much"),
    times: int = Param(3, 1, 9),
    *,
    way: str = Param.choice("up", {"up": "Upwards", "down": "Downwards"}),
    round_corners: bool = Param.switch(),
    words: str = Param.text("Hello"),
    ink: Colour = Param.colour("#ff8000"),
    logo: Image | None = Param.image(),
) -> tuple[object, ...]:
    return amount, times, way, round_corners, words, ink, logo


def test_a_filter_is_described_by_its_head() -> None:
    info = describe(every_kind)
    assert (info.name, info.title, info.kind) == ("every-kind", "Every kind", Kind.VIDEO)
    assert (info.category, info.private) == ("face", True)
    assert [param.kind for param in info.params] == [
        *(ParamKind.NUMBER, ParamKind.NUMBER, ParamKind.CHOICE, ParamKind.SWITCH),
        *(ParamKind.TEXT, ParamKind.COLOUR, ParamKind.IMAGE),
    ]
    amount, times = info.params[:2]
    assert amount == ParamInfo(
        "amount", "How much", ParamKind.NUMBER, 10, low=0, high=100, step=5, unit="%"
    )
    assert (times.whole, times.step) == (True, 1)
    assert info.params[2].choices == (("up", "Upwards"), ("down", "Downwards"))
    assert info.params[3].title == "Round corners"
    run = filter_of(every_kind)
    assert (run.format, run.policy, run.takes_context) == (Format.YUV420, Policy.ALL, True)


def test_a_decorated_function_can_be_called_as_before() -> None:
    picture = np.zeros((6, 4), np.uint8)
    assert every_kind(picture, None) == (10, 3, "up", False, "Hello", (0, 128, 255), None)
    assert every_kind(picture, None, 5, way="down")[:3] == (5, 3, "down")


def test_arguments_are_checked_and_made_what_python_wants() -> None:
    logo = np.zeros((2, 2, 4), np.uint8)
    run = filter_of(every_kind)
    given = run.arguments({"amount": 20, "ink": "#0000FF", "logo": "a1"}, {"a1": logo})
    assert isinstance(given["amount"], float)
    assert given["ink"] == (255, 0, 0)
    assert given["logo"] is logo
    assert given["words"] == "Hello"
    assert run.arguments({"logo": "gone"}, {})["logo"] is None
    with pytest.raises(InvalidEffect, match="How much must be a number from 0 to 100"):
        run.arguments({"amount": 101}, {})
    with pytest.raises(InvalidEffect, match="no parameter speed"):
        run.arguments({"speed": 1}, {})


def test_names_are_made_of_functions_and_classes() -> None:
    @video_filter("Trails")
    class LightPainting:
        def __call__(self, image: Image) -> Image:
            return image

    @audio_filter("Hall", name="big.hall")
    def echo_of_2_walls(samples: Any) -> Any:
        return samples

    assert describe(LightPainting).name == "light-painting"
    hall = filter_of(echo_of_2_walls)
    assert (hall.info.name, hall.info.kind, hall.info.category) == (
        "big.hall",
        Kind.AUDIO,
        "sound",
    )
    assert (hall.format, hall.policy, hall.chroma) == (Format.SOUND, Policy.ALL, Chroma.DROP)
    moved = hall.belonging_to("walls", Origin.FILE, "walls.py")
    assert (moved.info.name, moved.info.file) == ("walls.big.hall", "walls.py")
    with pytest.raises(BadFilter, match="no filter name"):
        hall.belonging_to("Walls", Origin.FILE, "walls.py")


def test_filters_may_share_a_call_that_they_inherit() -> None:
    class Base:
        def __call__(self, image: Image, amount: float = Param(1, 0, 2)) -> float:
            return amount

    @video_filter("First")
    class First(Base):
        pass

    @video_filter("Second")
    class Second(Base):
        pass

    assert describe(First).params == describe(Second).params
    assert len(describe(First).params) == 1
    assert First()(np.zeros((2, 2, 3), np.uint8)) == 1

    class Third(First):
        pass

    assert declared(Third) is None


def test_annotations_may_be_strings() -> None:
    names: dict[str, Any] = {}
    exec(
        "from __future__ import annotations\n"
        "from rooms.filters import Param, video_filter\n"
        "@video_filter('Lines')\n"
        "def lines(image, times: int = Param(3, 1, 9)): return image\n",
        names,
    )
    assert describe(names["lines"]).params[0].whole


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("def f(): ...", "the first argument is the picture"),
        ("def f(*, image): ...", "the first argument is the picture"),
        ("def f(image, low): ...", "low needs a Param"),
        ("def f(image, low=3): ...", "low needs a Param"),
        ("def f(image, *rest): ...", "rest must be one that can be named"),
        ("def f(image, **rest): ...", "rest must be one that can be named"),
        ("async def f(image): ...", "neither async nor a generator"),
        ("def f(image): yield image", "neither async nor a generator"),
        ("def f(image, low=Param(3, 5, 9)): ...", "default of low is not allowed"),
        ("def f(image, low=Param(3, 5, 5)): ...", "range of low is empty"),
        ("def f(image, low=Param(3, 0, float('inf'))): ...", "must be finite"),
        ("def f(image, low=Param(3, 0, 9, step=-1)): ...", "the step not negative"),
        ("def f(image, low=Param(1, 0, 10**400)): ...", "must be finite"),
        ("def f(image, low=Param(0.5, 0, 1, step=5)): ...", "step of low is larger than its range"),
        ("def f(image, low: int = Param(3, 0, 9, step=0.5)): ...", "must be whole numbers"),
        ("def f(image, low: int = Param(3.5, 0, 9)): ...", "default of low is not allowed"),
        ("def f(image, way=Param.choice('a', {})): ...", "from 1 to 64 choices"),
        ("def f(image, way=Param.choice('a', {'b': 'B'})): ...", "default of way"),
        ("def f(image, ink=Param.colour('red')): ...", "a colour such as"),
        ("def f(image, words=Param.text('x' * 201)): ...", "one line of at most 200"),
        ("def f(image, low=Param(1, 0, 2, title='a' * 61)): ...", "title of low"),
        ("class f:\n def __init__(self, size): ...\n def __call__(self, image): ...", "start"),
        ("class f: ...", "a class with __call__"),
        ("def F_(image): ...\nF_.__name__ = 'Ω'\nf = F_", "is no filter name"),
    ],
)
def test_what_cannot_be_a_filter_is_refused_in_words(head: str, sentence: str) -> None:
    names: dict[str, Any] = {"Param": Param}
    exec(head, names)
    with pytest.raises(BadFilter, match=sentence):
        video_filter("Mistake")(names["f"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"format": "rgb"}, "'rgb' is not a valid"),
        ({"format": "sound"}, "'sound' is not a valid"),
        ({"colour": "some"}, "'some' is not a valid"),
        ({"policy": "newest"}, "'newest' is not a valid"),
        ({"category": "My looks"}, "one small word"),
        ({"description": "x" * 301}, "at most 300"),
        ({"title": ""}, "title is one line"),
        ({"title": "two\nlines"}, "title is one line"),
    ],
)
def test_options_of_the_decorator_are_checked(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFilter, match=sentence):
        video_filter(**{"title": "Mistake", **options})(lambda image: image)


def test_only_decorated_things_are_filters() -> None:
    with pytest.raises(BadFilter, match="'len' is not decorated"):
        describe(len)


def test_authors_import_no_server_and_no_codec() -> None:
    """Nor OpenCV: the head of a filter is read without it."""
    unwanted = ("aiortc", "aiohttp", "asyncio", "server", "cv2", "av")
    code = (
        "import sys, rooms.filters\n"
        f"print([name for name in {unwanted!r} if name in sys.modules])\n"
        "import rooms.filters.chain, rooms.filters.loading, rooms.filters.testing\n"
        "rooms.filters.loading.load_builtins()\n"
        "print([name for name in ('aiortc', 'aiohttp', 'server') if name in sys.modules])\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert said.stdout.splitlines() == ["[]", "[]"]
