//! Writers of JSON, CSV and event files: rows stream from chunks to any `io::Write`, in flat memory.
//! Record batches of Arrow, chunk by chunk.
//!
//! JSON is strict RFC 8259. What JSON has no form for is written so that a reader can restore it:
//!
//! | value | JSON |
//! |---|---|
//! | integer of any size | digits |
//! | finite float | shortest text that reads back equal, always with `.0` or an exponent |
//! | NaN, infinities | `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | text that equals one of these three | `{"__str__": text}` |
//! | bytes | `{"__bytes__": base64}` |
//! | time | `{"__datetime__": ISO 8601 text}` |
//! | numeric array | `{"__ndarray__": {"dtype": "<f4", "shape": [2, 3], "data": base64}}` |
//! | object without counterpart | its text |
//! | map | object; keys null, true, false and numbers become their JSON text |
//! | map whose keys would collide, or hold bytes or times | `{"__dict__": [[key, value], …]}` |
//! | map whose only key is one of the five `__…__` names | the same |
//!
//! Times are UTC in the form of Python's `datetime.isoformat(timespec="microseconds")`: six digits of
//! fraction, and `+00:00` at the end. Years outside 1 to 9999 have a sign and six digits.
//!
//! An error of the output stream is [`Error::Io`](crate::Error::Io) with `the output` for a path,
//! since a stream has no name.

mod arrow;
mod cell;
mod columns;
mod csv;
mod events;
mod fields;
mod file;
mod json;
mod lines;
mod memory;
mod names;
mod number;
mod record;
mod rows;
mod sink;
mod steps;

#[cfg(test)]
mod tests;

pub use arrow::{Batches, Whole, WholeColumn, whole_columns};
pub use csv::{CsvOptions, write_epochs_csv, write_steps_csv};
pub use events::{Session, SessionState, write_events};
pub use file::{Place, from_path, to_path};
pub use json::value_to_json;
pub use lines::{write_epochs_jsonl, write_steps_jsonl};
pub use record::write_record_json;
pub use steps::write_steps_json;
