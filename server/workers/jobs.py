"""What workers are for. `prepare` runs once in the fork server, `run` in each of its children."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.logging
import cv2
import numpy as np

from server.workers.boundaries import NO_MEMORY
from server.workers.describe import describe
from server.workers.link import Link
from server.workers.orders import StreamJob
from server.workers.picture_work import PictureWork
from server.workers.preview_work import PreviewWork
from server.workers.rack import is_memory_error
from server.workers.repertoire import Repertoire
from server.workers.sound_work import SoundWork
from server.workers.vitals import Vitals
from server.workers.warming import warm_up
from server.workers.wire import Kind, note
from server.workers.worker import Work, Worker


@dataclass(slots=True)
class _Prepared:
    repertoire: Repertoire | None = None


_prepared = _Prepared()


def prepare(settings: dict[str, Any]) -> None:
    """Load what all workers need. Nothing here may start a thread."""
    cv2.setNumThreads(1)
    av.logging.set_level(None)
    np.random.seed()
    warm_up()
    models = settings["models"]
    _prepared.repertoire = Repertoire(None if models is None else Path(models))


def run(job: dict[str, Any], sock: int, page: int) -> None:
    """Do one job, until it is done or the server ends it."""
    assert _prepared.repertoire is not None
    np.random.seed()  # else all workers would draw the same numbers
    link, vitals = Link(sock), Vitals(page)
    vitals.process = os.getpid()
    match job.pop("do"):
        case "stream":
            _stream(StreamJob(**job), link, vitals, _prepared.repertoire)
        case "describe":
            link.send(Kind.NOTE, note(describe(job, link, _prepared.repertoire)))
        case "preview":
            PreviewWork(link, vitals, _prepared.repertoire).run()


def _stream(job: StreamJob, link: Link, vitals: Vitals, repertoire: Repertoire) -> None:
    worker = Worker(link, vitals, repertoire)
    work: Work = PictureWork(job, worker.rack) if job.kind == "video" else SoundWork(worker.rack)
    try:
        worker.run(work)
    except Exception as error:
        if is_memory_error(error):
            os._exit(NO_MEMORY)
        raise
