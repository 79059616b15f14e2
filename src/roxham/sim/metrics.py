"""The register of metrics and the shape of what one draw of a run returns.

Every metric is registered once, with its label, unit, and how it sums; tables, plots, the summary file and the
manual read this register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["flow", "stock", "mean"]


@dataclass(frozen=True)
class Metric:
    """One published quantity: what it is called, its unit, and how it sums over time and places.

    A flow sums over months and places; a stock is its value at the end of the period and sums over places; a mean
    is the ratio of two sums.
    """

    name: str
    label_en: str
    label_fr: str
    unit: str
    kind: Kind
    by: str


@dataclass(frozen=True)
class Cells:
    """Monthly values of one metric by place: `value` has shape (places, months).

    For a mean, `value` holds the sum and `weight` the count; otherwise `weight` is None.
    """

    metric: str
    places: tuple[str, ...]
    value: NDArray[np.float64]
    weight: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Outcome:
    """What one draw of one scenario gave: monthly cells, and the day-by-day account of where everybody was."""

    months: tuple[str, ...]
    cells: tuple[Cells, ...]
    account: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    parties: Any = None
    #: What every metric is made of (`roxham.sim.breakdown.Breakdown`).
    breakdown: Any = None

    def cell(self, metric: str) -> Cells:
        """The cells of one metric.

        Raises:
            KeyError: when the run does not report that metric.
        """
        for cells in self.cells:
            if cells.metric == metric:
                return cells
        raise KeyError(metric)


_ROWS: tuple[tuple[str, str, str, str, Kind, str], ...] = (
    ("entries_irregular", "People intercepted between ports of entry",
     "Personnes interceptées entre les points d'entrée", "persons", "flow", "segment"),
    ("entries_undetected", "People who crossed between ports of entry unseen",
     "Personnes entrées entre les points d'entrée sans être vues", "persons", "flow", "segment"),
    ("claims_land_border", "Asylum claims made at land-border offices",
     "Demandes d'asile faites aux bureaux frontaliers terrestres", "persons", "flow", "province"),
    ("claims_airport", "Asylum claims made at airports",
     "Demandes d'asile faites aux aéroports", "persons", "flow", "province"),
    ("claims_inland", "Asylum claims made inland",
     "Demandes d'asile faites au pays", "persons", "flow", "province"),
    ("returned_to_us", "People returned under an agreement to where they came from",
     "Personnes renvoyées d'où elles viennent en vertu d'une entente", "persons", "flow", "segment"),
    ("directed_back", "People directed back under a public-health order",
     "Personnes redirigées en vertu d'un décret sanitaire", "persons", "flow", "segment"),
    ("heard", "People whose claim may be heard",
     "Personnes dont la demande peut être entendue", "persons", "flow", "province"),
    ("returned_unheard", "People who end without a hearing after trying",
     "Personnes restées sans audience après avoir tenté", "persons", "flow", "segment"),
    ("pending_eligibility", "People waiting for an eligibility decision",
     "Personnes en attente d'une décision de recevabilité", "persons", "stock", "all"),
    ("pending_rpd", "People waiting for a hearing",
     "Personnes en attente d'une audience", "persons", "stock", "all"),
    ("pending_rad", "People waiting for the decision of an appeal",
     "Personnes en attente de la décision d'un appel", "persons", "stock", "all"),
    ("wait_days_rpd", "Days from referral to the decision after a hearing",
     "Jours entre le déféré et la décision après audience", "days", "mean", "all"),
    ("wait_days_rad", "Days from an appeal to its decision",
     "Jours entre l'appel et sa décision", "days", "mean", "all"),
    ("pending_court", "People waiting for the Federal Court",
     "Personnes en attente de la Cour fédérale", "persons", "stock", "all"),
    ("awaiting_removal", "Refused claimants in the country who must leave",
     "Demandeurs déboutés au pays qui doivent partir", "persons", "stock", "all"),
    ("permanent_residents", "Protected persons who became permanent residents",
     "Personnes protégées devenues résidentes permanentes", "persons", "flow", "all"),
    ("accepted", "People given protection at a hearing, on appeal or after a risk assessment",
     "Personnes à qui l'asile est conféré, à l'audience, en appel ou après un examen des risques",
     "persons", "flow", "all"),
    ("removed", "Refused claimants removed or departed",
     "Demandeurs déboutés renvoyés ou partis", "persons", "flow", "all"),
    ("work_permits", "Work permits given to claimants",
     "Permis de travail délivrés aux demandeurs", "persons", "flow", "all"),
    ("persons_in_beds", "Claimants in reception beds at month end",
     "Demandeurs hébergés en fin de mois", "persons", "stock", "reception"),
    ("persons_without_bed", "Claimants waiting for a bed at month end",
     "Demandeurs sans lit en fin de mois", "persons", "stock", "reception"),
    ("bed_nights", "Nights spent in reception beds",
     "Nuitées en hébergement", "person-nights", "flow", "reception"),
    ("nights_without_bed", "Nights waited without a bed",
     "Nuits passées sans lit", "person-nights", "flow", "reception"),
    ("transferred", "Claimants sent on to another province by the federal government",
     "Demandeurs transférés vers une autre province par le gouvernement fédéral", "persons", "flow", "reception"),
    ("moved_on", "Claimants who moved on to another province by themselves",
     "Demandeurs partis d'eux-mêmes vers une autre province", "persons", "flow", "province"),
    ("left_without_bed", "Claimants who stopped waiting for a bed",
     "Demandeurs qui ont cessé d'attendre un lit", "persons", "flow", "reception"),
    ("cost_federal", "Cost to the federal government",
     "Coût pour le gouvernement fédéral", "CAD", "flow", "all"),
    ("cost_provincial", "Cost to the provinces", "Coût pour les provinces", "CAD", "flow", "province"),
    ("cost_municipal", "Cost to cities", "Coût pour les villes", "CAD", "flow", "all"),
    ("exposure_index", "Exposure to dangerous crossings",
     "Exposition à des passages dangereux", "index points", "flow", "segment"),
    ("deaths_expected", "Expected deaths while crossing",
     "Décès attendus lors du passage", "persons", "flow", "segment"),
)

METRICS: dict[str, Metric] = {row[0]: Metric(*row) for row in _ROWS}
#: The unit of costs as the register has it; a run tells them in the currency of its case.
MONEY = "CAD"


def unit_of(metric: str, currency: str = MONEY) -> str:
    """The unit of a metric where money is counted in this currency.

    >>> unit_of("cost_federal", "CRN"), unit_of("heard", "CRN")
    ('CRN', 'persons')
    """
    unit = METRICS[metric].unit
    return currency if unit == MONEY else unit
