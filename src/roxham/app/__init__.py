"""The app: change a line of law and see what happens, in a browser, in English and in French.

    settings   what a server is told when it starts
    serve      the server: pages, static files, routers, headers, errors as problem JSON
    shell      the pages and what stands around each of them
    text       words of the pages, in both languages or not at all
    limits     how much one client may ask for, and the polite answer when it is more
    jobs       studies under way: progress, first numbers, cancel
    lab, check, place, forecast, report, home    one module a page: ``router`` (its API) and ``data`` (its first data)

A module of a page has ``router = APIRouter(prefix="/api/NAME", tags=["NAME"])`` and ``data(request, language)``, which
returns what the page needs first: plain data that can be written as JSON. The template ``templates/NAME.html`` sees it
as ``data`` and the page's script finds it in ``<script type="application/json" id="data">``; the words of
``texts/shell.yaml`` and ``texts/NAME.yaml`` are in ``<script type="application/json" id="texts">`` and, in a template,
``t("key", blank=value)``. A link or file is written with ``root``: ``{{ root }}/{{ lang }}/check``,
``{{ static }}/css/roxham.css``.

The app computes nothing: every number comes from the laboratory, the forecasts, the law or the show.
"""
