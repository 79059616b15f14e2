"""Folders of walks: what is read from them, and every fault of broken ones with its file and line."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roxham.errors import RoxhamError, SpecError, UnknownName
from roxham.walk import check_folder, observed_table, read_folder, run
from roxham.walk.series import by_day

CASES = Path(__file__).parent / "cases"
Small = Callable[..., Path]

LOCATIONS, ROUTES, CLOSURES = "input_csv/locations.csv", "input_csv/routes.csv", "input_csv/closures.csv"
CONFLICTS, PERIOD, LAYOUT = "input_csv/conflicts.csv", "input_csv/sim_period.csv", "source_data/data_layout.csv"
CAMP, YML, CORRECTIONS = "source_data/camp.csv", "simsetting.yml", "input_csv/registration_corrections.csv"


def test_a_folder_is_read_as_it_is(small: Small) -> None:
    read = read_folder(small())
    assert read.places.name == ("Zone", "Town", "Camp", "Far")
    assert read.places.people.tolist() == [1000, 500, 0, 0]
    assert read.places.capacity.tolist() == [-1, -1, 400, 0]
    assert read.places.is_foreign.tolist() == [False, False, True, True]
    assert read.links.km.tolist() == [50, 60, 90]
    assert (read.start, read.days) == (date(2020, 1, 1), 8)
    assert read.conflict.sum() == 8
    assert [(one.kind, one.start, one.end) for one in read.closures] == [("country", 0, 2)]
    assert read.settings.max_move_speed == 200
    assert read.settings.avoid_short_stints
    assert read.destinations == ("Camp", "Far")
    assert read.faults == ()


def test_counts_between_observations_are_straight_lines(small: Small) -> None:
    table = observed_table(read_folder(small()))
    assert table.people[:, 0].tolist() == [10, 23, 36, 50, 60, 70, 80, 90]
    assert table.counted[:, 0].tolist() == [True, False, False, True, False, False, False, True]
    assert (table.total == table.people.sum(axis=1)).all()


def test_a_correction_scales_what_was_counted_before(small: Small) -> None:
    read = read_folder(small({CORRECTIONS: "Camp,2020-01-08,normalize\n"}))
    assert observed_table(read).people[:, 0].tolist() == [18, 42, 66, 90, 90, 90, 90, 90]


def test_files_of_one_camp_are_added_up(small: Small) -> None:
    changed = {LAYOUT: "total,refugees.csv\nCamp,camp.csv,more.csv\nFar,far.csv\n",
               "source_data/more.csv": "2020-01-01,5\n2020-01-06,25\n"}
    read = read_folder(small(changed))
    assert observed_table(read).people[:, 0].tolist() == [15, 28, 41, 55, 85, 115, 115, 115]
    assert observed_table(read, documented=True).people[:, 0].tolist() == [15, 32, 49, 67, 81, 95, 105, 115]


def test_rows_out_of_order_count_as_they_stand() -> None:
    days, people = np.array([0, 10, 4, 12]), np.array([0.0, 100.0, 50.0, 60.0])
    assert by_day(days, people, np.array([5, 11])).tolist() == [50.0, 58.0]


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_the_eight_conflicts_are_read(name: str) -> None:
    read = read_folder(CASES / name)
    assert not any(fault.severity == "fatal" for fault in check_folder(CASES / name))
    assert observed_table(read).people.any()


# Every kind of malformed input of the list, what must be said of it, and how bad it is.

BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "conflicts missing": ({CONFLICTS: None}, "conflicts.csv: fatal: this file is missing", "fatal"),
    "closures missing": ({CLOSURES: None}, "closures.csv: fatal: this file is missing", "fatal"),
    "period missing": ({PERIOD: None}, "sim_period.csv: fatal: this file is missing", "fatal"),
    "camp file missing": ({CAMP: None}, "data_layout.csv:2: fatal: the file camp.csv is missing", "fatal"),
    "settings missing": ({YML: None}, "simsetting.yml: fatal: this file is missing", "fatal"),
    "unknown name in routes": ({ROUTES: "#a,b,c,d\nZone,Twon,50,0\n"}, 'routes.csv:2: fatal: "Twon" is not a place of '
                               'locations.csv (did you mean "Town"?)', "fatal"),
    "population 1000.0": ({LOCATIONS: (":Zone", "1000", "1000.0")}, "locations.csv:2: fatal: population: "
                          '"1000.0" is not a whole number (did you mean "1000"?)', "fatal"),
    "byte order mark": ({ROUTES: b"\xef\xbb\xbf#a,b,c,d\nZone,Town,50,0\n"}, "routes.csv:1: fatal: the file begins "
                        "with a byte order mark", "fatal"),
    "no population": ({LOCATIONS: (":Zone", ",1000", ",")}, "locations.csv:2: wrong: Zone has no population", "wrong"),
    "type misspelt": ({LOCATIONS: (":Zone", "conflict_zone", "comflict_zone")}, 'locations.csv:2: fatal: '
                      '"comflict_zone" is not a type of place', "fatal"),
    "dd/mm/yyyy": ({CAMP: "01/01/2020,10\n"}, 'camp.csv:1: fatal: date: "01/01/2020" is not a date', "fatal"),
    "camp not in the layout": ({LAYOUT: "total,refugees.csv\nFar,far.csv\n"}, "locations.csv:4: fatal: the camp Camp "
                               "has no row", "fatal"),
    "conflicts too short": ({CONFLICTS: "#Day,Zone\n0,1\n1,1\n"}, "conflicts.csv:3: fatal: 2 days, but the walk has 8",
                            "fatal"),
    "unknown column": ({CONFLICTS: (":#Day", "Town", "Tawn")}, 'conflicts.csv:1: wrong: "Tawn" is not a place of '
                       'locations.csv: its conflict is left out (did you mean "Town"?)', "wrong"),
    "missing cell": ({ROUTES: "#a,b,c,d\nZone,Town\n"}, "routes.csv:2: fatal: 2 cells, at least 3", "fatal"),
    "semicolons": ({ROUTES: "#a;b;c;d\nZone;Town;50;0\n"}, "routes.csv:2: fatal: the cells are separated by semicolons",
                   "fatal"),
    "negative distance": ({ROUTES: (":Zone", "50", "-50")}, "routes.csv:2: fatal: distance in km: -50 is below 0",
                          "fatal"),
    "360km": ({ROUTES: (":Zone", "50", "360km")}, 'routes.csv:2: fatal: distance in km: "360km" is not a number',
              "fatal"),
    "blank distance": ({ROUTES: (":Zone", "50", "")}, "routes.csv:2: fatal: distance in km: an empty cell", "fatal"),
    "place twice": ({LOCATIONS: ("+", "Town,east,Home,1,2,town,,500\n")},
                    'locations.csv:6: fatal: "Town" stands twice', "fatal"),
    "cut off": ({ROUTES: "#a,b,c,d\nTown,Camp,60,0\nTown,Far,90,0\n"}, "locations.csv:2: wrong: Zone is in "
                "conflict and no route leaves it", "wrong"),
    "misspelt key": ({YML: "move_rules:\n  max_move_sped: 200\n"}, 'simsetting.yml:2: fatal: unknown key '
                     '"max_move_sped" in move_rules (did you mean "max_move_speed"?)', "fatal"),
    "'False'": ({YML: "move_rules:\n  start_on_foot: 'False'\n"}, 'simsetting.yml:2: fatal: move_rules.start_on_foot: '
                '"False" is not True or False without quotation marks', "fatal"),
    "negative count": ({CAMP: "2020-01-01,-10\n"}, "camp.csv:1: fatal: people: -10 is below 0", "fatal"),
    "unsorted counts": ({CAMP: "2020-01-04,50\n2020-01-01,10\n"}, "camp.csv:2: wrong: the dates are not in order",
                        "wrong"),
    "closure of no country": ({CLOSURES: "#a,b,c,d,e\ncountry,Home,Awayy,0,2\n"}, 'closures.csv:2: wrong: "Awayy" is '
                              'not a country of locations.csv (did you mean "Away"?)', "wrong"),
    "nobody to flee": ({LOCATIONS: (":Zone", "1000", "0")}, "conflicts.csv: fatal: on day 1", "fatal"),
    "correction on no observation": ({CORRECTIONS: "Camp,2020-01-05\n"}, "registration_corrections.csv:1: fatal: Camp "
                                     "has no count on the day of this correction", "fatal"),
    "correction of nothing": ({CAMP: "2020-01-01,0\n2020-01-08,9\n", CORRECTIONS: "Camp,2020-01-08\n"},
                              "registration_corrections.csv:1: fatal: Camp: the count before", "fatal"),
    "12 000": ({CAMP: "2020-01-01,12 000\n"}, 'camp.csv:1: fatal: people: "12 000" is not a whole number (did you mean '
               '"12000"?)', "fatal"),
    "no numbers": ({PERIOD: "StartDate,2020-01-01\nLength,long\n"}, 'sim_period.csv:2: fatal: Length: "long"', "fatal"),
    "zero bytes": ({ROUTES: b"Zone,\x00"}, "routes.csv:1: fatal: the file holds zero bytes", "fatal"),
    "not utf-8": ({ROUTES: b"Zone,T\xff,50\n"}, "routes.csv:1: fatal: this line is not UTF-8", "fatal"),
    "no yaml": ({YML: "move_rules: [\n"}, "simsetting.yml", "fatal"),
    "chance of 7": ({YML: "move_rules:\n  camp_movechance: 7\n"}, "simsetting.yml:2: fatal: "
                    "move_rules.camp_movechance: 7 is not a chance", "fatal"),
    "total not first": ({LAYOUT: "Camp,camp.csv\nFar,far.csv\ntotal,refugees.csv\n"}, "data_layout.csv:1: fatal: the "
                        'first row must be "total"', "fatal"),
}


def broken(small: Small, changes: dict[str, Any]) -> Path:
    """Write the small folder broken in one way; a tuple (where, old, new) changes one line, ("+", text) adds some."""
    folder = small()
    for name, change in changes.items():
        path = folder / name
        if change is None:
            path.unlink()
        elif isinstance(change, bytes):
            path.write_bytes(change)
        elif isinstance(change, tuple):
            text = path.read_text(encoding="utf-8")
            if change[0] == "+":
                path.write_text(text + change[1], encoding="utf-8")
                continue
            lines = [line.replace(change[1], change[2], 1) if line.startswith(change[0][1:]) else line
                     for line in text.splitlines(keepends=True)]
            path.write_text("".join(lines), encoding="utf-8")
        else:
            path.write_text(change, encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", list(BROKEN))
def test_a_broken_folder_is_told_by_file_and_line(kind: str, small: Small) -> None:
    changes, said, severity = BROKEN[kind]
    folder = broken(small, changes)
    faults = check_folder(folder)
    assert any(str(fault).startswith(said) and fault.severity == severity for fault in faults), list(map(str, faults))
    if any(fault.severity == "fatal" for fault in faults):
        with pytest.raises(RoxhamError):
            run(folder)
    else:
        run(folder)


def test_all_faults_are_told_at_once(small: Small) -> None:
    folder = broken(small, {PERIOD: "Length,8\n", ROUTES: "#a,b,c,d\nZone,Twon,x,0\n", YML: None})
    with pytest.raises(SpecError) as error:
        read_folder(folder)
    assert {problem.file for problem in error.value.problems} == {"sim_period.csv", "routes.csv", "simsetting.yml"}


def test_many_faults_of_one_kind_are_counted(small: Small) -> None:
    folder = broken(small, {CONFLICTS: "#Day,Zone,Town\n" + "0,1\n" * 40})
    told = [str(fault) for fault in check_folder(folder)]
    assert sum("cells, the first line names" in one for one in told) == 5
    assert "conflicts.csv: fatal: 35 more like the last of these lines" in told


def test_no_folder_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="there is no such folder"):
        read_folder(tmp_path / "nowhere")


def _bite(draw: random.Random, text: bytes) -> bytes:
    """Damage a file in one of the ways in which files are damaged."""
    if not text:
        return draw.randbytes(8)
    kind, at = draw.randrange(9), draw.randrange(len(text))
    lines = text.split(b"\n")
    line = draw.randrange(len(lines))
    if kind == 0:
        return text[:at] + bytes([draw.randrange(256)]) + text[at + 1:]
    if kind == 1:
        return text[:at]
    if kind == 2:
        return b"\n".join(lines[:line] + lines[line + 1:])
    if kind == 3:
        return b"\n".join([*lines[:line], lines[line], *lines[line:]])
    if kind == 4:
        cells = lines[line].split(b",")
        odd = [b"", b"-1", b"1e999", b"nan", b"Zone", b"999999999999999", b"'"]
        cells[draw.randrange(len(cells))] = draw.choice(odd)
        return b"\n".join([*lines[:line], b",".join(cells), *lines[line + 1:]])
    if kind == 5:
        return text.replace(b",", b";")
    if kind == 6:
        draw.shuffle(lines)
        return b"\n".join(lines)
    if kind == 7:
        return text[:at] + draw.randbytes(draw.randrange(1, 20)) + text[at:]
    return text.replace(draw.choice([b"0", b"1", b"Zone", b"camp", b"#"]), draw.choice([b"", b"9", b"town", b'"']))


@pytest.mark.parametrize(
    ("many", "seed"), [(1_000, 1), pytest.param(10_000, 2, marks=pytest.mark.slow)]
)
def test_damaged_folders_end_in_a_message(many: int, seed: int, small: Small) -> None:
    folder = small({CORRECTIONS: "Camp,2020-01-08\n", "input_csv/demographics_age.csv": "#age,Default\n10,1\n40,3\n"})
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    sound = {path: path.read_bytes() for path in files}
    draw = random.Random(seed)
    ran = 0
    for _ in range(many):
        for path in draw.sample(files, draw.choice([1, 1, 1, 2])):
            path.write_bytes(_bite(draw, sound[path]))
        try:
            faults = check_folder(folder)
            if not any(fault.severity == "fatal" for fault in faults):
                read = read_folder(folder)
                if read.days * int(observed_table(read).people.max(initial=0)) < 1e9:
                    run(read)
                ran += 1
            else:
                assert all(str(fault) for fault in faults)
        except RoxhamError as error:
            assert error.problems
        for path in files:
            path.write_bytes(sound[path])
    assert many * 0.05 < ran < many * 0.95


def test_a_large_file_is_refused(small: Small, tmp_path: Path) -> None:
    folder = small()
    with (folder / ROUTES).open("ab") as file:
        file.truncate(70_000_000)
    assert any("larger than" in str(fault) for fault in check_folder(folder))
    shutil.rmtree(folder)
