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
    /// Rows that were recorded and cannot be read, as far as [`Report::rows_of`] knows.
    pub rows_lost: u64,
    /// Up to where in the main file the number of rows is known from what stands behind.
    pub(crate) told_up_to: u64,
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

    /// How many rows are lost with the damage; `None` where nothing sound follows that would tell.
    pub fn rows_of(&self, damage: &Damage) -> Option<u64> {
        let names_no_rows = damage.rows == 0 && damage.labels.is_none() && damage.column.is_none();
        let is_last = damage.file == super::MAIN_FILE && damage.offset >= self.told_up_to;
        (!(names_no_rows && is_last)).then_some(damage.rows)
    }

    /// Whether there may be more lost rows than `rows_lost` counts.
    pub fn may_have_lost_more(&self) -> bool {
        self.damage.iter().any(|damage| self.rows_of(damage).is_none())
    }

    /// Whether anything that was recorded cannot be read: rows, or a column of some.
    pub fn is_lossy(&self) -> bool {
        self.rows_lost > 0
            || self.may_have_lost_more()
            || self.damage.iter().any(|damage| damage.rows > 0 || damage.column.is_some())
    }

    /// The lowest damaged place of the main file, or of a tail segment where that is sound.
    pub fn first_bad(&self) -> Option<&Damage> {
        self.damage.iter().min_by_key(|damage| (damage.file != super::MAIN_FILE, damage.offset))
    }
}
