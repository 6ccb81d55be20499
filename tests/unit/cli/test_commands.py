"""What each command says of a run, as text and as JSON."""

import csv
import io
import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

import tachograph
from tachograph import TrainingRecorder
from tachograph.cli import bar
from tachograph.cli.exits import Exit


def strict(text: str):
    def refuse(token: str):
        raise ValueError(token)

    return json.loads(text, parse_constant=refuse)


def record(root: Path, name: str = "baseline", **metrics: float) -> Path:
    with TrainingRecorder(name, dir=root) as recorder:
        for step in range(10):
            recorder.log_step(step, metrics or {"loss": 1.0})
    return Path(recorder.path)


class TestShow:
    def test_text(self, tacho, run_dir):
        result = tacho("show", run_dir)

        assert result.exit_code == Exit.OK
        assert not result.stderr
        for part in ("baseline", "closed", "40 steps", "4 epochs", "train trend", "loss", "█"):
            assert part in result.stdout

    def test_json(self, tacho, run_dir):
        shown = strict(tacho("show", run_dir, "--json").stdout)

        assert shown["experiment_name"] == "baseline"
        assert shown["state"] == "closed"
        assert (shown["steps"], shown["epochs"]) == (40, 4)
        assert shown["training_summary"]["best_epoch"] == 3
        assert shown["metrics"]["steps"]["loss"]["first"] == 1.0
        assert shown["metrics"]["epochs"]["train/mae"]["values"] == 4
        assert len(shown["attempts"]) == 1

    def test_run_without_anything_in_it(self, tacho, tmp_path):
        with TrainingRecorder("empty", dir=tmp_path) as recorder:
            pass

        assert tacho("show", recorder.path).exit_code == Exit.OK
        assert strict(tacho("show", recorder.path, "--json").stdout)["training_summary"] == {}

    def test_hostile_names_are_data(self, tacho, tmp_path):
        run_dir = record(
            tmp_path,
            "[red]x[/] \x1b]0;title\x07 \u202e",
            **{"[bold]loss\x1b[2J": 1.0, "a\nb": 2.0, ":smile:": 3.0},
        )

        result = tacho("show", run_dir)

        assert "\x1b" not in result.output
        assert "\u202e" not in result.output
        assert "[red]x[/]" in result.output
        assert r"[bold]loss\x1b[2J" in result.output
        assert r"a\nb" in result.output
        assert ":smile:" in result.output

    def test_not_finite_values(self, tacho, tmp_path):
        run_dir = record(tmp_path, loss=float("nan"), up=float("inf"))

        assert "10 not finite" in tacho("show", run_dir).stdout
        steps = strict(tacho("show", run_dir, "--json").stdout)["metrics"]["steps"]
        assert steps["loss"]["last"] == "NaN"
        assert steps["up"]["max"] is None

    def test_findings(self, tacho, tmp_path):
        run_dir = record(tmp_path, **{"\x1bloss": float("nan")})

        text = tacho("show", run_dir).stdout
        (found,) = strict(tacho("show", run_dir, "--json").stdout)["findings"]

        assert r"  \x1bloss: 10 values of 10 not finite, steps 0 to 9" in text
        assert (found["kind"], found["label"]) == ("not_finite", 0)

    def test_damage_is_said_beside_the_rest(self, tacho, damaged):
        result = tacho("show", damaged, "--json")
        assert result.exit_code == tacho("show", damaged).exit_code == Exit.DAMAGED

        assert strict(result.stdout)["report"]["damage"]
        assert "damaged: " in result.stderr

    def test_directory_of_runs_means_the_last_one(self, tacho, tmp_path):
        record(tmp_path)
        last = record(tmp_path)

        result = tacho("show", tmp_path, "--json")

        assert strict(result.stdout)["path"] == str(last)
        assert "holds 2 runs" in result.stderr

    def test_directory_without_runs(self, tacho, tmp_path):
        assert tacho("show", tmp_path).exit_code == Exit.NOT_FOUND


