//! Logs rows of every kind and keeps what was logged.

use super::rows::word;
use super::specimen::{Cell, Row};
use super::{metric, mix, with};
use std::collections::BTreeMap;
use std::path::Path;
use tachograph::log::{BulkColumn, Mechanism, MixedRow, Record, Writer};
use tachograph::types::{Bitmap, ColumnKey, Kind, NdArray, Role, Table, Value};

/// Logs rows and keeps them.
pub struct Making {
    pub writer: Writer,
    pub rows: BTreeMap<u64, Row>,
}

fn epoch_key(name: &str) -> ColumnKey {
    ColumnKey::new(Role::Field, name)
}

impl Making {
    fn keep(&mut self, seq: u64, row: Row) {
        assert!(self.rows.insert(seq, row).is_none());
    }

    fn next_seq(&self) -> u64 {
        self.rows.keys().next_back().map_or(0, |seq| seq + 1)
    }

    pub fn step(&mut self, step: i64) {
        let mut values = vec![
            (metric("count"), Some((Kind::Int, (step * step) as u64))),
            (metric("loss"), Some((Kind::Float, word(step, 0)))),
            (metric("odd"), (step % 3 != 0).then_some((Kind::Float, word(step, 1)))),
        ];
        if step > 400 {
            values.push((metric("late"), Some((Kind::Float, word(step, 2)))));
        }
        let text = (step % 50 == 9).then(|| (metric("note"), Value::Str(format!("at {step}"))));
        self.mixed(Table::Steps, step, &values, text.into_iter().collect());
    }

    pub fn epoch(&mut self, epoch: i64) {
        let values = [
            (epoch_key("train_loss"), Some((Kind::Float, word(epoch, 5)))),
            (ColumnKey::new(Role::Val, "accuracy"), Some((Kind::Float, word(epoch, 6)))),
        ];
        let bytes = mix(epoch as u64).to_le_bytes().to_vec();
        let array = NdArray { dtype: "<f4".into(), shape: vec![2], bytes };
        let extras = vec![(ColumnKey::new(Role::Val, "sample"), Value::Array(array))];
        self.mixed(Table::Epochs, epoch, &values, extras);
    }

    fn mixed(
        &mut self,
        table: Table,
        label: i64,
        values: &[(ColumnKey, Option<Cell>)],
        extras: Vec<(ColumnKey, Value)>,
    ) {
        let keys: Vec<ColumnKey> = values.iter().map(|(key, _)| key.clone()).collect();
        let id = self.writer.layout(table, &keys).unwrap();
        let words: Vec<u64> =
            values.iter().map(|(_, cell)| cell.map_or(3, |cell| cell.1)).collect();
        let bits = |test: fn(&Option<Cell>) -> bool| -> u64 {
            values.iter().enumerate().map(|(at, (_, cell))| u64::from(test(cell)) << at).sum()
        };
        let present = [bits(Option::is_some)];
        let ints = [bits(|cell| cell.is_some_and(|(kind, _)| kind == Kind::Int))];
        let row = MixedRow { words: &words, present: &present, ints: &ints, extras: &extras };
        let seq = self.writer.append_mixed(id, Some(label), None, &row).unwrap().unwrap();
        let cells = values.iter().filter_map(|(key, cell)| Some((key.clone(), (*cell)?))).collect();
        self.keep(seq, Row { table, label, cells, extras });
    }

    pub fn floats(&mut self, step: i64) {
        let id = self.writer.layout(Table::Steps, &[metric("loss")]).unwrap();
        let bits = word(step, 0);
        assert!(self.writer.append_floats(id, Some(step), &[bits]).unwrap());
        let cells = [(metric("loss"), (Kind::Float, bits))].into();
        let row = Row { table: Table::Steps, label: step, cells, extras: Vec::new() };
        self.keep(self.next_seq(), row);
    }

    pub fn bulk(&mut self, steps: std::ops::Range<i64>) {
        let keys = [metric("loss"), metric("whole")];
        let id = self.writer.layout(Table::Steps, &keys).unwrap();
        let labels: Vec<i64> = steps.collect();
        let loss: Vec<u64> = labels.iter().map(|&step| word(step, 0)).collect();
        let whole: Vec<u64> = labels.iter().map(|&step| step as u64).collect();
        let mut valid = Bitmap::filled(labels.len(), true);
        (0..labels.len()).step_by(4).for_each(|at| valid.set(at, false));
        let columns = [
            BulkColumn { kind: Kind::Float, words: &loss, validity: None },
            BulkColumn { kind: Kind::Int, words: &whole, validity: Some(&valid) },
        ];
        assert!(self.writer.append_bulk(id, &labels, &columns).unwrap());
        for (at, &label) in labels.iter().enumerate() {
            let mut cells = BTreeMap::from([(metric("loss"), (Kind::Float, loss[at]))]);
            if valid.get(at) {
                cells.insert(metric("whole"), (Kind::Int, whole[at]));
            }
            let row = Row { table: Table::Steps, label, cells, extras: Vec::new() };
            self.keep(self.next_seq(), row);
        }
    }

    pub fn record(&self, n: i64) {
        let value = Value::Map(vec![(Value::Str("n".into()), Value::Int(n))]);
        self.writer.put(Record::Put { key: format!("config {n}"), value }).unwrap();
    }

    pub fn resume(mut self, dir: &Path, mechanism: Mechanism) -> Self {
        assert!(self.writer.close(None).unwrap());
        self.writer = Writer::resume(dir, with(mechanism)).unwrap();
        self
    }
}
