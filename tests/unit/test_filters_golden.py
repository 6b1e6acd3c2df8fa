"""What built-in filters make of a portrait, against the pictures in their documentation."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rooms.filters.testing import check_filter
from rooms.participant import Kind
from tests.support.goldens import (
    MOST_BYTES,
    builtins_with_models,
    decoded,
    encoded,
    filtered,
    golden_path,
    portrait,
    read,
)

if TYPE_CHECKING:
    from rooms.filters import Image
    from rooms.filters.declare import Filter

MEAN = 1.0
FAR = 15.0
"""Of 99 of 100 values: what another processor's arithmetic may do to a thin line."""
with TemporaryDirectory() as _models:
    _builtins = builtins_with_models(Path(_models))
    NAMES = [one.info.name for one in _builtins if one.info.kind is Kind.VIDEO]
every_filter = pytest.mark.parametrize("filter_", NAMES, indirect=True)


@pytest.fixture(scope="module")
def filters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Filter]:
    models = tmp_path_factory.mktemp("models")
    return {one.info.name: one for one in builtins_with_models(models)}


@pytest.fixture
def filter_(request: pytest.FixtureRequest, filters: dict[str, Filter]) -> Filter:
    return filters[request.param]


def alike(one: Image, other: Image) -> bool:
    difference = np.abs(one.astype(np.int16) - other.astype(np.int16))
    return bool(difference.mean() <= MEAN and np.percentile(difference, 99) <= FAR)


@every_filter
def test_a_filter_makes_the_picture_that_its_documentation_shows(filter_: Filter) -> None:
    golden = golden_path(filter_.info.name)
    assert golden.exists(), "run python -m tools.goldens, and look at the picture"
    assert golden.stat().st_size <= MOST_BYTES
    assert alike(decoded(encoded(filtered(filter_))), read(golden))


@every_filter
def test_a_golden_picture_is_not_the_bare_one(filter_: Filter) -> None:
    assert not alike(decoded(encoded(portrait())), read(golden_path(filter_.info.name)))


@every_filter
@pytest.mark.parametrize("size", [(160, 90), (160, 120), (90, 160), (1280, 720)])
def test_a_filter_sees_people_in_cards_and_large_pictures(
    filter_: Filter, size: tuple[int, int]
) -> None:
    picture = filtered(filter_, size)
    assert picture.shape == (size[1], size[0], 3)


@every_filter
def test_a_filter_takes_all_that_its_parameters_allow(filter_: Filter) -> None:
    check_filter(filter_)
