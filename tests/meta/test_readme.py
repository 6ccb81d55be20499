"""The README's code runs, its links lead somewhere, and its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n(?P<code>.*?)```", re.DOTALL)
WITH_TORCH = re.compile(r"```py\n(?P<code>.*?)```", re.DOTALL)


def test_the_python_blocks_run_one_after_the_other(tmp_path):
    code = [block["code"] for block in BLOCK.finditer(README)]
    assert len(code) >= 4

    done = run("\n".join(code), tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "record.json").is_file()
    assert (tmp_path / "history.csv").is_file()
    assert len(list((tmp_path / "events").iterdir())) == 1
    assert len(list(tmp_path.glob("runs/baseline/*/run.tacho"))) == 1


def test_the_blocks_that_need_torch_run(tmp_path):
    pytest.importorskip("torch")
    (code,) = [block["code"] for block in WITH_TORCH.finditer(README)]

    done = run(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "grad_norm_applied" in done.stdout


def run(code, directory):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=directory,
        env={"PYTHONPATH": ":".join(sys.path), "HOME": str(directory), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda p: p.name
)
def test_links_are_relative_and_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    headings = {anchor(line) for line in text.splitlines() if line.startswith("#")}
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    for link in links:
        target, _, fragment = link.partition("#")
        if target.startswith("https://"):
            continue
        if target:
            assert (path.parent / target).exists(), link
        else:
            assert fragment in headings, link


def anchor(heading):
    """The name that the heading of a document gets in its page."""
    words = re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower())
    return words.replace(" ", "-")


def test_every_command_of_the_command_line_is_named():
    source = "from tachograph.cli import main; import sys; sys.argv = ['tacho', '--help']; main()"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    commands = done.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    listed = {line.split()[0] for line in commands.splitlines()}
    assert listed == set(re.findall(r"`tacho (\w+)", README))


def test_every_benchmark_that_is_named_exists():
    named = re.findall(r"benches/\w+\.py", README)
    assert named
    for name in named:
        assert (ROOT / name).is_file()
