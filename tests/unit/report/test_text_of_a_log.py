"""Names and values from a log are text in the page, whatever they look like."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph import TrainingRecorder
from tachograph.report.elements import element, visible
from tachograph.report.packing import script_json

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)><!--\u2028'\"&amp;"
TAGS_OF_THE_PAGE = {"img", "iframe", "object", "svg", "base", "a", "form", "b"}


def test_no_name_makes_an_element(make_recorder, report):
    recorder = make_recorder(
        EVIL, {EVIL: EVIL, "nested": {EVIL: [EVIL]}}, {"note": EVIL, "link": "javascript:alert(1)"}
    )
    recorder.log_step(0, {EVIL: 1.0, f"{EVIL}/x": float("nan")})
    recorder.log_epoch(0, 1.0, 2.0, {EVIL: 1.0, "text": EVIL}, {EVIL: 2.0})

    page = report(recorder, make_recorder(EVIL, {EVIL: 1}))

    assert not TAGS_OF_THE_PAGE & {tag for tag, _ in page.tags}
    assert not [attributes for _, attributes in page.tags if "onerror" in attributes]
    shown = visible(EVIL)
    assert page.text.count(shown) > 8
    assert page.charts[f"steps:{shown}"]["traces"][0]["name"] == shown
    assert EVIL not in page.source


def test_the_page_may_load_nothing(recorder, report):
    policy = next(
        attributes["content"]
        for tag, attributes in report(recorder).tags
        if tag == "meta" and "http-equiv" in attributes
    )

    assert policy.startswith("default-src 'none'; script-src 'unsafe-inline';")
    assert "http" not in policy


@given(
    st.recursive(
        st.text() | st.floats() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_in_a_script_ends_no_script(value):
    import json

    text = script_json(value)

    assert not set("<>&\u2028\u2029") & set(text)
    json.loads(text, parse_constant=pytest.fail)


@given(st.text())
def test_text_reads_back_as_it_was(text):
    from html.parser import HTMLParser

    read = []
    parser = HTMLParser()
    parser.handle_data = read.append
    parser.handle_starttag = lambda tag, attributes: read.append(f"[{tag}]")
    parser.feed(element("p", text))
    parser.close()

    assert "".join(read) == f"[p]{visible(text)}"
    visible(text).encode("utf-8")


def test_hostile_characters_are_seen():
    assert visible("a\u202eb\x00c\ud800") == r"a\u202eb\x00c\ud800"
    assert visible("héllo 👩‍💻 日本") == "héllo 👩‍💻 日本"
    assert visible("x" * 5000, max_chars=10) == "x" * 9 + "…"


@pytest.mark.parametrize("name", ["日本 ünï", "\ud800 lone", "\x00", "", "x" * 70_000, "a\nb"])
def test_any_name_can_be_shown(name, tmp_path, report):
    with TrainingRecorder(
        "plain", {"name": name}, dir=tmp_path / "runs", capture_environment=False
    ) as recorder:
        recorder.log_epoch(
            0, 1.0, train_metrics={name.replace("\ud800", "?")[:60_000] or "none": 1.0}
        )

    page = report(recorder.path)

    assert "plain" in page.text
    assert str(datetime.now(UTC).year) in page.text
