//! What reading a run met: the damage, and what it cost.

use crate::types::Table;

/// A stretch of a file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file's name within the run.
    pub file: String,
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub len: u64,
    /// What does not hold.
    pub reason: String,
    /// Rows known to be lost with it; 0 where that is not known or none are.
    pub rows: u64,
    /// The table of those rows, if known.
    pub table: Option<Table>,
    /// The first and last step or epoch of those rows, if known.
    pub labels: Option<(i64, i64)>,
    /// The column, where only one column of the rows is lost.
    pub column: Option<String>,
}

/// What reading a run met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows that can be read, of both tables and all attempts.
    pub rows: u64,
    /// Rows that were recorded and cannot be read.
    pub rows_lost: u64,
    /// Damaged stretches in the order they were met.
    pub damage: Vec<Damage>,
    /// Bytes at the end of a file that belong to a write that never finished.
    pub torn_bytes: u64,
    /// Frames read, the index included.
    pub frames: u64,
    /// Whether the last frame says that the run was closed.
    pub closed: bool,
    /// Rows that stand in sealed blocks.
    pub rows_sealed: u64,
}

impl Report {
    /// Whether nothing is damaged and nothing is lost.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.rows_lost == 0
    }

    /// Whether anything that was recorded cannot be read: rows, or a column of some.
    pub fn is_lossy(&self) -> bool {
        self.rows_lost > 0
            || self.damage.iter().any(|damage| damage.rows > 0 || damage.column.is_some())
    }

    /// The lowest damaged place of the main file, or of a tail segment where that is sound.
    pub fn first_bad(&self) -> Option<&Damage> {
        self.damage.iter().min_by_key(|damage| (damage.file != super::MAIN_FILE, damage.offset))
    }
}
