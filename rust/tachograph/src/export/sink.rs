//! A buffer before an output stream, and rows that pass through it.

use super::rows::{Row, Rows};
use crate::store::cores;
use crate::{Error, Result};
use std::io::Write;

/// The buffer is passed on once it holds this much.
const SPILL_BYTES: usize = 1 << 18;
/// How many rows a thread formats at a time.
const STRETCH: usize = 4096;

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

    /// Formats each row, with `separator` before all but the first row of the output; many rows on
    /// several threads.
    pub(super) fn rows(
        &mut self,
        rows: &Rows<'_>,
        separator: &[u8],
        started: &mut bool,
        format: impl Fn(&Row<'_>, &mut Vec<u8>) + Sync,
    ) -> Result<()> {
        let mut starts = (0..rows.len()).step_by(STRETCH);
        let push = |from: usize, first: bool, out: &mut Vec<u8>| {
            for at in from..(from + STRETCH).min(rows.len()) {
                if at > from || !first {
                    out.extend_from_slice(separator);
                }
                format(&rows.row(at), out);
            }
        };
        // The threads end with the rows of a chunk at the latest, because a pool would be gone in a
        // forked child, which would wait for it.
        while let Some(own) = starts.next() {
            let first = !std::mem::replace(started, true);
            let others = starts.by_ref().take(cores() - 1).collect::<Vec<_>>();
            std::thread::scope(|scope| {
                let spawn = |from| {
                    let push = &push;
                    scope.spawn(move || {
                        let mut out = Vec::with_capacity(SPILL_BYTES);
                        push(from, false, &mut out);
                        out
                    })
                };
                let others: Vec<_> = others.into_iter().map(spawn).collect();
                push(own, first, &mut self.buffer);
                for other in others {
                    self.spill()?;
                    match other.join() {
                        Ok(mut text) => self.buffer.append(&mut text),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
                self.spill()
            })?;
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
