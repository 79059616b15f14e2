"""Small valid files of every kind that somebody else may hand to Roxham: what fuzzing begins with."""

from __future__ import annotations

TITLE = "title: {en: A, fr: B}\n"

SCENARIOS = (
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: capacity, service: rpd, multiply: 2, from: 2030-02-01}\n",
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: beds, place: all, add: -20 beds}\n",
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: number, number: b_heard, set: 3}\n",
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: number, number: costs.items.hearing, set: 9 CRN2030}\n",
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: law, instrument: border_treaty, action: never}\n",
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: law, parameter: limit_days, value: none}\n",
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: fare, origin: harbour_city, destination: mill_road,"
    " fare: 0 CRN2030}\n",
    "name: a\n" + TITLE + "extends: [b]\nlater_wins: true\namendments: [{name: x, kind: transfer, share: 0.5}]\n",
    "name: a\n" + TITLE + "amendments:\n  - {name: x, kind: crossing, place: mill_road, open: false}\n"
    "  - {name: y, kind: pressure, multiply: 1.5}\n  - {name: z, kind: police, place: mill_road, presence: 0}\n"
    "  - {name: w, kind: reading, switch: limit_day, value: included}\n",
)
STUDIES = (
    "name: a\n" + TITLE + "from: 2030-01-01\nto: 2030-01-31\nscenarios: [b]\n",
    "name: a\n" + TITLE + "from: 2030-01-01\nto: 2030-01-31\nscenarios: [b]\n"
    "sweep: {of: [{amendment: n, key: multiply, values: [1.5, 2]}]}\n",
    "name: a\n" + TITLE + "from: 2030-01-01\nto: 2030-01-31\nscenarios: [b]\n"
    "worlds: {method: latin, samples: 3, seed: 1, of: [{number: b_heard, range: case}]}\n",
    "name: a\n" + TITLE + "from: 2030-01-01\nto: 2030-01-31\nscenarios: [b]\n"
    "sweep:\n  method: one\n  of:\n    - {number: costs.items.hearing, low: 1, high: 9, steps: 3, scale: log}\n",
)
PERSONS = (
    "entry_at: 2030-04-01T22:00\nentry_place: between_poe_land\nclaim_at: 2030-04-02T09:00\n"
    "claim_place: between_poe_intercept\n",
    "title: A\nfacts: {entry_at: 2023-04-01, entry_place: land_poe, claim_at: unknown, claim_place: land_poe,"
    " birth_date: 1990-01-01}\nreadings: {day14: protocol}\n",
    "entry_at: 2023-04-01T22:00\nentry_place: land_poe\nclaim_at: 2023-04-02\nclaim_place: inland_office\n"
    "prior_claims_abroad: [{country: USA, date: 2020-01-01}]\nearlier_entries: [2019-02-01]\n",
)
EXPECT = (
    "defaults: {came_from_us: true}\nvignettes:\n- id: first\n  as_of: 2023-04-02\n  facts: {entry_at: 2023-04-01,"
    " entry_place: between_poe_land,\n    claim_at: 2023-04-02T09:00, claim_place: between_poe_intercept}\n"
    "  expect: {outcome: ineligible_return_to_US, grounds: ['A101(1)(e)']}\n"
)
FAMILIES = (
    "id,persons,arrived,nights,asked,school_age,accessible,language,ties,needs_kitchen,override\n"
    "F1,4,2030-03-01,45,harbour,2,no,fr,HN,no,\nF2,1,2030-03-02,21,mill,0,yes,,HS;HN,yes,mill\n",
    "id;personnes;demande;langue\nF1;4;harbour;fr\n",
)
SITES = (
    "place,province,from,free_beds,cost_per_night,school,accessible,languages,km,housed,province_share,has_kitchen\n"
    "harbour,HN,2030-03-01,8,120 CAD,yes,no,fr;en,5,40,60%,no\nhills,HS,2030-03-01,4,80 CAD,yes,yes,en,240,30,40%,no\n"
    "hills,HS,2030-03-20,9,80 CAD,yes,yes,en,240,30,40%,no\n",
    "lieu;province;lits_libres;cout_par_nuit\nharbour;HN;8;120,50\n",
)
EXPECTED = (
    "date,families,persons,nights,school_age,accessible,language,ties\n2030-03-05,1.2,2,30,0,no,,\n",
    "date;familles;personnes;nuits\n2030-03-05;0,4;4;45\n",
)
EVIDENCE = (
    "period,value,source_url\n2030-01,3,https://example.org\n2030-02,4,https://example.org\n",
    "period,value,source_url,status,low,high,published,note\n2030,3,,assumed,1,5,2031-01-01,told\n",
    "period,value,source_url\n2030-01-05,0.5,https://example.org\n",
)
PEOPLE = {
    "groups": "id,name_en,name_fr,iso3,status,low,high,source,note\na,A,B,,assumed,0,1,,x\n",
    "shares": "group,from,share,unit,status,low,high,source,note\na,2030-01-01,0.5,share,assumed,0,1,,x\n",
    "families": "group,size,share,unit,status,low,high,source,note\nall,2,0.5,share,assumed,0,1,,x\n",
    "ties": "group,province,share,unit,status,low,high,source,note\nall,WEST,0.5,share,assumed,0,1,,x\n",
    "acceptance": "group,measure,from,share,unit,status,low,high,source,note\n"
    "all,acceptance,2030-01-01,0.5,share,assumed,0,1,,x\n",
}
NUMBER = "{value: 6, unit: utility, status: assumed, low: 3, high: 9, prior: triangular, title: {en: A, fr: B}}\n"
PARTS = {
    "parameters": f"b_heard: {NUMBER}",
    "services": "rpd:\n  title: {en: A, fr: B}\n  steps: [{from: 2030-01-01, value: 6, unit: persons / day, status:"
    " assumed, low: 4, high: 9}]\n",
    "desk": "rpd:\n  title: {en: A, fr: B}\n  servers: [{from: 2030-01-01, value: 6, unit: rooms, status: assumed,"
    " low: 4, high: 9}]\n  duration: {shape: phase_type, start: [1, 0], rates: [[-1, 1], [0, -2]], status: assumed,"
    " low: 1, high: 2}\n",
    "costs": "base_year: 2030\nitems: {hearing: {title: {en: A, fr: B}, payer: federal, per: hearing, value: 20, unit:"
    " CRN2030, status: assumed, low: 10, high: 40}}\ndeflators: {2029: {value: 1, unit: '1', source: a, status:"
    " measured}}\n",
    "case": "id: toy\ntitle: {en: A, fr: B}\ncurrency: CRN\nbase_year: 2030\ntimezone: UTC\ncovers: {from: 2030-01-01,"
    " to: 2030-12-31}\nprovinces: [WEST]\n",
}
WALK = {
    "locations.csv": "#name,region,country,latitude,longitude,location_type,conflict_date,population\n"
    "A,r,x,1.5,2.5,conflict_zone,0,1000\nB,r,x,1.6,2.6,town,,\nC,s,y,1.7,2.7,camp,,500\n",
    "routes.csv": "#name1,name2,distance,forced_redirection\nA,B,40,0\nB,C,60,0\n",
    "closures.csv": "#closure_type,name1,name2,closure_start,closure_end\ncountry,x,y,3,5\nlink,A,B,1,2\n",
    "conflicts.csv": "#Day,A\n0,1\n1,1\n2,0.5\n",
    "sim_period.csv": "StartDate,2012-01-01\nLength,10\n",
    "registration_corrections.csv": "C,2012-01-05\n",
    "simsetting.yml": "move_rules:\n  max_move_speed: 360\n  camp_movechance: 0.001\nspawn_rules:\n"
    "  take_from_population: False\n",
    "data_layout.csv": "total,refugees.csv\nC,c.csv\n",
    "refugees.csv": "2012-01-01,0\n2012-01-08,120\n",
    "c.csv": "2012-01-01,0\n2012-01-08,100\n",
}
#: A small case that holds evidence.
HELD = {
    "case.yaml": PARTS["case"],
    "sources.yaml": "a: {title: T, url: 'https://example.org'}\n",
    "evidence/mine.csv": "year,month,period_end,value,low,high,status,source_url,note\n"
    "2030,1,,3,,,measured,https://example.org,x\n2030,2,,4,3,5,assumed,,y\n",
    "evidence/releases.csv": "table,period,province,released,source_url,note\n"
    "mine,2030-01,,2030-03-01,https://example.org,x\n",
    "evidence/series.yaml": "mine:\n  title: {en: A, fr: B}\n  definition: d\n  unit: beds\n  kind: stock\n"
    "  table: mine\n  value: value\n  period: month\n",
}


