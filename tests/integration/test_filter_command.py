"""`greenroom filter`: filters on files, without a server."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from rooms.filters.scenes import moving_picture, moving_sound
from server.__main__ import cli
from tests.support.server import ROOT

MINE = """\
from rooms.filters import Param, video_filter

@video_filter("Tired")
class Tired:
    seen = 0

    def __call__(self, image, after: int = Param(5, 0, 99)):
        self.seen += 1
        if self.seen > after:
            raise ValueError("no more")
        return image[:44, :80]
"""


def greenroom(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["filter", *map(str, words)])


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of moving picture, with sound."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        audio = out.add_stream("aac", rate=48_000, layout="stereo")
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(moving_picture(160, 90, number), format="yuv420p")
            frame.pts, frame.time_base = number + number // 10, Fraction(1, 30)
            out.mux(video.encode(frame))
        for number in range(50):
            sound = av.AudioFrame.from_ndarray(moving_sound(2, number), "s16p", "stereo")
            sound.sample_rate, sound.pts = 48_000, number * 960
            out.mux(audio.encode(sound))
        out.mux([*video.encode(None), *audio.encode(None)])
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    made = cv2.cvtColor(moving_picture(160, 90, 0), cv2.COLOR_YUV2BGR_I420)
    assert cv2.imwrite(str(path), made)
    return path


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def frames(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def since_first(shown: list[av.VideoFrame]) -> list[float]:
    """Seconds; a container may begin a little later, where the sound's encoder needs a start."""
    times = [frame.time or 0.0 for frame in shown]
    return [time - times[0] for time in times]


def loudness(path: Path) -> float:
    with av.open(str(path)) as container:
        sound = [frame.to_ndarray().astype(float) for frame in container.decode(audio=0)]
    joined = np.concatenate([part.reshape(-1) for part in sound])
    return float(np.sqrt(np.mean(np.square(joined))))


@pytest.mark.parametrize("kind", ["mp4", "webm", "mkv"])
def test_a_clip_is_filtered_with_its_times_and_its_sound(
    clip: Path, tmp_path: Path, kind: str
) -> None:
    target = tmp_path / f"out.{kind}"
    done = greenroom("run", "grayscale", "--input", clip, "--output", target)
    assert done.exit_code == 0, done.output
    assert "30 frames" in done.output
    before, after = frames(clip), frames(target)
    assert since_first(after) == pytest.approx(since_first(before), abs=0.0011)
    assert (after[9].width, after[9].height) == (160, 90)
    chroma = after[9].to_ndarray()[90:]
    assert np.abs(chroma.astype(int) - 128).max() <= 3
    luma = [frame.to_ndarray()[:90].astype(int) for frame in (before[9], after[9])]
    assert np.abs(luma[0] - luma[1]).mean() < 4
    assert loudness(target) > 0
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", f"out.{kind}"}


def test_parameters_reach_the_filter(picture: Path, tmp_path: Path) -> None:
    results = []
    for low, high in ((80, 100), (900, 1000)):
        target = tmp_path / f"edges-{low}.png"
        words = ("--param", f"low={low}", "--param", f"high={high}")
        done = greenroom("run", "edges", "--input", picture, "--output", target, *words)
        assert done.exit_code == 0, done.output
        image = cv2.imread(str(target))
        assert image is not None
        results.append(float(image.mean()))
    assert results[0] > results[1] + 1


