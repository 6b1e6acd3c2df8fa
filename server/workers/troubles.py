"""What goes wrong with the effects of one stream: counted, and told to whom the stream belongs."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Final

import structlog

from rooms.effects import Effect, FilterInfo, Origin
from rooms.errors import UnknownFilter
from server.workers.blame import Fault, Verdict, judge
from server.workers.orders import StepOrder
from server.workers.plan import FileTrouble, Plan, Shelf
from server.workers.reports import Failure
from server.workers.streams import Trouble, TroubleKind
from server.workers.strikes import Strikes

_SENTENCES: Final = {
    TroubleKind.ERROR: "Its code raised an error.",
    TroubleKind.MEMORY: "It used more memory than there is.",
    TroubleKind.BROKEN_FILE: "Its code cannot be loaded.",
}
_TYPE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}(?=:|$)")

log = structlog.get_logger()


class Troubles:
    """Of the effects of one chain. A trouble is told when it comes, and its end once."""

    def __init__(
        self,
        title: str,
        shelf: Shelf,
        on_trouble: Callable[[Trouble], None],
        on_mended: Callable[[str], None],
        on_off: Callable[[], None],
    ) -> None:
        """Keep them of one stream.

        Args:
            title: of the stream, for the log.
            shelf: where filters are.
            on_trouble: told what went wrong.
            on_mended: told the id of an effect that works again.
            on_off: an effect is left out from now on.
        """
        self._title = title
        self._shelf = shelf
        self._on_trouble = on_trouble
        self._on_mended = on_mended
        self._on_off = on_off
        self._effects: dict[str, Effect] = {}
        self._strikes = Strikes()
        self._of_files: dict[str, Trouble] = {}

    def concern(self, chain: Sequence[Effect]) -> None:
        """The chain is this one now; what was counted of effects outside it is forgotten."""
        self._effects = {effect.id: effect for effect in chain}
        self._strikes.keep(self._effects)

    def is_off(self, effect_id: str) -> bool:
        """Whether it has failed too often."""
        return self._strikes.is_off(effect_id)

    def forgive_new_code(self, plan: Plan) -> None:
        """Code that is newer than what was planned with has failed nobody yet."""
        versions = {step.id: step.source.version for step in plan.steps if step.source}
        for effect in self._effects.values():
            source = self._shelf.source_of(effect.filter)
            if source is not None and source.version > versions.get(effect.id, source.version):
                self._strikes.forgive(effect.id)

    def of_files(self, plan: Plan) -> None:
        """Say what is wrong with a file once, and once that it is right again."""
        troubles = {trouble.effect_id: trouble for trouble in plan.troubles}
        before, self._of_files = self._of_files, troubles
        for effect_id, trouble in troubles.items():
            if before.get(effect_id) != trouble:
                self._on_trouble(trouble)
        for effect_id in before.keys() - troubles.keys():
            if effect_id in self._effects and not self._strikes.is_off(effect_id):
                self._on_mended(effect_id)

    def look(self, now: float) -> None:
        """Say which effects have not failed for a while; to be called while frames come."""
        for effect_id in self._strikes.mended(now):
            if effect_id not in self._of_files:
                self._on_mended(effect_id)

    def told(self, failure: Failure, plan: Plan) -> None:
        """Deal with what a worker tells of a failure.

        Guests read it: only the files of the operator, who wrote them, may speak for themselves.
        """
        effect = self._effects.get(failure.effect_id)
        if effect is not None and not self._is(effect.filter, Origin.FILE):
            log.info(
                "shipped-filter-failed",
                stream=self._title,
                filter=effect.filter,
                error=_type_of(failure.message),
                file=failure.file,
                line=failure.line,
            )
            message = _SENTENCES.get(failure.kind, _SENTENCES[TroubleKind.ERROR])
            failure = replace(failure, message=message, file=None, line=None)
        self.failed(failure, plan)

    def failed(self, failure: Failure, plan: Plan) -> None:
        """Count it, tell it, and do without the effect when it was the third time."""
        effect = self._effects.get(failure.effect_id)
        if effect is None:
            return
        step = next((step for step in plan.steps if step.id == effect.id), None)
        if step is not None and step.source is not None:
            file = failure.file or PurePath(step.source.path).name
            trouble = FileTrouble(file, failure.line, failure.message)
            if self._shelf.go_back(step.source, trouble):
                return  # whoever uses that file has been told
        off = self._strikes.strike(effect.id, time.monotonic())
        self._tell(effect, failure, off=off)
        if off:
            self._on_off()

    def judge(self, fault: Fault) -> Verdict:
        """Whose fault it is that the worker died."""
        return judge(fault, lambda name: self._is(name, Origin.BUILT_IN))

    def accuse(self, step: StepOrder, fault: Fault, verdict: Verdict, plan: Plan) -> None:
        """Tell of a death that a step may have caused, and count it."""
        message = fault.message
        if not verdict.sure and len(verdict.steps) > 1:
            message += " It may have been another effect of the chain."
        failure = Failure(step.id, fault.kind, message, None, None)
        effect = self._effects.get(step.id)
        if effect is None or effect.filter != step.filter:  # it was left out, and could not end
            info = self._find(step.filter)
            title = step.filter if info is None else info.title
            self._tell(Effect(step.id, step.filter, title, (), step.private), failure)
        elif verdict.struck:
            self.failed(failure, plan)
        else:
            self._strikes.trouble(effect.id, time.monotonic())
            self._tell(effect, failure)

    def _tell(self, effect: Effect, failure: Failure, *, off: bool = False) -> None:
        log.info(
            "effect-failed",
            stream=self._title,
            filter=effect.filter,
            kind=failure.kind.value,
            line=failure.line,
            off=off,
        )
        file, line = failure.file, failure.line
        trouble = Trouble(
            effect.id, effect.filter, effect.title, failure.kind, failure.message, file, line, off
        )
        self._on_trouble(trouble)

    def _is(self, name: str, origin: Origin) -> bool:
        info = self._find(name)
        return info is not None and info.origin is origin

    def _find(self, name: str) -> FilterInfo | None:
        try:
            return self._shelf.find(name)
        except UnknownFilter:
            return None


def _type_of(message: str) -> str | None:
    """The kind of exception that a message begins with: the words behind it may name people."""
    found = _TYPE.match(message)
    return found[0] if found else None
