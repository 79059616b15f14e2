"""What codes are called in plain English and French."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from roxham.law.rules import Words

_TABLE: dict[str, tuple[str, str]] = {
    # outcomes
    "eligible": ("eligible: referred to the Refugee Protection Division",
                 "recevable: déférée à la Section de la protection des réfugiés"),
    "ineligible_return_to_US": ("ineligible: return to the United States", "irrecevable: renvoi aux États-Unis"),
    "ineligible_other": ("ineligible on another ground", "irrecevable pour un autre motif"),
    "directed_back": ("directed back for now: no decision on the claim",
                      "renvoi temporaire: aucune décision sur la demande"),
    "cannot_claim": ("no claim can be received", "aucune demande ne peut être reçue"),
    "suspended": ("decision on eligibility suspended", "étude de la recevabilité suspendue"),
    "undetermined": ("not determined by the facts given", "non déterminée par les faits donnés"),
    # the Agreement
    "not_in_force": ("no country is designated", "aucun pays n'est désigné"),
    "not_applicable_person": ("does not apply to this person", "ne s'applique pas à cette personne"),
    "not_covered": ("does not cover this entry", "ne vise pas cette entrée"),
    "covered_no_exception": ("covers this entry, no exception", "vise cette entrée, sans exception"),
    "covered_exception": ("covers this entry, an exception is established",
                          "vise cette entrée, une exception est établie"),
    "not_reached": ("not examined", "non examinée"),
    # places
    "land_poe": ("land port of entry", "point d'entrée terrestre"),
    "rail_poe": ("rail port of entry", "point d'entrée ferroviaire"),
    "harbour_poe": ("harbour port of entry", "port maritime d'entrée"),
    "airport_poe": ("airport", "aéroport"),
    "between_poe_land": ("between ports, on land", "entre les points d'entrée, par terre"),
    "between_poe_water": ("between ports, on water", "entre les points d'entrée, par eau"),
    "coast_not_poe": ("sea coast, not a port", "côte maritime hors point d'entrée"),
    "airfield_not_poe": ("airfield, not a port", "aérodrome hors point d'entrée"),
    "between_poe_intercept": ("on interception between ports", "à l'interception entre les points d'entrée"),
    "inland_office": ("office inland", "bureau intérieur"),
    # persons
    "none": ("none", "aucun"),
    "citizen": ("citizen", "citoyen"),
    "registered_indian": ("registered Indian", "inscrit comme Indien"),
    "permanent_resident": ("permanent resident", "résident permanent"),
    "protected_person": ("protected person", "personne protégée"),
    "temporary_resident": ("temporary resident", "résident temporaire"),
    "removal_stayed_s233": ("removal order stayed under R233", "sursis au renvoi au titre de R233"),
    "claimant_referred_pending": ("claim before the Board", "demande devant la Commission"),
    "claimant_not_referred": ("claim not yet referred", "demande non encore déférée"),
    "claim_rejected": ("claim rejected", "demande rejetée"),
    "claim_rejected_appeal_pending": ("claim rejected, appeal pending", "demande rejetée, appel en instance"),
    "claim_withdrawn": ("claim withdrawn", "demande retirée"),
    "claim_abandoned": ("claim abandoned", "désistement"),
    "claim_terminated": ("claim terminated", "étude de la demande mise à fin"),
    "work_permit_valid": ("valid work permit", "permis de travail valide"),
    "work_permit_206b": ("work permit under R206(b)", "permis de travail au titre de R206b)"),
    "work_permit_invalid": ("invalid work permit", "permis de travail invalide"),
    "study_permit_valid": ("valid study permit", "permis d'études valide"),
    "study_permit_invalid": ("invalid study permit", "permis d'études invalide"),
    "visitor": ("visitor", "visiteur"),
    "trp_holder": ("holder of a temporary resident permit", "titulaire d'un permis de séjour temporaire"),
    "no_status": ("no status", "sans statut"),
    "spouse": ("spouse", "époux"),
    "common_law_partner": ("common-law partner", "conjoint de fait"),
    "legal_guardian": ("legal guardian", "tuteur légal"),
    "child": ("child", "enfant"),
    "father": ("father", "père"),
    "mother": ("mother", "mère"),
    "brother": ("brother", "frère"),
    "sister": ("sister", "soeur"),
    "half_sibling": ("half-brother or half-sister", "demi-frère ou demi-soeur"),
    "grandfather": ("grandfather", "grand-père"),
    "grandmother": ("grandmother", "grand-mère"),
    "grandchild": ("grandchild", "petit-enfant"),
    "uncle": ("uncle", "oncle"),
    "aunt": ("aunt", "tante"),
    "nephew": ("nephew", "neveu"),
    "niece": ("niece", "nièce"),
    "cousin": ("cousin", "cousin"),
    "sibling_in_law": ("brother- or sister-in-law", "beau-frère ou belle-soeur"),
    "parent_in_law": ("father- or mother-in-law", "beau-père ou belle-mère"),
    "step_sibling": ("step-brother or step-sister", "demi-frère ou demi-soeur par alliance"),
    "fiance": ("fiancé", "fiancé"),
    "unmarried_partner_under_one_year": ("partner of less than one year", "partenaire depuis moins d'un an"),
    "friend": ("friend", "ami"),
    "other_adult": ("another adult", "un autre adulte"),
    # documents
    "pr_visa": ("permanent resident visa", "visa de résident permanent"),
    "trv": ("visitor visa", "visa de résident temporaire"),
    "trp": ("temporary resident permit", "permis de séjour temporaire"),
    "pr_travel_document": ("travel document of a permanent resident", "titre de voyage de résident permanent"),
    "refugee_travel_papers": ("refugee travel papers", "titre de voyage de réfugié"),
    "temporary_travel_document": ("temporary travel document", "titre de voyage temporaire"),
    "transit_visa": ("transit visa", "visa de transit"),
    "work_permit": ("work permit", "permis de travail"),
    "study_permit": ("study permit", "permis d'études"),
    "eta": ("electronic travel authorization", "autorisation de voyage électronique"),
    # earlier claims and inadmissibility
    "accepted": ("accepted", "acceptée"),
    "rejected": ("rejected", "rejetée"),
    "withdrawn": ("withdrawn", "retirée"),
    "abandoned": ("abandoned", "désistement"),
    "ineligible_101_1_e": ("ineligible under A101(1)(e)", "irrecevable au titre de A101(1)e)"),
    "terminated": ("terminated", "étude mise à fin"),
    "security": ("security", "sécurité"),
    "rights": ("violation of human or international rights", "atteinte aux droits humains ou internationaux"),
    "serious_criminality_canada": ("serious crime in Canada", "grande criminalité au Canada"),
    "serious_criminality_foreign": ("serious crime abroad", "grande criminalité à l'étranger"),
    "organized": ("organised crime", "criminalité organisée"),
    # how an explanation speaks
    "yes": ("yes", "oui"),
    "no": ("no", "non"),
    "unknown": ("unknown", "inconnu"),
    "Outcome": ("Outcome", "Issue"),
    "Agreement": ("Agreement", "Entente"),
    "Grounds": ("Grounds", "Motifs"),
    "Why": ("Why", "Pourquoi"),
    "Then": ("What follows", "Suites"),
    "Dates": ("Dates", "Dates"),
    "before_burden": ("On the facts alone, before the burden of proof", "Selon les seuls faits, avant le fardeau de la preuve"),
    "after_burden": ("With the burden of proof on the claimant (A100(1.1))",
                     "Le fardeau de la preuve incombant au demandeur (A100(1.1))"),
    "settle": ("Facts that would settle it", "Faits qui trancheraient"),
    "flip": ("It would be eligible if this alone were shown", "Elle serait recevable si ceci seul était établi"),
    "checked": ("Law checked to", "Droit vérifié au"),
    "later": ("The decision is dated after the law was last checked: look for changes since.",
              "La décision est postérieure à la dernière vérification du droit: voyez les changements depuis."),
    "entry": ("entry", "entrée"),
    "claim": ("claim", "demande"),
    "decision": ("decision", "décision"),
    "one_of": ("needed", "exigé"),
    "below": ("below", "moins de"),
    "at_least": ("at least", "au moins"),
    "no_limit": ("no limit", "aucune limite"),
    "relative": ("Relative", "Parent"),
    "claim_abroad": ("Earlier claim abroad", "Demande antérieure à l'étranger"),
    "reading": ("Reading", "Lecture"),
    "from": ("from", "à partir du"),
    "until": ("until", "jusqu'au"),
    "any_of": ("At least one of these", "Au moins un de ces points"),
    "all_of": ("All of these", "Tous ces points"),
}

WORDS: Mapping[str, Words] = MappingProxyType({key: Words(*pair) for key, pair in _TABLE.items()})
"""Plain words for every code and for the headings of an explanation."""


def say(key: str) -> Words:
    """Return the words for a code, or the code itself where it has none.

    >>> say("land_poe")["fr"]
    "point d'entrée terrestre"
    """
    return WORDS.get(key) or Words(key, key)
