//! Values of epochs that were changed after they were logged.

use crate::log::{Columns, LogReader, Record};
use crate::types::{Bitmap, Chunk, ChunkColumn, ColumnKey, ColumnSchema, Kind, Role, Table, Value};
use std::collections::HashMap;

/// The name under which a row's wall time is amended.
const TIMESTAMP: &str = "timestamp";

/// The last amendment of each value, by row.
#[derive(Default)]
pub(super) struct Amendments {
    by_seq: HashMap<u64, Vec<(ColumnKey, Value)>>,
}

impl Amendments {
    pub(super) fn new(reader: &LogReader, table: Table) -> Self {
        let mut amendments = Self::default();
        if table != Table::Epochs {
            return amendments;
        }
        for (_, record) in reader.records() {
            if let Record::Amend { seq, key, value } = record {
                let list = amendments.by_seq.entry(*seq).or_default();
                list.retain(|(have, _)| have != key);
                list.push((key.clone(), value.clone()));
            }
        }
        amendments
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_seq.is_empty()
    }

    /// Notes columns that only amendments have.
    pub(super) fn extend_columns(&self, table: Table, columns: &mut Columns) {
        let mut seqs: Vec<u64> = self.by_seq.keys().copied().collect();
        seqs.sort_unstable();
        for (key, value) in seqs.iter().flat_map(|seq| &self.by_seq[seq]) {
            if is_timestamp(key) {
                continue;
            }
            match scalar(value) {
                Some((kind, _)) => columns.add(table, ColumnSchema { key: key.clone(), kind }),
                None if *value == Value::Null => {}
                None => columns.add_extra(table, key),
            }
        }
    }

    /// Changes the rows of a chunk.
    pub(super) fn apply(&self, chunk: &mut Chunk, schema: &[ColumnSchema]) {
        if self.by_seq.is_empty() {
            return;
        }
        let Chunk { seq, extras, .. } = &mut *chunk;
        extras.retain(|(row, key, _)| !seq.get(*row).is_some_and(|seq| self.changes(*seq, key)));
        for row in 0..chunk.rows() {
            let Some(list) = self.by_seq.get(&chunk.seq[row]) else { continue };
            for (key, value) in list {
                if is_timestamp(key) {
                    if let Value::Int(micros) | Value::Time(micros) = value {
                        chunk.wall_micros[row] = *micros;
                    }
                    continue;
                }
                let scalar = scalar(value);
                if scalar.is_none() && *value != Value::Null {
                    chunk.extras.push((row, key.clone(), value.clone()));
                }
                if let Some(index) = schema.iter().position(|column| column.key == *key) {
                    set(chunk, index, schema[index].kind, row, scalar);
                }
            }
        }
        chunk.extras.sort_by_key(|(row, ..)| *row);
    }

    /// Whether a value of a row was amended.
    fn changes(&self, seq: u64, key: &ColumnKey) -> bool {
        self.by_seq.get(&seq).is_some_and(|list| list.iter().any(|(have, _)| have == key))
    }

    /// Changes wall times.
    pub(super) fn apply_times(&self, seq: &[u64], wall: &mut [u64]) {
        if self.by_seq.is_empty() {
            return;
        }
        for (seq, wall) in seq.iter().zip(wall) {
            let list = self.by_seq.get(seq).into_iter().flatten();
            for (key, value) in list {
                if let (true, Value::Int(micros) | Value::Time(micros)) = (is_timestamp(key), value)
                {
                    *wall = *micros as u64;
                }
            }
        }
    }
}

fn is_timestamp(key: &ColumnKey) -> bool {
    key.role == Role::Field && &*key.name == TIMESTAMP
}

fn scalar(value: &Value) -> Option<(Kind, u64)> {
    match value {
        Value::Int(value) => Some((Kind::Int, *value as u64)),
        Value::Bool(value) => Some((Kind::Int, u64::from(*value))),
        Value::Float(value) => Some((Kind::Float, value.to_bits())),
        _ => None,
    }
}

/// Sets or clears one cell.
fn set(chunk: &mut Chunk, index: usize, kind: Kind, row: usize, value: Option<(Kind, u64)>) {
    let n = chunk.rows();
    let at = match chunk.columns.binary_search_by_key(&index, |column| column.index) {
        Ok(at) => at,
        Err(at) => {
            let validity = Some(Bitmap::filled(n, false));
            chunk.columns.insert(at, ChunkColumn { index, kind, words: vec![0; n], validity });
            at
        }
    };
    let column = &mut chunk.columns[at];
    match value {
        Some((from, word)) => {
            let float = kind == Kind::Float && from == Kind::Int;
            column.words[row] = if float { Kind::Int.to_f64(word).to_bits() } else { word };
            if let Some(bits) = &mut column.validity {
                bits.set(row, true);
            }
        }
        None => {
            column.validity.get_or_insert_with(|| Bitmap::filled(n, true)).set(row, false);
        }
    }
}
