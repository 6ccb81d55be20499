"""Reports, read back as a browser would read them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tachograph.report import write_html

pytest.importorskip("plotly")

CELLS = {"td", "th"}
VOID = {"meta", "input", "br", "img", "link"}


class Reader(HTMLParser):
    """Elements and visible text; complains of elements that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.section = ""
        self.rows: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.section = dict(attrs)["id"] or ""
        elif tag == "tr":
            self.rows.append((self.section, []))
        elif tag in CELLS:
            self.rows[-1][1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.text.append(data)
            if CELLS & set(self.open):
                self.rows[-1][1][-1] += data


@dataclass
class Page:
    """A report, taken apart."""

    path: Path
    source: str
    payload: dict[str, Any]
    text: str
    tags: list[tuple[str, dict[str, str | None]]] = field(repr=False)
    all_rows: list[tuple[str, list[str]]] = field(repr=False)

    def rows(self, section: str) -> list[list[str]]:
        """The texts of the cells of all tables of a section, headings first."""
        return [cells for where, cells in self.all_rows if where == section]

    @property
    def tiles(self) -> dict[str, str]:
        """The summary of one run: what stands on each tile."""
        parts = self.source.partition('<dl class="tiles">')[2].partition("</dl>")[0]
        found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", parts)
        return {name: re.sub(r"<.*?>", " ", value).strip() for name, value in found}

    @property
    def charts(self) -> dict[str, dict[str, Any]]:
        """By table and title."""
        return {f"{chart['table']}:{chart['title']}": chart for chart in self.payload["charts"]}


def read_page(path: Path) -> Page:
    source = path.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(source)
    reader.close()
    assert reader.open == []
    # The data, the library, and ours; html.parser gives a script in pieces.
    data = source.partition('id="curves-data">')[2].partition("</script>")[0]
    n_scripts = sum(tag == "script" for tag, _ in reader.tags)
    assert n_scripts == 3
    payload = json.loads(data, parse_constant=pytest.fail)
    return Page(path, source, payload, "".join(reader.text), reader.tags, reader.rows)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Page]:
    """Writes a report of runs and takes it apart."""
    # Megabytes of somebody else's script say nothing here and take long to parse.
    monkeypatch.setattr("tachograph.report.html_file.chart_library", lambda: "const Plotly = 0;")

    def make(*runs: Any) -> Page:
        path = tmp_path / "out" / "report.html"
        write_html(list(runs), path)
        return read_page(path)

    return make
