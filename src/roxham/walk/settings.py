"""The settings of a walk, as `simsetting.yml` names them, each with Flee's own default.

The four sections of the file are flattened here, since no key stands in two of them. Keys that Flee never
reads but that its documents or shipped files name are accepted and told as notes; any other is a fatal fault.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roxham._files import read_limited
from roxham._yaml import MAX_BYTES, Row, parse
from roxham.errors import SpecError, did_you_mean
from roxham.walk.faults import Faults

__all__ = ["Settings", "read_settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How people move and where they come from; distances in km, speeds in km per day, chances per decision.

    The meaning of each stands under the same name in the page about walks.

    >>> Settings().max_move_speed
    360.0
    """

    # spawn_rules: how many people set out, and where
    take_from_population: bool = False
    insert_day0: bool = True
    empty_camps_on_day0: bool = False
    conflict_zone_spawning_only: bool = True
    flood_zone_spawning_only: bool = False
    camps_are_sinks: bool = False
    read_from_agents_csv_file: bool = False
    sum_from_camps: bool = True
    starvation_driven_spawning: bool = False
    average_social_connectivity: float = 3.0
    conflict_spawn_decay: tuple[float, ...] = ()
    conflict_spawn_decay_interval: float = 30.0
    conflict_driven_mode: str = ""
    displaced_per_conflict_day: float = 0.0
    flood_driven_mode: str = ""
    displaced_per_flood_day: tuple[float, ...] = ()
    # move_rules
    max_move_speed: float = 360.0
    max_walk_speed: float = 35.0
    max_crossing_speed: float = 20.0
    foreign_weight: float = 1.0
    camp_weight: float = 1.0
    conflict_weight: float = 1.0 / math.sqrt(10.0)
    conflict_movechance: float = 1.0
    camp_movechance: float = 0.001
    idpcamp_movechance: float = 0.1
    default_movechance: float = 0.3
    awareness_level: int = 1
    capacity_buffer: float = 0.9
    capacity_scaling: float = 1.0
    avoid_short_stints: bool = False
    start_on_foot: bool = False
    use_v1_rules: bool = False
    softening: float = 10.0
    weight_softening: float = 0.0
    weight_power: float = 1.0
    distance_power: float = 1.0
    stay_close_to_home: bool = False
    home_distance_power: float = 0.5
    use_pop_for_loc_weight: bool = False
    pop_power_for_loc_weight: float = 0.1
    movechance_pop_base: float = 10000.0
    movechance_pop_scale_factor: float = 0.0
    pruning_threshold: float = 1.0
    ChildrenAvoidHazards: bool = False
    BoysTakeRisk: bool = False
    WomenAvoidHazards: bool = False
    ElderlyAvoidHazards: bool = False
    MatchCampReligion: bool = False
    MatchCampEthnicity: bool = False
    MatchTownEthnicity: bool = False
    MatchConflictEthnicity: bool = False
    avg_religion_fraction: float = 0.25
    fixed_routes: bool = False
    two_system_decision_making: bool = False
    use_economic_pull: bool = False
    harvest_months: tuple[float, ...] = ()
    flee_when_starving: bool = False
    avoid_food_deprived_locations: bool = False
    flood_movechances: tuple[float, ...] = ()
    flood_loc_weights: tuple[float, ...] = ()
    # optimisations and the top level
    hasten: int = 1

    def v1(self) -> Settings:
        """Return the settings with the first version's rules where `use_v1_rules` asks for them."""
        if not self.use_v1_rules:
            return self
        return dataclasses.replace(
            self, max_move_speed=200.0, start_on_foot=False, avoid_short_stints=False, camp_weight=2.0,
            conflict_weight=0.25,
        )


_SPAWN = (
    "take_from_population", "insert_day0", "empty_camps_on_day0", "conflict_zone_spawning_only",
    "flood_zone_spawning_only", "camps_are_sinks", "read_from_agents_csv_file", "sum_from_camps",
    "starvation_driven_spawning", "average_social_connectivity", "conflict_spawn_decay",
    "conflict_spawn_decay_interval",
)
_NOT_SETTABLE = ("conflict_driven_mode", "displaced_per_conflict_day", "flood_driven_mode", "displaced_per_flood_day",
                 "flood_movechances", "flood_loc_weights", "hasten")
_FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
_SECTIONS: dict[str, tuple[str, ...]] = {
    "spawn_rules": _SPAWN,
    "move_rules": tuple(name for name in _FIELDS if name not in _SPAWN and name not in _NOT_SETTABLE),
    "optimisations": ("hasten",),
}
# Read by nothing that moves people: what is written to logs, and keys that Flee itself never reads.
_IGNORED: dict[str, tuple[str, ...]] = {
    "": ("number_of_steps", "conflict_input_file", "flood_level_input_file", "default_conflict_intensity"),
    "move_rules": ("flood_forecaster", "flood_forecaster_timescale", "flood_forecaster_weights",
                   "flood_awareness_weights"),
}
_NESTED = {"spawn_rules": ("conflict_driven_spawning", "flood_driven_spawning", "flood_driven_spawn_mode"),
           "move_rules": ("flood_rules",)}
_DEFAULT_DISPLACED = {"constant": 500.0, "pop_ratio": 0.01, "poisson": 500.0}


