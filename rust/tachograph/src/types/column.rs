//! Tables, the names and kinds of their columns, and rows held by column.

use super::{Bitmap, Value};
use std::sync::Arc;

/// A table of a log. The numbers stand in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// One row for each epoch; its label is the epoch.
    Epochs = 1,
    /// One row for each logged step; its label is the step.
    Steps = 2,
}

impl Table {
    /// The table with this number in a file.
    pub fn from_u8(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Epochs),
            2 => Some(Self::Steps),
            _ => None,
        }
    }

    /// `epochs` or `steps`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Epochs => "epochs",
            Self::Steps => "steps",
        }
    }
}

/// Whose name a column's name is, so that a metric called `epoch` is never taken for the epoch.
/// The numbers stand in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// A field of the record itself, for example `train_loss`.
    Field = 0,
    /// A metric of a step.
    Metric = 1,
    /// A training metric of an epoch.
    Train = 2,
    /// A validation metric of an epoch.
    Val = 3,
}

impl Role {
    /// The role with this number in a file.
    pub fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Field),
            1 => Some(Self::Metric),
            2 => Some(Self::Train),
            3 => Some(Self::Val),
            _ => None,
        }
    }
}

/// What a column is called within its table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnKey {
    /// Whose name it is.
    pub role: Role,
    /// Any text, up to 64 KiB of UTF-8.
    pub name: Arc<str>,
}

impl ColumnKey {
    /// A key from its parts.
    pub fn new(role: Role, name: impl Into<Arc<str>>) -> Self {
        Self { role, name: name.into() }
    }
}

/// How a column's 64-bit words are read. The numbers stand in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `f64::from_bits(word)`.
    Float = 0,
    /// `word as i64`.
    Int = 1,
}

impl Kind {
    /// The kind with this number in a file.
    pub fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Float),
            1 => Some(Self::Int),
            _ => None,
        }
    }

    /// The word as a float; exact for integers up to 2^53, which is all that a mixed column holds.
    pub fn to_f64(self, word: u64) -> f64 {
        match self {
            Self::Float => f64::from_bits(word),
            Self::Int => word as i64 as f64,
        }
    }
}

/// A column of a table: its name and the kind that serves all of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSchema {
    /// Its name.
    pub key: ColumnKey,
    /// `Int` where every value in the view is an integer, else `Float`.
    pub kind: Kind,
}

/// One column of a [`Chunk`].
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkColumn {
    /// The column's place in the view's schema.
    pub index: usize,
    /// How `words` are read. A view gives every chunk the kind of its schema.
    pub kind: Kind,
    /// One word a row; unspecified where absent.
    pub words: Vec<u64>,
    /// Which rows hold a value; `None` means all of them.
    pub validity: Option<Bitmap>,
}

impl ChunkColumn {
    /// The row's word, or `None` where the value is absent.
    pub fn get(&self, row: usize) -> Option<u64> {
        match &self.validity {
            Some(bits) if !bits.get(row) => None,
            _ => self.words.get(row).copied(),
        }
    }
}

/// A stretch of a table's rows in log order, by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// The attempt that recorded these rows, from 1.
    pub attempt: u32,
    /// Each row's place in the log, ascending.
    pub seq: Vec<u64>,
    /// Each row's step or epoch.
    pub label: Vec<i64>,
    /// Each row's wall time, microseconds since 1970-01-01 UTC.
    pub wall_micros: Vec<i64>,
    /// The columns with any value in these rows, ascending by `index`.
    pub columns: Vec<ChunkColumn>,
    /// Structured values of single rows: (row, key, value), ascending by row.
    pub extras: Vec<(usize, ColumnKey, Value)>,
}

impl Chunk {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.label.len()
    }

    /// The column at this place of the schema, if any row here has a value in it.
    pub fn column(&self, index: usize) -> Option<&ChunkColumn> {
        self.columns
            .binary_search_by_key(&index, |column| column.index)
            .ok()
            .map(|at| &self.columns[at])
    }
}