def hub() -> str:
    """A forecast of one month as the hub keeps it."""
    levels = ["0.01", "0.025", *(f"{step / 20:g}" for step in range(1, 20)), "0.975", "0.99"]
    head = "origin_date,target,horizon,target_end_date,location,output_type,output_type_id,value\n"
    return head + "".join(f"2030-01-31,claims/beds,1,2030-02-28,WEST,quantile,{level},{level}\n" for level in levels)


GEOJSON = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "a"}, "geometry":\n'
    '{"type": "LineString", "coordinates": [[-30.5, 0.5], [-29, 1e1]]}}]}\n'
)
MANIFEST = (
    '{"format": "roxham-run/1", "case": "toy", "case_hash": "0", "code_version": "1", "seed": 7, "draws": 1,\n'
    '"study": {"name": "a", "title": {"en": "A", "fr": "B"}, "why": ""}, "from": "2030-01-01", "to": "2030-01-31",\n'
    '"baseline": "b", "scenarios": [{"name": "b", "title": {"en": "A", "fr": "B"}, "why": "", "source": null,\n'
    '"hash": "0", "printed": [], "amendments": [{"name": "x", "kind": "capacity", "service": "rpd", "multiply": 2}],\n'
    '"setting": {"option": "b", "world": "", "values": {"x": "1"}}}], "persons_per_room": 2.0, "currency": "CRN"}\n'
)
#: Scenarios that stand beside those that are fuzzed.
BESIDE = {
    "b.yaml": "name: b\n" + TITLE + "amendments: [{name: n, kind: capacity, service: rpd, multiply: 2}]\n",
    "c.yaml": "name: c\n" + TITLE + "extends: [b]\n",
}
