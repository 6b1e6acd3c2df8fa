"""How often an effect may fail before it is left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

STRIKES: Final = 3
FORGIVEN_AFTER_S: Final = 60.0
MENDED_AFTER_S: Final = 2.0


@dataclass(slots=True)
class _Record:
    count: int = 0
    last: float = float("-inf")
    troubled: bool = False


class Strikes:
    """Of the effects of one chain, by id. Times are seconds of any clock that goes forward."""

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def strike(self, effect_id: str, now: float) -> bool:
        """Count a failure; whether the effect is off from now on."""
        record = self._records.setdefault(effect_id, _Record())
        if now - record.last > FORGIVEN_AFTER_S:
            record.count = 0
        record.count += 1
        record.last, record.troubled = now, True
        return record.count >= STRIKES

    def trouble(self, effect_id: str, now: float) -> None:
        """It does not work just now, and that does not count: see `mended`."""
        record = self._records.setdefault(effect_id, _Record())
        record.last, record.troubled = max(record.last, now), True

    def is_off(self, effect_id: str) -> bool:
        record = self._records.get(effect_id)
        return record is not None and record.count >= STRIKES

    def mended(self, now: float) -> list[str]:
        """Effects that failed and have not done so for a while; each is named once."""
        found = []
        for effect_id, record in self._records.items():
            quiet = now - record.last > MENDED_AFTER_S
            if record.troubled and record.count < STRIKES and quiet:
                record.troubled = False
                found.append(effect_id)
        return found

    def forgive(self, effect_id: str) -> None:
        self._records.pop(effect_id, None)

    def keep(self, effect_ids: Iterable[str]) -> None:
        """Forget all others: who takes an effect again begins anew."""
        kept = set(effect_ids)
        self._records = {id_: one for id_, one in self._records.items() if id_ in kept}
