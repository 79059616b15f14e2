"""What a walk is shown as and passed on as: a map, a film, a study of the border."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from roxham.cli import main
from roxham.lab.scenario import load_study
from roxham.show.walk_map import map_figure
from roxham.walk import run

CASES = Path(__file__).parent / "cases"
MALI = CASES / "mali2012"


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["walk", *(str(one) for one in arguments)])
    return int(left.value.code or 0)


@pytest.mark.parametrize(("language", "title"), [("en", "Displaced people on 1 June 2012"),
                                                 ("fr", "Personnes déplacées le 1er juin 2012")])
def test_a_map_says_who_is_where_with_bands(language: str, title: str) -> None:
    walk = run(MALI, mode="documented", replicates=5, links=True)
    number = (walk.dates.index(next(day for day in walk.dates if day.isoformat() == "2012-06-01")))
    figure = map_figure(walk, on=number, language=language)  # type: ignore[arg-type]
    (axes,) = figure.axes
    assert axes.get_title(loc="left") + axes.get_title() == title
    words = [one.get_text() for one in axes.texts]
    camp = sorted(walk.at("Fassala-Mbera")[:, number])[2]
    shown = f"{camp:,}" if language == "en" else f"{camp:,}".replace(",", "\u00a0")
    assert any(one.startswith(f"Fassala-Mbera\n{shown} (") for one in words)
    boxes = [one.get_window_extent() for one in axes.texts]
    assert not any(one.overlaps(other) for row, one in enumerate(boxes) for other in boxes[:row])


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_map_is_written(tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / f"map.{ending}"
    assert call("map", MALI, "--draws", 2, "--mode", "roxham", "--out", out) == 0
    assert out.stat().st_size > 5_000
    assert capsys.readouterr().out.strip() == str(out)


def test_a_film_has_a_frame_for_each_of_a_few_days(small: Callable[..., Path], tmp_path: Path) -> None:
    from PIL import Image

    out = tmp_path / "film.gif"
    assert call("film", small(), "--draws", 1, "--out", out) == 0
    with Image.open(out) as film:
        assert film.n_frames == 8


@pytest.mark.parametrize(("arguments", "said"), [
    (("map", MALI, "--out", "map.jpg"), "the file must end in .svg, .png or .pdf"),
    (("film", MALI, "--out", "film.mp4"), "the file must end in .gif"),
    (("map", MALI, "--on", "2019-01-01", "--draws", 1), "the walk has days 0 to 299, not 2498"),
    (("map", MALI, "--mode", "flea"), 'did you mean "flee"?'),
])
def test_what_cannot_be_drawn_is_told(arguments: tuple[object, ...], said: str,
                                      capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*arguments) == 2
    assert said in capsys.readouterr().err


def test_a_coupling_is_a_study_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "coupled"
    status = call("couple", CASES / "syria2013", "--against", MALI, "--group", "turkey", "--begins", "2022-01",
                  "--draws", 1, "--out", out, "--json")
    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert told["assumed"] == {"share": 0.5, "delay_months": 8}
    assert [one.name for one in load_study(told["study"]).scenarios] == told["scenarios"]
    wrong = call("couple", CASES / "syria2013", "--against", MALI, "--group", "turky", "--begins", "2022-01",
                 "--draws", 1, "--out", tmp_path / "none")
    assert wrong == 2
    assert '(did you mean "turkey"?)' in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
