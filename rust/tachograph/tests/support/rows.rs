//! Four ways of logging, each with values that follow from the step, and what must come back.

use super::{metric, mix};
use tachograph::log::{BulkColumn, LayoutId, LogReader, MixedRow, Record, Writer};
use tachograph::store::View;
use tachograph::types::{Bitmap, ColumnKey, Kind, Role, Table, Value};

/// A way of logging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Floats,
    Mixed,
    Bulk,
    Records,
}

pub const MODES: [Mode; 4] = [Mode::Floats, Mode::Mixed, Mode::Bulk, Mode::Records];

const LATE: [i64; 3] = [300, 2_000, 9_000];

/// A float's bits: noise, and now and then what is hard to keep.
pub fn word(step: i64, column: u64) -> u64 {
    let noise = mix(step as u64 ^ column << 56);
    match noise % 97 {
        0 => f64::NAN.to_bits() | noise >> 40,
        1 => (-0.0f64).to_bits(),
        2 => f64::NEG_INFINITY.to_bits(),
        3 => 1,
        _ => (((noise >> 11) as f64) / ((1u64 << 53) as f64)).to_bits(),
    }
}

fn int(step: i64) -> u64 {
    match step % 50 {
        7 => i64::MIN as u64,
        8 => i64::MAX as u64,
        _ => (step * 3 - 7) as u64,
    }
}

/// Logs one step after the other.
pub struct Logger<'a> {
    writer: &'a Writer,
    mode: Mode,
    layout: LayoutId,
}

fn keys(mode: Mode) -> Vec<ColumnKey> {
    match mode {
        Mode::Floats => vec![metric("loss"), metric("lr")],
        Mode::Mixed => ["count", "loss", "late0", "late1", "late2"].map(metric).to_vec(),
        Mode::Bulk => vec![metric("a"), metric("b")],
        Mode::Records => vec![ColumnKey::new(Role::Field, "train_loss")],
    }
}

fn table(mode: Mode) -> Table {
    if mode == Mode::Records { Table::Epochs } else { Table::Steps }
}

/// The value of a column at a step, `None` where it is absent.
fn expected(mode: Mode, column: usize, step: i64) -> Option<u64> {
    match (mode, column) {
        (Mode::Mixed, 0) => Some(int(step)),
        (Mode::Mixed, 2..) => {
            let late = column - 2;
            (step >= LATE[late] && step % (late as i64 + 2) != 0).then(|| word(step, column as u64))
        }
        (Mode::Bulk, 1) => (step % 7 != 3).then_some((step * 11) as u64),
        _ => Some(word(step, column as u64)),
    }
}

fn is_int(mode: Mode, column: usize) -> bool {
    matches!((mode, column), (Mode::Mixed, 0) | (Mode::Bulk, 1))
}

fn note(step: i64) -> Option<Value> {
    (step % 64 == 5).then(|| Value::Str(format!("note {step}")))
}

impl<'a> Logger<'a> {
    pub fn new(writer: &'a Writer, mode: Mode) -> Self {
        let layout = writer.layout(table(mode), &keys(mode)).unwrap();
        Self { writer, mode, layout }
    }

    /// Logs at least one step from `step` on; how many, and how many were dropped.
    pub fn log(&self, step: i64) -> (i64, i64) {
        match self.mode {
            Mode::Floats => {
                let values = [word(step, 0), word(step, 1)];
                let kept = self.writer.append_floats(self.layout, Some(step), &values).unwrap();
                (1, i64::from(!kept))
            }
            Mode::Mixed => (1, i64::from(self.mixed(step).is_none())),
            Mode::Bulk => self.bulk(step),
            Mode::Records => {
                let value = Value::Int(step);
                let key = format!("k{}", step % 10);
                self.writer.put(Record::Put { key, value }).unwrap();
                let row =
                    MixedRow { words: &[word(step, 0)], present: &[1], ints: &[0], extras: &[] };
                let place = self.writer.append_mixed(self.layout, Some(step), None, &row).unwrap();
                (1, i64::from(place.is_none()))
            }
        }
    }