def test_a_picture_may_be_a_parameter(picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.webp"
    words = ("--param", f"picture={picture}", "--param", "size=50")
    done = greenroom("run", "picture", "--input", picture, "--output", target, *words)
    assert done.exit_code == 0, done.output
    before, after = cv2.imread(str(picture)), cv2.imread(str(target))
    assert before is not None
    assert after is not None
    assert np.abs(before.astype(int) - after.astype(int)).mean() > 2


def test_a_large_picture_is_made_as_small_as_a_call_wants(tmp_path: Path) -> None:
    source, target = tmp_path / "large.jpg", tmp_path / "small.png"
    assert cv2.imwrite(str(source), np.full((3001, 2001, 3), 200, np.uint8))
    done = greenroom("run", "grayscale", "--input", source, "--output", target)
    assert done.exit_code == 0, done.output
    small = cv2.imread(str(target))
    assert small is not None
    height, width = small.shape[:2]
    assert height * width <= 1920 * 1080
    assert height <= 1920
    assert abs(height / width - 1.5) < 0.01


def test_sound_is_filtered_and_the_picture_copied(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "quiet.mp4"
    done = greenroom("run", "gain", "--input", clip, "--output", target, "--param", "gain_db=-20")
    assert done.exit_code == 0, done.output
    assert loudness(target) == pytest.approx(loudness(clip) / 10, rel=0.1)
    same = [
        np.array_equal(one.to_ndarray(), other.to_ndarray())
        for one, other in zip(frames(clip), frames(target), strict=True)
    ]
    assert all(same)


@pytest.mark.parametrize(
    ("name", "target", "sentence"),
    [
        ("edges", "out.wav", "out.wav cannot hold a moving picture."),
        ("edges", "out.srt", "out.srt cannot hold a moving picture."),
        ("edges", "out.mp3", "out.mp3 cannot hold a moving picture."),
        ("edges", "out.ogg", "out.ogg cannot hold a moving picture."),
        ("gain", "out.gif", "out.gif cannot hold sound."),
        ("gain", "out.avi", "out.avi cannot hold this as it is: try another kind of file."),
    ],
)
def test_what_a_file_cannot_hold_is_told_in_a_sentence(
    clip: Path, tmp_path: Path, name: str, target: str, sentence: str
) -> None:
    done = greenroom("run", name, "--input", clip, "--output", tmp_path / target)
    assert (done.exit_code, done.output) == (1, f"greenroom: {sentence}\n")
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4"}


def test_a_filter_begins_and_ends_once_in_a_run(clip: Path, tmp_path: Path) -> None:
    file, told = tmp_path / "life.py", tmp_path / "told.txt"
    file.write_text(f"""\
from rooms.filters import video_filter

def tell(word):
    with open({str(told)!r}, "a") as file:
        file.write(word + " ")

@video_filter("Life")
class Life:
    def start(self, context):
        tell(f"start {{context.time:.2f}}")

    def __call__(self, image):
        tell("frame")
        return image[:44]

    def stop(self):
        tell("stop")
""")
    words = ("--filters", file, "--input", clip, "--output", tmp_path / "out.mkv")
    done = greenroom("run", "life.life", *words)
    assert done.exit_code == 0, done.output
    assert "30 frames" in done.output
    assert told.read_text() == "start 0.00 " + "frame " * 30 + "stop "
    assert (frames(tmp_path / "out.mkv")[0].width, len(frames(tmp_path / "out.mkv"))) == (160, 30)


@pytest.mark.parametrize("kind", ["png", "mkv"])
def test_the_smallest_picture_is_made_large_enough(tmp_path: Path, kind: str) -> None:
    source, target = tmp_path / f"one.{kind}", tmp_path / f"out.{kind}"
    if kind == "png":
        assert cv2.imwrite(str(source), np.full((1, 1, 3), 200, np.uint8))
    else:
        with av.open(str(source), "w") as out:
            video = out.add_stream("ffv1", rate=30)
            video.width, video.height, video.pix_fmt = 1, 1, "yuv444p"
            frame = av.VideoFrame.from_ndarray(np.full((1, 1, 3), 200, np.uint8), format="bgr24")
            out.mux([*video.encode(frame.reformat(format="yuv444p")), *video.encode(None)])
    done = greenroom("run", "edges", "--input", source, "--output", target)
    assert done.exit_code == 0, done.output


def test_what_is_transparent_stays_so_and_shows_nothing(tmp_path: Path) -> None:
    source = np.zeros((40, 60, 4), np.uint8)
    source[:] = (0, 0, 255, 255)
    source[:, :30, 3] = 0
    assert cv2.imwrite(str(tmp_path / "half.png"), source)

    def made(kind: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        target = tmp_path / f"out.{kind}"
        words = ("--input", tmp_path / "half.png", "--output", target)
        done = greenroom("run", "grayscale", *words)
        assert done.exit_code == 0, done.output
        image = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
        assert image is not None
        return image

    for kind in ("png", "webp"):
        assert np.array_equal(made(kind)[..., 3], source[..., 3])
    flat = made("jpg")
    assert flat.shape == (40, 60, 3)
    assert flat[:, :26].min() > 240
    assert flat[:, 34:].max() < 120


def test_a_file_of_filters_is_used_and_blamed(clip: Path, mine: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"from before")
    words = ("run", "mine.tired", "--filters", mine, "--input", clip, "--output", target)
    done = greenroom(*words)
    assert done.exit_code == 1
    assert done.output == "greenroom: mine.py, line 10: ValueError: no more\n"
    assert target.read_bytes() == b"from before"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "mine.py", "out.mp4"}
    done = greenroom(*words, "--param", "after=30")
    assert done.exit_code == 0, done.output
    with av.open(str(target)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (80, 44)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("bench", "edgs"), 2, "There is no filter edgs. Did you mean edges?"),
        (("bench", "xyz"), 2, "There is no filter xyz. See greenroom filter list."),
        (("bench", "edges", "--param", "low"), 2, "--param is name=value, not low."),
        (("bench", "mirror", "--param", "x=1"), 2, "mirror has no parameter x; it has mode."),
        (
            ("bench", "edges", "--param", "low=much"),
            2,
            "Weak edges must be a number from 0 to 1000.",
        ),
        (("bench", "edges", "--param", "low=-1"), 2, "Weak edges must be a number from 0 to 1000."),
        (("bench", "edges", "--param", "dark=maybe"), 2, "Dark on light must be true or false."),
        (("bench", "mirror", "--param", "mode=in"), 2, "Mode must be one of across, "),
        (("bench", "caption", "--param", "colour=red"), 2, "Colour must be a colour such as"),
        (("bench", "picture", "--param", "picture=/no.png"), 2, "/no.png cannot be read: No such"),
        (("bench", "picture", "--param", f"picture={__file__}"), 2, "is no picture that can"),
        (("run", "edges", "--input", "/no.mp4", "--output", "OUT.mp4"), 1, "/no.mp4 cannot be"),
        (
            ("run", "edges", "--input", "/no.png", "--output", "OUT.png"),
            1,
            "/no.png cannot be read",
        ),
        (("run", "edges", "--input", __file__, "--output", "OUT.mp4"), 1, "Invalid data"),
        (("run", "edges", "--input", "/no.png", "--output", "OUT.mp4"), 1, "A picture becomes a"),
        (("run", "gain", "--input", "/no.png", "--output", "OUT.png"), 1, "gain is for sound"),
        (
            ("run", "edges", "--input", "CLIP", "--output", "/no/out.mp4"),
            1,
            "/no/out.mp4 cannot be w",
        ),
        (("run", "edges", "--input", "CLIP", "--output", "OUT.xyz"), 1, "kind of file called .xyz"),
        (("run", "edges", "--input", "CLIP", "--output", "OUT"), 1, "kind of file called that"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    words: tuple[str, ...], code: int, sentence: str, clip: Path, tmp_path: Path
) -> None:
    placed = [word.replace("CLIP", str(clip)).replace("OUT", f"{tmp_path}/out") for word in words]
    done = greenroom(*placed)
    assert done.exit_code == code, done.output
    assert done.output.startswith("greenroom: ")
    assert sentence in done.output
    assert done.output.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4"}


def test_a_clip_without_what_the_filter_is_for_is_refused(tmp_path: Path) -> None:
    sound = tmp_path / "sound.wav"
    with av.open(str(sound), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=48_000, layout="mono")
        packet = av.AudioFrame.from_ndarray(moving_sound(1, 0), "s16p", "mono")
        packet.sample_rate = 48_000
        out.mux([*stream.encode(packet), *stream.encode(None)])
    done = greenroom("run", "edges", "--input", sound, "--output", tmp_path / "out.mp4")
    assert (done.exit_code, "has no picture." in done.output) == (1, True)
    done = greenroom("run", "gain", "--input", sound, "--output", tmp_path / "out.wav")
    assert done.exit_code == 0, done.output


def test_the_cost_is_told_for_both_sizes(mine: Path) -> None:
    done = greenroom("bench", "edges")
    assert done.exit_code == 0, done.output
    small, large = done.output.splitlines()
    for line, size in ((small, "640x360"), (large, "1280x720")):
        assert size in line
        assert "ms a frame" in line
        assert "of a core at 30/s" in line
    failed = greenroom("bench", "mine.tired", "--filters", mine)
    assert failed.exit_code == 1
    assert failed.output == "greenroom: mine.py, line 10: ValueError: no more\n"


def test_sound_is_measured_with_values_that_do_something() -> None:
    """A gain of 0 dB hands packets on, which costs nothing."""
    assert greenroom("bench", "gain").output.endswith("of a core at 50/s, with gain_db 20.0\n")
    chosen = greenroom("bench", "gain", "--param", "gain_db=0")
    assert chosen.output.endswith("of a core at 50/s\n")
    assert greenroom("bench", "echo").output.endswith("of a core at 50/s\n")


def test_filters_are_listed_and_a_broken_file_leaves_the_others(mine: Path) -> None:
    (mine.parent / "broken.py").write_text("x = (")
    listed = greenroom("list", "--filters", mine.parent)
    assert listed.exit_code == 0, listed.output
    lines = listed.output.splitlines()
    assert "greenroom: broken.py:1: SyntaxError: '(' was never closed" in lines
    assert any(line.split() == ["mine.tired", "after=5", "(0", "to", "99)"] for line in lines)
    assert any(line.startswith("edges ") for line in lines)


def test_a_directory_of_models_has_to_exist() -> None:
    done = greenroom("list", "--filter-models", "/no/models")
    assert done.exit_code == 2
    assert "/no/models" in done.output


def test_the_command_exists_and_the_server_does_not_load_filters() -> None:
    code = (
        "import sys, server.__main__; print('rooms.filters' in sys.modules, 'cv2' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert said.stdout.split() == ["False", "False"]
    said = subprocess.run(
        [sys.executable, "-m", "server", "filter", "bench", "edgs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert said.returncode == 2
    assert said.stderr == "greenroom: There is no filter edgs. Did you mean edges?\n"
