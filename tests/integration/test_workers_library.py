"""What the page asks of the filters outside of a call: previews, and pictures for effects."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import pytest_asyncio

from rooms.errors import Busy, InvalidPicture, TooManyEffects
from server.workers import pictures, previews
from server.workers.library import Library
from server.workers.vitals import Phase
from server.workers.workers import Workers
from tests.support.waiting import until
from tests.support.worker_streams import (
    Image,
    Publisher,
    Viewer,
    effect,
    running_workers,
    scene,
    source_file,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = """
@video_filter("Raises", format="gray")
def raises(image):
    raise ValueError

@video_filter("Aborts", format="gray")
def aborts(image):
    os.abort()

@video_filter("Hangs", format="gray")
def hangs(image):
    time.sleep(60)

@video_filter("Naps", format="gray")
def naps(image):
    time.sleep(0.4)
    return image

@video_filter("Dozes", format="gray")
def dozes(image):
    time.sleep(1.5)
    return image

_module = {}

@video_filter("Before", format="gray")
def module_before(image):
    before = _module.get("last")
    _module["last"] = image.copy()
    return np.zeros_like(image) if before is None else before

@video_filter("Before", format="gray")
class Before:
    last = None
    def __call__(self, image):
        before, self.last = self.last, image.copy()
        return np.zeros_like(image) if before is None else before

@video_filter("Stamp", format="bgr")
def stamp(image, picture = Param.image()):
    if picture is None:
        return np.zeros_like(image)
    return np.broadcast_to(picture[0, 0, :3], image.shape).copy()
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    file = source_file(tmp_path_factory.mktemp("filters"), "odd.py", ODD)
    async with running_workers(filters=(file,), effect_deadline_ms=300) as it:
        yield it


@pytest.fixture
def library(workers: Workers) -> Library:
    return workers.library


def jpeg(width: int = 160, height: int = 90, number: int = 0) -> bytes:
    return cv2.imencode(".jpg", scene(number, width, height))[1].tobytes()


def png(colour: tuple[int, int, int], side: int = 4) -> bytes:
    picture = np.empty((side, side, 3), np.uint8)
    picture[:] = colour
    return cv2.imencode(".png", picture)[1].tobytes()


