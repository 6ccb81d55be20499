"""A real browser, that has no network and complains of everything."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tachograph import TrainingRecorder
from tachograph.report import write_html

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("plotly")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _executable() -> str:
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        message = f"no browser: none of {', '.join(_NAMES)} is on PATH"
        if os.environ.get("TACHO_CI_FULL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found


# A module's, not a session's: Playwright's event loop would be in the way of other tests' own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    executable = _executable()
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def make_recorder() -> Iterator[Callable[..., TrainingRecorder]]:
    """Makes recorders in memory and closes them at the end."""
    with ExitStack() as stack:
        yield lambda *args: stack.enter_context(
            TrainingRecorder(*(args or ("experiment",)), dir=None, capture_environment=False)
        )


@dataclass
class Opened:
    """A page that was opened, and all that it said and asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def chart(self, title: str, table: str | None = None) -> Any:
        """The figure of that title, scrolled to and drawn; the first one, or that of a table."""
        at = self.page.evaluate(
            "([title, table]) => DATA.charts.findIndex("
            "chart => chart.title === title && (!table || chart.table === table))",
            [title, table],
        )
        figure = self.page.locator(f"figure[data-chart='{at}']")
        figure.scroll_into_view_if_needed()
        figure.locator(".main-svg").first.wait_for()
        self.settle()
        return figure

    def settle(self) -> None:
        """Waits until nothing in view is left to draw."""
        self.page.wait_for_function("() => ![...inView].some(chart => chart.isStale) && !isDrawing")

    def traces(self, figure: Any) -> list[dict[str, Any]]:
        """What the chart library was given, with NaN as None, and whether it shows it."""
        script = """figure => {
            const list = (values) => Array.from(values, (v) => (Number.isFinite(v) ? v : null));
            return figure.querySelector(".plot").data.map((trace) => ({
                kind: trace.kind, x: list(trace.x), y: list(trace.y), visible: trace.visible }));
        }"""
        traces: list[dict[str, Any]] = figure.evaluate(script)
        return traces

    def drag(self, figure: Any, begin: float = 0.3, end: float = 0.7) -> None:
        """Drags over a share of the width of a chart."""
        box = figure.locator(".nsewdrag").bounding_box()
        before = self.layout(figure, "xaxis")["range"]
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + begin * box["width"], y)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + end * box["width"], y, steps=5)
        self.page.mouse.up()
        self.wait_for_range(figure, before, is_same=False)

    def point_at(self, figure: Any, x: float) -> None:
        """Moves the pointer to a place of the x axis, half way up."""
        box = figure.locator(".nsewdrag").bounding_box()
        first, last = self.layout(figure, "xaxis")["range"]
        share = (x - first) / (last - first)
        self.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)

    def wait_for_range(self, figure: Any, bounds: list[float], *, is_same: bool) -> None:
        """Waits until the x axis has these bounds, or has them no longer."""
        self.page.wait_for_function(
            """([figure, bounds, isSame]) => {
                const range = figure.querySelector(".plot")._fullLayout.xaxis.range;
                const off = (at) => Math.abs(range[at] - bounds[at]) / (1 + Math.abs(bounds[at]));
                return (off(0) < 1e-9 && off(1) < 1e-9) === isSame;
            }""",
            arg=[figure.element_handle(), bounds, is_same],
        )

    def layout(self, figure: Any, axis: str) -> Any:
        """The layout of one axis, as the library filled it in."""
        script = f"""figure => {{
            const axis = figure.querySelector(".plot")._fullLayout.{axis};
            return {{ type: axis.type, range: axis.range, title: axis.title.text }};
        }}"""
        return figure.evaluate(script)


@pytest.fixture
def open_report(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Writes a report of runs and opens it; at the end nothing may have been complained of."""
    opened: list[Opened] = []

    def make(*runs: Any, **options: Any) -> Opened:
        path = tmp_path / "report.html"
        write_html(list(runs), path)
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        one = Opened(browser.new_page(**options))
        opened.append(one)
        one.page.set_default_timeout(20_000)
        one.page.on("console", lambda message: one.said.append(message.text))
        one.page.on("pageerror", lambda error: one.said.append(str(error)))
        one.page.on("dialog", lambda dialog: one.said.append(f"dialog {dialog.message}"))
        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.goto(path.as_uri())
        return one

    yield make
    for one in opened:
        one.page.close()
        assert one.said == []
        assert [url for url in one.requests if not url.startswith(("data:", "blob:"))] == [
            (tmp_path / "report.html").as_uri()
        ]
