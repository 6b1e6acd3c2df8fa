"""A worker that says what ours never would: it is cut off, and the stream goes on without it."""

from pathlib import Path

import pytest
import structlog.testing

from server.workers.streams import TroubleKind
from tests.support.waiting import until
from tests.support.worker_streams import Publisher, effect, running_workers, source_file

FORGER = """
import contextlib, socket
from server.workers.wire import DONE, FROM_WORKER, Kind

@video_filter("Forger", format="gray")
def forger(image, what=Param.choice("none", {"none": "", "done": "", "frame": "", "deep": "",
                                             "kind": "", "report": ""})):
    messages = {
        "none": [],
        "done": [bytes([Kind.DONE]) + DONE.pack(0, 1)] * 12,
        "frame": [bytes([Kind.FRAME]) + FROM_WORKER.pack(1, 7, 7.0, 1, 8, 8, 0, 1) + b"\\1\\0x"],
        "deep": [bytes([Kind.NOTE]) + b"[" * 50_000],
        "kind": [b"\\x77"],
        "report": [bytes([Kind.NOTE]) + b'{"tell":"cost","ms":[],"filters":{}}'],
    }
    for file in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            if os.readlink(f"/proc/self/fd/{file}").startswith("socket"):
                with socket.socket(fileno=os.dup(int(file))) as server:
                    for message in messages[what]:
                        server.send(message)
    return image
"""


@pytest.mark.parametrize("what", ["done", "frame", "deep", "kind", "report"])
async def test_who_forges_messages_is_cut_off(tmp_path: Path, what: str) -> None:
    file = source_file(tmp_path, "mine.py", FORGER)
    async with running_workers(filters=(file,)) as workers:
        one = Publisher(workers, [effect(workers, "mine.forger")])
        try:
            with structlog.testing.capture_logs() as logs:
                await one.seen(2)
                one.stream.configure([effect(workers, "mine.forger", what=what)])
                await until(lambda: bool(one.heard.troubles))
                one.stream.configure([effect(workers, "sepia")])
                await one.seen(3)
        finally:
            await one.close()
    assert one.heard.troubles[0].kind is TroubleKind.CRASH
    assert "filter-process-cut-off" in {line["event"] for line in logs}
    assert all(frame.timestamp != 7 for frame in one.heard.frames)
