//! The append-only, crash-safe log.
//!
//! A run is a directory. Its main file holds sealed frames and is only ever appended to; behind it
//! stand a few tail segments, which hold the rows not sealed yet. `docs/format.md` is the
//! specification of both.

#[cfg(target_endian = "big")]
compile_error!("the log is written as it lies in memory, which must be little-endian");

mod amendments;
mod background;
mod builder;
mod bulk;
mod bytes;
pub mod codec;
mod columns;
mod crc;
mod draft;
mod frame;
mod hot;
mod index;
mod late;
mod lock;
mod mainfile;
mod options;
mod own_source;
mod pack;
mod parts;
mod reader;
mod record;
mod report;
mod rows;
mod scan;
mod seal;
mod segment;
mod shared;
mod source;
mod sync;
mod sys;
mod tail;
mod tailfile;
mod timed;
mod verify;
mod watched;
mod writer;

pub use draft::Draft;
pub use hot::{BulkColumn, LayoutId, MixedRow};
pub use lock::holder;
pub use options::{Durability, Options, Status};
pub use pack::{pack, pack_bytes, repair};
pub use reader::LogReader;
pub use record::Record;
pub use report::{Damage, Report};
pub use source::{MAIN_FILE, files};
pub use sys::{host_name, new_uuid, wall_micros};
pub use tailfile::Mechanism;
pub use verify::verify;
pub use writer::{Stamp, Writer};

pub(crate) use amendments::{Amendments, scalar};
pub(crate) use columns::{Columns, FoundColumn, TableColumns};
pub(crate) use parts::Part;
pub(crate) use record::int_field;
pub(crate) use rows::{Column, Own};
pub(crate) use sys::huge_vec;
