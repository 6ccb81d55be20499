//! The merged rows that a later row may go on with.

use super::merge::REACH;

/// How many heads of chains there are: few of them are shared by rows within reach.
const HEADS: usize = 1024;

/// A merged row.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenRow {
    pub(super) label: i64,
    /// The part that it begins in, and the place among the part's visible rows.
    pub(super) part: usize,
    pub(super) row: usize,
    /// The seqs of its first and its last raw row; not looked up while nothing asked to go on with
    /// it.
    pub(super) seqs: Option<(u64, u64)>,
    /// The one before with a label that falls to the same head.
    before: usize,
}

/// The last [`REACH`] merged rows of an attempt. The latest of a label is found in constant time:
/// rows are chained by a hash of their label, latest first.
pub(super) struct OpenRows {
    rows: Vec<OpenRow>,
    /// Each row's columns, where its seqs are known.
    words: Vec<u64>,
    width: usize,
    heads: Vec<usize>,
    /// The number of the next row. The first is [`Self::FIRST`], so that 0 is none.
    next: usize,
    /// The number of the attempt's first row.
    floor: usize,
}

const SLOTS: usize = REACH as usize;

impl OpenRows {
    const FIRST: usize = 1;

    pub(super) fn new(width: usize) -> Self {
        let none = OpenRow { label: 0, part: 0, row: 0, seqs: None, before: 0 };
        Self {
            rows: vec![none; SLOTS],
            words: vec![0; SLOTS * width],
            width,
            heads: vec![0; HEADS],
            next: Self::FIRST,
            floor: Self::FIRST,
        }
    }

    /// How many rows there have been.
    pub(super) fn begun(&self) -> usize {
        self.next - Self::FIRST
    }

    /// Leaves the rows so far to themselves.
    pub(super) fn close_all(&mut self) {
        self.floor = self.next;
    }

    /// Passes over rows that nothing will go on with.
    pub(super) fn skip(&mut self, rows: usize) {
        if rows > 0 {
            self.next += rows;
            self.floor = self.next;
        }
    }

    fn first(&self) -> usize {
        self.floor.max(self.next.saturating_sub(SLOTS))
    }

    /// The first part that one of the rows begins in.
    pub(super) fn first_part(&self) -> Option<usize> {
        (self.first() < self.next).then(|| self.rows[self.first() % SLOTS].part)
    }

    /// The greatest label.
    pub(super) fn greatest(&self) -> Option<i64> {
        (self.first()..self.next).map(|number| self.rows[number % SLOTS].label).max()
    }

    /// Begins a row.
    pub(super) fn begin(&mut self, label: i64, part: usize, row: usize) {
        let head = &mut self.heads[head_of(label)];
        let before = std::mem::replace(head, self.next);
        self.rows[self.next % SLOTS] = OpenRow { label, part, row, seqs: None, before };
        self.next += 1;
    }

    /// The number of the latest row with this label.
    pub(super) fn latest(&self, label: i64) -> Option<usize> {
        let mut number = self.heads[head_of(label)];
        while number >= self.first() {
            let row = &self.rows[number % SLOTS];
            if row.label == label {
                return Some(number);
            }
            number = row.before;
        }
        None
    }

    pub(super) fn row(&self, number: usize) -> &OpenRow {
        &self.rows[number % SLOTS]
    }

    /// How many rows began before this one.
    pub(super) fn place(number: usize) -> usize {
        number - Self::FIRST
    }

    /// Says what is known of a row's only raw row.
    pub(super) fn learn(&mut self, number: usize, seq: u64, columns: &[u64]) {
        self.rows[number % SLOTS].seqs = Some((seq, seq));
        let known = self.columns_of(number);
        known.fill(0);
        known.iter_mut().zip(columns).for_each(|(known, new)| *known = *new);
    }

    /// Whether a raw row within reach and without a column that the row has goes on with it, which
    /// it then does.
    pub(super) fn take(&mut self, number: usize, seq: u64, columns: &[u64]) -> bool {
        let Some((first, last)) = self.rows[number % SLOTS].seqs else { return false };
        let is_near = seq.checked_sub(first).is_some_and(|far| far <= REACH);
        if !is_near && last.checked_add(1) != Some(seq) {
            return false;
        }
        let have = self.columns_of(number);
        if have.iter().zip(columns).any(|(have, new)| have & new != 0) {
            return false;
        }
        have.iter_mut().zip(columns).for_each(|(have, new)| *have |= new);
        self.rows[number % SLOTS].seqs = Some((first, seq));
        true
    }

    fn columns_of(&mut self, number: usize) -> &mut [u64] {
        let at = number % SLOTS * self.width;
        &mut self.words[at..at + self.width]
    }
}

/// Multiplied by 2^64 over the golden ratio, of which the upper bits are well mixed (Knuth, The Art
/// of Computer Programming, 6.4).
fn head_of(label: i64) -> usize {
    ((label as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize
}

const _: () = assert!(HEADS == 1 << (64 - 54));
