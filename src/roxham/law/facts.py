"""The facts that the law asks about a person: name, kind, allowed values, default and citation.

Codes: a yes/no fact is 1 yes, 0 no, -1 unknown. A fact with named values is the place of the value in its list, -1
unknown. A set of things held is a bit mask, -1 unknown. A country is a code of `country_code`. A fact that nobody
mentions takes its default, which is a *known* value; write `unknown` where the answer is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from roxham.errors import LawError, Problem, did_you_mean

Kind = Literal["yesno", "value", "set", "moment", "day", "days", "country", "countries", "number", "records"]

NO_COUNTRY = -2
"""Code of "no country" (a person who never had a former habitual residence, say)."""

NOT_SAID = -2
"""In a column of a fact that nationality can tell: nobody said it by hand for this person."""

BY_COUNTRY = ("visa_required_canada", "visa_required_us", "stay_of_removals_country")
"""The facts that a dated table of countries may tell where nobody says them by hand."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: what may be said about it, what is taken when nothing is said, and who asks for it."""

    name: str
    kind: Kind
    default: Any
    cite: str
    en: str
    fr: str
    values: tuple[str, ...] = ()
    scope: str | None = None
    required: bool = False


PLACES_OF_ENTRY = (
    "land_poe",
    "rail_poe",
    "harbour_poe",
    "airport_poe",
    "between_poe_land",
    "between_poe_water",
    "coast_not_poe",
    "airfield_not_poe",
)
PLACES_OF_CLAIM = ("land_poe", "rail_poe", "harbour_poe", "airport_poe", "between_poe_intercept", "inland_office")
CANADIAN_STATUS = (
    "none",
    "citizen",
    "registered_indian",
    "permanent_resident",
    "protected_person",
    "temporary_resident",
)
RELATIONS = (
    "none",
    "spouse",
    "common_law_partner",
    "legal_guardian",
    "child",
    "father",
    "mother",
    "brother",
    "sister",
    "half_sibling",
    "grandfather",
    "grandmother",
    "grandchild",
    "uncle",
    "aunt",
    "nephew",
    "niece",
    "cousin",
    "sibling_in_law",
    "parent_in_law",
    "step_sibling",
    "fiance",
    "unmarried_partner_under_one_year",
    "friend",
)
ANCHOR_STATUS = (
    "citizen",
    "permanent_resident",
    "protected_person",
    "removal_stayed_s233",
    "claimant_referred_pending",
    "claimant_not_referred",
    "claim_rejected",
    "claim_rejected_appeal_pending",
    "claim_withdrawn",
    "claim_abandoned",
    "claim_terminated",
    "work_permit_valid",
    "work_permit_206b",
    "work_permit_invalid",
    "study_permit_valid",
    "study_permit_invalid",
    "visitor",
    "trp_holder",
    "no_status",
)
COMPANY = ("mother", "father", "legal_guardian", "other_adult")
DOCUMENTS = (
    "pr_visa",
    "trv",
    "trp",
    "pr_travel_document",
    "refugee_travel_papers",
    "temporary_travel_document",
    "transit_visa",
    "work_permit",
    "study_permit",
    "eta",
)
PRIOR_CLAIM = (
    "none",
    "accepted",
    "rejected",
    "withdrawn",
    "abandoned",
    "ineligible_101_1_e",
    "ineligible_other",
    "terminated",
)
INADMISSIBILITY = (
    "none",
    "security",
    "rights",
    "serious_criminality_canada",
    "serious_criminality_foreign",
    "organized",
)


