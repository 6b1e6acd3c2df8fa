"""What signalling needs of the part of the server that has the filters."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Protocol

from rooms.effects import FilterInfo


class FilterCatalogue(Protocol):
    """The filters of this server, and what may be done with them outside of a call.

    Attributes:
        on_changed: called when filters came, went or are different. Signalling sets it.
    """

    on_changed: Callable[[], None] | None

    @property
    def filters(self) -> Sequence[FilterInfo]:
        """All of them, in the order in which they are shown; those that are broken as well."""

    def find(self, name: str) -> FilterInfo:
        """Raises UnknownFilter: none has this name, whatever the name is."""

    async def try_filters(
        self, owner: str, image: bytes, names: Sequence[str]
    ) -> Mapping[str, bytes]:
        """What filters make of a picture, one by one and with their defaults.

        Args:
            owner: the participant who asks.
            image: a JPEG of anybody's making, valid or not.
            names: of filters for pictures that are here.

        Returns:
            JPEGs by name; what failed is not there.

        Raises:
            Busy: there is too much to do.
            InvalidPicture: it is not a JPEG, or a larger one than a preview needs.
        """

    def add_picture(self, owner: str, data: bytes, used: Container[str]) -> str:
        """Keep a picture for somebody's effects; answers with its id.

        Args:
            owner: the participant who sent it.
            data: a file of anybody's making, valid or not.
            used: ids of all pictures that are part of anybody's effects: these stay.

        Raises:
            InvalidPicture: it cannot be used.
            TooManyEffects: there are too many.
        """

    def forget_pictures(self, owner: str) -> None:
        """Somebody has left for good: their pictures are not needed any more. Must not raise."""
