"""The exit codes of `tacho`, one table for the code, the help text, and the documentation."""

from enum import IntEnum, unique


@unique
class Exit(IntEnum):
    """What a command's exit code says."""

    OK = 0
    ERROR = 1
    USAGE = 2
    DAMAGED = 3
    NOT_FOUND = 4
    UNHEALTHY = 5
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


MEANINGS = {
    Exit.OK: "done",
    Exit.ERROR: "failed; the reason is on standard error",
    Exit.USAGE: "the command line is wrong",
    Exit.DAMAGED: "the run is damaged: what it still holds was used, the rest is reported",
    Exit.NOT_FOUND: "there is no such run",
    Exit.UNHEALTHY: "`health` found an error or a warning in how the training went",
    Exit.INTERRUPTED: "interrupted (Ctrl-C)",
    Exit.CLOSED_PIPE: "the reader of the output went away",
    Exit.TERMINATED: "terminated (SIGTERM)",
}
