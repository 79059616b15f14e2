"""Pages, static files, headers, errors, token and prefix: what every address of the app has in common."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from roxham.app.guard import CSP
from roxham.app.settings import Settings
from roxham.app.shell import PAGES
from roxham.app.text import catalogue
from roxham.errors import SpecError


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_shell_stands_around_a_page(client: TestClient, lang: str) -> None:
    page = client.get(f"/{lang}/lab?set=capacity.rpd:2").text
    assert f'<html lang="{lang}">' in page
    other = "fr" if lang == "en" else "en"
    assert f'href="/{other}/lab?set=capacity.rpd:2"' in page
    assert "legal advice" in page if lang == "en" else "avis juridique" in page
    texts = json.loads(re.findall(r'id="texts">(.*?)</script>', page, re.S)[0])
    assert set(texts) == {*catalogue("shell"), *catalogue("lab")}
    assert "<script>" not in page and " style=" not in page and not re.search(r"\son\w+=", page)


def test_every_answer_has_the_headers(client: TestClient) -> None:
    for path in ("/en/home", "/api/lab/levers", "/static/x/icon.svg", "/en/nothing", "/api/nothing"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CSP
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in headers


def test_the_policy_lets_no_script_of_others_in() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CSP.split(";"))
    assert rules["script-src"] == rules["style-src"] == rules["default-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"


def test_the_first_address_goes_to_the_readers_language(client: TestClient) -> None:
    answer = client.get("/", headers={"accept-language": "fr-CA,fr;q=0.9,en;q=0.8"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/fr/home")
    assert answer.headers["vary"].startswith("Accept-Language")
    assert client.get("/", follow_redirects=False).headers["location"] == "/en/home"


def test_static_files_are_kept_for_long_under_the_name_of_their_content(client: TestClient) -> None:
    root = re.findall(r'name="static" content="([^"]+)"', client.get("/en/home").text)[0]
    answer = client.get(f"{root}/css/roxham.css")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    again = client.get(f"{root}/css/roxham.css", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/older/css/roxham.css").headers["cache-control"] == "no-cache"
    for outside in ("../serve.py", "%2e%2e/serve.py", "css/../../serve.py"):
        assert client.get(f"{root}/{outside}").status_code == 404


def test_errors_of_the_api_are_problems(client: TestClient) -> None:
    for answer, status in (
        (client.get("/api/nothing"), 404),
        (client.post("/api/lab/levers"), 405),
        (client.post("/api/lab/check", content=b"{"), 422),
        (client.post("/api/lab/check", json={"draws": "many"}), 422),
        (client.get("/api/lab/studies/0123456789ab"), 404),
        (client.post("/api/lab/studies", json={"scenarios": ["road-closd"]}), 422),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status and answer.json()["detail"]
    assert answer.json()["problems"][0]["hint"] == "road-closed"


def test_a_wrong_page_says_so_in_its_language(client: TestClient) -> None:
    answer = client.get("/fr/rien")
    assert answer.status_code == 404
    assert "Cette page" in answer.text and answer.headers["content-type"].startswith("text/html")
    assert client.get("/en/lab/more").status_code == 404


def test_a_fault_of_ours_says_nothing_of_what_was_sent(make: Callable[..., Any], caplog: Any) -> None:
    app = make()

    @app.get("/api/lab/fault")
    def fault(name: str) -> None:
        raise ValueError(f"cannot do {name}")

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/api/lab/fault?name=Amina")
    assert answer.status_code == 500
    assert "Amina" not in answer.text
    assert "Amina" not in caplog.text


def test_a_token_is_asked_for_where_there_is_one(make: Callable[..., Any]) -> None:
    with TestClient(make(token="s3cret")) as client:
        for path in ("/en/home", "/api/lab/levers", "/static/x/icon.svg"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic")
        basic = base64.b64encode(b"anybody:s3cret").decode()
        wrong = base64.b64encode(b"anybody:other").decode()
        said = {f"Basic {basic}": 200, "Bearer s3cret": 200, f"Basic {wrong}": 401, "Bearer x": 401, "Basic %%": 401}
        for shown, status in said.items():
            assert client.get("/en/home", headers={"authorization": shown}).status_code == status


@pytest.mark.parametrize("stripped", [True, False])
def test_a_proxy_may_show_the_app_under_a_path(make: Callable[..., Any], stripped: bool) -> None:
    front = "" if stripped else "/roxham"
    with TestClient(make(prefix="/roxham")) as client:
        page = client.get(f"{front}/en/lab").text
        assert '<meta name="root" content="/roxham">' in page
        assert not re.findall(r'(?:href|src)="(?!/roxham/|#)[^"]*"', page)
        static = re.findall(r'name="static" content="/roxham([^"]+)"', page)[0]
        assert client.get(f"{front}{static}/icon.svg").status_code == 200
        assert client.get(f"{front}/api/lab/levers").status_code == 200
        assert client.get(f"{front}/", follow_redirects=False).headers["location"] == "/roxham/en/home"


def test_settings_that_cannot_be_are_told_together() -> None:
    with pytest.raises(SpecError) as told:
        Settings(prefix="/a b", port=70000, workers=0)
    assert [str(one).split(":")[0] for one in told.value.problems] == ["--prefix", "--port", "--workers"]


def test_every_phrase_has_both_languages_and_the_same_blanks() -> None:
    for name in (*PAGES, "shell", "levers"):
        for key, both in catalogue(name).items():
            assert both["en"].strip() and both["fr"].strip(), key


def test_a_phrase_without_french_stops_the_server(monkeypatch: Any, tmp_path: Any) -> None:
    from roxham.app import text

    (tmp_path / "home.yaml").write_text('a: {en: "One {x}", fr: "Un {y}"}\nb: {en: "Two"}\n', encoding="utf-8")
    monkeypatch.setattr(text, "TEXTS", tmp_path)
    with pytest.raises(SpecError) as told:
        text.catalogue.__wrapped__("home")
    assert len(told.value.problems) == 2


def test_the_description_of_the_api_is_complete(client: TestClient) -> None:
    told = client.get("/api/openapi.json").json()
    schemas = told["components"]["schemas"]
    assert not set(re.findall(r"#/components/schemas/([A-Za-z_]+)", json.dumps(told))) - set(schemas)
    paths = [path for path in told["paths"] if path.startswith("/api/lab")]
    assert len(paths) >= 9 and all(path.startswith("/api/") for path in told["paths"])
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            assert one.get("description"), f"{method} {path} says nothing of itself"
            good = [answer for status, answer in one["responses"].items() if status.startswith("2")]
            assert good and (good[0].get("content") or method == "delete"), f"{method} {path} has no shape"
            assert "application/problem+json" in one["responses"]["422"]["content"]


def test_the_command_says_what_cannot_be(tmp_path: Any, capsys: Any) -> None:
    import socket

    from roxham.cli import main

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for asked, said in (
            (["--port", port, "--store", str(tmp_path), "--case", "toy"], f"cannot listen at 127.0.0.1:{port}"),
            (["--prefix", "no prefix"], "--prefix"),
            (["--executor", "procesess:2", "--port", "0", "--store", str(tmp_path)], "not an executor"),
            (["--case", "toyy", "--port", "0", "--store", str(tmp_path)], "toy"),
        ):
            with pytest.raises(SystemExit) as left:
                main(["app", *asked])
            assert left.value.code == 2
            assert said in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["app", "--help"])
    assert "roxham app --port 8080" in capsys.readouterr().out