class TestLs:
    def test_text(self, tacho, run_dir):
        result = tacho("ls", run_dir.parents[1])

        heading, row = result.stdout.splitlines()
        assert " ".join(heading.split()) == (
            "experiment run id state steps epochs best loss age size"
        )
        assert row.split()[:5] == ["baseline", run_dir.name, "closed", "40", "4"]

    def test_best_loss_age_and_a_live_run(self, tacho, tmp_path):
        with TrainingRecorder("live", dir=tmp_path) as recorder:
            recorder.log_epoch(4, 0.25)
            text = tacho("ls", tmp_path).stdout
            (facts,) = strict(tacho("ls", tmp_path, "--json").stdout)

        assert text.splitlines()[1].split()[2] == "live"
        assert "0.25 (train)" in text
        assert facts["state"] == "running"
        assert (facts["best_epoch"], facts["best_loss"], facts["best_val_loss"]) == (4, 0.25, None)
        assert 0 <= facts["age_seconds"] < 600

    def test_json_lists_runs_by_their_start(self, tacho, tmp_path):
        paths = [record(tmp_path, name) for name in ("b", "a", "c")]

        listed = strict(tacho("ls", tmp_path, "--json").stdout)

        assert [run["path"] for run in listed] == [str(path) for path in paths]
        assert {run["state"] for run in listed} == {"closed"}

    def test_default_directory(self, tacho, tmp_path, monkeypatch):
        record(tmp_path / "elsewhere")
        monkeypatch.setenv("TACHO_DIR", str(tmp_path / "elsewhere"))

        assert len(strict(tacho("ls", "--json").stdout)) == 1

    def test_unreadable_run_does_not_hide_the_others(self, tacho, tmp_path):
        record(tmp_path)
        broken = tmp_path / "baseline" / "broken"
        broken.mkdir()
        (broken / "run.tacho").write_bytes(b"this is no log" * 100)

        result = tacho("ls", tmp_path, "--json")

        assert result.exit_code == Exit.ERROR
        assert len(strict(result.stdout)) == 1
        assert "broken" in result.stderr

    def test_directory_without_runs(self, tacho, tmp_path):
        assert tacho("ls", tmp_path).exit_code == Exit.OK
        assert strict(tacho("ls", tmp_path, "--json").stdout) == []

    def test_rows_that_are_gone_without_a_trace_are_damage_too(self, tacho, damaged):
        log = damaged / "run.tacho"
        content = log.read_bytes()
        for end in range(len(content), 1_000, -500):
            log.write_bytes(content[:end])
            report = strict(tacho("show", damaged, "--json").stdout)["report"]
            if report["rows_lost"] and not report["damage"]:
                break
        else:
            pytest.fail("no cut leaves no other trace")

        result = tacho("ls", damaged)

        assert result.exit_code == tacho("show", damaged).exit_code == Exit.DAMAGED
        assert "crashed, damaged" in result.stdout


class TestVerify:
    def test_sound(self, tacho, run_dir):
        result = tacho("verify", run_dir)

        assert result.exit_code == Exit.OK
        assert result.stdout.startswith("sound: ")
        assert strict(tacho("verify", run_dir, "--json").stdout)["ok"] is True

    def test_damaged(self, tacho, damaged):
        result = tacho("verify", damaged)

        assert result.exit_code == Exit.DAMAGED
        assert result.stdout.startswith("DAMAGED: ")
        assert "at byte" in result.stderr

        report = tacho("verify", damaged, "--json")
        assert report.exit_code == Exit.DAMAGED
        assert strict(report.stdout)["damage"]


class TestRepair:
    def test_sound_run(self, tacho, run_dir, tmp_path):
        target = tmp_path / "repaired"

        result = tacho("repair", run_dir, "-o", target)

        assert result.exit_code == Exit.OK
        assert tachograph.open(target).status.steps == 40

    def test_damaged_run_is_repaired_with_a_code_that_says_so(self, tacho, damaged, tmp_path):
        before = (damaged / "run.tacho").read_bytes()

        result = tacho("repair", damaged, "--json")

        target = Path(strict(result.stdout)["target"])
        assert result.exit_code == Exit.DAMAGED
        assert target == damaged.resolve().with_name(damaged.name + "-repaired")
        assert tacho("verify", target).exit_code == Exit.OK
        assert (damaged / "run.tacho").read_bytes() == before

    def test_never_overwrites(self, tacho, run_dir):
        assert tacho("repair", run_dir, "-o", run_dir).exit_code == Exit.ERROR
        assert tacho("verify", run_dir).exit_code == Exit.OK


