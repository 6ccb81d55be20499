//! Forms of bytes that belong to others: records of `TFRecord` and of `LevelDB`'s log, fields of
//! protocol buffers. What exports write and what imports read stands side by side here.

pub(crate) mod leveldb;
pub(crate) mod proto;
pub(crate) mod tfrecord;
pub(crate) mod window;

#[cfg(test)]
mod tests;
