"""Commands about runs that were kept: list, show, compare, check, prune."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roxham.cli.console import Gather, interruptible, language, progress, show, show_json, show_table
from roxham.cli.keeping import Store, open_held
from roxham.cli.study import Json, Language
from roxham.errors import raise_problems

if TYPE_CHECKING:
    from roxham.lab.prune import Pruning
    from roxham.lab.runs import Listed, Versus
    from roxham.lab.summary import StudyResult
    from roxham.lab.vault import Vault

runs = typer.Typer(rich_markup_mode=None)

Run = Annotated[str, typer.Argument(help="The id of a run, its first digits, last, last~1; or a folder of --out.")]

_SAID = {
    "runs": ("Runs in {0}", "Simulations dans {0}"),
    "run": ("run", "simulation"), "study": ("study", "étude"), "case": ("case", "cas"), "draws": ("draws", "tirages"),
    "seed": ("seed", "graine"), "days": ("days", "jours"), "kept": ("kept", "gardée"), "size": ("size", "taille"),
    "code": ("code", "code"), "this": ("this", "celui-ci"), "other": ("other", "un autre"),
    "none": ("No run is kept in {0}. `roxham run STUDY` keeps one.",
             "Aucune simulation n'est gardée dans {0}. `roxham run ÉTUDE` en garde une."),
    "scenario": ("scenario", "scénario"), "metric": ("metric", "mesure"), "change": ("change", "écart"),
    "same": ("The two runs have the same numbers.", "Les deux simulations ont les mêmes nombres."),
    "differ": ("The two runs differ.", "Les deux simulations diffèrent."),
    "asked": ("What was asked or computed differently", "Ce qui fut demandé ou calculé autrement"),
    "missing": ("In one of them only: {0}", "Dans l'une des deux seulement : {0}"),
    "sums": ("Means over draws, all places, whole run", "Moyennes des tirages, tous lieux, toute la durée"),
    "whole": ("Every file is whole: {0}.", "Chaque fichier est intact : {0}."),
    "mended": ("taken away: {0}", "enlevé : {0}"),
    "would": ("This would take away", "Ceci enlèverait"), "took": ("Taken away", "Enlevé"),
    "nothing": ("Nothing to take away.", "Rien à enlever."),
    "freed": ("{0} files, {1}; {2} stay", "{0} fichiers, {1} ; {2} restent"),
    "yes": ("Nothing was touched. Give --yes to do it.", "Rien n'a été touché. Donnez --yes pour le faire."),
    "shelves": ("draws that no run needs: {0} scenarios", "tirages dont aucune simulation n'a besoin : {0} scénarios"),
    "written": ("result: {0}", "résultat : {0}"),
    "code_other": ("kept by version {0} with other code: run it again to compare with today's",
                   "gardée par la version {0} avec un autre code : relancez-la pour comparer avec celui d'aujourd'hui"),
}


def _say(key: str, lang: str, *values: object) -> str:
    return _SAID[key][language(lang) == "fr"].format(*values)


def _bytes(count: int, lang: str) -> str:
    """A size in words: 2.3 MB, 2,3 Mo."""
    from roxham.show.text import number

    unit, amount = 0, float(count)
    while amount >= 1000 and unit < 4:
        amount, unit = amount / 1000, unit + 1
    names = ("B", "kB", "MB", "GB", "TB") if lang == "en" else ("o", "ko", "Mo", "Go", "To")
    return f"{number(amount, language(lang), 1 if unit else 0)} {names[unit]}"


@runs.callback(invoke_without_command=True)
def begin(context: typer.Context, store: Store = None, lang: Language = "en", json: Json = False) -> None:
    """Runs that were kept: list, show, compare, check, prune.

    Alone it lists them, the latest first.

    \b
    roxham runs
    roxham runs show 9f88c5a6050d
    roxham runs compare last~1 last
    roxham runs check
    roxham runs prune --older-than 30d
    """
    if context.invoked_subcommand is None:
        list_all(store=store, lang=lang, json=json)


@runs.command("list")
def list_all(store: Store = None, lang: Language = "en", json: Json = False) -> None:
    """Every run in the store, the latest first.

    `draws` says how many are there, of how many asked; `code` whether today's code would make the same.

    \b
    roxham runs list
    roxham runs list --store s3://bucket/runs --json
    roxham runs list --lang fr
    """
    from roxham.lab.runs import list_runs

    vault = _open(store, lang)
    listed = list_runs(vault)
    if json:
        show_json([_entry(one) for one in listed])
    elif not listed:
        typer.echo(_say("none", lang, vault.url))
    else:
        heads = [_say(key, lang) for key in ("run", "study", "case", "draws", "seed", "days", "kept", "size", "code")]
        show_table(_say("runs", lang, vault.url), heads, [_row(one, lang) for one in listed])
    for problem in vault.unread():
        typer.echo(str(problem), err=True)


def _entry(one: Listed) -> dict[str, object]:
    kept = one.kept
    return {
        "id": kept.id, "study": kept.study.name, "title": kept.study.title.model_dump(), "case": kept.case,
        "case_hash": kept.case_hash, "code": kept.code, "version": kept.version, "current": one.current,
        "seed": kept.seed, "draws": kept.draws, "draws_held": one.held, "from": kept.study.from_.isoformat(),
        "to": kept.study.to.isoformat(), "created": kept.created, "bytes": one.size,
        "scenarios": [scenario.name for scenario in kept.study.scenarios],
    }


def _row(one: Listed, lang: str) -> list[str]:
    kept = one.kept
    drawn = str(kept.draws) if one.held == kept.draws else f"{one.held}/{kept.draws}"
    days = f"{kept.study.from_.isoformat()[:7]} – {kept.study.to.isoformat()[:7]}"
    code = _say("this" if one.current else "other", lang)
    when = kept.created[:16].replace("T", " ")
    return [kept.id, kept.study.name, kept.case, drawn, str(kept.seed), days, when, _bytes(one.size, lang), code]


@runs.command("show")
def show_run(
    run: Run,
    out: Annotated[Path | None, typer.Option("--out", help="Write the result into this folder too.")] = None,
    store: Store = None,
    lang: Language = "en",
    json: Json = False,
) -> None:
    """One run: what it asked, and its headlines side by side.

    Every file is verified by its hash before it is read. With --out the whole result is written as `roxham run` would.

    \b
    roxham runs show 9f88c5a6050d
    roxham runs show 9f88 --out again
    roxham runs show out/roxham-road --json
    """
    from roxham.cli.study import SHOWN
    from roxham.lab import store as folders
    from roxham.lab.compare import compare
    from roxham.show.table import comparison_table

    gather = Gather()
    tongue = gather.do(language, lang) or "en"
    if out is not None:
        gather.do(folders.check_target, out)
    gather.done()
    result = _result(run, store, lang, lines=out is not None)
    told = folders.manifest(result)
    table = compare(result, language=lang)
    if out is not None:
        with interruptible():
            folders.write(result, out)
    if json:
        show_json({**told, "summary": table.to_dict()})
        return
    for key, value in (("study", told["study"]["name"]), ("case", told["case"]), ("seed", told["seed"]),
                       ("draws", told["draws"]), ("days", f"{told['from']} – {told['to']}")):
        typer.echo(f"{_say(key, lang)}: {value}")
    for entry in told["scenarios"]:
        typer.echo(f"  {entry['name']}: {'; '.join(entry['printed']) or '-'}")
    show(comparison_table(table, tongue, SHOWN[:4]))
    show(comparison_table(table, tongue, SHOWN[4:]))
    if out is not None:
        typer.echo(_say("written", lang, out))


@runs.command("compare")
def compare_runs(
    one: Run,
    other: Run,
    metric: Annotated[list[str] | None, typer.Option("--metric", help="A metric to show; may be repeated.")] = None,
    store: Store = None,
    lang: Language = "en",
    json: Json = False,
) -> None:
    """Two runs side by side: what was asked differently, and what came out differently.

    Runs of other code, another case or other seeds may be compared; so may folders that --out wrote.

    \b
    roxham runs compare 9f88 41aa
    roxham runs compare out/before out/after --metric heard --metric wait_days_rpd
    """
    from roxham.lab.compare import HEADLINES
    from roxham.lab.runs import versus

    gather = Gather()
    gather.do(language, lang)
    gather.done()
    results = [_result(name, store, lang, lines=False) for name in (one, other)]
    found = versus(results[0], results[1], tuple(metric or HEADLINES))
    if json:
        show_json(found.to_dict())
    else:
        _show_versus(found, (one, other), lang)


def _show_versus(found: Versus, names: tuple[str, str], lang: str) -> None:
    from roxham.show.table import compact, metric_label

    tongue = language(lang)
    typer.echo(_say("same" if found.equal else "differ", lang))
    if found.apart:
        rows = [[name, *(value[:60] or "-" for value in pair)] for name, pair in found.apart.items()]
        show_table(_say("asked", lang), ["", *names], rows)
    if found.missing:
        typer.echo(_say("missing", lang, ", ".join(found.missing)))
    rows = [
        [row.scenario, metric_label(row.metric, tongue), compact(row.one, tongue), compact(row.other, tongue),
         compact(row.other - row.one, tongue, signed=True)]
        for row in found.rows
    ]
    if not found.equal:
        heads = [_say("scenario", lang), _say("metric", lang), *names, _say("change", lang)]
        show_table(_say("sums", lang), heads, rows)


@runs.command("check")
def check(
    run: Annotated[str | None, typer.Argument(help="The id of a run; the whole store otherwise.")] = None,
    mend: Annotated[bool, typer.Option("--mend", help="Take bad files away; their draws are made again.")] = False,
    store: Store = None,
    lang: Language = "en",
) -> None:
    """Verify every file by its hash; name those that were altered or cut short.

    Ends with status 2 when there are any. With --mend they are taken away, and only their draws are computed again.

    \b
    roxham runs check
    roxham runs check 9f88c5a6050d
    roxham runs check --mend
    """
    from roxham.errors import RunError
    from roxham.lab.prune import check_store, mend_store

    vault = _open(store, lang)
    with interruptible(), progress("scenarios", hidden=False) as report:
        if mend:
            for path in mend_store(vault, run):
                typer.echo(_say("mended", lang, path))
        problems = check_store(vault, run, progress=report)
    raise_problems(problems, RunError)
    typer.echo(_say("whole", lang, vault.url))


@runs.command("prune")
def prune_runs(
    older_than: Annotated[str | None, typer.Option("--older-than", help="Runs kept longer ago: 12h, 30d, 8w.")] = None,
    keep: Annotated[int | None, typer.Option("--keep", min=0, help="So many of the latest runs stay.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="The oldest go until the store takes so much: 5GB.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise it is only said what would be done.")] = False,
    store: Store = None,
    lang: Language = "en",
    json: Json = False,
) -> None:
    """Make the store smaller: take away old runs, and draws that no run needs.

    It says first what would go; with --yes it goes. Draws that another run needs stay.

    \b
    roxham runs prune --older-than 30d
    roxham runs prune --keep 10 --yes
    roxham runs prune --to 5GB --yes
    """
    from roxham.lab import prune as small

    gather = Gather()
    oldest = gather.do(small.age, older_than) if older_than else None
    most = gather.do(small.size, to) if to else None
    gather.do(language, lang)
    gather.done()
    vault = _open(store, lang)
    planned = small.plan_pruning(vault, older_than=oldest, keep=keep, to=most)
    if yes:
        with interruptible(), progress("scenarios", hidden=json) as report:
            small.prune(vault, planned, progress=report)
    if json:
        listed = {"runs": [one.id for one in planned.runs], "scenarios": len(planned.shelves), "files": planned.files}
        show_json({**listed, "freed": planned.freed, "left": planned.left, "done": yes})
    else:
        _show_pruning(planned, yes, lang)


def _show_pruning(planned: Pruning, done: bool, lang: str) -> None:
    if not planned.runs and not planned.shelves:
        typer.echo(_say("nothing", lang))
        return
    typer.echo(_say("took" if done else "would", lang))
    for one in planned.runs:
        typer.echo(f"  {one.id}  {one.study.name}  {one.created[:10]}")
    of_runs = {key for one in planned.runs for key in one.shelves}
    loose = [key for key in planned.shelves if key not in of_runs]
    if loose:
        typer.echo(f"  {_say('shelves', lang, len(loose))}")
    typer.echo(_say("freed", lang, planned.files, _bytes(planned.freed, lang), _bytes(planned.left, lang)))
    if not done:
        typer.echo(_say("yes", lang))


def _open(store: str | None, lang: str) -> Vault:
    language(lang)
    return open_held(store)


def _result(name: str, store: str | None, lang: str, *, lines: bool) -> StudyResult:
    """A run by its id or folder; says so when other code made it."""
    from roxham.lab.identity import code_hash
    from roxham.lab.runs import open_run
    from roxham.lab.store import read

    if Path(name).is_dir():
        return read(name)
    vault = _open(store, lang)
    with interruptible(), progress("draws", hidden=False) as report:
        result = open_run(vault, name, lines=lines, progress=report)
    kept = vault.study(name)
    if kept.code != code_hash():
        typer.echo(f"{kept.id}: {_say('code_other', lang, kept.version)}", err=True)
    return result
