"""The `tacho` command: finds a command's module, turns errors into exit codes."""

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from tachograph.cli.exits import MEANINGS, Exit
from tachograph.cli.output import warn
from tachograph.exceptions import RunNotFoundError, TachographError
from tachograph.overview.wording import printable

# Each command's module is imported when it is called; its help line stands here so that
# `tacho --help` needs none of them.
COMMANDS = {
    "demo": "Train a small classifier on real digits, recorded.",
    "show": "Show a run: summary, findings, each metric's course.",
    "health": "Look a training through for trouble, and say what to do.",
    "plot": "Draw metrics of a run, or of several, as a picture.",
    "visualize": "Draw a watched training's dashboard, and sum it up.",
    "ls": "List the runs below a directory.",
    "tail": "Follow a run while it is written, until it closes.",
    "compare": "Put runs side by side: what differs, what came out.",
    "export": "Write a run as JSON, CSV, Parquet or event files.",
    "report": "Write an HTML report of runs, to zoom, compare and print.",
    "import": "Make a run of event files, CSV, JSON or W&B's files.",
    "verify": "Check every byte of a run.",
    "repair": "Write what a damaged run still holds into a new one.",
    "pack": "Make one self-contained file of a run.",
    "rm": "Delete a run, after asking.",
    "bench": "Measure what recording costs here.",
}

# A module cannot be called by a word of the language.
MODULES = {"import": "import_run"}

PROGRAM = "tacho"

_COMPLETION_VARIABLE = "_TACHO_COMPLETE"
_MESSAGE_CHARS = 2000


class Tacho(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All commands, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Imports the command's module."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"tachograph.cli.{MODULES.get(cmd_name, cmd_name)}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Lists the commands without importing them, then the exit codes."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in MEANINGS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - click's signature
        **extra: Any,
    ) -> Any:
        """Runs a command and exits with its code.

        Click's own way of ending has fewer codes than ours and differs from version to version, so
        that only shell completion and embedding (`standalone_mode=False`) take it.
        """
        if not standalone_mode or _COMPLETION_VARIABLE in os.environ:
            return super().main(args, prog_name, complete_var, standalone_mode, **extra)
        _leave_quickly()
        words = list(sys.argv[1:] if args is None else args)
        sys.exit(_exit_code(partial(self._run, words, prog_name or PROGRAM, extra)))

    def _run(self, words: list[str], prog_name: str, extra: dict[str, Any]) -> object:
        with self.make_context(prog_name, words, **extra) as context:
            return self.invoke(context)


@cache
def _leave_quickly() -> None:
    """Spares the end of the process a search for garbage in all that was imported.

    It takes a tenth of what `tacho ls` takes. Nothing waits for it: recorders are closed by then.
    """
    atexit.register(gc.freeze)


def _exit_code(command: Callable[[], object]) -> int:
    """Runs a command; whatever happens becomes a code, and a line where it needs words."""
    _open_what_is_closed()
    _tolerate_narrow_encodings()
    try:
        code = _translated(command)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return Exit.CLOSED_PIPE
    return code


def _translated(command: Callable[[], object]) -> int:
    """Runs a command; its errors, except that of a closed pipe, become codes."""
    try:
        code = command()
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        raise
    except RunNotFoundError as error:
        _complain(error)
        return Exit.NOT_FOUND
    except (TachographError, OSError) as error:
        _complain(error)
        return Exit.ERROR
    return code if isinstance(code, int) else Exit.OK


@click.command(PROGRAM, cls=Tacho, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tachograph", message="%(prog)s %(version)s")
def main() -> None:
    """Looks into runs recorded by tachograph.

    RUN is a run's directory, a .tacho file, or a directory of runs, of which the one written last
    is taken. With --json a command prints strict JSON for programs.
    """


def _complain(error: Exception) -> None:
    """Says on standard error what went wrong, with nothing in it that acts on the terminal."""
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename is not None else ""
        message = f"{error.strerror}{where}"
    else:
        message = str(error) or type(error).__name__
    warn(f"error: {printable(message, max_chars=_MESSAGE_CHARS)}")


def _silence_stdout() -> None:
    """Keeps the interpreter from flushing into the closed pipe, and complaining, at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_what_is_closed() -> None:
    """Gives a standard stream that was closed (`>&-`) an end that nobody reads."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            devnull = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- to the end
            setattr(sys, name, devnull)


def _tolerate_narrow_encodings() -> None:
    """Characters that standard output cannot encode are shown as escapes, not as an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
