//! What rows, columns and structured values are, without a word on how they are stored.

mod bitmap;
pub mod cbor;
mod column;
mod value;

pub use bitmap::Bitmap;
pub use column::{Chunk, ChunkColumn, ColumnKey, ColumnSchema, Kind, Role, Table};
pub use value::{MAX_NESTING, NdArray, Value};
