//! Reading a frame part by part.
//!
//! Behind each part those of the last merged rows are held back that a later part has more of, so
//! that every row is whole when it is given out, and the rows stay in order.

use super::frame::Frame;
use super::join::{Orphans, Placed};
use super::merge::Merge;
use crate::types::{Bitmap, Chunk};

/// How far a frame has been read.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    next: usize,
    /// The last rows so far, of which a later part has more.
    carry: Option<Chunk>,
}

/// Which columns of a frame are read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// A bit for each column of the schema.
    pub(crate) columns: Vec<bool>,
    /// Whether structured values are.
    pub(crate) structured: bool,
}

impl Frame<'_> {
    /// The next chunk that has rows.
    pub(crate) fn next(&self, cursor: &mut Cursor, wanted: &Wanted) -> Option<Chunk> {
        while cursor.next < self.parts.len() {
            let at = cursor.next;
            cursor.next += 1;
            let carry = cursor.carry.take();
            let Some(part) = self.read(at, wanted) else {
                // What comes after the lost part goes on with its rows, and not with those before.
                match carry.and_then(|carry| self.narrowed(carry)) {
                    Some(carry) => return Some(carry),
                    None => continue,
                }
            };
            // Of rows that are lost, what is left is a row.
            let mut chunk = self.merged(at, carry, part, Orphans::Begin);
            let n_held = self.plan().held(at).min(chunk.rows());
            if n_held > 0 {
                cursor.carry = Some(chunk.split_off(chunk.rows() - n_held));
            }
            if let Some(chunk) = self.narrowed(chunk) {
                return Some(chunk);
            }
        }
        self.narrowed(cursor.carry.take()?)
    }

    /// How many parts there are.
    pub fn part_count(&self) -> usize {
        self.parts.len()
    }

    /// How many rows of a frame without a range begin in the part at `at`.
    pub fn part_rows(&self, at: usize) -> usize {
        self.plan().begun(at + 1) - self.plan().begun(at)
    }

    /// The rows of a frame without a range that begin in the part at `at`, whole; `None` where they
    /// cannot be read.
    pub fn part(&self, at: usize) -> Option<Chunk> {
        let (plan, wanted) = (self.plan(), self.wanted());
        // Of rows that begin before, what is here is theirs.
        let mut chunk = self.merged(at, None, self.read(at, &wanted)?, Orphans::Leave);
        let (n, end) = (chunk.rows(), plan.begun(at + 1));
        for later in at + 1..self.parts.len() {
            if plan.is_whole(later - 1, end) {
                break;
            }
            if let Some(part) = self.read(later, &wanted) {
                chunk = self.merged(later, Some(chunk), part, Orphans::Leave);
                chunk.split_off(n);
            }
        }
        Some(chunk)
    }

    fn read(&self, at: usize, wanted: &Wanted) -> Option<Chunk> {
        let part = *self.parts.get(at)?;
        self.view.chunk_of(part, |column| wanted.columns[column], wanted.structured)
    }

    /// The rows of the part at `at`, behind and in those that were held back.
    fn merged(&self, at: usize, carry: Option<Chunk>, part: Chunk, orphans: Orphans) -> Chunk {
        let begins = match self.plan().merges().get(at) {
            Some(Merge::Begins(begins)) => Some(begins),
            _ if carry.is_none() => return part,
            _ => None,
        };
        let placed = Placed::of(carry.as_ref(), &part.label, begins, orphans);
        part.join(carry, &placed)
    }

    /// A chunk without what is out of range, if anything is left.
    fn narrowed(&self, mut chunk: Chunk) -> Option<Chunk> {
        if self.has_range() {
            let mut keep = Bitmap::default();
            chunk.label.iter().for_each(|&label| keep.push(self.contains(label, label)));
            chunk.retain(&keep);
        }
        (chunk.rows() > 0).then_some(chunk)
    }
}

/// Reads a frame chunk by chunk.
pub struct Chunks<'f, 'a> {
    frame: &'f Frame<'a>,
    wanted: Wanted,
    cursor: Cursor,
}

impl<'f, 'a> Chunks<'f, 'a> {
    pub(super) fn new(frame: &'f Frame<'a>, wanted: Wanted) -> Self {
        Self { frame, wanted, cursor: Cursor::default() }
    }
}

impl Iterator for Chunks<'_, '_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        self.frame.next(&mut self.cursor, &self.wanted)
    }
}
