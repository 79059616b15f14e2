"""The map of the border: every stretch named, nothing written over anything else, both languages, both widths."""

from __future__ import annotations

import io
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

import roxham
from roxham.errors import UnknownName
from roxham.show.map import _ink, _spread, border_map
from roxham.world import World, load_world

MAP = Path(roxham.__file__).parent / "cases" / "canada_us" / "map"
VALUES = {
    "roxham_road": -38_170.0,
    "quebec_west": 1_250.0,
    "quebec_east": 980.0,
    "akwesasne_st_lawrence": 412.0,
    "great_lakes_niagara": 55.0,
    "ontario_minnesota": 1.0,
    "manitoba_emerson": 17.0,
    "prairies": 0.0,
    "british_columbia": 18.0,
    "new_brunswick_maine": 40.0,
}


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(MAP)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("narrow", [False, True])
def test_every_stretch_is_named_with_its_value_and_no_words_overlap(world: World, language: str, narrow: bool) -> None:
    figure = border_map(
        world,
        VALUES,
        title="Closing the road",
        label="persons a year",
        language=language,
        narrow=narrow,  # type: ignore[arg-type]
    )
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [t for t in [*figure.texts, *(t for axes in figure.axes for t in axes.texts)] if t.get_text()]
    words = [" ".join(t.get_text().replace("-\n", "-").split()) for t in texts]
    for segment in world.segments.values():
        name = segment.name_fr if language == "fr" else segment.name_en
        assert name in words
    assert any(word in ("+1,250", "+1\u00a0250", "+1 250") for word in words)
    assert ("sans valeur" if language == "fr" else "no value") in words
    assert any("OpenStreetMap" in word for word in words)
    renderer = canvas.get_renderer()
    boxes = [(word, text.get_window_extent(renderer)) for word, text in zip(words, texts, strict=True)]
    width, height = canvas.get_width_height()
    for word, box in boxes:
        assert box.x0 >= -1, word
        assert box.x1 <= width + 1, word
        assert box.y0 >= -1, word
        assert box.y1 <= height + 1, word
    for (one, a), (other, b) in combinations(boxes, 2):
        assert not (a.shrunk(0.98, 0.7).overlaps(b.shrunk(0.98, 0.7))), (one, other)


def test_a_map_without_values_or_with_zeros_only_is_drawn(world: World) -> None:
    for values in ({}, dict.fromkeys(world.segments, 0.0)):
        buffer = io.BytesIO()
        border_map(world, values).savefig(buffer, format="png", dpi=40)
        assert buffer.getvalue().startswith(b"\x89PNG")


def test_another_stretch_can_be_drawn_large(world: World) -> None:
    figure = border_map(world, VALUES, focus="manitoba_emerson")
    inset = [t.get_text() for t in figure.axes[1].texts]
    assert "Emerson fields and rail line" in inset
    assert "Manitoba" in inset


def test_unknown_stretches_are_told_with_what_was_meant(world: World) -> None:
    with pytest.raises(UnknownName) as told:
        border_map(world, {"roxam_road": 1.0}, focus="quebec_wset")
    assert [p.hint for p in told.value.problems] == ["roxham_road", "quebec_west"]


def test_nothing_global_changes(world: World) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    border_map(world, VALUES)
    assert dict(matplotlib.rcParams) == before


def test_more_is_wider_and_its_colour_says_the_direction() -> None:
    widths = [_ink(v, 1000.0)[1] for v in (0.0, 1.0, 10.0, 100.0, 1000.0)]
    assert widths == sorted(set(widths))
    assert _ink(-5.0, 10.0)[0] != _ink(5.0, 10.0)[0]
    assert _ink(-5.0, 10.0)[1] == _ink(5.0, 10.0)[1]
    assert _ink(float("nan"), 10.0)[1] < _ink(0.0, 10.0)[1]


@given(st.lists(st.floats(-50, 150), min_size=1, max_size=12), st.floats(1, 20))
def test_names_in_a_row_keep_their_order_and_their_distance(wanted: list[float], gap: float) -> None:
    wanted = sorted(wanted)
    placed = np.array(_spread(wanted, 0.0, 100.0, gap))
    room = min(gap, 100.0 / max(1, len(wanted) - 1))
    assert (placed >= -1e-6).all()
    assert (placed <= 100 + 1e-6).all()
    assert (np.diff(placed) >= room - 1e-6).all()