def _facts() -> tuple[Fact, ...]:
    """Return every fact in the order in which a person is asked about them."""
    yes: Kind = "yesno"
    return (
        Fact("claim_at", "moment", None, "A99(3)", "time of the claim", "moment de la demande", required=True),
        Fact("entry_at", "moment", None, "R159.4(1.1)", "time of entry", "moment de l'entrée", required=True),
        Fact("as_of", "day", None, "A100(1)", "day of the decision", "jour de la décision"),
        Fact("entry_place", "value", None, "R159.4(1)", "place of entry", "lieu d'entrée", PLACES_OF_ENTRY, None, True),
        Fact("claim_place", "value", None, "A99(3)", "place of the claim", "lieu de la demande", PLACES_OF_CLAIM,
             None, True),
        Fact("nationalities", "countries", (), "A101(1)(e)", "nationalities", "nationalités"),
        Fact("us_national", yes, None, "A101(1)(e)", "is a national of the United States",
             "est ressortissant des États-Unis"),
        Fact("stateless", yes, 0, "R159.2", "is stateless", "est apatride"),
        Fact("former_habitual_residence", "country", NO_COUNTRY, "R159.2", "country of former habitual residence",
             "pays de résidence habituelle antérieure"),
        Fact("birth_date", "day", "1990-01-01", "R159.5(e)", "date of birth", "date de naissance"),
        Fact("canadian_status", "value", 0, "A19(1)", "status in Canada", "statut au Canada", CANADIAN_STATUS),
        Fact("subject_to_removal_order", yes, 0, "A99(3)", "is under a removal order",
             "est visé par une mesure de renvoi"),
        Fact("claim_in_person", yes, 1, "A99(3)", "makes the claim in person", "présente la demande en personne"),
        Fact("entry_date_established", yes, 1, "A100(1.1)", "has shown the day of entry",
             "a prouvé le jour de l'entrée"),
        Fact("earlier_entries", "days", (), "A101(1.1)", "earlier entries to Canada", "entrées antérieures au Canada"),
        Fact("came_from_us", yes, 1, "A101(1)(e)", "came from the United States, directly or not",
             "est venu des États-Unis, directement ou non"),
        Fact("in_transit_us_removal", yes, 0, "R159.4(2)", "is in transit under a removal order of the United States",
             "est en transit par suite d'un renvoi ordonné par les États-Unis"),
        Fact("anchors", "records", (), "R159.5", "relatives", "parents"),
        Fact("anchor_relation", "value", 0, "R159.1", "relation of the relative", "lien de parenté", RELATIONS,
             "anchors"),
        Fact("anchor_in_canada", yes, 1, "R159.5", "the relative is in Canada", "le parent est au Canada",
             scope="anchors"),
        Fact("anchor_age", "number", 40, "R159.5(c)", "age of the relative", "âge du parent", scope="anchors"),
        Fact("anchor_status", "value", "no_status", "R159.5", "status of the relative", "statut du parent",
             ANCHOR_STATUS, "anchors"),
        Fact("anchor_established", yes, 1, "R159.5", "the relation is shown on a balance of probabilities",
             "le lien est établi selon la prépondérance des probabilités", scope="anchors"),
        Fact("accompanied_by", "set", 0, "R159.5(e)", "accompanied by", "accompagné de", COMPANY),
        Fact("has_spouse_or_partner", yes, 0, "R159.5(e)", "has a spouse or common-law partner",
             "a un époux ou un conjoint de fait"),
        Fact("parent_or_guardian_in_canada", yes, 0, "R159.5(e)", "has a parent or legal guardian in Canada",
             "a un parent ou un tuteur légal au Canada"),
        Fact("parent_or_guardian_in_us", yes, 0, "R159.5(e)", "has a parent or legal guardian in the United States",
             "a un parent ou un tuteur légal aux États-Unis"),
        Fact("documents", "set", 0, "R159.5(f)", "Canadian documents held", "documents canadiens détenus", DOCUMENTS),
        Fact("visa_required_canada", yes, 1, "R159.5(g)", "needs a visa to enter Canada",
             "doit avoir un visa pour entrer au Canada"),
        Fact("visa_required_us", yes, 1, "R159.5(g)", "needs a visa to enter the United States",
             "doit avoir un visa pour entrer aux États-Unis"),
        Fact("refused_entry_us_without_adjudication", yes, 0, "R159.5(h)(i)",
             "was refused entry to the United States without a claim being decided there",
             "s'est vu refuser l'entrée aux États-Unis sans qu'une demande y soit tranchée"),
        Fact("pr_being_returned_from_us", yes, 0, "R159.5(h)(ii)",
             "is a permanent resident being returned from the United States",
             "est un résident permanent renvoyé des États-Unis"),
        Fact("capital_charge_us", yes, 0, "R159.6(a)",
             "is charged with or convicted of a capital offence in the United States",
             "est accusé ou reconnu coupable aux États-Unis d'une infraction punissable de mort"),
        Fact("capital_charge_other", yes, 0, "R159.6(b)",
             "is charged with or convicted of a capital offence in another country",
             "est accusé ou reconnu coupable dans un autre pays d'une infraction punissable de mort"),
        Fact("stay_of_removals_country", yes, 0, "R159.6(c)",
             "is a national of a country to which removals are stayed",
             "est ressortissant d'un pays visé par un sursis aux renvois"),
        Fact("prior_claim_canada", "value", 0, "A101(1)(b)", "earlier claim in Canada",
             "demande antérieure au Canada", PRIOR_CLAIM),
        Fact("prior_claims_abroad", "records", (), "A101(1)(c.1)", "earlier claims abroad",
             "demandes antérieures à l'étranger"),
        Fact("abroad_country", "country", NO_COUNTRY, "A101(1)(c.1)", "country of the earlier claim",
             "pays de la demande antérieure", scope="prior_claims_abroad"),
        Fact("abroad_date", "day", "1970-01-01", "A101(1)(c.1)", "day of the earlier claim",
             "jour de la demande antérieure", scope="prior_claims_abroad"),
        Fact("abroad_confirmed", yes, 0, "A101(1)(c.1)", "the earlier claim is confirmed by that country",
             "la demande antérieure est confirmée par ce pays", scope="prior_claims_abroad"),
        Fact("recognized_refugee_elsewhere", "records", None, "A101(1)(d)", "recognised as a refugee elsewhere",
             "reconnu réfugié ailleurs"),
        Fact("recognized_elsewhere", yes, 0, "A101(1)(d)", "is recognised as a refugee by another country",
             "est reconnu réfugié par un autre pays"),
        Fact("can_return_there", yes, 0, "A101(1)(d)", "can be sent to the country that recognised the person",
             "peut être envoyé vers le pays qui l'a reconnu"),
        Fact("inadmissibility", "value", 0, "A101(1)(f)", "inadmissibility found", "interdiction de territoire",
             INADMISSIBILITY),
        Fact("inadmissible_only_35_1_c", yes, 0, "A35(1)(c)", "is inadmissible solely under A35(1)(c)",
             "est interdit de territoire au seul titre de A35(1)c)"),
        Fact("max_term_10y", yes, 1, "A101(2)", "the offence is punishable by 10 years or more",
             "l'infraction est punissable de 10 ans ou plus"),
        Fact("sentence_months", "number", 0, "A101(2)", "sentence in months", "peine en mois"),
        Fact("danger_opinion", yes, 0, "A101(2)", "the minister is of the opinion that the person is a danger",
             "le ministre est d'avis que la personne constitue un danger"),
        Fact("admissibility_hearing_pending", yes, 0, "A100(2)(a)", "an admissibility hearing is pending",
             "une enquête est en instance"),
        Fact("charged_10y_offence_pending", yes, 0, "A100(2)(b)",
             "a charge with an offence punishable by 10 years is pending and the officer waits",
             "une accusation d'une infraction punissable de 10 ans est pendante et l'agent attend"),
        Fact("covid_exempt_by_minister", yes, 0, "Quarantine Act s. 58", "is exempt from the COVID-19 order",
             "est soustrait au décret sur la COVID-19"),
        Fact("us_refused_status", yes, 0, "R159.4(2)", "was refused refugee status in the United States",
             "s'est vu refuser l'asile aux États-Unis"),
        Fact("substantive_rpd_evidence_heard", yes, 0, "2019, c. 29, s. 309",
             "the Board had heard substantive evidence by 21 June 2019",
             "la Commission avait entendu des éléments de preuve de fond au 21 juin 2019"),
    )