    fn mixed(&self, step: i64) -> Option<u64> {
        let n = keys(self.mode).len();
        let values: Vec<Option<u64>> = (0..n).map(|at| expected(self.mode, at, step)).collect();
        let words: Vec<u64> = values.iter().map(|value| value.unwrap_or(0xdead)).collect();
        let present = values.iter().enumerate().map(|(at, v)| u64::from(v.is_some()) << at).sum();
        let extras: Vec<_> = note(step).map(|note| (metric("note"), note)).into_iter().collect();
        let row = MixedRow { words: &words, present: &[present], ints: &[1], extras: &extras };
        self.writer.append_mixed(self.layout, Some(step), None, &row).unwrap()
    }

    fn bulk(&self, step: i64) -> (i64, i64) {
        let n = [3, 1000, 20, 9000, 200_000][(mix(step as u64) % 5) as usize];
        let labels: Vec<i64> = (step..step + n).collect();
        let a: Vec<u64> = labels.iter().map(|&step| word(step, 0)).collect();
        let b: Vec<u64> =
            labels.iter().map(|&step| expected(Mode::Bulk, 1, step).unwrap_or(9)).collect();
        let mut valid = Bitmap::filled(labels.len(), true);
        for (at, &step) in labels.iter().enumerate() {
            valid.set(at, expected(Mode::Bulk, 1, step).is_some());
        }
        let columns = [
            BulkColumn { kind: Kind::Float, words: &a, validity: None },
            BulkColumn { kind: Kind::Int, words: &b, validity: Some(&valid) },
        ];
        let before = self.writer.status().dropped;
        self.writer.append_bulk(self.layout, &labels, &columns).unwrap();
        (n, (self.writer.status().dropped - before) as i64)
    }
}

/// Checks that the run holds exactly the steps `0..n` with the right values; returns `n`.
pub fn check(reader: &LogReader, mode: Mode) -> u64 {
    let view = View::new(reader, table(mode), false);
    let labels = view.row_index().labels;
    let wrong = labels.iter().enumerate().find(|(at, label)| *at as i64 != **label);
    assert!(wrong.is_none(), "{mode:?}: (row, step) {wrong:?} of {}", labels.len());
    check_values(reader, mode, &labels);
    if mode == Mode::Records {
        check_records(reader, labels.len() as i64);
    }
    labels.len() as u64
}

/// Checks the values of rows that have these labels, which may be any part of a run.
pub fn check_values(reader: &LogReader, mode: Mode, labels: &[i64]) {
    let view = View::new(reader, table(mode), false);
    for (column, key) in keys(mode).iter().enumerate() {
        let series = view.series(key);
        let want: Vec<(i64, u64)> =
            labels.iter().filter_map(|&step| Some((step, expected(mode, column, step)?))).collect();
        assert!(series.words.is_empty() || series.is_int == is_int(mode, column), "{key:?}");
        let have: Vec<(i64, u64)> = series.labels.into_iter().zip(series.words).collect();
        let wrong = have.iter().zip(&want).find(|(have, want)| have != want);
        assert!(wrong.is_none(), "{mode:?} {key:?}: {wrong:?}");
        assert_eq!(have.len(), want.len(), "{mode:?} {key:?}");
    }
    if mode == Mode::Mixed {
        let want: Vec<Value> = labels.iter().filter_map(|&step| note(step)).collect();
        let have = view.structured(&metric("note"));
        assert_eq!(have.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), want);
    }
}

fn check_records(reader: &LogReader, rows: i64) {
    let mut puts: Vec<(String, i64)> = reader
        .records()
        .filter_map(|(_, record)| match record {
            Record::Put { key, value: Value::Int(n) } => Some((key.clone(), *n)),
            _ => None,
        })
        .collect();
    // A process killed between a record and its row leaves the record, and the next one repeats it.
    puts.dedup();
    for (at, (key, n)) in puts.iter().enumerate() {
        assert_eq!((key.as_str(), *n), (format!("k{}", at % 10).as_str(), at as i64));
    }
    assert!(puts.len() as i64 >= rows, "{} records for {rows} rows", puts.len());
}
