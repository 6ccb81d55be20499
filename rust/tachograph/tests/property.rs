//! Whatever sequence of calls, closings and crashes a run sees, it reads as a plain list would.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use support::{metric, with};
use tachograph::log::{BulkColumn, LogReader, Mechanism, MixedRow, Record, Writer, pack, verify};
use tachograph::store::{Choice, Frame, View, records};
use tachograph::types::{Bitmap, Kind, Table, Value};

const NAMES: [&str; 4] = ["a", "b", "c", "late"];

/// One thing that a program does. Columns `a` and `b` hold floats, `c` and `late` integers.
#[derive(Clone, Debug)]
enum Act {
    Floats(i64, [u64; 2]),
    Mixed(i64, [Option<u64>; 4], Option<String>),
    Bulk(i64, Vec<(u64, Option<u64>)>),
    /// More of a step that may have been logged before, with a time long past.
    Late(i64, [Option<u64>; 4]),
    Put(u8, i64),
    Sync,
    Resume,
    /// The files as they are go on in another place, as after a kill.
    Crash,
}

/// A row: its step, its attempt, a word for each column, a text.
type Row = (i64, u32, [Option<u64>; 4], Option<String>);

#[derive(Default)]
struct Model {
    rows: Vec<Row>,
    /// The step of the last call, and the attempt that made it.
    called: Option<(u32, i64)>,
    records: Vec<(String, Value)>,
}

impl Model {
    fn put(&mut self, key: String, value: Value) {
        match self.records.iter_mut().find(|(have, _)| *have == key) {
            Some((_, have)) => *have = value,
            None => self.records.push((key, value)),
        }
    }

    /// An attempt hides the rows of earlier ones from its first step on.
    fn visible(&self) -> Vec<(usize, &Row)> {
        let mut starts: BTreeMap<u32, i64> = BTreeMap::new();
        for (step, attempt, ..) in &self.rows {
            starts.entry(*attempt).or_insert(*step);
        }
        let hidden = |row: &Row| starts.range(row.1 + 1..).any(|(_, &start)| row.0 >= start);
        self.rows.iter().enumerate().filter(|(_, row)| !hidden(row)).collect()
    }

    fn call(&mut self, row: Row) {
        self.called = Some((row.1, row.0));
        self.rows.push(row);
    }

    /// Behind the last call of the last attempt, or behind its last row where it has no calls.
    fn next_step(&self) -> i64 {
        let Some(last) = self.rows.last() else { return 0 };
        let called = self.called.filter(|(attempt, _)| *attempt == last.1);
        called.map_or(last.0, |(_, step)| step).wrapping_add(1)
    }
}

/// Bits of a float, the ones that are easily lost among them.
fn bits() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        any::<f64>().prop_map(f64::to_bits),
        Just((-0.0f64).to_bits()),
        Just(f64::NAN.to_bits() | 0x1234),
        Just(0xfff0_0000_0000_0001),
        Just(f64::INFINITY.to_bits()),
        Just(1),
        (0..20u64).prop_map(|n| (n as f64 / 10.0).to_bits()),
    ]
}

fn integer() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), Just(i64::MIN as u64), Just(i64::MAX as u64), 0..9u64]
}

fn step() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0..60i64, 6 => 0..2i64, 1 => any::<i64>()]
}

fn act() -> impl Strategy<Value = Act> {
    let maybe = || proptest::option::of(bits());
    let maybe_int = || proptest::option::of(integer());
    let late = (maybe(), maybe_int()).prop_map(|(b, d)| [None, b, None, d]);
    let values = (maybe(), maybe(), maybe_int(), maybe_int()).prop_map(|(a, b, c, d)| [a, b, c, d]);
    let rows = proptest::collection::vec((bits(), maybe_int()), 1..40);
    prop_oneof![
        6 => (step(), [bits(), bits()]).prop_map(|(step, words)| Act::Floats(step, words)),
        6 => (step(), values, proptest::option::weighted(0.2, ".{0,9}"))
            .prop_map(|(step, values, text)| Act::Mixed(step, values, text)),
        2 => (0..60i64, rows).prop_map(|(step, rows)| Act::Bulk(step, rows)),
        6 => (0..9i64, late).prop_map(|(step, values)| Act::Late(step, values)),
        1 => (0..3u8, any::<i64>()).prop_map(|(key, value)| Act::Put(key, value)),
        1 => Just(Act::Sync),
        1 => Just(Act::Resume),
        1 => Just(Act::Crash),
    ]
}

