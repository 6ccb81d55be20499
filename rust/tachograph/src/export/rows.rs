//! Columns and structured values of a chunk, looked up by row and place.

use super::cell::Cell;
use crate::types::{Chunk, ChunkColumn, ColumnKey, ColumnSchema, Value};
use crate::{Error, Result};
use std::collections::HashMap;

/// A place for each key.
pub(super) struct Places {
    keys: Vec<ColumnKey>,
    by_key: HashMap<ColumnKey, usize>,
    of_schema: Vec<usize>,
}

impl Places {
    /// Places for the keys in `first`, then for the others of `keys`, in their order; columns of
    /// the schema that are in neither come last.
    pub(super) fn new(first: &[ColumnKey], schema: &[ColumnSchema], keys: &[ColumnKey]) -> Self {
        let mut places = Self { keys: Vec::new(), by_key: HashMap::new(), of_schema: Vec::new() };
        for key in first.iter().chain(keys) {
            places.add(key);
        }
        places.of_schema = schema.iter().map(|column| places.add(&column.key)).collect();
        places
    }

    /// The key's place, a new one if it has none.
    fn add(&mut self, key: &ColumnKey) -> usize {
        if let Some(&place) = self.by_key.get(key) {
            return place;
        }
        let place = self.keys.len();
        self.keys.push(key.clone());
        self.by_key.insert(key.clone(), place);
        place
    }

    /// The keys, by place.
    pub(super) fn keys(&self) -> &[ColumnKey] {
        &self.keys
    }

    /// The column of the schema that has this place.
    pub(super) fn schema_index(&self, place: usize) -> Option<usize> {
        self.of_schema.iter().position(|&of_schema| of_schema == place)
    }

    /// The chunk's content by place. Content without a place is an error, lest it be lost.
    pub(super) fn bind<'a>(&self, chunk: &'a Chunk) -> Result<Rows<'a>> {
        let rows = chunk.rows();
        let mut columns = vec![None; self.keys.len()];
        for column in &chunk.columns {
            let Some(&place) = self.of_schema.get(column.index) else {
                return Err(Error::invalid(
                    "schema",
                    format!("has no column {}, which a chunk has", column.index),
                ));
            };
            if column.words.len() != rows {
                return Err(uneven());
            }
            columns[place] = Some(column);
        }
        if chunk.wall_micros.len() != rows {
            return Err(uneven());
        }
        let mut extras = Vec::with_capacity(chunk.extras.len());
        for (row, key, value) in &chunk.extras {
            let Some(&place) = self.by_key.get(key) else {
                return Err(Error::invalid(
                    "keys",
                    format!("lack the {:?} key of a structured value: {}", key.role, key.name),
                ));
            };
            if *row >= rows {
                return Err(uneven());
            }
            extras.push((*row, place, value));
        }
        extras.sort_by_key(|&(row, place, _)| (row, place));
        Ok(Rows { chunk, columns, extras })
    }
}

fn uneven() -> Error {
    Error::invalid("chunks", "the columns of a chunk differ in length")
}

/// A chunk's content by place.
pub(super) struct Rows<'a> {
    chunk: &'a Chunk,
    columns: Vec<Option<&'a ChunkColumn>>,
    /// Row, place and value, ascending by row and place.
    extras: Vec<(usize, usize, &'a Value)>,
}

impl Rows<'_> {
    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.chunk.rows()
    }

    /// How many places each has.
    pub(super) fn places(&self) -> usize {
        self.columns.len()
    }

    /// One row.
    pub(super) fn row(&self, at: usize) -> Row<'_> {
        let extras: &[_] = if self.extras.is_empty() {
            &[]
        } else {
            let from = self.extras.partition_point(|extra| extra.0 < at);
            let len = self.extras[from..].partition_point(|extra| extra.0 == at);
            &self.extras[from..from + len]
        };
        Row { chunk: self.chunk, columns: &self.columns, extras, at }
    }
}

/// One row's content by place.
pub(super) struct Row<'a> {
    chunk: &'a Chunk,
    columns: &'a [Option<&'a ChunkColumn>],
    extras: &'a [(usize, usize, &'a Value)],
    at: usize,
}

impl<'a> Row<'a> {
    /// Its step or epoch.
    pub(super) fn label(&self) -> i64 {
        self.chunk.label[self.at]
    }

    /// When it was recorded.
    pub(super) fn wall_micros(&self) -> i64 {
        self.chunk.wall_micros[self.at]
    }

    /// The attempt that recorded it.
    pub(super) fn attempt(&self) -> u32 {
        self.chunk.attempt
    }

    /// What it holds at a place. A structured value wins over a number, a later one over an earlier.
    #[inline]
    pub(super) fn cell(&self, place: usize) -> Cell<'a> {
        if !self.extras.is_empty() {
            let after = self.extras.partition_point(|extra| extra.1 <= place);
            if let Some(&(_, found, value)) = self.extras[..after].last()
                && found == place
            {
                return Cell::Value(value);
            }
        }
        match self.columns[place] {
            Some(column) => match column.get(self.at) {
                Some(word) => Cell::Number(column.kind, word),
                None => Cell::Absent,
            },
            None => Cell::Absent,
        }
    }
}
