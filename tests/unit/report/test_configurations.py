"""Configurations become rows; what differs between runs comes first."""

import tachograph
from tachograph.overview.configurations import settings_of
from tachograph.report.configurations import flat, split


def test_nested_settings_have_dotted_names():
    config = {"lr": 0.1, "opt": {"name": "adam", "betas": [0.9, 0.99], "none": {}}, "flag": True}

    assert flat({"training": config}) == [
        ("training.lr", "0.1"),
        ("training.opt.name", "adam"),
        ("training.opt.betas", "[0.9, 0.99]"),
        ("training.opt.none", "{}"),
        ("training.flag", "true"),
    ]
    assert flat({}) == []
    assert flat("a text") == [("", "a text")]
    assert len(flat({str(at): at for at in range(5000)})) == 5000


def test_differences_and_what_is_the_same():
    columns = [{"a": 1, "b": 2, "d": 4}, {"a": 1, "b": 3}, {"a": 1, "c": "x", "b": 2}]

    differing, same = split(settings_of(columns))

    assert differing == [("b", "2", "3", "2"), ("d", "4", "-", "-"), ("c", "-", "-", "x")]
    assert same == [("a", "1")]


def test_a_page_and_compare_tell_the_same_differences(make_recorder, report):
    runs = [make_recorder(name, None, {"n": n}) for name, n in [("a", 1), ("b", "1")]]

    (setting,) = tachograph.compare(runs).configuration

    assert (setting.name, setting.values) == ("training.n", (1, "1"))
    text = report(*runs).text
    assert text.index("Configuration differences") < text.index("training.n")
    assert "None: all" not in text


def test_more_settings_than_a_table_has_rows_are_counted(make_recorder, report):
    same = {f"s{at}": at for at in range(5000)}
    runs = [
        make_recorder(name, same, {f"d{at}": (name, at) for at in range(3000)}) for name in "ab"
    ]

    one, both = report(runs[0]), report(*runs)

    assert len(one.rows("configuration")) == 2000 + 2000
    assert "and 3,000 more" in one.text
    assert "and 1,000 more" in one.text
    assert len(both.rows("differences")) == 1 + 2000
    assert "and 1,000 more5,000 settings the same in all runs." in both.text
    twins = make_recorder("a", same), make_recorder("b", same)
    assert "None: all 5,000 settings are the same." in report(*twins).text


def test_the_page_shows_differences_before_the_curves(make_recorder, report):
    runs = [
        make_recorder(name, {"width": 64, "depth": 2}, {"lr": lr})
        for name, lr in [("a", 0.1), ("b", 0.2)]
    ]

    text = report(*runs).text

    assert text.index("training.lr") < text.index("Curves") < text.index("model.width")
    assert "2 settings the same in all runs." in text


def test_the_lowest_validation_loss_is_marked(make_recorder, report):
    first, second = make_recorder("a"), make_recorder("b")
    first.log_epoch(0, 1.0, 0.25)
    second.log_epoch(0, 1.0, 0.5)

    marked = [
        attributes
        for tag, attributes in report(first, second).tags
        if attributes.get("class") == "num best"
    ]

    assert [attributes["data-value"] for attributes in marked] == ["0.25"]


def test_the_marked_run_is_the_one_that_compare_names(make_recorder, report):
    runs = [make_recorder(name) for name in "abc"]
    runs[0].log_epoch(0, 1.0, 0.25)
    runs[1].log_epoch(0, 0.5)

    marked = [
        attributes["data-value"]
        for _, attributes in report(*runs).tags
        if attributes.get("class") == "num best"
    ]

    assert tachograph.compare(runs).best == 1
    assert marked == ["0.5"]


def test_packages_are_folded_and_machine_facts_are_shown(make_recorder, report):
    recorder = make_recorder("a", capture_environment=True)
    recorder.log_epoch(0, 1.0)
    recorder.close()

    text = report(recorder.path).text

    assert "python_version" in text
    assert " packages" in text