fn log(writer: &Writer, act: &Act, model: &mut Model) {
    let attempt = writer.attempt();
    let layout = |names: &[&str]| {
        let keys: Vec<_> = names.iter().map(|name| metric(name)).collect();
        writer.layout(Table::Steps, &keys).unwrap()
    };
    match act {
        Act::Floats(step, words) => {
            assert!(writer.append_floats(layout(&NAMES[..2]), Some(*step), words).unwrap());
            model.call((*step, attempt, [Some(words[0]), Some(words[1]), None, None], None));
        }
        Act::Mixed(step, values, text) => {
            let words = values.map(|value| value.unwrap_or(77));
            let present = (0..4).map(|at| u64::from(values[at].is_some()) << at).sum();
            let extras: Vec<_> =
                text.iter().map(|text| (metric("text"), Value::Str(text.clone()))).collect();
            let (present, ints) = (&[present], &[0b1100]);
            let row = MixedRow { words: &words, present, ints, extras: &extras };
            assert!(
                writer.append_mixed(layout(&NAMES), Some(*step), None, &row).unwrap().is_some()
            );
            model.call((*step, attempt, *values, text.clone()));
        }
        Act::Bulk(step, rows) => {
            let labels: Vec<i64> = (*step..).take(rows.len()).collect();
            let a: Vec<u64> = rows.iter().map(|row| row.0).collect();
            let c: Vec<u64> = rows.iter().map(|row| row.1.unwrap_or(5)).collect();
            let mut valid = Bitmap::filled(rows.len(), false);
            for at in (0..rows.len()).filter(|&at| rows[at].1.is_some()) {
                valid.set(at, true);
            }
            let columns = [
                BulkColumn { kind: Kind::Float, words: &a, validity: None },
                BulkColumn { kind: Kind::Int, words: &c, validity: Some(&valid) },
            ];
            assert!(writer.append_bulk(layout(&["a", "c"]), &labels, &columns).unwrap());
            for (&step, row) in labels.iter().zip(rows) {
                model.call((step, attempt, [Some(row.0), None, row.1, None], None));
            }
        }
        Act::Late(step, values) => {
            let words = values.map(|value| value.unwrap_or(77));
            let present = (0..4).map(|at| u64::from(values[at].is_some()) << at).sum();
            let (present, ints) = (&[present], &[0b1100]);
            let row = MixedRow { words: &words, present, ints, extras: &[] };
            let before = writer.next_step();
            assert!(writer.append_late(layout(&NAMES), *step, 1, &row).unwrap());
            assert_eq!(writer.next_step(), before);
            model.rows.push((*step, attempt, *values, None));
        }
        Act::Put(key, value) => {
            let (key, value) = (format!("key {key}"), Value::Int(*value));
            writer.put(Record::Put { key: key.clone(), value: value.clone() }).unwrap();
            model.put(key, value);
        }
        Act::Sync => writer.sync().unwrap(),
        Act::Resume | Act::Crash => {}
    }
}

/// A row goes with the latest of its step and attempt that is near and has no column that it has.
fn merged(rows: &[(usize, &Row)]) -> Vec<Row> {
    let mut merged: Vec<(Row, usize, usize)> = Vec::new();
    for (seq, row) in rows {
        let takes = |(have, first, last): &&mut (Row, usize, usize)| {
            (seq - *first <= 256 || seq - *last == 1)
                && (0..4).all(|at| have.2[at].is_none() || row.2[at].is_none())
                && (have.3.is_none() || row.3.is_none())
        };
        let of_step = |(have, ..): &&mut (Row, usize, usize)| (have.0, have.1) == (row.0, row.1);
        match merged.iter_mut().rev().find(of_step).filter(takes) {
            Some((have, _, last)) => {
                (0..4).for_each(|at| have.2[at] = have.2[at].or(row.2[at]));
                have.3 = have.3.take().or_else(|| row.3.clone());
                *last = *seq;
            }
            None => merged.push(((*row).clone(), *seq, *seq)),
        }
    }
    merged.into_iter().map(|(row, ..)| row).collect()
}

