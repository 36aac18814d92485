"""The page for developers: every request on it is answered, with and without a script, and the scripts are our own."""

from __future__ import annotations

import re
import shlex
from datetime import date
from html import unescape

import orjson
import pytest

from partner.portal.developers import EXAMPLES, Example, examples
from tests.portal.conftest import Visit

TODAY = date(2020, 6, 1)
SHOWN = {language: examples(language, TODAY) for language in ("ja", "en")}
ALL = [pytest.param(one, id=f"{one.name}-{language}") for language, shown in SHOWN.items() for one in shown]
WANTED = {"call-sign", "place-frequency", "csv", "as-of", "changes", "graphql", "musen"}


@pytest.mark.parametrize("example", ALL)
async def test_an_example_is_answered_by_link_and_as_sent(visit: Visit, example: Example) -> None:
    nobody = await visit(None)
    linked = await nobody.http.get(example.link)
    assert linked.status_code == 200, linked.text
    if example.body is not None:
        sent = await nobody.http.post(example.path, content=example.body, headers={"Content-Type": "application/json"})
        assert sent.json() == linked.json()
        assert "errors" not in sent.json()


@pytest.mark.parametrize("example", ALL)
async def test_a_shell_sends_the_same(visit: Visit, example: Example) -> None:
    """The words of the curl command, read as a shell reads them, are the request."""
    command, *words = shlex.split(example.curl("http://127.0.0.1:8000").replace("\\\n", ""))
    assert command == "curl"
    if example.query is not None:
        assert words[0] == f"http://127.0.0.1:8000{example.path}"
        assert orjson.loads(words[words.index("-d") + 1])["query"].split() == example.query.split()
    elif words[0] == "-G":
        assert words[1] == f"http://127.0.0.1:8000{example.path}"
        assert words[2:] == [part for name, value in example.parameters for part in ("--data-urlencode", f"{name}={value}")]
    else:
        assert words == [f"http://127.0.0.1:8000{example.link}"]


@pytest.mark.parametrize(("language", "heading"), [("ja", "開発者の方へ"), ("en", "For developers")])
async def test_the_page_shows_all_of_them_in_the_readers_language(visit: Visit, language: str, heading: str) -> None:
    nobody = await visit(None)
    await nobody.get("/developers", lang=language)
    assert (nobody.status, nobody.heading) == (200, heading)
    assert {one.name for one in EXAMPLES} >= WANTED
    page = unescape(nobody.page)
    for example in SHOWN[language]:
        assert f'href="{example.link}"' in page
        assert example.shown in page
        assert example.curl("http://127.0.0.1:8000") in page
    assert re.search(r"1,200.*12,000", nobody.words)


async def test_every_link_of_the_page_leads_somewhere(visit: Visit) -> None:
    nobody = await visit(None)
    await nobody.get("/developers")
    content = nobody.page.partition("<main")[2].partition("</main>")[0]
    links = {unescape(link) for link in re.findall(r'href="(/[^"]*)"', content)} - {"/open-data/latest/manifest.json"}  # no dump here
    for link in links:
        assert (await nobody.http.get(link)).status_code == 200, link
    anchors = re.findall(r'href="#([^"]*)"', content)
    assert anchors
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in content] == []


async def test_its_script_is_our_own_and_nothing_is_written_into_the_page(visit: Visit) -> None:
    nobody = await visit(None)
    await nobody.get("/developers")
    assert re.findall(r"<script[^>]*>", nobody.page) == ['<script src="/static/developers.js" defer>']
    assert not re.search(r'\son[a-z]+="|javascript:|style="', nobody.page)
    assert "default-src 'self'" in nobody.headers["content-security-policy"]
    script = await nobody.http.get("/static/developers.js")
    assert (script.status_code, script.headers["content-type"].split(";")[0]) == (200, "text/javascript")
    assert not re.search(r"https?:|\beval\b|innerHTML", script.text)


@pytest.mark.parametrize("path", ["/", "/search", "/search?call_sign=JA1*"])
async def test_pages_lead_to_it(visit: Visit, path: str) -> None:
    nobody = await visit(None)
    await nobody.get(path)
    assert 'href="/developers"' in nobody.page.partition("<main")[2].partition("</main>")[0]
