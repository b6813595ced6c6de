"""The pages in a real browser, opened from disk: they render, ask for nothing elsewhere, and axe finds no fault.

Chromium is found on the path, or where GUARDS_CHROMIUM says; a missing one fails, since a page that nobody looked at
is not known to be fine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guards.report.build import build, write
from guards.report.record import gather
from tests.report.made import BREACH, REGRESSION, broken_verify, lay_out, missed, mutant, mutate
from tests.report.test_pages import HOSTILE, SECTIONS, everywhere

pytestmark = pytest.mark.browser

WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")
PAGES = ("index.html", "source.html", "coverage.html", "mutation.html")
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("GUARDS_CHROMIUM") or shutil.which("chromium")
    assert path, "no chromium: install Debian's package of that name, or set GUARDS_CHROMIUM"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report with everything, one with nothing, and one with a hostile name in every place."""
    entry = mutant(**REGRESSION | {"diff": "-" + 40 * "owner = 1; "})
    lines = {"lines": 3, "unmutated": {"rules.py": [6]}, "unentered": {"rules.py": [6, 7]}}
    everything = {
        "verify": broken_verify(),
        "mutate": mutate(mutant(breaches=True, breach=BREACH), missed(), entry, **lines),
    }
    nothing = {"verify": None, "mutate": "{", "coverage": None}
    kinds = {"everything": everything, "nothing": nothing, "long": everywhere(HOSTILE["long"])}
    made = {}
    for name, results in kinds.items():
        root = tmp_path_factory.mktemp(name)
        names = [str(root / file) for file in lay_out(root, **results)]
        record = gather(names, root, str(root / "mutation" / "catalogue"), str(root / "history.jsonl"))
        write(build(record, "out"), root / "out")
        made[name] = root / "out"
    return made


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Opens a page of a folder, and fails at the end over any complaint or any request that left the folder."""
    contexts, complaints, requests = [], [], []
    allowed: list[str] = []

    def run(folder: Path, name: str, width: int = 1280, scheme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        allowed.append(folder.as_uri())
        page.goto(f"{folder.as_uri()}/{name}")
        return page

    yield run
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith((*allowed, "data:"))] == []


def serious(page: Any) -> list[str]:
    """What axe-core calls serious or worse, with the first place of each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in SERIOUS]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["everything", "nothing", "long"])
def test_the_first_page_renders_fits_and_is_accessible(
    opened: Any, folders: dict[str, Path], kind: str, width: int, scheme: str
) -> None:
    page = opened(folders[kind], "index.html", width, scheme)
    for section in SECTIONS:
        assert page.locator(f"#{section}").is_visible()
        assert page.locator(f"#{section} h2").first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["source.html", "coverage.html"])
def test_the_other_pages_render_fit_and_are_accessible(
    opened: Any, folders: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    page = opened(folders["everything"], name, width, scheme)
    assert page.locator("main section").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []


def test_the_viewer_shows_the_files_and_their_mutants(opened: Any, folders: dict[str, Path]) -> None:
    page = opened(folders["everything"], "mutation.html")
    page.get_by_role("link", name="rules.py").first.wait_for()
    assert page.locator("mutation-test-report-app").get_by_text("Survived").first.is_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", ["", "#mutant/rules.py"], ids=["files", "code"])
def test_the_viewer_fits_and_is_accessible(
    opened: Any, folders: dict[str, Path], view: str, width: int, scheme: str
) -> None:
    page = opened(folders["everything"], f"mutation.html{view}", width, scheme)
    page.get_by_text("may_delete").or_(page.get_by_role("link", name="rules.py")).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_unfolded_pushes_nothing_aside(opened: Any, folders: dict[str, Path], width: int) -> None:
    page = opened(folders["everything"], "index.html", width)
    page.evaluate("document.querySelectorAll('.incidents details').forEach(one => { one.open = true; })")
    assert page.locator(".incidents pre").first.is_visible()
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.scroll:has(.incidents)'))") == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_runs_nothing_in_a_browser(opened: Any, tmp_path: Path, name: str) -> None:
    names = [str(tmp_path / file) for file in lay_out(tmp_path, **everywhere(HOSTILE[name]))]
    write(build(gather(names, tmp_path, None, None), "out"), tmp_path / "out")
    for file in PAGES:
        if (tmp_path / "out" / file).exists():
            page = opened(tmp_path / "out", file)
            page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
            assert page.locator("body").is_visible()


def test_the_page_is_usable_with_the_keyboard(opened: Any, folders: dict[str, Path]) -> None:
    page = opened(folders["everything"], "index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#main'")  # a fragment is gone to a little after its key
    unreachable = page.evaluate(
        """() => [...document.querySelectorAll('.scroll, pre, .code')]
            .filter(e => e.scrollWidth > e.clientWidth && e.tabIndex < 0).map(e => e.outerHTML.slice(0, 100))"""
    )
    assert unreachable == []


def test_a_command_is_copied_whole(opened: Any, folders: dict[str, Path]) -> None:
    page = opened(folders["everything"], "index.html")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#counterexample-1 button").first.click()
    page.get_by_text("Copied").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "guards replay out/counterexamples/1-isolation.json"
    )


def test_on_paper_everything_is_unfolded_and_nothing_is_cut(opened: Any, folders: dict[str, Path]) -> None:
    page = opened(folders["everything"], "index.html", 800)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator("nav").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_without_scripts_the_page_still_says_everything(browser: Any, folders: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{folders['everything'].as_uri()}/index.html")
    assert "property broken" in page.locator("h1").inner_text()
    assert page.locator("#verdict li").count() >= 13
    context.close()


def test_a_page_that_asks_elsewhere_or_complains_would_be_seen(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<html><img src='http://127.0.0.1:9/x.png'><script>console.log('x')</script>")
    page, seen = browser.new_page(), []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(message.text))
    page.goto((tmp_path / "bad.html").as_uri())
    assert {"http://127.0.0.1:9/x.png", "x"} <= set(seen)
    assert "image-alt" in " ".join(serious(page))
    page.close()
