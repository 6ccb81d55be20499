//! A buffer before an output stream, and rows that pass through it.

use super::rows::{Row, Rows};
use crate::{Error, Result};
use std::io::Write;

/// The buffer is passed on once it holds this much.
const SPILL_BYTES: usize = 1 << 18;

/// Output that is formatted into one buffer and passed on in large pieces.
pub(super) struct Sink<'a> {
    stream: &'a mut dyn Write,
    /// Formatted and not yet passed on.
    pub(super) buffer: Vec<u8>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(stream: &'a mut dyn Write) -> Self {
        Self { stream, buffer: Vec::with_capacity(SPILL_BYTES + SPILL_BYTES / 4) }
    }

    /// Passes the buffer on if it is large enough.
    pub(super) fn spill(&mut self) -> Result<()> {
        if self.buffer.len() >= SPILL_BYTES { self.drain() } else { Ok(()) }
    }

    /// Passes everything on and flushes the stream.
    pub(super) fn finish(mut self) -> Result<()> {
        self.drain()?;
        self.stream.flush().map_err(refused)
    }

    /// Formats each row, with `separator` before all but the first row of the output.
    pub(super) fn rows(
        &mut self,
        rows: &Rows<'_>,
        separator: &[u8],
        started: &mut bool,
        format: impl Fn(&Row<'_>, &mut Vec<u8>),
    ) -> Result<()> {
        for at in 0..rows.len() {
            if std::mem::replace(started, true) {
                self.buffer.extend_from_slice(separator);
            }
            format(&rows.row(at), &mut self.buffer);
            self.spill()?;
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<()> {
        self.stream.write_all(&self.buffer).map_err(refused)?;
        self.buffer.clear();
        Ok(())
    }
}

fn refused(source: std::io::Error) -> Error {
    Error::io("write", "the output", source)
}
