"""A browser without a window, for pages that are opened as files; tests skip where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from gestalt_regions.report.web.shell import Shell

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium by Playwright. The variable CHROMIUM names another one."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: make setup")
    where = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not where or not Path(where).exists():
        pytest.skip("no Chromium here: install it (Debian: apt-get install chromium), or name one by CHROMIUM=path")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def browser_page(browser, tmp_path) -> Iterator[object]:
    """A page of the browser. The test fails on any error in its console, and on any request that is not of a file."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    errors, requests = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    yield page
    context.close()
    outside = [url for url in requests if not url.startswith(("file://", "data:", "blob:"))]
    assert not errors, f"errors in the console: {errors}"
    assert not outside, f"requests to the outside: {outside}"


@pytest.fixture(scope="session")
def site_files(root) -> list[Path]:
    """Every file of workflow/report/site, as a shell takes them."""
    return sorted(path for path in (root / "workflow/report/site").iterdir() if path.is_file())


@pytest.fixture
def shell(site_files) -> Shell:
    """A shell for single pages of a simulated study."""
    return Shell(site_files, title="test", simulated="simulated cohort", inline=True)
