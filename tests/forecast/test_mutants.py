"""Break the scores on purpose, one place at a time: every broken copy must be found out by the checks by hand.

A broken copy that gives the same answers is listed here with the reason why it must.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from roxham.errors import RoxhamError
from roxham.forecast import score

SOURCE = Path(score.__file__).read_text(encoding="utf-8")
FUNCTIONS = ("quantile_loss", "interval_score", "wis", "crps", "covered", "pit", "skill")
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Or: ast.And, ast.And: ast.Or, ast.BitAnd: ast.BitOr,
}  # fmt: skip
NAMES = {"maximum": "minimum", "minimum": "maximum", "abs": "square", "mean": "max", "any": "all", "sum": "max"}

# Broken copies that cannot be told apart, and why.
EQUAL = {
    "quantile_loss: GtE to Gt": "at a miss of zero both branches give zero",
}


def mutants() -> Iterator[tuple[str, ast.Module]]:
    """Every copy of the scores with one operator, comparison, number, sign or function changed."""
    tree = ast.parse(SOURCE)
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS):
        for number, node in enumerate(ast.walk(function)):
            for label, change in changes(node):
                broken = copy.deepcopy(tree)
                twin = next(n for n in broken.body if isinstance(n, ast.FunctionDef) and n.name == function.name)
                for k, found in enumerate(ast.walk(twin)):
                    if k == number:
                        change(found)
                yield f"{function.name}: {label} at {getattr(node, 'lineno', 0)}", ast.fix_missing_locations(broken)


def changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """What can be broken at one place."""
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS:
        new = SWAPS[type(node.op)]
        yield f"{type(node.op).__name__} to {new.__name__}", lambda n, new=new: setattr(n, "op", new())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        new = SWAPS[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} to {new.__name__}", lambda n, new=new: setattr(n, "ops", [new()])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", lambda n: setattr(n, "op", ast.UAdd())
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield f"{node.value} and one", lambda n: setattr(n, "value", n.value + 1)
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield f"{node.attr} to {NAMES[node.attr]}", lambda n: setattr(n, "attr", NAMES[n.attr])


def found_out(broken: ast.Module) -> bool:
    """Whether any check by hand fails on a broken copy."""
    module = ModuleType("broken")
    exec(compile(broken, "broken", "exec"), module.__dict__)
    for check in BY_HAND.BATTERY:
        try:
            check(module)
        except (AssertionError, ArithmeticError, IndexError, TypeError, ValueError, AttributeError, RoxhamError):
            return True
        except Warning:  # numpy warns, and warnings are errors here
            return True
    return False


SPEC = spec_from_file_location("scores_by_hand", Path(__file__).with_name("scores_by_hand.py"))
assert SPEC is not None
assert SPEC.loader is not None
BY_HAND = module_from_spec(SPEC)
SPEC.loader.exec_module(BY_HAND)
ALL = dict(mutants())


def test_the_scores_themselves_pass() -> None:
    assert not found_out(ast.parse(SOURCE))


def test_there_is_enough_to_break() -> None:
    assert len(ALL) > 60
    assert {name.split(":")[0] for name in ALL} == set(FUNCTIONS)


@pytest.mark.parametrize("name", ALL)
def test_a_broken_score_is_found_out(name: str) -> None:
    equal = name.rsplit(" at ", 1)[0] in EQUAL
    assert found_out(ALL[name]) is not equal, "an equal copy that differs, or a broken one that nobody saw"


def test_a_reason_stands_only_for_what_is_there() -> None:
    assert set(EQUAL) <= {name.rsplit(" at ", 1)[0] for name in ALL}
