"""The day as a table: every step in order, what it does, and the function that does it.

`roxham plan` prints this table and a run executes it, so the two cannot differ. A step acts on the columns of all days
at once wherever no step of one day feeds an earlier step of the next; steps marked `round` are repeated for the
parties that set out again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roxham.sim import claim, danger, housing, journey, money
from roxham.sim.flow import Flow


@dataclass(frozen=True)
class Step:
    """One step of the day, in both languages, and the function that does it."""

    name: str
    en: str
    fr: str
    do: Callable[[Flow], None]
    repeats: bool = False


PLAN: tuple[Step, ...] = (
    Step("law", "Law and amendments in force on the day, and what people believe them to be",
         "Droit et modifications en vigueur ce jour-là, et ce que les gens en croient", journey.believe),
    Step("pressure", "Parties reach the hubs, by nationality",
         "Des groupes arrivent aux carrefours, par nationalité", journey.set_out),
    Step("choice", "Each party chooses: a stretch of border, openly or hiding, a port, air, or staying",
         "Chaque groupe choisit : un tronçon, à découvert ou caché, un point d'entrée, l'avion, ou rester",
         journey.choose, repeats=True),
    Step("travel", "Travel to the border", "Trajet vers la frontière", journey.travel, repeats=True),
    Step("crossing", "Crossing: met by the police or not; exposure to danger",
         "Passage : rencontre avec la police ou non; exposition au danger", journey.cross, repeats=True),
    Step("police post", "Police post: warned, arrested, identified, handed over; charges deferred",
         "Poste de police : averti, arrêté, identifié, remis à l'agence; accusations différées",
         journey.police_post, repeats=True),
    Step("border", "First decision at the border: heard, returned, or directed back; some try again",
         "Première décision à la frontière : entendu, renvoyé ou redirigé; certains réessaient",
         journey.decide_at_the_border, repeats=True),
    Step("other claims", "Claims at airports, inland and at ports by others join the same desks",
         "Les demandes aux aéroports, au pays et aux points d'entrée rejoignent les mêmes guichets",
         journey.other_streams),
    Step("claims", "All claims of the day, in one line", "Toutes les demandes du jour, en une file", claim.gather),
    Step("procedure", "The stages of the claim: eligibility, hearing, appeal, court, residence, departure, removal",
         "Les étapes de la demande : recevabilité, audience, appel, cour, résidence, départ, renvoi", claim.live),
    Step("work permit", "Work permit", "Permis de travail", claim.beside),
    Step("reception", "Beds, length of stay, transfer to other provinces, nights without a bed",
         "Lits, durée du séjour, transfert vers d'autres provinces, nuits sans lit", housing.receive),
    Step("danger", "Expected deaths from exposure", "Décès attendus selon l'exposition", danger.count_deaths),
    Step("money", "Money by payer", "Argent, par payeur", money.meter),
)


def plan(lang: str = "en") -> list[tuple[str, str]]:
    """The steps of the day, in order: name and what it does.

    Example:
        >>> plan()[0][0]
        'law'
    """
    return [(step.name, step.fr if lang == "fr" else step.en) for step in PLAN]
