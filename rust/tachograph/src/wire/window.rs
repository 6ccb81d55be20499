//! A window that moves over a stream of bytes that nobody vouches for.

use std::io::{self, ErrorKind, Read};

/// How much is read at a time.
const CHUNK: usize = 1 << 20;
/// How many bytes, for each byte of the stream, may be read on the suspicion that a record stands
/// there: damage must not make a reader run for ever.
const LOOKS: u64 = 8;

/// What could not be read of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// How many damaged places were met.
    pub(crate) places: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Bytes of a last record that is not whole.
    pub(crate) torn_bytes: u64,
}

/// What a stream of records gives when it is asked for the next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    Record(&'a [u8]),
    /// None in [`PATIENCE`] bytes: who asks again goes on, and may do something else before.
    NotYet,
    End,
}

/// After how many bytes without a record the asker has a word.
pub(crate) const PATIENCE: u64 = 1 << 20;

/// The stretch of a stream that was read and is not done with. It grows only by what is there.
pub(crate) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `start` stands in the stream.
    position: u64,
    ended: bool,
    looked: u64,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), start: 0, end: 0, position: 0, ended: false, looked: 0 }
    }

    /// Where the window begins in the stream.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads until there are `n` bytes or the stream ends; returns how many there are.
    #[inline]
    pub(crate) fn want(&mut self, n: usize) -> io::Result<usize> {
        if self.end - self.start < n && !self.ended {
            self.fill(n)?;
        }
        Ok(self.end - self.start)
    }

    #[cold]
    fn fill(&mut self, n: usize) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < n {
            if self.buffer.len() < self.end + CHUNK {
                self.buffer.resize(self.end + CHUNK, 0);
            }
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Moves on by `n` bytes of the window.
    pub(crate) fn skip(&mut self, n: usize) {
        self.take(n);
    }

    /// Moves on by `n` bytes of the window and returns them.
    #[inline]
    pub(crate) fn take(&mut self, n: usize) -> &[u8] {
        let begin = self.start;
        self.start = (begin + n).min(self.end);
        self.position += (self.start - begin) as u64;
        &self.buffer[begin..self.start]
    }

    /// Moves on by `n` bytes of the stream; returns by how many, which are fewer at its end.
    pub(crate) fn skip_far(&mut self, n: u64) -> io::Result<u64> {
        let mut gone = 0;
        while gone < n {
            let have = self.want(1)?;
            if have == 0 {
                break;
            }
            let step = usize::try_from(n - gone).unwrap_or(usize::MAX).min(have);
            self.skip(step);
            gone += step as u64;
        }
        Ok(gone)
    }

    /// Whether `n` bytes may be looked at on a suspicion.
    pub(crate) fn allow_look(&mut self, n: u64) -> bool {
        let read = self.position + (self.end - self.start) as u64;
        self.looked = self.looked.saturating_add(n);
        self.looked <= read.saturating_mul(LOOKS) + CHUNK as u64
    }
}