def _derived() -> tuple[Fact, ...]:
    """Return what is worked out from the facts, by the rules of counting time."""
    return (
        Fact("minor", "yesno", None, "Interpretation Act s. 30", "is under 18 on the day of the claim",
             "a moins de 18 ans le jour de la demande"),
        Fact("days_since_entry", "number", None, "R159.4(1.1), Interpretation Act s. 27",
             "days from the day of entry to the day of the claim", "jours écoulés du jour d'entrée à la demande"),
        Fact("days_less_holidays", "number", None, "Interpretation Act s. 26",
             "days from entry to the claim, less the holidays just before the claim",
             "jours de l'entrée à la demande, moins les jours fériés qui la précèdent"),
        Fact("over_one_year_since_first_entry", "yesno", None, "A101(1)(b.1), A101(1.1)",
             "more than one year had passed since the first entry after the day named by the Act",
             "plus d'un an s'était écoulé depuis la première entrée suivant le jour nommé par la Loi"),
    )


FACTS: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _facts()})
"""Every fact by its name, in the order in which a person is asked about them."""

DERIVED: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _derived()})
"""What Python works out from the facts because text cannot: ages, days, anniversaries."""

RECORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "anchors": MappingProxyType(
            {
                "relation": "anchor_relation",
                "in_canada": "anchor_in_canada",
                "age": "anchor_age",
                "status": "anchor_status",
                "established": "anchor_established",
            }
        ),
        "prior_claims_abroad": MappingProxyType(
            {"country": "abroad_country", "date": "abroad_date", "confirmed": "abroad_confirmed"}
        ),
    }
)
"""Lists of records a person may have, and the fact that holds each field."""