fn check_frames(reader: &LogReader, want: &[Row]) {
    for (start, stop) in [(None, None), (Some(1), Some(30)), (Some(2), None), (None, Some(1))] {
        let choice = Choice { start, stop, ..Choice::default() };
        let frame = Frame::new(View::new(reader, Table::Steps, false), choice);
        let within = |row: &&Row| {
            start.is_none_or(|start| start <= row.0) && stop.is_none_or(|stop| row.0 < stop)
        };
        let place = |name: &str| frame.schema().iter().position(|c| *c.key.name == *name);
        let mut have = Vec::new();
        for chunk in frame.chunks() {
            for row in 0..chunk.rows() {
                let cell = |name| chunk.column(place(name)?)?.get(row);
                let text = chunk.extras.iter().find(|(at, ..)| *at == row);
                let text = text.map(|(_, _, value)| match value {
                    Value::Str(text) => text.clone(),
                    other => panic!("{other:?}"),
                });
                have.push((chunk.label[row], chunk.attempt, NAMES.map(cell), text));
            }
        }
        assert_eq!(have, want.iter().filter(within).cloned().collect::<Vec<_>>());
        assert_eq!(frame.len(), have.len());
    }
    let whole = Frame::all(View::new(reader, Table::Steps, false));
    let parts = (0..whole.part_count()).map(|at| (whole.part_rows(at), whole.part(at).unwrap()));
    let mut steps = Vec::new();
    for (rows, part) in parts {
        assert_eq!(part.rows(), rows);
        steps.extend(part.label);
    }
    assert_eq!(steps, want.iter().map(|row| row.0).collect::<Vec<_>>());
}

fn check(reader: &LogReader, model: &Model) {
    for everything in [true, false] {
        let view = View::new(reader, Table::Steps, everything);
        let want: Vec<&Row> = if everything {
            model.rows.iter().collect()
        } else {
            model.visible().into_iter().map(|(_, row)| row).collect()
        };
        let index = view.row_index();
        assert_eq!(index.labels, want.iter().map(|row| row.0).collect::<Vec<_>>());
        let attempts: Vec<i64> = want.iter().map(|row| i64::from(row.1)).collect();
        assert_eq!(index.attempts, attempts);
        for (column, name) in NAMES.iter().enumerate() {
            let series = view.series_with_rows(&metric(name));
            let have: Vec<(i64, u64)> = series.rows.into_iter().zip(series.words).collect();
            let cells =
                want.iter().enumerate().filter_map(|(at, row)| Some((at as i64, row.2[column]?)));
            assert_eq!(have, cells.collect::<Vec<_>>(), "{name}");
        }
        let texts =
            want.iter().enumerate().filter_map(|(at, row)| Some((at as i64, row.3.clone()?)));
        let texts: Vec<_> = texts.map(|(at, text)| (at, Value::Str(text))).collect();
        assert_eq!(view.structured(&metric("text")), texts);
    }
    check_frames(reader, &merged(&model.visible()));
    assert_eq!(records(reader), model.records);
    reader.check_all();
    assert!(reader.report().is_sound(), "{:?}", reader.report());
}

/// Copies a run's files as a kill at this moment would leave them.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        // The sealer may have let go of a segment between the two lines.
        if path.file_name().unwrap() != "run.tacho.lock" {
            drop(std::fs::copy(&path, to.join(path.file_name().unwrap())));
        }
    }
}

fn run(acts: &[Act], mechanism: Mechanism) {
    let scratch = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let dir = |n: usize| scratch.path().join(n.to_string());
    let mut place = 0;
    let mut writer = Writer::create(Some(&dir(0)), [7; 16], with(mechanism)).unwrap();
    let mut model = Model::default();
    for act in acts {
        log(&writer, act, &mut model);
        match act {
            Act::Resume => {
                assert!(writer.close(None).unwrap());
                writer = Writer::resume(&dir(place), with(mechanism)).unwrap();
                assert_eq!(writer.next_step(), model.next_step());
            }
            Act::Crash => {
                copy(&dir(place), &dir(place + 1));
                drop(writer);
                place += 1;
                writer = Writer::resume(&dir(place), with(mechanism)).unwrap();
                assert_eq!(writer.next_step(), model.next_step());
            }
            _ => {}
        }
    }
    check(&writer.reader().unwrap(), &model);
    check(&LogReader::open(&dir(place)).unwrap(), &model);
    let file = scratch.path().join("one.tacho");
    pack(&dir(place), &file).unwrap();
    check(&LogReader::open(&file).unwrap(), &model);
    assert!(writer.close(None).unwrap());
    check(&LogReader::open(&dir(place)).unwrap(), &model);
    assert!(verify(&dir(place)).unwrap().is_sound());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_reads_back(
        acts in proptest::collection::vec(act(), 0..60),
        mapped in any::<bool>(),
    ) {
        run(&acts, if mapped { Mechanism::Map } else { Mechanism::Write });
    }
}
