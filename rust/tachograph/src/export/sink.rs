//! A buffer before an output stream, and rows that pass through it.

use super::memory::Memory;
use super::rows::{Row, Rows};
use crate::pipeline::in_order;
use crate::{Error, Result};
use std::io::Write;
use std::ops::Range;

/// The buffer is passed on once it holds this much.
const SPILL_BYTES: usize = 1 << 18;
/// A thread formats about so many cells at a time: few enough that the text stays in its cache.
const STRETCH_CELLS: usize = 16384;

/// Output that is formatted into one buffer and passed on in large pieces.
pub(super) struct Sink<'a> {
    stream: &'a mut dyn Write,
    /// Formatted and not yet passed on.
    pub(super) buffer: Vec<u8>,
    /// Buffers for the text of several threads.
    spare: Vec<Vec<u8>>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(stream: &'a mut dyn Write) -> Self {
        let buffer = Vec::with_capacity(SPILL_BYTES + SPILL_BYTES / 4);
        Self { stream, buffer, spare: Vec::new() }
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

    /// Formats each row, with `separator` before all but the first row of the output; many rows on
    /// several threads.
    pub(super) fn rows(
        &mut self,
        rows: &Rows<'_>,
        separator: &[u8],
        started: &mut bool,
        format: impl Fn(&Row<'_>, &mut Vec<u8>, &mut Memory) + Sync,
    ) -> Result<()> {
        let begun = *started;
        *started |= rows.len() > 0;
        let push = |range: Range<usize>, out: &mut Vec<u8>| {
            let mut memory = Memory::new(rows.places());
            for at in range {
                if begun || at > 0 {
                    out.extend_from_slice(separator);
                }
                format(&rows.row(at), out, &mut memory);
            }
        };
        let stretch = (STRETCH_CELLS / (rows.places() + 1)).max(1);
        if rows.len() <= stretch {
            push(0..rows.len(), &mut self.buffer);
            return self.spill();
        }
        self.drain()?;
        let make = |at, text: &mut Vec<u8>| {
            text.clear();
            push(at * stretch..rows.len().min((at + 1) * stretch), text);
        };
        let stream = &mut self.stream;
        in_order(rows.len().div_ceil(stretch), &mut self.spare, make, |text| {
            stream.write_all(text).map_err(refused)
        })
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
