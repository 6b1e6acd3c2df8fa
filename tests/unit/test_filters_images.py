"""Which conversions a chain makes, and what filters may return."""

from collections.abc import Callable
from typing import Any

import av
import cv2
import numpy as np
import pytest

from rooms.filters import Context, Image, video_filter
from rooms.filters.chain import Chain, Step
from rooms.filters.declare import filter_of
from rooms.filters.failures import FilterFailed
from rooms.filters.images import Picture
from rooms.filters.scenes import moving_picture

I420 = moving_picture(64, 48, 7)


def chain_of(*functions: Callable[..., Any], **options: str) -> Chain:
    """Undecorated functions are declared with the options."""
    made: Any = video_filter
    filters = [
        filter_of(one if options == {} else made("Test", name="test", **options)(one))
        for one in functions
    ]
    return Chain([Step(str(index), one) for index, one in enumerate(filters)])


def apply(source: Any, *functions: Callable[..., Any], **options: str) -> Image:
    return chain_of(*functions, **options).apply_video(source, Context())


def test_a_chain_of_nothing_returns_the_picture_itself() -> None:
    assert np.shares_memory(apply(I420), I420)


@pytest.mark.parametrize("width", [64, 90, 322])
def test_a_decoded_frame_becomes_i420(width: int) -> None:
    """Its rows are padded, as decoders pad them."""
    i420 = moving_picture(width, 48, 0)
    frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
    assert np.array_equal(apply(frame), i420)


def test_an_odd_row_and_column_are_cut_off() -> None:
    frame = av.VideoFrame(65, 49, "yuv420p")
    for plane, value in zip(frame.planes, (90, 110, 130), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    i420 = apply(frame)
    assert i420.shape == (72, 64)
    assert (i420[:48] == 90).all()
    assert (i420[48:60] == 110).all()
    assert (i420[60:] == 130).all()


def test_other_pixel_formats_are_converted_and_keep_their_time() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 255, np.uint8), format="rgb24")
    frame.pts = 77
    seen: list[int | None] = []

    def look(image: av.VideoFrame) -> av.VideoFrame:
        seen.append(image.pts)
        return image

    i420 = apply(frame, look, format="frame")
    assert seen == [77]
    assert abs(int(i420[0, 0]) - 235) <= 1


def test_a_gray_filter_looks_at_the_decoders_memory() -> None:
    frame = av.VideoFrame.from_ndarray(I420, format="yuv420p")
    luma = Picture.of(frame).luma()
    assert np.shares_memory(luma, np.frombuffer(memoryview(frame.planes[0]), np.uint8))
    assert np.array_equal(luma, I420[:48])


def test_gray_filters_drop_or_keep_the_colour() -> None:
    def flip(image: Image) -> Image:
        return image[::-1]

    dropped = apply(I420, flip, format="gray")
    assert np.array_equal(dropped[:48], I420[47::-1])
    assert (dropped[48:] == 128).all()
    kept = apply(I420, flip, format="gray", colour="keep")
    assert np.array_equal(kept[48:], I420[48:])
    of_frame = apply(
        av.VideoFrame.from_ndarray(I420, format="yuv420p"), flip, format="gray", colour="keep"
    )
    assert np.array_equal(of_frame, kept)


def test_kept_colour_grows_with_the_picture() -> None:
    def halve(image: Image) -> Image:
        return image[::2, ::2]

    i420 = apply(I420, halve, format="gray", colour="keep")
    assert i420.shape == (36, 32)
    assert abs(float(i420[24:].mean()) - float(I420[48:].mean())) < 2


def test_two_filters_of_one_format_are_not_converted_between() -> None:
    made: list[Image] = []

    def first(image: Image) -> Image:
        made.append(image.copy())
        return made[-1]

    @video_filter("Second")
    def second(image: Image) -> Image:
        assert np.shares_memory(image, made[-1])
        return image

    apply(I420, video_filter("First")(first), second)


def test_one_picture_is_converted_once_for_filters_that_only_look() -> None:
    seen: list[Image] = []

    @video_filter("Colour")
    def colour(image: Image) -> Image:
        seen.append(image)
        return image

    assert not np.shares_memory(apply(I420, colour, colour), I420)
    assert np.shares_memory(seen[0], seen[1])