def read_settings(path: Path, name: str, faults: Faults) -> Settings:
    """Read `simsetting.yml`; unknown keys, wrong kinds of values and unreadable files become fatal faults."""
    try:
        if path.stat().st_size > MAX_BYTES:
            faults.fatal(f"the file is larger than {MAX_BYTES:,} bytes", name)
            return Settings()
        data = parse(read_limited(path, MAX_BYTES).decode("utf-8"), name)
    except FileNotFoundError:
        faults.fatal("this file is missing", name)
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        faults.fatal(f"this file cannot be read as UTF-8 text: {type(error).__name__}", name)
        return Settings()
    except SpecError as error:
        for problem in error.problems:
            faults.fatal(problem.message, name, problem.line)
        return Settings()
    if not isinstance(data, Row):
        faults.fatal("the file is not a mapping of sections", name, 1)
        return Settings()
    values: dict[str, Any] = {}
    for section, inside in data.items():
        _read_section(section, inside, _line(data, section), name, values, faults)
    return Settings(**values).v1()


def _read_section(section: str, inside: Any, line: int, name: str, values: dict[str, Any], faults: Faults) -> None:
    if section in _IGNORED[""]:
        return
    if section not in _SECTIONS and section != "log_levels":
        known = (*_SECTIONS, "log_levels", *_IGNORED[""])
        faults.fatal(f'unknown section "{section}"', name, line, did_you_mean(section, known))
        return
    if inside is None:
        return
    if not isinstance(inside, Row):
        faults.fatal(f"{section} is not a mapping of settings", name, line)
        return
    if section == "log_levels":  # what is written to logs: any key, since none moves people
        return
    known = (*_SECTIONS.get(section, ()), *_IGNORED.get(section, ()), *_NESTED.get(section, ()))
    for key, given in inside.items():
        at = _line(inside, key)
        if key in _SECTIONS.get(section, ()):
            value = _value(_FIELDS[key].default, given, f"{section}.{key}", name, at, faults)
            if value is not None:
                values[key] = value
        elif key in _NESTED.get(section, ()):
            _read_nested(key, given, name, at, values, faults)
        elif key not in known:
            faults.fatal(f'unknown key "{key}" in {section}', name, at, did_you_mean(key, known))


def _line(row: Row, key: str) -> int:
    where = row.where
    return where.keys[key][0] if where is not None and key in where.keys else 1


def _value(default: Any, given: Any, what: str, name: str, line: int, faults: Faults) -> Any:
    """Return the value as the kind of its default, or None after noting why it cannot be read."""
    if isinstance(default, bool):
        if isinstance(given, bool):
            return given
        meant = {"true": "True", "yes": "True", "on": "True", "1": "True",
                 "false": "False", "no": "False", "off": "False", "0": "False"}.get(str(given).casefold())
        faults.fatal(f"{what}: {_said(given)} is not True or False without quotation marks", name, line, meant)
        return None
    if isinstance(default, tuple):
        return _numbers(given, what, name, line, faults)
    if not isinstance(given, int | float) or isinstance(given, bool) or not math.isfinite(given):
        faults.fatal(f"{what}: {_said(given)} is not a number", name, line)
        return None
    if isinstance(default, int) and given != int(given):
        faults.fatal(f"{what}: {given} is not a whole number", name, line)
        return None
    return _in_range(what, type(default)(given), name, line, faults)


def _in_range(what: str, value: float, name: str, line: int, faults: Faults) -> Any:
    key = what.rsplit(".", 1)[-1]
    if key.endswith("movechance") and not 0 <= value <= 1:
        faults.fatal(f"{what}: {value:g} is not a chance between 0 and 1", name, line)
        return None
    positive = key.endswith("_speed") or key in ("hasten", "conflict_spawn_decay_interval", "movechance_pop_base")
    if positive and value <= 0:
        faults.fatal(f"{what}: {value:g} must be above 0", name, line)
        return None
    signed = key in ("awareness_level", "movechance_pop_scale_factor", "weight_power", "distance_power")
    if not signed and value < 0:
        faults.fatal(f"{what}: {value:g} must not be negative", name, line)
        return None
    if abs(value) > 1e9:
        faults.fatal(f"{what}: {value:g} is larger than a thousand million", name, line)
        return None
    return value


def _numbers(given: Any, what: str, name: str, line: int, faults: Faults) -> tuple[float, ...] | None:
    if given is None:
        return ()
    items = given if isinstance(given, list) else [given]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one < 1e12 for one in items):
        faults.fatal(f"{what}: a list of numbers from 0 up is needed", name, line)
        return None
    return tuple(float(one) for one in items)


def _read_nested(key: str, given: Any, name: str, line: int, values: dict[str, Any], faults: Faults) -> None:
    """Read the settings that are mappings of their own: where displaced people come from, and floods."""
    if not isinstance(given, Row):
        faults.fatal(f"{key} is not a mapping of settings", name, line)
        return
    if key == "flood_rules":
        for part in ("flood_movechances", "flood_loc_weights"):
            found = _numbers(given.get(part), f"{key}.{part}", name, line, faults)
            values[part] = found or ()
        return
    mode = given.get("spawn_mode", given.get("flood_spawn_mode", "pop_ratio"))
    if mode not in _DEFAULT_DISPLACED:
        faults.fatal(f"{key}: {_said(mode)} is not a mode", name, line, did_you_mean(str(mode), _DEFAULT_DISPLACED))
        return
    if key == "conflict_driven_spawning":
        number = given.get("displaced_per_conflict_day", _DEFAULT_DISPLACED[mode])
        values["conflict_driven_mode"] = mode
        values["displaced_per_conflict_day"] = _value(0.0, number, f"{key}.number", name, line, faults) or 0.0
    else:
        values["flood_driven_mode"] = mode
        displaced = _numbers(given.get("displaced_per_flood_day"), f"{key}.displaced_per_flood_day", name, line, faults)
        values["displaced_per_flood_day"] = displaced or ()


def _said(given: Any) -> str:
    text = str(given)
    text = text if len(text) <= 40 else f"{text[:37]}..."
    return f'"{text}"' if isinstance(given, str) else text
