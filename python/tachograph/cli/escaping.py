"""A file as it is shown on a terminal: names and texts from a log do not act on it."""

import codecs
import io
from typing import TextIO

from tachograph.overview.wording import printable

__all__ = ["EscapingSink"]

_KEPT = "\n\t"


class EscapingSink:
    """Takes the bytes of a file of text, and shows what would act on a terminal as its escape."""

    def __init__(self, terminal: TextIO) -> None:
        """Shows on a terminal.

        Args:
            terminal: Where to.
        """
        self._terminal = terminal
        # A character, or the end of a line, may come in two pieces.
        utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)

    def write(self, data: bytes) -> int:
        """Shows the next bytes; all of them are taken."""
        text = self._decoder.decode(data)
        self._terminal.write(printable(text, max_chars=len(text), keeps=_KEPT))
        return len(data)