def test_forms_follow_each_other_in_any_order() -> None:
    @video_filter("A")
    def a(image: Image) -> Image:
        assert image.shape == (48, 64, 3)
        return 255 - image

    @video_filter("B", format="gray", colour="keep")
    def b(image: Image) -> Image:
        assert image.shape == (48, 64)
        return image + 0

    @video_filter("C", format="frame")
    def c(image: av.VideoFrame) -> av.VideoFrame:
        assert (image.width, image.height) == (64, 48)
        return image

    @video_filter("D", format="yuv420")
    def d(image: Image) -> Image:
        assert image.shape == (72, 64)
        return image + 0

    negative = 255 - cv2.cvtColor(I420, cv2.COLOR_YUV2BGR_I420)
    expected = cv2.cvtColor(negative.astype(np.uint8), cv2.COLOR_BGR2YUV_I420)
    assert np.array_equal(apply(I420, a, b, c, d), expected)
    frame = av.VideoFrame.from_ndarray(I420, format="yuv420p")
    assert np.array_equal(apply(frame, c, b, d, a), expected)


def test_a_result_with_holes_in_memory_is_taken() -> None:
    mirrored = apply(I420, lambda image: image[:, ::-1], format="bgr")
    assert abs(int(mirrored[5, 5]) - int(I420[5, 58])) <= 2


@pytest.mark.parametrize("form", ["bgr", "gray", "yuv420"])
def test_what_a_filter_gets_cannot_be_unlocked(form: str) -> None:
    """It may be a picture that the decoder makes the next ones of."""
    frame = av.VideoFrame.from_ndarray(I420, format="yuv420p")

    def locked(image: Image) -> Image:
        for view in (image, image[2:], image.view()):
            with pytest.raises(ValueError, match="WRITEABLE"):
                view.flags.writeable = True
        return image

    for source in (I420, frame):
        apply(source, locked, locked, format=form)
    assert np.array_equal(frame.to_ndarray(), I420)


@pytest.mark.parametrize("form", ["bgr", "gray", "yuv420"])
def test_what_a_filter_gets_cannot_be_written_to(form: str) -> None:
    before = I420.copy()

    def scribble(image: Image) -> Image:
        image[:] = 0
        return image

    def draw(image: Image) -> Image:
        return cv2.rectangle(image, (0, 0), (5, 5), (0, 0, 0), -1)  # type: ignore[return-value]

    for filter_ in (scribble, draw):
        with pytest.raises(FilterFailed, match="read-only: write to a copy"):
            apply(I420, filter_, format=form)
    assert np.array_equal(I420, before)


def test_a_filter_may_go_on_writing_to_what_it_returned() -> None:
    @video_filter("Keeps")
    class Keeps:
        def __init__(self) -> None:
            self.own: Image = np.zeros((48, 64, 3), np.uint8)

        def __call__(self, image: Image) -> Image:
            self.own += 1
            return self.own

    chain = chain_of(Keeps)
    first = chain.apply_video(I420, Context())[0, 0]
    for _ in range(100):
        chain.apply_video(I420, Context())
    assert chain.apply_video(I420, Context())[0, 0] > first


@pytest.mark.parametrize(
    ("form", "result", "sentence"),
    [
        ("bgr", None, "numpy array, not None"),
        ("bgr", "picture", "numpy array, not str"),
        ("bgr", np.zeros((48, 64, 3), np.float32), "uint8, not float32"),
        ("bgr", np.zeros((48, 64), np.uint8), r"\(h, w, 3\), not \(48, 64\)"),
        ("bgr", np.zeros((48, 64, 4), np.uint8), r"\(h, w, 3\)"),
        ("bgr", np.zeros((47, 64, 3), np.uint8), "64x47; both sides must be even"),
        ("bgr", np.zeros((0, 0, 3), np.uint8), "0x0"),
        ("bgr", np.zeros((1200, 1920, 3), np.uint8), "1920x1080 is the most"),
        ("bgr", np.zeros((16, 1922, 3), np.uint8), "1920x1080 is the most"),
        ("gray", np.zeros((48, 64, 1), np.uint8), r"\(h, w\), not"),
        ("gray", np.zeros((48, 63), np.uint8), "63x48"),
        ("gray", np.zeros((48, 64), bool), "uint8, not bool"),
        ("yuv420", np.zeros((71, 64), np.uint8), r"\(h \* 3 / 2, w\)"),
        ("yuv420", np.zeros((72, 63), np.uint8), "both sides must be even"),
        ("frame", np.zeros((72, 64), np.uint8), "av.VideoFrame, not ndarray"),
        ("frame", av.VideoFrame(1922, 16, "yuv420p"), "1920x1080 is the most"),
    ],
)
def test_wrong_results_are_told_in_words(form: str, result: object, sentence: str) -> None:
    with pytest.raises(FilterFailed, match=sentence):
        apply(I420, lambda image: result, format=form)


def test_an_upright_picture_may_be_as_large() -> None:
    assert apply(I420, lambda _: np.zeros((1920, 1080), np.uint8), format="gray").shape == (
        2880,
        1080,
    )
