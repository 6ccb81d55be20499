"""The group: help, codes, errors."""

import subprocess
import sys
from importlib import import_module

import pytest

from tachograph.cli.app import COMMANDS, MODULES
from tachograph.cli.exits import MEANINGS, Exit


def test_help_lists_every_command_and_every_exit_code(tacho):
    result = tacho("--help")

    assert result.exit_code == Exit.OK
    for name in COMMANDS:
        assert f"  {name} " in result.output
    for code, meaning in MEANINGS.items():
        assert str(int(code)) in result.output
        assert meaning.split(":")[0] in " ".join(result.output.split())


def test_every_exit_code_has_a_meaning():
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(tacho, name):
    result = tacho(name, "--help")

    assert result.exit_code == Exit.OK
    assert "--json" in result.output
    assert import_module(f"tachograph.cli.{MODULES.get(name, name)}").command.name == name


def test_version(tacho):
    result = tacho("--version")

    assert result.output.startswith("tacho 0.")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from tachograph.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([n for n in ('numpy', 'rich', 'sklearn', 'tachograph._core') if n in sys.modules])"
    )

    output = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert output.endswith("[]\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], Exit.USAGE),
        (["no-such-command"], Exit.USAGE),
        (["show"], Exit.USAGE),
        (["show", "--no-such-option", "x"], Exit.USAGE),
        (["export", "x"], Exit.USAGE),
        (["tail", "x", "--rows", "-1"], Exit.USAGE),
        (["show", "nowhere"], Exit.NOT_FOUND),
        (["show", "nowhere/run.tacho"], Exit.NOT_FOUND),
        (["verify", "nowhere"], Exit.NOT_FOUND),
        (["repair", "nowhere"], Exit.NOT_FOUND),
        (["pack", "nowhere"], Exit.NOT_FOUND),
        (["export", "nowhere", "--csv"], Exit.NOT_FOUND),
        (["tail", "nowhere"], Exit.NOT_FOUND),
        (["rm", "nowhere"], Exit.NOT_FOUND),
        (["ls", "nowhere"], Exit.NOT_FOUND),
    ],
)
def test_exit_codes_of_wrong_command_lines(tacho, tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)

    result = tacho(*words)

    assert result.exit_code == code
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output


def test_a_file_that_is_no_log_is_an_error(tacho, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello" * 1000)

    result = tacho("show", path)

    assert result.exit_code == Exit.ERROR
    assert "error: " in result.stderr
    assert not result.stdout


def test_paths_in_errors_cannot_act_on_the_terminal(tacho, tmp_path):
    result = tacho("show", tmp_path / "a\x1b[31mb\nc")

    assert "\x1b" not in result.stderr
    assert "\\x1b[31mb\\nc" in result.stderr