BITS: Mapping[str, int] = MappingProxyType(
    {name: number for number, name in enumerate(n for n, f in FACTS.items() if f.kind != "records")}
)
"""Bit of each fact in the set of facts that would settle an undetermined answer."""

# ISO 3166-1 alpha-3, officially assigned codes.
_COUNTRIES = (
    "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM "
    "BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR "
    "CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB "
    "GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA "
    "JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA "
    "MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR "
    "NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS "
    "SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON "
    "TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE"
)
COUNTRIES = frozenset(_COUNTRIES.split())


def country_code(country: str) -> int:
    """Return the integer that stands for a country, from its ISO 3166-1 alpha-3 code.

    >>> country_code("USA")
    13988
    """
    if country not in COUNTRIES:
        raise LawError(Problem(f'"{country}" is not an ISO 3166 alpha-3 country code',
                               hint=did_you_mean(country, sorted(COUNTRIES))))
    first, second, third = (ord(letter) - 65 for letter in country)
    return (first * 26 + second) * 26 + third


def codes(name: str) -> Mapping[str, int]:
    """Return the code of each named value of a fact, for columns.

    >>> codes("entry_place")["between_poe_land"]
    4
    >>> codes("came_from_us")
    {'no': 0, 'yes': 1, 'unknown': -1}
    """
    fact = known_fact(name)
    if fact.kind == "yesno":
        return {"no": 0, "yes": 1, "unknown": -1}
    if not fact.values:
        raise LawError(f'fact "{name}" has no named values; it is a {fact.kind}')
    if fact.kind == "set":
        return {value: 1 << number for number, value in enumerate(fact.values)} | {"unknown": -1}
    return {value: number for number, value in enumerate(fact.values)} | {"unknown": -1}


def known_fact(name: str) -> Fact:
    """Return the fact of this name, or raise LawError with the name that was probably meant."""
    fact = FACTS.get(name) or DERIVED.get(name)
    if fact is None:
        raise LawError(Problem(f'"{name}" is not a fact about a person', hint=did_you_mean(name, [*FACTS, *DERIVED])))
    return fact
