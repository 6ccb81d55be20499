"""Runs the code of docs/tutorial.md and puts its output and its pictures into the page.

    python tools/build_tutorial.py            # writes the page and its pictures anew
    python tools/build_tutorial.py --check    # says whether they are up to date

Blocks of Python run one after the other, in one namespace and an empty directory. What a block
prints, and the value of its last expression, stand in the block of text behind it; a value that a
notebook would draw becomes a picture: a figure as it is, HTML within an SVG. In console blocks each
line after a `$` is run, and its output follows. Times, sizes and the like, which no two runs have
in common, are not compared.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tachograph.cli import main as tacho

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "tutorial.md"
PICTURES = "pictures"

BLOCK = re.compile(r"```(?P<kind>python|console)\n(?P<body>.*?)```\n", re.DOTALL)
# What stands behind a block of Python: its output, its picture, or neither yet.
OUTPUT = re.compile(r"\n(?:```text\n.*?```\n|!\[[^\]]*\]\([^)]*\)\n)", re.DOTALL)

# What differs from run to run: times, sizes, rates, memory.
FLEETING = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[\d.,]+ (?:[KMGT]i)?B\b|[\d.,]+ (?:ms|s|min|h|d)\b"
    r"|[\d.,]+ steps/s|\d{8}-\d{6}-\d{6}-[0-9a-z]{8}|memory_usage .*"
)

SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">
<rect width="100%" height="100%" fill="white"/>
<foreignObject x="10" y="10" width="{inner}" height="{height}">
<div xmlns="http://www.w3.org/1999/xhtml" style="color:#222">{html}</div>
</foreignObject>
</svg>
"""
WIDTH = 760
ROW_PIXELS = 24
CHART_PIXELS = 190
# Times in captions, and releases of matplotlib, differ by less; another curve by more.
MOST_DISTANCE = 0.01


class Build:
    """The page in the making."""

    def __init__(self) -> None:
        self.pictures: dict[str, str | bytes] = {}
        self._names: dict[str, Any] = {"__name__": "tutorial"}

    def page(self, source: str) -> str:
        """The page with the output that its code has now."""
        return "".join(self._parts(source))

    def _parts(self, source: str) -> Iterator[str]:
        position = 0
        while (block := BLOCK.search(source, position)) is not None:
            yield source[position : block.start()]
            position = block.end()
            if block["kind"] == "console":
                yield f"```console\n{_console(block['body'])}```\n"
                continue
            yield block[0]
            yield self._python(block["body"])
            old = OUTPUT.match(source, position)
            position = position if old is None else old.end()
        yield source[position:]

    def _python(self, code: str) -> str:
        """What stands behind a block of Python."""
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        printed = io.StringIO()
        value: Any = None
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, str(PAGE), "exec"), self._names)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), str(PAGE), "eval"), self._names)
        if hasattr(value, "_repr_png_"):  # a figure, which has an `_repr_html_`, too
            return self._shown("png", value._repr_png_())
        if hasattr(value, "_repr_html_"):
            return self._shown("svg", _drawn(value._repr_html_()))
        text = printed.getvalue() + ("" if value is None else f"{value!r}\n")
        return f"\n```text\n{text}```\n" if text else ""

    def _shown(self, kind: str, picture: str | bytes) -> str:
        name = f"tutorial-{len(self.pictures) + 1}.{kind}"
        self.pictures[name] = picture
        return f"\n![what the cell shows]({PICTURES}/{name})\n"


def _drawn(html: str) -> str:
    """HTML within a picture."""
    height = 60 + ROW_PIXELS * html.count("<tr")
    if "<svg" in html:
        height = max(height, CHART_PIXELS)
    return SVG.format(width=WIDTH, inner=WIDTH - 20, height=height, html=html)


def _console(body: str) -> str:
    """A session with the output that its commands have now."""
    lines = []
    for line in body.splitlines():
        if not line.startswith("$ "):
            continue
        program, *words = shlex.split(line[2:])
        assert program == "tacho", line
        done = CliRunner().invoke(tacho, words)
        assert not done.exit_code, done.output
        lines += [line, *done.output.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def settled(text: str) -> str:
    """Text without what differs from run to run, and without what that moves."""
    return re.sub(r" +", " ", FLEETING.sub("...", text))


def is_current(path: Path, made: str | bytes) -> bool:
    """Whether a file says, or shows, what was made."""
    if not path.exists():
        return False
    if isinstance(made, str):
        return settled(path.read_text(encoding="utf-8")) == settled(made)
    from matplotlib.image import imread

    kept, new = imread(path), imread(io.BytesIO(made))
    return kept.shape == new.shape and float(abs(kept - new).mean()) < MOST_DISTANCE


def build() -> tuple[str, dict[str, str | bytes]]:
    """The page and its pictures, by name."""
    made = Build()
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        try:
            return made.page(PAGE.read_text(encoding="utf-8")), made.pictures
        finally:
            os.chdir(before)


def main() -> None:
    """Builds, or checks."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where it is stale")
    arguments = parser.parse_args()
    page, pictures = build()
    made: dict[Path, str | bytes] = {
        PAGE: page,
        **{DOCS / PICTURES / name: one for name, one in pictures.items()},
    }
    if not arguments.check:
        (DOCS / PICTURES).mkdir(exist_ok=True)
        for path, one in made.items():
            if not is_current(path, one):
                path.write_bytes(one.encode() if isinstance(one, str) else one)
        return
    stale = [path for path, one in made.items() if not is_current(path, one)]
    for path in stale:
        print(f"{path.relative_to(DOCS.parent)} is stale: python tools/build_tutorial.py")
    sys.exit(bool(stale))


if __name__ == "__main__":
    main()
