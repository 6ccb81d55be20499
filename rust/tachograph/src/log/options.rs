//! How a writer works, and how it is doing.

use super::tailfile::Mechanism;
use std::time::Duration;

/// When what is logged is put on the disk, beyond the reach of a power failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Whenever the kernel likes. A power failure may lose about half a minute.
    Process,
    /// At every interval. A power failure loses at most that.
    Interval,
    /// Before each call returns.
    Always,
}

/// How a writer works.
#[derive(Clone, Debug)]
pub struct Options {
    /// When rows are put on the disk.
    pub durability: Durability,
    /// The interval of [`Durability::Interval`].
    pub sync_interval: Duration,
    /// Whether a row that cannot be kept is an error, or only counted.
    pub raise_on_drop: bool,
    /// How rows reach the kernel; `None` chooses by the file system.
    pub mechanism: Option<Mechanism>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Interval,
            sync_interval: Duration::from_secs(1),
            raise_on_drop: false,
            mechanism: None,
        }
    }
}

/// How the writer is doing.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Rows of epochs and of steps that this attempt has kept.
    pub epochs: u64,
    /// Rows of steps.
    pub steps: u64,
    /// Rows that could not be kept.
    pub dropped: u64,
    /// Bytes of unsealed segments, the open one left out.
    pub queued_bytes: u64,
    /// Bytes of all files of the run.
    pub bytes: u64,
    /// How long callers have waited for the sealer.
    pub stalled: Duration,
    /// The last failure that was met, until it is over.
    pub last_error: Option<String>,
    /// Whether the writer was closed.
    pub closed: bool,
}
