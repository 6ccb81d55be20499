//! What is counted of every file, whoever wrote it.

use super::instant::micros;
use super::rows::Collecting;
use super::skipped::Skipped;
use crate::wire::window::Losses;

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Rows that were made.
    pub rows: u64,
    /// Numbers in these rows.
    pub scalars: u64,
    /// Damaged places: records whose checksum is wrong, and stretches in which none can be found.
    pub damaged_places: u64,
    /// Their bytes.
    pub damaged_bytes: u64,
    /// Bytes of last records that are not whole.
    pub torn_bytes: u64,
    /// Sound records that are not what the file should hold, and malformed parts of others.
    pub malformed: u64,
    /// What has no place in a run, by kind.
    pub skipped: Skipped,
    /// How often a wall time was missing or none that a calendar has; the one before it was taken.
    pub odd_wall_times: u64,
    /// The first wall time, microseconds since 1970-01-01 UTC.
    pub first_wall_micros: Option<i64>,
    last_wall_micros: i64,
}

impl Counts {
    /// With the rows that were collected so far.
    pub(super) fn with_rows(&self, rows: &Collecting) -> Self {
        Self { rows: rows.rows, scalars: rows.values, ..self.clone() }
    }

    /// Adds what was lost of a file, and how many records were too long to look at.
    pub(super) fn add_losses(&mut self, losses: Losses, too_long: u64) {
        self.damaged_places += losses.places;
        self.damaged_bytes += losses.bytes;
        self.torn_bytes += losses.torn_bytes;
        self.skipped.add_many("records over 64 MiB", too_long);
    }

    /// The instant, in microseconds, of what is read next.
    #[inline]
    pub(super) fn wall_micros(&mut self, seconds: Option<f64>) -> i64 {
        let wall = seconds.and_then(micros).unwrap_or_else(|| {
            self.odd_wall_times += 1;
            self.last_wall_micros
        });
        self.last_wall_micros = wall;
        self.first_wall_micros.get_or_insert(wall);
        wall
    }
}
