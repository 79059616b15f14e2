"""A store of runs on an object store that speaks S3, through the client that the extra `s3` brings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from handful import HandfulCorridor, handful_draw, handful_study
from object_store import Server, serve
from shelved import shelf, table

from roxham.errors import RunError
from roxham.lab.ensemble import run_study
from roxham.lab.part import same
from roxham.lab.prune import check_store, plan_pruning, prune
from roxham.lab.runs import list_runs, open_run
from roxham.lab.sql import ask
from roxham.lab.vault import Vault

pytest.importorskip("s3fs", reason="the client of object stores is in the extra `s3`")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    import s3fs

    with serve() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{running.server_address[1]}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        s3fs.S3FileSystem.clear_instance_cache()
        yield running
        s3fs.S3FileSystem.clear_instance_cache()


def test_a_store_on_s3_keeps_checks_and_gives_back(server: Server) -> None:
    held = shelf(Vault("s3://bucket/runs"))
    held.put({0: table(0), 1: table(1)})
    held.put({5: table(5)})
    again = shelf(Vault("s3://bucket/runs"))
    found = again.get(range(9))
    assert list(found) == [0, 1, 5]
    assert all(same(found[draw], table(draw)) for draw in found)
    assert check_store(Vault("s3://bucket/runs")) == []
    victim = next(name for name in server.objects if name.endswith(".parquet"))
    server.objects[victim] = server.objects[victim][:-1]
    (problem,) = check_store(Vault("s3://bucket/runs"))
    assert problem.file == f"s3://{victim}"
    assert set(server.objects) == {name for name in server.objects if name.startswith("bucket/runs/")}


def test_a_study_on_s3_is_listed_opened_asked_and_pruned(server: Server) -> None:
    study, corridor, model = handful_study(), _any(HandfulCorridor()), _any(handful_draw)
    vault = Vault("s3://bucket/runs")
    name = vault.keep_study(study, corridor, 3, 2, model)
    result = run_study(study, corridor, draws=2, seed=3, model=model, vault=vault)
    assert open_run(vault, name).summary.to_csv() == result.summary.to_csv()
    assert [(one.kept.id, one.held) for one in list_runs(vault)] == [(name, 2)]
    total = float(result.values[0, :, 0].sum())
    asked = ask(vault, "SELECT sum(value) FROM draws WHERE scenario = 'as-it-was' AND metric = 'entries_irregular' "
                       "AND place = 'roxham_road'")
    assert asked.rows == ((total,),)
    prune(vault, plan_pruning(vault, keep=0))
    assert [name for name in server.objects if "/store.json" not in name] == []


def test_an_object_store_that_refuses_says_so(server: Server) -> None:
    held = shelf(Vault("s3://bucket/runs"))
    held.put({0: table(0)})
    server.full = True
    with pytest.raises(RunError, match=r"s3://bucket/runs: .*choose another place with --store"):
        held.put({1: table(1)})
    server.full = False
    assert list(shelf(Vault("s3://bucket/runs")).get(range(3))) == [0]


def test_an_object_store_that_is_not_there_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(RunError, match=r"s3://bucket/runs: the store cannot be reached"):
        Vault("s3://bucket/runs").studies()


def _any(thing: Any) -> Any:
    return thing