class TestPack:
    def test_packed_file_says_what_the_run_says(self, tacho, run_dir, tmp_path):
        target = tmp_path / "packed.tacho"

        result = tacho("pack", run_dir, "-o", target)

        assert result.exit_code == Exit.OK
        run, packed = (strict(tacho("show", p, "--json").stdout) for p in (run_dir, target))
        assert packed["state"] == "packed"
        assert packed["metrics"] == run["metrics"]
        assert packed["run_id"] == run["run_id"]

    @pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.97])
    def test_a_packed_file_that_was_cut_is_damaged(self, tacho, run_dir, tmp_path, share):
        target = tmp_path / "packed.tacho"
        tacho("pack", run_dir, "-o", target)
        assert tacho("verify", target).exit_code == Exit.OK
        whole = target.read_bytes()
        target.write_bytes(whole[: int(share * len(whole))])

        for command in (
            ("verify", target),
            ("show", target),
            ("export", target, "--csv", "--table", "steps", "-o", tmp_path / "steps.csv"),
        ):
            result = tacho(*command)
            assert result.exit_code == Exit.DAMAGED
            assert "cut before its index" in result.output

    def test_of_a_missing_end_nobody_knows_how_many_rows_it_had(self, tacho, run_dir, tmp_path):
        cut, mended = tmp_path / "cut.tacho", tmp_path / "mended"
        tacho("pack", run_dir, "-o", cut)
        cut.write_bytes(cut.read_bytes()[:-40])

        commands = (
            ("verify", cut),
            ("show", cut),
            ("pack", cut, "-o", tmp_path / "again.tacho"),
            ("repair", cut, "-o", mended),
        )
        for command in commands:
            result = tacho(*command)
            assert "an unknown number of rows lost; damaged bytes in 1 place" in result.stderr
            place = result.stderr.splitlines()[-1]
            assert place.startswith("tacho:   cut.tacho at byte ")
            assert place.endswith("cut before its index, or copied from a run that was not closed")
            assert "0 rows lost" not in result.output
            assert "no rows lost" not in result.output
        told = tacho("show", cut).stdout.partition("Findings")[2]
        assert told.strip().startswith("an unknown number of rows lost; damaged bytes in 1 place\n")
        assert "crash" not in told
        assert "crash" not in tacho("verify", cut).output
        for command in ("verify", "show"):
            facts = strict(tacho(command, cut, "--json").stdout)
            report = facts.get("report", facts)
            assert report["rows_lost_known"] is False
            assert report["damage"][0]["rows"] is None
        told = tacho("show", mended)
        assert told.exit_code == Exit.OK
        assert "written by a repair of a run that had lost an unknown number of rows" in told.stdout

    def test_of_a_damaged_trailer_that_nothing_is_lost(self, tacho, run_dir, tmp_path):
        packed = tmp_path / "packed.tacho"
        tacho("pack", run_dir, "-o", packed)
        content = bytearray(packed.read_bytes())
        content[-5] ^= 0xFF
        packed.write_bytes(content)
        for command in (("verify",), ("show",), ("repair", "-o", tmp_path / "mended")):
            told = tacho(command[0], packed, *command[1:])
            assert "no rows lost; damaged bytes in 1 place" in told.output

    def test_of_other_damage_everybody_does(self, tacho, damaged):
        assert "no rows lost, values of 1 column lost; damaged" in tacho("verify", damaged).stderr
        report = strict(tacho("verify", damaged, "--json").stdout)

        assert report["rows_lost_known"] is True
        assert all(place["rows"] is not None for place in report["damage"])

    def test_packing_what_was_cut_says_so(self, tacho, run_dir, tmp_path):
        cut, again = tmp_path / "cut.tacho", tmp_path / "again.tacho"
        tacho("pack", run_dir, "-o", cut)
        cut.write_bytes(cut.read_bytes()[:-40])

        result = tacho("pack", cut, "-o", again)

        assert result.exit_code == Exit.DAMAGED
        assert "cut before its index" in result.output
        facts = strict(tacho("pack", cut, "-o", tmp_path / "third.tacho", "--json").stdout)
        assert facts["damage"]

    def test_never_overwrites(self, tacho, run_dir, tmp_path):
        target = tmp_path / "packed.tacho"
        target.write_bytes(b"mine")

        assert tacho("pack", run_dir, "-o", target).exit_code == Exit.ERROR
        assert target.read_bytes() == b"mine"

    def test_default_target_is_here(self, tacho, run_dir, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        assert tacho("pack", run_dir, "--json").exit_code == Exit.OK
        assert (tmp_path / f"{run_dir.name}.tacho").is_file()

    def test_damaged(self, tacho, damaged, tmp_path):
        assert tacho("pack", damaged, "-o", tmp_path / "x.tacho").exit_code == Exit.DAMAGED


class TestExport:
    def test_csv_of_epochs_and_steps(self, tacho, run_dir):
        epochs = list(csv.DictReader(io.StringIO(tacho("export", run_dir, "--csv").stdout)))
        steps = list(
            csv.DictReader(io.StringIO(tacho("export", run_dir, "--csv", "--table=steps").stdout))
        )

        assert [row["epoch"] for row in epochs] == ["0", "1", "2", "3"]
        assert len(steps) == 40

    def test_json(self, tacho, run_dir):
        record = strict(tacho("export", run_dir, "--json").stdout)

        assert len(record["epochs"]) == 4
        assert record["experiment_name"] == "baseline"

    @pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv", "--long-csv", "--parquet"])
    def test_a_table_without_rows_says_where_they_are(self, tacho, tmp_path, form):
        with TrainingRecorder("s", dir=tmp_path / "s", run_id="s") as steps:
            steps.log_steps(range(3000), {"loss": [0.5] * 3000})
        with TrainingRecorder("e", dir=tmp_path / "e", run_id="e") as epochs:
            epochs.log_epoch(0, 0.5)
        with TrainingRecorder("n", dir=tmp_path / "n", run_id="n") as neither:
            pass
        words = [form, "-o", tmp_path / "out"]

        for recorder, table, said in [
            (steps, "epochs", "tacho: no epochs; 3,000 steps: --table steps\n"),
            (steps, "steps", ""),
            (epochs, "steps", "tacho: no steps; 1 epoch: --table epochs\n"),
            (epochs, "epochs", ""),
            (neither, "epochs", "tacho: no epochs\n"),
        ]:
            done = tacho("export", recorder.path, *words, "--table", table)
            assert (done.exit_code, done.stderr) == (Exit.OK, said)
        events = tacho("export", steps.path, "--tensorboard", "-o", tmp_path / "events")
        assert events.stderr == ""

    @pytest.mark.parametrize(
        ("forms", "said"),
        [
            (["--csv", "--json"], "one form at a time: --csv or --json"),
            ([], "say which: --json, --jsonl, --csv, --long-csv, --parquet or --tensorboard"),
        ],
    )
    def test_it_takes_one_form(self, tacho, run_dir, forms, said):
        refused = tacho("export", run_dir, *forms)

        assert refused.exit_code == Exit.USAGE
        assert said in refused.stderr
        assert refused.stdout == ""

    def test_the_help_does_not_promise_steps_in_the_record(self, tacho):
        words = " ".join(tacho("export", "--help").stdout.split())

        assert "The record of the epochs" in words

    def test_a_line_a_value(self, tacho, run_dir):
        lines = tacho("export", run_dir, "--long-csv", "--table=steps").stdout.splitlines()

        assert lines[0] == "step,attempt,wall_time,metric,value"
        assert len(lines) > 40

    @pytest.mark.parametrize("form", ["--json", "--csv", "--parquet", "--tensorboard"])
    def test_progress_is_shown_on_a_terminal_once_it_takes_long(
        self, tacho, run_dir, tmp_path, monkeypatch, form
    ):
        monkeypatch.setattr(bar, "Console", partial(Console, force_terminal=True))
        quick = tacho("export", run_dir, form, "-o", tmp_path / "quick")
        monkeypatch.setattr(bar, "_PATIENCE_SECS", 0.0)
        monkeypatch.setattr(bar, "_REDRAW_SECS", 0.0)
        slow = tacho("export", run_dir, form, "-o", tmp_path / "slow")

        assert "exporting" not in quick.stderr
        assert "exporting" in slow.stderr

    @pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv", "--long-csv", "--parquet"])
    @pytest.mark.parametrize("table", ["epochs", "steps"])
    def test_file_holds_what_standard_output_gets(self, tacho, run_dir, tmp_path, form, table):
        target = tmp_path / "made" / "on the way"

        tacho("export", run_dir, form, "--table", table, "-o", target)

        streamed = tacho("export", run_dir, form, "--table", table).stdout_bytes
        assert len(target.read_bytes()) == len(streamed)

    def test_tensorboard(self, tacho, run_dir, tmp_path):
        tacho("export", run_dir, "--tensorboard", "-o", tmp_path / "events")

        (file,) = (tmp_path / "events").iterdir()
        assert "tfevents" in file.name
        refused = tacho("export", run_dir, "--tensorboard")
        assert refused.exit_code == Exit.USAGE
        assert "-o DIR" in refused.output

    @pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv", "--long-csv", "--parquet"])
    def test_damaged(self, tacho, damaged, tmp_path, form):
        result = tacho("export", damaged, form, "--table=steps")
        filed = tacho("export", damaged, form, "--table=steps", "-o", tmp_path / "file")

        for done in (result, filed):
            assert done.exit_code == Exit.DAMAGED
            assert "damaged: " in done.stderr
        assert (tmp_path / "file").stat().st_size > 100
        assert len(result.stdout_bytes) > 100

    def test_damaged_events(self, tacho, damaged, tmp_path):
        result = tacho("export", damaged, "--tensorboard", "-o", tmp_path)

        assert result.exit_code == Exit.DAMAGED
        assert "damaged: " in result.stderr
        assert [file.name.startswith("events") for file in tmp_path.glob("*tfevents*")] == [True]

    def test_lines(self, tacho, run_dir, tmp_path):
        printed = tacho("export", run_dir, "--jsonl", "--table=steps").stdout
        tacho("export", run_dir, "--json", "--table=steps", "-o", tmp_path / "a.jsonl")

        assert [strict(line)["step"] for line in printed.splitlines()] == list(range(40))
        assert (tmp_path / "a.jsonl").read_text() == printed

    def test_what_cannot_be_written_is_named(self, tacho, run_dir, tmp_path):
        for target, reason in ((tmp_path, "directory"), (Path("/dev/full"), "No space")):
            result = tacho("export", run_dir, "--csv", "-o", target)

            assert result.exit_code == Exit.ERROR
            assert reason in result.stderr
            assert str(target) in result.stderr


class TestRm:
    def test_asks_and_takes_no_for_an_answer(self, tacho, run_dir):
        for answer in ("n\n", "\n", ""):
            result = tacho("rm", run_dir, input=answer)

            assert result.exit_code == Exit.ERROR
            assert "nothing was deleted" in result.stderr
            assert run_dir.is_dir()

    def test_deletes_when_told_to(self, tacho, run_dir):
        assert tacho("rm", run_dir, input="y\n").exit_code == Exit.OK
        assert not run_dir.exists()
        assert list(run_dir.parent.iterdir()) == []

    def test_yes_as_json(self, tacho, run_dir):
        result = tacho("rm", run_dir, "--yes", "--json")

        assert strict(result.stdout)["deleted"] == str(run_dir)
        assert not run_dir.exists()

    def test_packed_file(self, tacho, run_dir, tmp_path):
        target = tmp_path / "packed.tacho"
        tacho("pack", run_dir, "-o", target)

        assert tacho("rm", target, "--yes").exit_code == Exit.OK
        assert not target.exists()
        assert run_dir.exists()

    def test_never_a_directory_of_runs(self, tacho, run_dir):
        assert tacho("rm", run_dir.parent, "--yes").exit_code == Exit.NOT_FOUND
        assert run_dir.exists()

    def test_never_through_a_symbolic_link(self, tacho, run_dir, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(run_dir)

        assert tacho("rm", link, "--yes").exit_code == Exit.USAGE
        assert run_dir.exists()

    def test_link_inside_the_run_does_not_lead_out(self, tacho, run_dir, tmp_path):
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "precious").touch()
        (run_dir / "checkpoints").symlink_to(outside)

        tacho("rm", run_dir, "--yes")

        assert not run_dir.exists()
        assert (outside / "precious").exists()


class TestTail:
    def test_last_rows_of_a_closed_run(self, tacho, run_dir):
        result = tacho("tail", run_dir, "-n", 3)

        assert result.exit_code == Exit.OK
        assert [line.split()[:2] for line in result.stdout.splitlines()] == [
            ["step", "37"],
            ["step", "38"],
            ["step", "39"],
        ]

    def test_json_lines(self, tacho, run_dir):
        lines = tacho("tail", run_dir, "--table=epochs", "--json").stdout.splitlines()

        rows = [strict(line) for line in lines]
        assert [row["epoch"] for row in rows] == [0, 1, 2, 3]
        assert rows[0]["values"]["train/mae"] == 1.5

    def test_no_rows_asked_for(self, tacho, run_dir):
        assert tacho("tail", run_dir, "-n", 0).stdout == ""

    def test_run_copied_without_its_end(self, tacho, run_dir, tmp_path):
        copy = tmp_path / "copy"
        shutil.copytree(run_dir, copy)
        log = copy / "run.tacho"
        log.write_bytes(log.read_bytes()[:-1])

        result = tacho("tail", copy, "-n", 1)

        assert result.exit_code == Exit.OK
        assert "did not close" in result.stderr
