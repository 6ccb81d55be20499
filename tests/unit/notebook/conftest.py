"""What a notebook would show, and its front end's end of it."""

from html.parser import HTMLParser

import pytest


@pytest.fixture(autouse=True)
def _in_own_directory(own_directory):
    pass


class Page(HTMLParser):
    """The elements of a piece of HTML, and its text."""

    VOID = frozenset({"line", "circle", "polyline"})

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.texts = []
        self._open = []
        self.feed(html)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in self.VOID
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def tags(self):
        return {tag for tag, _ in self.elements}


@pytest.fixture
def page():
    return Page
