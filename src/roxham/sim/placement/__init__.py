"""Today's families and today's beds: who goes where by a rule, why, at what price, and what another rule would do."""

from roxham.sim.placement.data import PARTS, Expected, Family, Site, Weights, weights
from roxham.sim.placement.plan import RULES, Line, Plan, Price, compare, override_prices, place
from roxham.sim.placement.reasons import Reason

__all__ = ["PARTS", "RULES", "Expected", "Family", "Line", "Plan", "Price", "Reason", "Site", "Weights", "compare",
           "override_prices", "place", "weights"]
