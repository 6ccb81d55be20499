//! A buffer before an output stream, and rows that pass through it.

use super::rows::{Row, Rows};
use crate::parallel::{cores, side_by_side};
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
    pieces: Vec<Piece>,
}

/// Rows that one thread formats.
#[derive(Default)]
struct Piece {
    from: usize,
    text: Vec<u8>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(stream: &'a mut dyn Write) -> Self {
        let buffer = Vec::with_capacity(SPILL_BYTES + SPILL_BYTES / 4);
        Self { stream, buffer, pieces: Vec::new() }
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
        let begun = *started;
        *started |= rows.len() > 0;
        let push = |piece: &mut Piece| {
            for at in piece.from..(piece.from + STRETCH).min(rows.len()) {
                if begun || at > 0 {
                    piece.text.extend_from_slice(separator);
                }
                format(&rows.row(at), &mut piece.text);
            }
        };
        for start in (0..rows.len()).step_by(STRETCH * cores()) {
            let n = (rows.len() - start).div_ceil(STRETCH).min(cores());
            self.pieces.resize_with(n.max(self.pieces.len()), Piece::default);
            for (piece, from) in self.pieces[..n].iter_mut().zip((start..).step_by(STRETCH)) {
                piece.from = from;
                piece.text.clear();
            }
            side_by_side(&mut self.pieces[..n], 1, push);
            for at in 0..n {
                self.buffer.extend_from_slice(&self.pieces[at].text);
                self.spill()?;
            }
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
