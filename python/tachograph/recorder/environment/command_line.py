"""The command line without its secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["redacted", "without_credentials"]

_HIDDEN = "***"
_MAX_ARGUMENTS = 200
_MAX_CHARACTERS = 1000

_SECRET_WORDS = (
    r"token|secret|password|passwd|passphrase|pwd|pass|pw|auth|authorization|bearer|credentials?"  # noqa: S105 -- words that announce one
    r"|cookie|api[-_]?keys?|access[-_]?keys?|private[-_]?keys?|secret[-_]?keys?|key"
)
# The word is the name's last, or one of the long words stands in it: `--wandb-api-key`, `db.pw`,
# `authtoken`, `token_file` hide their values; `--tokenizer`, `--max-tokens`, `--monkey` show them.
_SECRET_NAME = re.compile(
    rf"(?:^|[-_.:])(?:{_SECRET_WORDS})$"
    r"|(?:token|secret|password|passwd|apikey)$"
    r"|(?:^|[-_.:])(?:token|secret|password|api[-_]?key)[-_.]",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ASSIGNED = re.compile(r"(?P<name>[-+~]*[A-Za-z_][\w.:/-]*)(?P<sign>[=:])(?P<value>.+)", re.DOTALL)
_USER_INFO = re.compile(
    r"(?<![a-z0-9+.-])(?P<scheme>[a-z][a-z0-9+.-]*://)[^/?#\s]*@", re.IGNORECASE
)
_QUERY = re.compile(
    rf"(?P<name>[?&;](?:[\w.-]*[-_.])?(?:{_SECRET_WORDS}|sig|signature)=)[^&;#\s]*", re.IGNORECASE
)
# Shapes of well-known credentials: Hugging Face, GitHub, GitLab, OpenAI and its like, Slack, AWS,
# Google, JSON web tokens, and keys of 40 hex digits as W&B issues them behind `key`.
_SHAPES = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}"
    r"|sk-[\w-]{16,}|xox[abprs]-[\w-]{10,}|A[KS]IA[A-Z0-9]{16}|AIza[\w-]{30,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)


def redacted(arguments: Sequence[str]) -> list[str]:
    """The arguments with the values of secret-looking ones replaced by ``***``.

    Args:
        arguments: The command line, mostly `sys.argv`.

    Returns:
        At most 200 arguments of at most 1000 characters.
    """
    shown: list[str] = []
    hide_next = False
    for argument in arguments[:_MAX_ARGUMENTS]:
        if hide_next and not argument.startswith("--"):
            shown.append(_HIDDEN)
            hide_next = False
            continue
        hide_next = argument.startswith("-") and _is_secret(argument)
        shown.append(_redacted_argument(argument[:_MAX_CHARACTERS]))
    return shown


def without_credentials(text: str) -> str:
    """The text with user, password and secret parameters of every URL replaced by ``***``."""
    text = _USER_INFO.sub(rf"\g<scheme>{_HIDDEN}@", text)
    text = _QUERY.sub(rf"\g<name>{_HIDDEN}", text)
    return _SHAPES.sub(_HIDDEN, text)


def _redacted_argument(argument: str) -> str:
    assigned = _ASSIGNED.fullmatch(argument)
    if assigned and not assigned["value"].startswith("//") and _is_secret(assigned["name"]):
        return assigned["name"] + assigned["sign"] + _HIDDEN
    return without_credentials(argument)


def _is_secret(name: str) -> bool:
    words = _CAMEL.sub("-", name.lstrip("-+~"))
    return "=" not in words and _SECRET_NAME.search(words) is not None
