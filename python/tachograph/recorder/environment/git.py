"""The Git state of a directory.

The commit, branch and remote are read from the repository's files, which takes no process. Only
whether the tree is dirty is asked of `git` itself.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tachograph.recorder.environment.command_line import without_credentials

__all__ = ["GitState", "is_dirty", "read_git_state"]

_STATUS_SECS = 2.0
_MAX_FILE_BYTES = 16 * 1024 * 1024
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REMOTE = re.compile(
    r'^\s*\[(?:remote "(?P<name>[^"]*)"|[^\]]*)\]|^\s*url\s*=\s*(?P<url>.+?)\s*$', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class GitState:
    """A working directory's place in a repository.

    Attributes:
        root: The top of the working tree.
        commit: The commit of HEAD in hex; None before the first commit.
        branch: The branch; None where HEAD is detached.
        remote: The URL of ``origin``, or of the first remote, without credentials.
    """

    root: Path
    commit: str | None
    branch: str | None
    remote: str | None


def read_git_state(directory: Path | None) -> GitState | None:
    """Reads the repository that a directory belongs to.

    Returns:
        Its state; None outside of any repository.
    """
    found = None if directory is None else _find(directory)
    if found is None:
        return None
    root, private = found
    shared = _shared_directory(private)
    head = _read(private / "HEAD").strip()
    reference = head.removeprefix("ref:").strip() if head.startswith("ref:") else None
    if reference == "refs/heads/.invalid":  # refs are in a reftable; only git reads those
        return GitState(root, _asked_commit(root), None, _remote(shared))
    commit = head if reference is None else _commit_of(reference, private, shared)
    branch = None if reference is None else reference.removeprefix("refs/heads/")
    valid = commit if commit is not None and _COMMIT.fullmatch(commit) else None
    return GitState(root, valid, branch, _remote(shared))


def is_dirty(state: GitState) -> bool | None:
    """Whether a tracked file differs from the commit; None where git does not say in two seconds.

    Files that Git does not track do not count: the runs themselves would.
    """
    answer = _git(state.root, "status", "--porcelain", "--untracked-files=no")
    return None if answer is None else bool(answer.strip())


def _find(directory: Path) -> tuple[Path, Path] | None:
    """The top of the working tree, and the repository's directory of it."""
    for root in (directory, *directory.parents):
        entry = root / ".git"
        if entry.is_dir():
            return root, entry
        if entry.is_file():  # a work tree or submodule: the file says where
            target = _read(entry).strip().removeprefix("gitdir:").strip()
            return root, (root / target)
    return None


def _shared_directory(private: Path) -> Path:
    """Where the refs of all work trees are."""
    link = private / "commondir"
    return private / _read(link).strip() if link.is_file() else private


def _commit_of(reference: str, private: Path, shared: Path) -> str | None:
    for home in (private, shared):
        loose = home / reference
        if loose.is_file():
            return _read(loose).strip()
    packed = shared / "packed-refs"
    if not packed.is_file():
        return None
    match = re.search(rf"^(\S+) {re.escape(reference)}$", _read(packed), re.MULTILINE)
    return match[1] if match else None


def _remote(shared: Path) -> str | None:
    urls: dict[str, str] = {}
    name = None
    for match in _REMOTE.finditer(_read(shared / "config")):
        if match["url"] is None:
            name = match["name"]
        elif name is not None:
            urls.setdefault(name, match["url"])
    url = urls.get("origin") or next(iter(urls.values()), None)
    return None if url is None else without_credentials(url)


def _asked_commit(root: Path) -> str | None:
    answer = _git(root, "rev-parse", "HEAD")
    return None if answer is None else answer.strip()


def _git(root: Path, *arguments: str) -> str | None:
    # Nothing may wait for a person, take a lock that a person's git then meets, or run a hook.
    settings = {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "LC_ALL": "C",
    }
    try:
        answer = subprocess.run(  # noqa: S603 -- constant arguments
            ["git", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 -- the git on PATH is meant
            cwd=root,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_STATUS_SECS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.decode(errors="replace")


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_FILE_BYTES).decode(errors="replace")
