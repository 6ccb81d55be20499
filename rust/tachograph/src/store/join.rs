//! Raw rows joined to merged ones.

use super::merge::REACH;
use crate::types::{Bitmap, Chunk, ChunkColumn, Kind};

/// What becomes of a row that goes on with one that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Orphans {
    /// It is a row by itself.
    Begin,
    /// It is left out.
    Leave,
}

/// Which merged row each raw row of a part goes into.
pub(super) struct Placed {
    /// [`Placed::NOWHERE`] for those that are left out.
    into: Vec<u32>,
    /// How many merged rows there are, those before the part included.
    n: usize,
}

impl Placed {
    const NOWHERE: u32 = u32::MAX;

    /// Places rows behind the merged rows of `carry`. `begins` has a bit for those that begin one;
    /// without it all do. The others go on with the latest of their label, which is one of the last
    /// [`REACH`].
    pub(super) fn of(
        carry: Option<&Chunk>,
        labels: &[i64],
        begins: Option<&Bitmap>,
        orphans: Orphans,
    ) -> Self {
        let carried = carry.map_or(&[][..], |carry| &carry.label);
        // A block has at most 2^20 rows, and few are carried.
        let mut open: Vec<(i64, u32)> = carried.iter().copied().zip(0..).collect();
        let mut n = open.len() as u32;
        let mut place = |row: usize, label: i64| {
            if begins.is_none_or(|begins| begins.get(row)) {
                open.push((label, n));
            } else {
                let near = open.len().saturating_sub(REACH as usize);
                match open[near..].iter().rev().find(|(have, _)| *have == label) {
                    Some(&(_, into)) => return into,
                    None if orphans == Orphans::Leave => return Self::NOWHERE,
                    // Others of its lost row may have a column that it has.
                    None => {}
                }
            }
            n += 1;
            n - 1
        };
        let into = labels.iter().enumerate().map(|(row, &label)| place(row, label)).collect();
        Self { into, n: n as usize }
    }
}

impl Chunk {
    /// The rows of `first` and behind them these, each joined to the merged row that it goes into.
    /// Rows that are joined have no column in common.
    pub(super) fn join(self, first: Option<Self>, placed: &Placed) -> Self {
        let mut first = first.unwrap_or_default();
        let n_carried = first.rows();
        let mut next = n_carried as u32;
        let mut begins = Bitmap::default();
        for &into in &placed.into {
            begins.push(into == next);
            next += u32::from(into == next);
        }
        let rows = || begins.iter().enumerate().filter(|(_, bit)| *bit).map(|(row, _)| row);
        first.attempt = self.attempt;
        first.seq.extend(rows().map(|row| self.seq[row]));
        first.label.extend(rows().map(|row| self.label[row]));
        first.wall_micros.extend(rows().map(|row| self.wall_micros[row]));
        let mut columns = Vec::with_capacity(self.columns.len().max(first.columns.len()));
        let mut carried = std::mem::take(&mut first.columns).into_iter().peekable();
        for column in self.columns {
            while let Some(before) = carried.next_if(|before| before.index < column.index) {
                columns.push(Cells::behind(before, placed.n).into_column());
            }
            let before = carried.next_if(|before| before.index == column.index);
            let mut cells = match before {
                Some(before) => Cells::behind(before, placed.n),
                None => Cells::empty(column.index, column.kind, placed.n),
            };
            cells.put(&column, &placed.into);
            columns.push(cells.into_column());
        }
        columns.extend(carried.map(|before| Cells::behind(before, placed.n).into_column()));
        first.columns = columns;
        let extras = self.extras.into_iter().filter_map(|(row, key, value)| {
            let into = placed.into.get(row).copied().filter(|&into| into != Placed::NOWHERE)?;
            Some((into as usize, key, value))
        });
        first.extras.extend(extras);
        first.extras.sort_by_key(|(row, ..)| *row);
        first
    }

    /// Takes the rows from `at` on away, as a chunk of their own.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let columns = self.columns.iter_mut().map(|column| ChunkColumn {
            index: column.index,
            kind: column.kind,
            words: column.words.split_off(at),
            validity: column.validity.as_mut().map(|bits| bits.split_off(at)),
        });
        let columns = columns.collect();
        let first = self.extras.partition_point(|(row, ..)| *row < at);
        let mut extras = self.extras.split_off(first);
        for (row, ..) in &mut extras {
            *row -= at;
        }
        Self {
            attempt: self.attempt,
            seq: self.seq.split_off(at),
            label: self.label.split_off(at),
            wall_micros: self.wall_micros.split_off(at),
            columns,
            extras,
        }
    }
}

/// A column of merged rows in the making.
struct Cells {
    index: usize,
    kind: Kind,
    words: Vec<u64>,
    bits: Bitmap,
}

impl Cells {
    fn empty(index: usize, kind: Kind, n: usize) -> Self {
        Self { index, kind, words: vec![0; n], bits: Bitmap::filled(n, false) }
    }

    /// Room for `n` rows, the first of which are those of a column.
    fn behind(column: ChunkColumn, n: usize) -> Self {
        let ChunkColumn { index, kind, mut words, validity } = column;
        let mut bits = validity.unwrap_or_else(|| Bitmap::filled(words.len(), true));
        bits.extend(n - words.len(), false);
        words.resize(n, 0);
        Self { index, kind, words, bits }
    }

    /// Puts each value of a column where its row goes.
    fn put(&mut self, column: &ChunkColumn, into: &[u32]) {
        let mut put = |row: usize| {
            let at = into[row] as usize;
            if let Some(word) = self.words.get_mut(at) {
                *word = column.words[row];
                self.bits.set(at, true);
            }
        };
        match &column.validity {
            None => (0..into.len()).for_each(put),
            Some(bits) => bits.ones().for_each(&mut put),
        }
    }

    fn into_column(self) -> ChunkColumn {
        let validity = (!self.bits.all()).then_some(self.bits);
        ChunkColumn { index: self.index, kind: self.kind, words: self.words, validity }
    }
}
