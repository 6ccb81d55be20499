//! Tables as lists of rows, from which chunks are made.

use crate::types::{Bitmap, Chunk, ChunkColumn, ColumnKey, ColumnSchema, Kind, Role, Value, cbor};
use proptest::prelude::*;

/// What a row holds under one key.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// A word of the key's column.
    Word(u64),
    /// A structured value.
    Extra(Value),
}

pub(super) fn float(number: f64) -> Entry {
    Entry::Word(number.to_bits())
}

pub(super) fn int(number: i64) -> Entry {
    Entry::Word(number as u64)
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) label: i64,
    pub(super) micros: i64,
    pub(super) entries: Vec<(ColumnKey, Entry)>,
}

impl Row {
    pub(super) fn get(&self, key: &ColumnKey) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.0 == *key).map(|entry| &entry.1)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) schema: Vec<ColumnSchema>,
    pub(super) rows: Vec<Row>,
    pub(super) rows_per_chunk: usize,
}

impl Table {
    pub(super) fn chunks(&self) -> Vec<Chunk> {
        self.rows.chunks(self.rows_per_chunk).map(|rows| self.chunk(rows)).collect()
    }

    fn chunk(&self, rows: &[Row]) -> Chunk {
        let mut chunk = Chunk {
            attempt: 1,
            seq: (0..rows.len() as u64).collect(),
            label: rows.iter().map(|row| row.label).collect(),
            wall_micros: rows.iter().map(|row| row.micros).collect(),
            ..Chunk::default()
        };
        for (index, ColumnSchema { key, kind }) in self.schema.iter().enumerate() {
            let cells: Vec<Option<u64>> = rows
                .iter()
                .map(|row| match row.get(key) {
                    Some(Entry::Word(word)) => Some(*word),
                    _ => None,
                })
                .collect();
            let mut bits = Bitmap::default();
            for cell in &cells {
                bits.push(cell.is_some());
            }
            if bits.count() > 0 {
                chunk.columns.push(ChunkColumn {
                    index,
                    kind: *kind,
                    words: cells.iter().map(|cell| cell.unwrap_or(u64::MAX)).collect(),
                    validity: (!bits.all()).then_some(bits),
                });
            }
        }
        for (at, row) in rows.iter().enumerate() {
            for (key, entry) in &row.entries {
                if let Entry::Extra(value) = entry {
                    chunk.extras.push((at, key.clone(), value.clone()));
                }
            }
        }
        chunk
    }

    /// Keys with structured values, in order of appearance.
    pub(super) fn extra_keys(&self) -> Vec<ColumnKey> {
        let mut keys = Vec::new();
        for (key, entry) in self.rows.iter().flat_map(|row| &row.entries) {
            if matches!(entry, Entry::Extra(_)) && !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// Every key: the schema's, then the others as they appear.
    pub(super) fn keys(&self) -> Vec<ColumnKey> {
        let mut keys: Vec<ColumnKey> = self.schema.iter().map(|c| c.key.clone()).collect();
        for key in self.extra_keys() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    pub(super) fn kind(&self, key: &ColumnKey) -> Kind {
        self.schema.iter().find(|column| column.key == *key).map_or(Kind::Float, |c| c.kind)
    }
}

/// Tables whose keys have these roles, with names that are prone to collide.
pub(super) fn table(roles: &'static [Role]) -> impl Strategy<Value = Table> {
    let names = vec![
        "loss",
        "train_loss",
        "metric_loss",
        "epoch",
        "step",
        "metric.step",
        "is_best",
        "mae",
        "sample_predictions",
        "a,\"b\"\n",
        "=x",
        "'=x",
        "é",
        "",
        "val_mae",
    ];
    let key = (prop::sample::select(roles), prop::sample::select(names))
        .prop_map(|(role, name)| ColumnKey::new(role, name));
    let keys = prop::collection::hash_set(key, 0..8)
        .prop_flat_map(|keys| Just(keys.into_iter().collect::<Vec<_>>()).prop_shuffle());
    (keys, any::<[bool; 8]>(), 0..8usize, 1..5usize).prop_flat_map(
        |(keys, ints, n_schema, rows_per_chunk)| {
            let schema: Vec<ColumnSchema> = keys
                .iter()
                .take(n_schema)
                .zip(ints)
                .map(|(key, int)| ColumnSchema {
                    key: key.clone(),
                    kind: if int { Kind::Int } else { Kind::Float },
                })
                .collect();
            prop::collection::vec(row(keys, schema.len()), 0..9).prop_map(move |rows| Table {
                schema: schema.clone(),
                rows,
                rows_per_chunk,
            })
        },
    )
}

fn row(keys: Vec<ColumnKey>, n_schema: usize) -> impl Strategy<Value = Row> {
    let word = prop_oneof![
        any::<u64>(),
        any::<f64>().prop_map(f64::to_bits),
        prop::sample::select(vec![0, 1, f64::NAN.to_bits(), 1.0f64.to_bits()]),
    ];
    let entry = (word, cbor::tests::value(), 0..6u8);
    let micros = -62_135_596_800_000_000..253_402_300_800_000_000i64;
    (any::<i64>(), micros, prop::collection::vec(entry, keys.len())).prop_map(
        move |(label, micros, cells)| {
            let entries = keys
                .iter()
                .zip(cells)
                .enumerate()
                .filter_map(|(at, (key, (word, value, choice)))| match choice {
                    0..4 if at < n_schema => Some((key.clone(), Entry::Word(word))),
                    4 => Some((key.clone(), Entry::Extra(value))),
                    _ => None,
                })
                .collect();
            Row { label, micros, entries }
        },
    )
}
