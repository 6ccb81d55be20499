"""The command line, `tacho`: one module a command; each is imported when it is called."""

from tachograph.cli.app import main

__all__ = ["main"]
