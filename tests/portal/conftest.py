"""The portal in process, as personas see it in a browser of their own: cookies, forms with their hidden token, redirects."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from partner import clock, regulation
from partner.app import create_app
from partner.database import Database
from partner.regulation import Law
from partner.settings import Mode, Settings
from tests.auth.conftest import sign_in

START = datetime.fromisoformat("2020-06-01T09:00:00+09:00")
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
STAFF = frozenset({"clerk", "examiner", "inspector", "director", "ministry", "minister", "admin"})
HTML = {"Accept": "text/html"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


@cache
def the_law() -> Law:
    return regulation.load(Settings().regulation_root)


@pytest.fixture
def law() -> Law:
    return the_law()


@pytest.fixture(autouse=True)
def _clock_of_2020() -> Iterator[None]:
    clock._clock = clock.Clock(START)
    yield
    clock._clock = clock.Clock()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("portal")


@pytest.fixture
def app(data_dir: Path, database: Database) -> FastAPI:
    return create_app(Settings(mode=Mode.TEST, data_dir=data_dir), database, the_law())


@dataclass
class Visitor:
    """A browser without JavaScript. `page` is the text of the last page, `status` and `path` its status and place."""

    http: httpx2.AsyncClient
    page: str = ""
    status: int = 0
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **parameters: Any) -> Visitor:
        return self._keep(await self.http.get(path, params=parameters or None, headers=HTML, follow_redirects=True))

    async def send(self, path: str, data: Any = None, *, files: Any = None, token: str | None = None) -> Visitor:
        """Post a form with the token of the last page (or another one), and follow to the page after it."""
        known = TOKEN.search(self.page)
        sent = {"csrf_token": known.group(1) if token is None and known else token or "", **(data or {})}
        return self._keep(await self.http.post(path, data=sent, files=files, headers=HTML, follow_redirects=True))

    async def upload(self, sample: str | bytes) -> str:
        """Read a filing file into a draft; its id."""
        content = sample if isinstance(sample, bytes) else (SAMPLES / sample).read_bytes()
        await self.get("/my/file")
        await self.send("/my/file", files={"file": ("filing.xml", content, "application/xml")})
        assert self.status == 200, self.words
        return self.path.rsplit("/", 1)[1]

    def _keep(self, answer: httpx2.Response) -> Visitor:
        self.page, self.status, self.path = answer.text, answer.status_code, answer.url.path
        self.headers = dict(answer.headers)
        return self

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.page, re.DOTALL)
        return _text(found.group(1)) if found else ""

    @property
    def words(self) -> str:
        return _text(self.page.partition("<main")[2].partition("</main>")[0])

    def fields(self) -> list[tuple[str, str]]:
        """What the first form with boxes of the page would send, as it stands."""
        return _boxes(self.page)


def _text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _boxes(html: str) -> list[tuple[str, str]]:
    pattern = re.compile(
        r'<input type="hidden" name="(?P<hidden>/[^"]*)" value="">'
        r'|<input type="checkbox" [^>]*name="(?P<box>/[^"]*)" value="true"(?P<ticked> checked)?'
        r'|<input [^>]*name="(?P<input>/[^"]*)" type="[a-z]+" value="(?P<value>[^"]*)"'
        r'|<select [^>]*name="(?P<select>/[^"]*)"[^>]*>(?P<options>.*?)</select>'
        r'|<textarea [^>]*name="(?P<area>/[^"]*)"[^>]*>\n?(?P<text>[^<]*)</textarea>',
        re.DOTALL,
    )
    found: list[tuple[str, str]] = []
    for match in pattern.finditer(html):
        if match["hidden"]:
            found.append((match["hidden"], ""))
        elif match["box"]:
            found += [(match["box"], "true")] if match["ticked"] else []
        elif match["input"]:
            found.append((match["input"], unescape(match["value"])))
        elif match["select"]:
            chosen = re.search(r'<option value="([^"]*)" selected>', match["options"])
            found.append((match["select"], unescape(chosen.group(1)) if chosen else ""))
        else:
            found.append((match["area"], unescape(match["text"])))
    return found


Visit = Callable[[str | None], Awaitable[Visitor]]


@pytest.fixture
async def visit(app: FastAPI) -> AsyncIterator[Visit]:
    """Open a browser as a persona, signed in; as nobody when None."""
    async with AsyncExitStack() as stack:

        async def opened(persona: str | None) -> Visitor:
            transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
            client = await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000"))
            if persona is not None:
                answer = await sign_in(client, persona, "staff" if persona in STAFF else "applicant")
                assert answer.status_code == 303, answer.text
            return Visitor(client)

        yield opened
