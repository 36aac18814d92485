"""A browser files 総務花子's application; the examiner proposes, the director approves, and anybody finds the station.

Each step leaves a picture in build/screenshots/, after its heading was found right and the console silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.acceptance.conftest import a_service
from tests.acceptance.service import ROOT, Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SAMPLE = ROOT / "docs" / "samples" / "new-license_one-step.xml"
PICTURES = ROOT / "build" / "screenshots"
IN_2020 = "2020-06-01T09:00:00+09:00"
PROCEDURE = "アマチュア局の開設の申請"
GRAVE = frozenset({"serious", "critical"})


class Screen:
    """One person's browser window. `complaints` are what the console said."""

    def __init__(self, page: Page, service: Service) -> None:
        self.page = page
        self.service = service
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(self.service.url + path)

    def sign_in(self, persona: str, path: str) -> None:
        self.open(path)
        self.page.locator(f'button[value="{persona}"]').first.click()
        self.page.wait_for_url(f"{self.service.url}{path}")

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words).first.click()
        self.page.wait_for_load_state()

    def picture(self, name: str, heading: str) -> None:
        """A picture of the page, which has this heading, no complaint in the console and nothing in the way of anybody's use."""
        assert heading in self.page.get_by_role("heading", level=1).inner_text()
        assert self.complaints == []
        found = Axe().run(self.page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in GRAVE] == []
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


Open = Callable[..., Screen]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A running server in test mode on 1 June 2020, shared by the module, with an empty register."""
    with a_service() as made:
        yield made.start(IN_2020)


@pytest.fixture
def screen(browser: Browser, service: Service) -> Iterator[Open]:
    """Open a window of one's own, with its own cookies; without JavaScript and narrow if wished."""
    opened = []

    def open_(*, width: int = 1280, javascript: bool = True) -> Screen:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="ja-JP", java_script_enabled=javascript)
        context.set_default_timeout(60_000)
        opened.append(context)
        return Screen(context.new_page(), service)

    PICTURES.mkdir(parents=True, exist_ok=True)
    yield open_
    for context in opened:
        context.close()


def test_from_the_file_to_the_public_search(screen: Open) -> None:
    hanako = screen()
    hanako.open("/")
    hanako.picture("01-home", "無線局の免許を、申請から公開まで")
    hanako.sign_in("hanako", "/my")
    hanako.picture("02-my-page", "マイページ")
    hanako.open("/my/file")
    hanako.picture("03-file", "申請・届出をする")
    case = _file(hanako)
    hanako.picture("04-draft", PROCEDURE)
    hanako.open(f"/my/cases/{case}/form")
    hanako.picture("05-form", PROCEDURE)
    hanako.press("保存して点検する")
    hanako.picture("06-checked", PROCEDURE)
    hanako.press("提出する")
    hanako.picture("07-submitted", PROCEDURE)
    hanako.press("手数料を納付する")
    hanako.picture("08-paid", PROCEDURE)

    examiner = screen()
    examiner.sign_in("examiner", "/desk")
    examiner.picture("09-desk", "審査デスク")
    examiner.open(f"/desk/cases/{case}")
    examiner.picture("10-examining", PROCEDURE)
    examiner.press("免許・許可を起案")
    examiner.picture("11-proposed", PROCEDURE)

    director = screen()
    director.sign_in("director", "/desk")
    director.open(f"/desk/cases/{case}")
    director.picture("12-in-approval", PROCEDURE)
    director.press("決裁する")
    director.picture("13-granted", PROCEDURE)
    sign = director.page.locator("a[href^='/stations/']").first.inner_text()
    assert re.fullmatch(r"J[A-S]1[A-Z]{3}|7[K-N][1-4][A-Z]{3}", sign)

    hanako.open("/my")
    hanako.picture("14-my-license", "マイページ")
    assert sign in hanako.page.content()
    _found_by_anybody(screen(), sign)


def _file(window: Screen) -> str:
    """Upload the sample; the id of the draft."""
    window.page.set_input_files("#file", SAMPLE)
    window.press("読み取る")
    window.page.wait_for_url("**/my/cases/*")
    return re.split(r"[/?]", window.page.url)[5]


def _found_by_anybody(anybody: Screen, sign: str) -> None:
    anybody.open("/search")
    anybody.page.get_by_label("呼出符号").fill(sign)
    anybody.press("検索")
    anybody.picture("15-search", "無線局を探す")
    anybody.page.get_by_role("link", name=sign, exact=True).click()
    anybody.picture("16-station", sign)
    assert "＊＊＊＊＊" in anybody.page.content()
    assert "花子" not in anybody.page.content()


def test_without_javascript(screen: Open) -> None:
    """Plain forms do everything."""
    hanako = screen(javascript=False)
    hanako.sign_in("hanako", "/my")
    hanako.open("/my/file")
    _file(hanako)
    hanako.press("提出する")
    assert "提出しました" in hanako.page.get_by_role("status").inner_text()


def test_nothing_is_wider_than_a_narrow_screen(screen: Open) -> None:
    hanako = screen(width=390)
    hanako.sign_in("hanako", "/my")
    hanako.open("/my/file")
    case = _file(hanako)
    pages = (
        "/",
        "/search?station_class=AT",
        "/developers",
        "/my",
        "/my/file",
        "/my/licenses",
        f"/my/cases/{case}",
        f"/my/cases/{case}/form",
    )
    for number, path in enumerate(pages):
        hanako.open(path)
        assert hanako.page.evaluate("document.documentElement.scrollWidth") <= 390, path
        hanako.page.screenshot(path=PICTURES / f"3{number}-narrow.png", full_page=True)
    assert hanako.complaints == []


def test_the_english_pages(screen: Open) -> None:
    reader = screen()
    reader.open("/?lang=en")
    reader.picture("21-home-en", "Radio licenses, from filing to the public register")
    reader.open("/search")
    reader.picture("22-search-en", "Find a station")
    reader.open("/developers")
    reader.picture("23-developers-en", "For developers")


def test_the_examples_for_developers_run_in_the_page(screen: Open) -> None:
    reader = screen()
    reader.open("/developers")
    for example in reader.page.locator(".example").all():
        example.get_by_role("button", name="送ってみる").click()
        example.get_by_role("status").filter(has_text=re.compile("^200 ")).wait_for()
        assert example.get_by_role("region").inner_text().strip()
    reader.picture("17-developers", "開発者の方へ")


def test_without_javascript_the_examples_are_links(screen: Open) -> None:
    reader = screen(javascript=False)
    reader.open("/developers")
    assert not reader.page.get_by_role("button", name="送ってみる").first.is_visible()
    reader.page.get_by_role("link", name="答えを開く").first.click()
    assert '"items":[' in reader.page.content()


def test_a_page_that_is_not_there(screen: Open) -> None:
    reader = screen()
    reader.open("/nowhere")
    assert reader.page.get_by_role("heading", level=1).inner_text() == "見つかりません"
