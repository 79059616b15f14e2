"""The law on a million people: time and memory, beside the same small test in OpenFisca-Core.

    python benchmarks/law.py [PEOPLE] [--openfisca PYTHON]

First the whole law: every fact, every ground, every rule version, each person with dates of their own. Then one small
test (the Agreement at a land port: its date, a national of the United States, a citizen relative) here and in
OpenFisca-Core, which is no part of this project: give the path of a Python that has it, in an environment of its own.
Each is timed in a fresh process; the time is processor time of the best of five, after loading.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib.resources import files

FEW = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

WHOLE = '''
import json, resource, sys, time
import numpy as np
from roxham.law import decide, load_law
from roxham.law.facts import BY_COUNTRY, FACTS, NO_COUNTRY, codes, country_code

def people(n):
    """Every fact of n invented people, in the smallest type that holds it."""
    draw = np.random.default_rng(1)
    first, last = (int(np.datetime64(day, "s").astype(np.int64)) for day in ("2002-06-28", "2026-06-30"))
    entry = draw.integers(first, last, n)
    claim = entry + draw.integers(0, 800 * 86_400, n) * (draw.random(n) < 0.5)
    out = {"entry_at": entry.view("datetime64[s]"), "claim_at": claim.view("datetime64[s]")}
    out["as_of"] = (claim // 86_400 + draw.integers(0, 400, n)).view("datetime64[D]")
    out["birth_date"] = (claim // 86_400 - draw.integers(0, 25_000, n)).view("datetime64[D]")
    for name, fact in FACTS.items():
        if name in (*out, *BY_COUNTRY, "us_national") or fact.kind not in ("yesno", "value", "set", "number"):
            continue
        held = [17, 18, 30] if fact.kind == "number" else sorted(code for code in codes(name).values() if code >= 0)
        small = np.int16 if fact.kind == "set" else np.int8
        out[name] = np.array(held, dtype=small)[draw.integers(0, len(held), n, dtype=np.int8)]
    for name in ("abroad_country", "former_habitual_residence"):
        some = np.array([country_code("USA"), country_code("DEU"), NO_COUNTRY], dtype=np.int16)
        out[name] = some[draw.integers(0, 3, n, dtype=np.int8)]
    land = np.array([country_code(one) for one in ("HTI", "BRB", "MEX", "FRA", "AFG", "NGA", "USA")], dtype=np.int16)
    return out | {"nationalities": land[draw.integers(0, 7, n, dtype=np.int8)]}

book = load_law(sys.argv[1])
columns = people(int(sys.argv[2]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
times = []
for _ in range(5):
    start = time.process_time()
    decision = decide(book, columns)
    times.append(time.process_time() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
grounds = sum(int((decision.grounds & (1 << bit) != 0).any()) for bit in range(9))
print(json.dumps({"seconds": min(times), "before_mb": before, "peak_mb": peak, "facts": len(columns),
                  "grounds": grounds, "versions": len(book.versions)}))
'''

SMALL = '''
import json, sys, time
import numpy as np
from roxham.law import decide, load_law

book = load_law(sys.argv[1])
n = int(sys.argv[2])
draw = np.random.default_rng(1)
us, cousin = draw.random(n) < 0.05, draw.random(n) < 0.3
facts = {"entry_place": "land_poe", "claim_place": "land_poe", "entry_at": sys.argv[3], "claim_at": sys.argv[3],
         "us_national": us, "anchor_relation": "sister", "anchor_status": "citizen", "anchor_established": cousin}
times = []
for _ in range(5):
    start = time.process_time()
    heard = decide(book, facts).heard
    times.append(time.process_time() - start)
print(json.dumps({"seconds": min(times), "heard": int(heard.sum())}))
'''

FISCA = '''
import json, sys, time
import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

Person = build_entity(key="person", plural="persons", label="", is_person=True)

def fact(name):
    return type(name, (Variable,), {"value_type": bool, "entity": Person, "definition_period": DateUnit.DAY,
                                    "label": name})

class heard(Variable):
    value_type, entity, definition_period, label = bool, Person, DateUnit.DAY, "heard"

    def formula(person, period):
        return np.ones(person.count, dtype=bool)

    def formula_2004_12_29(person, period):
        return person("us_national", period) | person("citizen_relative", period)

system = TaxBenefitSystem([Person])
system.add_variables(fact("us_national"), fact("citizen_relative"), heard)
n = int(sys.argv[2])
draw = np.random.default_rng(1)
us, relative = draw.random(n) < 0.05, draw.random(n) < 0.3
times = []
for _ in range(5):
    simulation = SimulationBuilder().build_default_simulation(system, count=n)
    start = time.process_time()
    simulation.set_input("us_national", sys.argv[3], us)
    simulation.set_input("citizen_relative", sys.argv[3], relative)
    found = simulation.calculate("heard", sys.argv[3])
    times.append(time.process_time() - start)
print(json.dumps({"seconds": min(times), "heard": int(found.sum())}))
'''


def say(text: str) -> None:
    """Write one line."""
    sys.stdout.write(f"{text}\n")


def measured(python: str, program: str, people: int, day: str = "2010-05-05", source: bool = True) -> dict[str, float]:
    """What one program prints, run on one core in a fresh process."""
    law = str(files("roxham") / "cases" / "canada_us" / "law")
    path = {"PYTHONPATH": os.pathsep.join(sys.path)} if source else {}
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-c", program, law, str(people), day], capture_output=True, text=True, check=False,
                          env={**clean, **FEW, **path})
    if done.returncode:
        raise SystemExit(done.stderr)
    told: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def main() -> int:
    """Print the times, the memory and the ratio; 1 when the whole law is over its budget."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("people", nargs="?", type=int, default=1_000_000)
    arguments.add_argument("--openfisca", metavar="PYTHON", help="a Python that has OpenFisca-Core")
    given = arguments.parse_args()
    whole = measured(sys.executable, WHOLE, given.people)
    say(f"whole law, {given.people:,} people: {whole['seconds']:.3f} s; {whole['facts']} facts, {whole['grounds']} "
          f"grounds met, {whole['versions']} rule versions; peak {whole['peak_mb']:.0f} MB, of which "
          f"{whole['before_mb']:.0f} MB hold the program and the people")
    ours = measured(sys.executable, SMALL, given.people)
    say(f"small test at a land port: {ours['seconds'] * 1000:.1f} ms, {ours['heard']:,} heard")
    if given.openfisca is None:
        say("OpenFisca-Core: not compared; give --openfisca PYTHON")
    else:
        theirs = measured(given.openfisca, FISCA, given.people, source=False)
        say(f"the same in OpenFisca-Core: {theirs['seconds'] * 1000:.1f} ms, {theirs['heard']:,} heard; "
              f"theirs / ours = {theirs['seconds'] / ours['seconds']:.2f}")
    return int(whole["seconds"] >= 0.25 * given.people / 1e6 or whole["peak_mb"] >= 400)


if __name__ == "__main__":
    sys.exit(main())
