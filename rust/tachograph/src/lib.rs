//! The log, store, statistics and writers behind the tachograph training recorder.
//!
//! The crate is pure Rust: the Python package lives in the bindings beside it. What stands in a
//! file is specified in `docs/format.md`; how the parts fit is told in `docs/architecture.md`.

/// Errors of the whole crate.
pub mod error;
/// Writers of JSON, CSV and event files.
pub mod export;
/// Rules over the columns of a run, told as values come.
pub mod health;
/// Readers of what other recorders have written.
pub mod import;
/// The append-only, crash-safe log: frames, tail, writer, reader, recovery.
pub mod log;
mod parallel;
mod pipeline;
/// Statistics of series: moments, trend, stability.
pub mod stats;
/// Runs as columns: attempts merged, amendments applied, rows of one step merged.
pub mod store;
/// Tables, columns, chunks and structured values.
pub mod types;
mod wire;

pub use error::{Error, Result};