def decoded(data: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


async def test_previews_show_what_filters_do(library: Library) -> None:
    shown = await library.try_filters("ana", jpeg(320, 180), ["grayscale", "invert", "no-such"])

    assert shown.keys() == {"grayscale", "invert"}
    gray, inverted = decoded(shown["grayscale"]), decoded(shown["invert"])
    assert gray.shape == (90, 160, 3)
    assert np.ptp(gray.astype(int), axis=-1).max() <= 12
    assert abs(255 - decoded(jpeg()).mean() - inverted.mean()) < 25


async def test_a_filter_that_cannot_show_anything_is_left_out(library: Library) -> None:
    began = time.monotonic()
    for bad in ("odd.raises", "odd.aborts", "odd.hangs"):
        shown = await library.try_filters("ana", jpeg(), ["sepia", bad])
        assert shown.keys() == {"sepia"}
    assert time.monotonic() - began < 8
    again = time.monotonic()
    names = ["odd.hangs", "odd.aborts", "mirror"]
    assert (await library.try_filters("ana", jpeg(), names)).keys() == {"mirror"}
    assert time.monotonic() - again < 1.5


async def test_who_gives_up_on_previews_has_nobody_elses_filters_shunned(library: Library) -> None:
    giving_up = asyncio.create_task(library.try_filters("cy", jpeg(), ["odd.naps", "odd.dozes"]))
    await until(lambda: library._previews._answering is not None)
    await library_at_work(library)
    giving_up.cancel()
    names = ["grayscale", "sepia", "mirror"]
    assert (await library.try_filters("bo", jpeg(), names)).keys() == set(names)
    assert (await library.try_filters("bo", jpeg(), ["odd.naps"])).keys() == {"odd.naps"}


async def test_previews_that_are_ready_in_time_are_shown(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "ANSWER_WITHIN_S", 0.7)
    monkeypatch.setattr(previews, "SLOW_S", 0.2)
    names = ["sepia", "odd.dozes", "mirror"]
    assert (await library.try_filters("bo", jpeg(), names)).keys() == {"sepia"}
    await until(lambda: not library._previews._leaving)
    assert (await library.try_filters("bo", jpeg(), names)).keys() == {"sepia", "mirror"}


async def library_at_work(library: Library) -> None:
    """Wait until the worker of previews runs a filter."""
    process = library._previews._answering
    assert process is not None
    await until(lambda: process._vitals.read().phase is Phase.STARTING)


@pytest.mark.parametrize("name", ["odd.before", "odd.module-before"])
async def test_nobody_sees_in_a_preview_what_somebody_else_has_shown(
    library: Library, name: str
) -> None:
    """Wherever a filter keeps what it has seen."""
    await library.try_filters("ana", jpeg(), [name])
    other = await library.try_filters("bo", jpeg(), [name])
    own = await library.try_filters("ana", jpeg(), [name])

    assert decoded(other[name]).max() < 10
    assert decoded(own[name]).max() > 100


async def test_there_are_few_workers_for_previews_whoever_asks(workers: Workers) -> None:
    library = workers.library
    for number in range(2 * previews.MAX_WORKERS):
        shown = await library.try_filters(f"guest-{number}", jpeg(), ["odd.module-before"])
        assert decoded(shown["odd.module-before"]).max() < 10
        assert preview_workers(workers) <= previews.MAX_WORKERS
    last = f"guest-{2 * previews.MAX_WORKERS - 1}"
    before = preview_workers(workers)
    library.forget_pictures(last)
    await until(lambda: preview_workers(workers) < before)
    again = await library.try_filters(last, jpeg(), ["odd.module-before"])
    assert decoded(again["odd.module-before"]).max() < 10


def preview_workers(workers: Workers) -> int:
    """How many children the fork server has."""
    process = workers._nursery._process
    assert process is not None
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return len(children.read_text(encoding="ascii").split())


@pytest.mark.parametrize(
    "image",
    [b"", b"\xff\xd8\xff", b"GIF89a", jpeg()[:300], jpeg(1280, 720), png((1, 2, 3))],
    ids=["empty", "cut", "gif", "half", "large", "png"],
)
async def test_what_is_no_small_jpeg_is_refused(library: Library, image: bytes) -> None:
    with pytest.raises(InvalidPicture):
        await library.try_filters("ana", image, ["sepia"])


async def test_only_few_wait_for_previews(library: Library) -> None:
    results = await asyncio.gather(
        *(library.try_filters("ana", jpeg(), ["cartoon"]) for _ in range(10)),
        return_exceptions=True,
    )
    assert any(isinstance(result, Busy) for result in results)
    assert any(not isinstance(result, BaseException) for result in results)


async def test_a_picture_reaches_the_filter(workers: Workers) -> None:
    red = workers.library.add_picture("ana", png((0, 0, 200)))
    green = workers.library.add_picture("ana", png((0, 200, 0)))
    one = Publisher(workers, [effect(workers, "odd.stamp", picture=red)])
    try:
        first = (await one.seen(3))[0]
        before = len(one.heard.frames)
        one.stream.configure([effect(workers, "odd.stamp", picture=green)])
        await one.seen(20)
        frames = one.heard.frames
    finally:
        await one.close()
    viewer = Viewer()
    pictures = [viewer.see(frame) for frame in frames]
    assert first is frames[0]
    assert pictures[before - 1][..., 2].mean() > 150
    assert pictures[-1][..., 1].mean() > 150


async def test_what_is_no_picture_is_not_kept(library: Library) -> None:
    for bad in (b"", b"<svg/>", png((0, 0, 0), 2049), b"\x89PNG\r\n\x1a\n" + bytes(150_000)):
        with pytest.raises(InvalidPicture):
            library.add_picture("cy", bad)


async def test_the_oldest_unused_picture_of_an_owner_makes_room(library: Library) -> None:
    ids = [library.add_picture("bo", png((number, 0, 0))) for number in range(8)]
    assert library.add_picture("bo", png((3, 0, 0))) == ids[3], "the same again"
    ninth = library.add_picture("bo", png((9, 9, 9)), {ids[0], ids[2]})
    assert library.picture(ninth) == png((9, 9, 9))
    assert [id_ for id_ in ids if library.picture(id_) is None] == [ids[1]]
    used = {*ids, ninth}
    with pytest.raises(TooManyEffects, match="in use"):
        library.add_picture("bo", png((1, 1, 1)), used)
    assert library.picture(ids[0]) is not None
    library.forget_pictures("bo")
    assert library.picture(ninth) is None
    library.add_picture("bo", png((1, 1, 1)), used)


async def test_no_picture_in_use_makes_room_for_one_of_somebody_else(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MAX_PICTURES", 3)
    monkeypatch.setattr(library, "_pictures", pictures.Pictures(None))
    first, second, third = (
        library.add_picture(f"guest-{number}", png((number, 0, 0))) for number in range(3)
    )
    fourth = library.add_picture("dee", png((4, 4, 4)), {first})
    assert library.picture(first) is not None
    assert library.picture(second) is None
    with pytest.raises(TooManyEffects, match="this server"):
        library.add_picture("eve", png((5, 5, 5)), {first, third, fourth})
    assert library.picture(third) is not None


async def test_pictures_survive_a_restart(tmp_path: Path) -> None:
    async with running_workers(store="sqlite", data_dir=tmp_path) as workers:
        id_ = workers.library.add_picture("ana", png((1, 2, 3)))
    async with running_workers(store="sqlite", data_dir=tmp_path) as workers:
        assert workers.library.picture(id_) == png((1, 2, 3))
        assert workers.library.picture("../" + id_) is None
        assert workers.library.picture(secrets.token_urlsafe(16)) is None
    assert (tmp_path / "pictures" / id_).stat().st_mode & 0o077 == 0
