"""`tacho import`."""

import json

import pytest

import tachograph


def test_a_csv_file(tmp_path, tacho):
    (tmp_path / "metrics.csv").write_text("step,loss\n0,0.5\n1,0.25\n")

    done = tacho("import", tmp_path, tmp_path / "run")

    assert done.exit_code == 0, done.output
    assert "2 steps, 2 values" in done.stdout
    assert tachograph.open(tmp_path / "run").history("loss")[1].tolist() == [0.5, 0.25]


def test_event_files_and_json(tmp_path, run_dir, tacho):
    tacho("export", run_dir, "--tensorboard", "-o", tmp_path / "log")

    done = tacho("import", tmp_path / "log", tmp_path / "run", "--json")

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["kind"], report["path"]) == ("tensorboard", str(tmp_path / "run"))
    assert report["steps"] == 44
    assert "left out" not in done.stderr
    again = tacho("import", tmp_path / "log", tmp_path / "run")
    assert again.exit_code == 1
    assert "nothing is overwritten" in again.stderr


def test_damage_has_its_exit_code_and_is_told(tmp_path, run_dir, tacho):
    tacho("export", run_dir, "--tensorboard", "-o", tmp_path / "log")
    (file,) = (tmp_path / "log").iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content[:-3])

    done = tacho("import", tmp_path / "log", tmp_path / "run")

    assert done.exit_code == 3
    assert "damaged: 1 place" in done.stderr
    assert "the end is torn" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("a.txt", b"x", 1, "not known by its name"),
        ("a.tfevents", b"xyz" * 9, 1, "no event of TensorBoard"),
        ("a.csv", b"x\n", 1, "step or epoch"),
        ("missing.csv", None, 4, "nothing to import"),
    ],
)
def test_what_cannot_be_imported(tmp_path, tacho, name, content, code, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    done = tacho("import", tmp_path / name, tmp_path / "run")

    assert done.exit_code == code
    assert words in done.stderr
    assert not (tmp_path / "run").exists()


def tree(tmp_path, run_dir, tacho, *places):
    """A directory of event files at each place."""
    for place in places:
        tacho("export", run_dir, "--tensorboard", "-o", tmp_path / place)
    return tmp_path / "logs"


def test_every_run_below_a_directory_becomes_one(tmp_path, run_dir, tacho):
    logs = tree(tmp_path, run_dir, tacho, "logs/a", "logs/deep/b", "logs/deep/c", "logs/a/inner")
    (logs / "empty").mkdir()
    (logs / "csv").mkdir()
    (logs / "csv" / "metrics.csv").write_text("step,loss\n0,0.5\n")
    (logs / "latest").symlink_to("a")

    done = tacho("import", logs, tmp_path / "imported")

    assert done.exit_code == 0, done.output
    places = ["a/a", "a/inner", "csv", "deep/b", "deep/c"]
    told = [line.rpartition(": ") for line in done.stdout.splitlines()]
    assert [line[2] for line in told] == [f"{tmp_path}/imported/{place}" for place in places]
    assert [line[0].startswith("44 steps, ") for line in told] == [True, True, False, True, True]
    assert "left out" not in done.stderr
    for place in places:
        assert tachograph.open(tmp_path / "imported" / place).status.state == "closed"
    assert not (tmp_path / "imported" / "latest").exists()


def test_event_files_beside_directories_of_them(tmp_path, run_dir, tacho):
    logs = tree(tmp_path, run_dir, tacho, "logs", "logs/logs")

    done = tacho("import", logs, tmp_path / "imported", "--json")

    assert done.exit_code == 0, done.output
    paths = [report["path"] for report in json.loads(done.stdout)]
    assert paths == [str(tmp_path / "imported" / name) for name in ("logs_", "logs")]


def test_one_of_many_that_cannot_be_imported_does_not_keep_the_others_out(tmp_path, run_dir, tacho):
    logs = tree(tmp_path, run_dir, tacho, "logs/a", "logs/c")
    (logs / "b").mkdir()
    (logs / "b" / "events.tfevents").write_text("no events")
    (file,) = (logs / "c").iterdir()
    file.write_bytes(file.read_bytes()[:-3])

    done = tacho("import", logs, tmp_path / "imported")

    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2
    assert "b: " in done.stderr
    assert "no event of TensorBoard" in done.stderr
    assert "c: the end is torn" in done.stderr
    assert "1 of 3 runs not imported" in done.stderr
    assert sorted(entry.name for entry in (tmp_path / "imported").iterdir()) == ["a", "c"]


def test_damage_in_one_of_many_has_its_exit_code(tmp_path, run_dir, tacho):
    logs = tree(tmp_path, run_dir, tacho, "logs/a", "logs/b")
    (file,) = (logs / "b").iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    done = tacho("import", logs, tmp_path / "imported")

    assert done.exit_code == 3
    assert "b: damaged: 1 place" in done.stderr


def test_runs_never_lie_in_a_run(tmp_path, run_dir, tacho):
    logs = tree(tmp_path, run_dir, tacho, "logs/a", "logs/b")

    done = tacho("import", logs, run_dir)

    assert done.exit_code == 1
    assert "cannot hold others" in done.stderr
    assert not (run_dir / "a").exists()


def test_only_runs_of_the_kind_that_is_named(tmp_path, run_dir, tacho):
    logs = tree(tmp_path, run_dir, tacho, "logs/a")
    (logs / "b").mkdir()
    (logs / "b" / "metrics.csv").write_text("step,loss\n0,0.5\n")

    done = tacho("import", logs, tmp_path / "imported", "--from", "csv")

    assert done.exit_code == 0, done.output
    assert [entry.name for entry in (tmp_path / "imported").iterdir()] == ["b"]


def test_a_kind_may_be_named(tmp_path, tacho):
    (tmp_path / "log.txt").write_text("step,loss\n0,0.5\n")

    assert tacho("import", tmp_path / "log.txt", tmp_path / "run", "--from", "csv").exit_code == 0
    done = tacho("import", tmp_path / "log.txt", tmp_path / "other", "--from", "nothing")
    assert done.exit_code == 2


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("packed", ["", ".gz", ".zst", ".ZST"])
def test_what_we_export_is_known_by_its_name(tmp_path, run_dir, tacho, form, packed):
    file = tmp_path / f"epochs.{form}{packed}"
    tacho("export", run_dir, f"--{form}", "-o", file)

    done = tacho("import", file, tmp_path / "run")

    assert done.exit_code == 0, done.output
    assert "4 epochs" in done.stdout


def test_one_record_makes_no_sense_and_two_make_none(tmp_path, tacho):
    for n_bad in (1, 2):
        lines = ["step,loss", "0,0.5", *["x,1"] * n_bad]
        (tmp_path / f"{n_bad}.csv").write_text("\n".join(lines) + "\n")
    one = tacho("import", tmp_path / "1.csv", tmp_path / "one")
    two = tacho("import", tmp_path / "2.csv", tmp_path / "two")

    assert "1 record that makes no sense" in one.stderr
    assert "2 records that make no sense" in two.stderr


def test_progress_is_shown_on_a_terminal_once_it_takes_long(tmp_path, run_dir, tacho, monkeypatch):
    from functools import partial

    from rich.console import Console

    from tachograph.cli import bar

    tacho("export", run_dir, "--tensorboard", "-o", tmp_path / "log")
    monkeypatch.setattr(bar, "Console", partial(Console, force_terminal=True))

    quick = tacho("import", tmp_path / "log", tmp_path / "quick")
    monkeypatch.setattr(bar, "_PATIENCE_SECS", 0.0)
    monkeypatch.setattr(bar, "_REDRAW_SECS", 0.0)
    slow = tacho("import", tmp_path / "log", tmp_path / "slow")

    assert (quick.exit_code, slow.exit_code) == (0, 0)
    assert "importing" not in quick.stderr
    assert "importing" in slow.stderr
