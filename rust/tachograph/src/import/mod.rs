//! Runs of other recorders, read as rows: TensorBoard's event files and W&B's run files; and what
//! the cells of their CSV files stand for.
//!
//! Whatever a file holds, reading it never fails for its content: what is damaged, torn or of no
//! use here is passed over and counted. Memory is bounded by the longest record that is looked at
//! (64 MiB), by the names that the file holds, and by how many different sets of them its rows have.

mod cell;
mod counts;
mod events;
mod instant;
mod rows;
mod sink;
mod skipped;
mod tags;
mod wandb;

pub use cell::Cell;
pub use counts::Counts;
pub use events::{EventFiles, EventOptions, EventReport, Hparams};
pub use rows::Row;
pub use sink::{Columns, LogSink, Sink};
pub use skipped::Skipped;
pub use tags::Tags;
pub use wandb::{WandbFile, WandbReport};

/// Told how many bytes were read so far; an error of its own ends the reading.
pub type Progress<'a> = &'a mut dyn FnMut(u64) -> crate::Result<()>;

/// After how many bytes progress is told of.
const PROGRESS_BYTES: u64 = 1 << 20;
