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
_WAIT_SECS = 60  # until something is taken to be broken; no test takes longer because of it

# A new observer is told of what it observes in the next frame: after the input that was sent, after
# the scroll events of that frame, and together with the page's own observer.
_NEXT_FRAME = """() => new Promise(done => {
    const observer = new IntersectionObserver(() => { observer.disconnect(); setTimeout(done); });
    observer.observe(document.documentElement);
})"""

# A page on a machine with better things to do: what it put off comes late, in the same order.
_SLOW_PAGE = """{
    const late = window.setTimeout;
    window.setTimeout = (call, delay = 0, ...rest) => late(call, delay + 150, ...rest);
    window.IntersectionObserver = class extends IntersectionObserver {
        constructor(call, ...rest) { super((...told) => late(() => call(...told), 300), ...rest); }
    };
}"""


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
        chromium = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox"], timeout=1000 * _WAIT_SECS
        )
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
        self.settle(figure)
        return figure

    def settle(self, figure: Any = None) -> None:
        """Waits until the page has done all that follows from what was done to it.

        Input is handled, scroll events are out, and nothing in view is left to draw. The figure
        that is judged is brought into view: it may have left that on the way to a control.
        """
        if figure is not None:
            figure.scroll_into_view_if_needed()
        self.page.evaluate(_NEXT_FRAME)
        self.page.wait_for_function(
            """figure => {
                const wanted = [...inView, ...(figure ? [chartOf.get(figure)] : [])];
                return !isDrawing && wanted.every(chart => chart.isDrawn && !chart.isStale);
            }""",
            arg=figure and figure.element_handle(),
        )

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
        """Drags over a share of the width of a chart, and waits until it is zoomed."""
        box = figure.locator(".nsewdrag").bounding_box()
        zoom = "figure => String(chartOf.get(figure).zoom.x)"
        before = figure.evaluate(zoom)
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + begin * box["width"], y)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + end * box["width"], y, steps=5)
        self.page.mouse.up()
        self.page.wait_for_function(
            f"([figure, before]) => ({zoom})(figure) !== before",
            arg=[figure.element_handle(), before],
        )
        self.settle(figure)

    def double_click(self, figure: Any) -> None:
        """Double-clicks a chart, which takes two clicks for that however far apart they come."""
        figure.evaluate(
            """(figure, milliseconds) => {
                const chart = chartOf.get(figure);
                chart.plot._context.doubleClickDelay = milliseconds;
                chart.redraw();  // the chart library reads it only then
                chart.plot._mouseDownTime = 0;  // or an earlier click would count as the first
            }""",
            1000 * _WAIT_SECS,
        )
        figure.locator(".nsewdrag").dblclick()
        self.settle(figure)

    def point_at(self, figure: Any, x: float) -> None:
        """Moves the pointer to a place of the x axis, half way up."""
        self.settle(figure)
        box = figure.locator(".nsewdrag").bounding_box()
        first, last = self.layout(figure, "xaxis")["range"]
        share = (x - first) / (last - first)
        self.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        self.settle(figure)

    def point_away(self, figure: Any) -> None:
        """Moves the pointer off a chart, into the corner of the page."""
        self.page.mouse.move(1, 1)
        self.settle(figure)

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
        one.page.set_default_timeout(1000 * _WAIT_SECS)
        if os.environ.get("TACHO_TEST_SLOW_PAGE") == "1":
            one.page.add_init_script(_SLOW_PAGE)
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
