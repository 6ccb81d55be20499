"""The background thread that captures the environment."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tachograph.recorder.environment.accelerators import device_info, gpus, torch_versions
from tachograph.recorder.environment.command_line import redacted
from tachograph.recorder.environment.git import GitState, is_dirty, read_git_state
from tachograph.recorder.environment.machine import cpu_model, hostname, system_info
from tachograph.recorder.environment.packages import installed_packages

__all__ = ["EnvironmentCapture"]

# What closing waits for: files were read by then, and `git status` may have a moment more.
_FACTS_SECS = 1.0
_DIRTY_SECS = 0.02
# What the property waits for: `git status` has a time limit of two seconds.
_COMPLETE_SECS = 3.0


class EnvironmentCapture:
    """Captures the environment once, in a daemon thread.

    What files say comes first and is kept at once; whether the Git tree is dirty needs `git`, and
    follows when it has answered.
    """

    def __init__(self, keep: Callable[[dict[str, Any]], None]) -> None:
        """Starts the thread.

        Args:
            keep: Puts the environment into the log; may raise once the recorder is closed.
        """
        self._keep = keep
        self._facts: dict[str, Any] = {}
        self._has_facts = threading.Event()
        self._complete = threading.Event()
        self._given_up = False
        # Both belong to the caller's moment, not to the thread's.
        self._directory = _working_directory()
        self._argv = list(sys.argv)
        thread = threading.Thread(target=self._run, name="tachograph-environment", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no threads to be had, or the interpreter is going down
            self._has_facts.set()
            self._complete.set()

    def result(self) -> dict[str, Any]:
        """Waits for the capture, three seconds at most.

        Returns:
            What is known by then.
        """
        self._complete.wait(_COMPLETE_SECS)
        return dict(self._facts)

    def finish(self) -> None:
        """Waits briefly, then gives up: nothing is put into the log any more."""
        if self._has_facts.wait(_FACTS_SECS):
            self._complete.wait(_DIRTY_SECS)
        self._given_up = True
        self._complete.set()

    def _run(self) -> None:
        try:
            state = _attempted(lambda: read_git_state(self._directory), None)
            facts = _facts(state, self._argv)
            self._learn(facts)
            self._has_facts.set()
            if state is not None:
                self._learn({**facts, "git_dirty": is_dirty(state)})
        except Exception:  # noqa: BLE001 -- a fact that cannot be had must not disturb a training
            return
        finally:
            self._has_facts.set()
            self._complete.set()

    def _learn(self, facts: dict[str, Any]) -> None:
        # What the log does not learn any more, a closed recorder does not say either: keeping comes
        # first, and raises where the log is closed by now.
        if not self._given_up:
            self._keep(facts)
            self._facts = facts


def _facts(git: GitState | None, argv: list[str]) -> dict[str, Any]:
    packages = _attempted(installed_packages, {})
    pytorch, cuda = _attempted(lambda: torch_versions(packages), (None, None))
    return {
        "git_commit": None if git is None else git.commit,
        "git_dirty": None,
        "git_remote": None if git is None else git.remote,
        "git_branch": None if git is None else git.branch,
        "python_version": ".".join(map(str, sys.version_info[:3])),
        "python_implementation": sys.implementation.name,
        "pytorch_version": pytorch,
        "cuda_version": cuda,
        "device_info": _attempted(device_info, {"cuda_available": False, "cuda_device_count": 0}),
        "gpus": _attempted(gpus, []),
        "system_info": _attempted(
            system_info, {"cpu_count": None, "memory_total": None, "platform": sys.platform}
        ),
        "cpu_model": _attempted(cpu_model, None),
        "hostname": _attempted(hostname, None),
        "command_line": _attempted(lambda: redacted(argv), []),
        "packages": packages,
    }


def _attempted(question: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return question()
    except Exception:  # noqa: BLE001 -- a fact that fails must not take the others with it
        return otherwise


def _working_directory() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was deleted
        return None
