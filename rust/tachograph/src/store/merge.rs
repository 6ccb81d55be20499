//! Which raw rows of the steps begin a merged row.
//!
//! Several calls may log parts of one step. Consecutive visible rows of one step and attempt are one
//! merged row as long as no column has a value in two of them; the row that would give a column its
//! second value begins the next. A merged row has the wall time and the place of its first row.

use super::view::{View, VisiblePart};
use crate::types::{Bitmap, ColumnKey, Table};
use std::collections::HashMap;

/// What becomes of a part's visible rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Merge {
    /// Each is a row.
    Apart,
    /// Those with a bit begin a row, the others go on with the one before; the first may go on with
    /// the last row of the part before.
    Begins(Bitmap),
    /// There are none: the part cannot be read.
    Gone,
}

impl Merge {
    /// Whether the first row goes on with the last one of the part before.
    pub(super) fn goes_on(&self) -> bool {
        matches!(self, Self::Begins(bits) if !bits.get(0))
    }
}

/// The last row so far.
struct Open {
    /// The part that it ends in.
    part: usize,
    attempt: u32,
    label: i64,
    /// The columns in which it has a value; not looked up where nothing asked for them.
    present: Option<Vec<u64>>,
}

/// Says for each of the parts what becomes of its rows. Parts at other places are not there: what
/// stands on the two sides of one that was left out is not consecutive.
pub(super) fn plan(view: &View<'_>, parts: &[usize]) -> Vec<Merge> {
    if view.table != Table::Steps {
        return vec![Merge::Apart; parts.len()];
    }
    let mut bits_of: Option<HashMap<ColumnKey, usize>> = None;
    let mut open: Option<Open> = None;
    let mut merges = Vec::with_capacity(parts.len());
    for (at, &index) in parts.iter().enumerate() {
        let part = &view.parts[index];
        let labels = view.labels(part);
        let (Some(&first), Some(&last)) = (labels.first(), labels.last()) else {
            merges.push(Merge::Gone);
            continue;
        };
        let adjoins = at == 0 || parts[at - 1] + 1 == index;
        let before = open
            .take()
            .filter(|open| adjoins && open.attempt == part.part.attempt && open.label == first);
        let repeats = labels.windows(2).any(|pair| pair[0] == pair[1]);
        let mut present = None;
        if before.is_none() && !repeats {
            merges.push(Merge::Apart);
        } else {
            let bits_of = bits_of.get_or_insert_with(|| bits(view));
            let seen = before.map(|open| match open.present {
                Some(present) => present,
                None => Presence::of(view, &view.parts[open.part], bits_of).last(),
            });
            let rows = Presence::of(view, part, bits_of);
            let (begins, last) = rows.begins(&labels, seen);
            present = Some(last);
            merges.push(if begins.all() { Merge::Apart } else { Merge::Begins(begins) });
        }
        open = Some(Open { part: index, attempt: part.part.attempt, label: last, present });
    }
    merges
}

/// A bit for each column, scalar or structured.
fn bits(view: &View<'_>) -> HashMap<ColumnKey, usize> {
    let mut bits = HashMap::new();
    let keys = view.schema().iter().map(|column| &column.key).chain(view.extra_keys());
    for key in keys {
        let next = bits.len();
        bits.entry(key.clone()).or_insert(next);
    }
    bits
}

/// Which columns have a value in each visible row of a part.
struct Presence {
    /// Words a row.
    width: usize,
    words: Vec<u64>,
}

impl Presence {
    fn of(view: &View<'_>, visible: &VisiblePart, bits_of: &HashMap<ColumnKey, usize>) -> Self {
        let (part, table) = (&visible.part, view.table);
        let width = bits_of.len().div_ceil(64).max(1);
        let mut words = vec![0; part.rows * width];
        let mut set = |row: usize, bit: usize| words[row * width + bit / 64] |= 1 << (bit % 64);
        for (key, rows) in view.reader.part_presence(part, table) {
            let Some(&bit) = bits_of.get(&key) else { continue };
            match rows {
                None => (0..part.rows).for_each(|row| set(row, bit)),
                Some(rows) => {
                    (0..part.rows).filter(|&row| rows.get(row)).for_each(|row| set(row, bit));
                }
            }
        }
        if !view.extra_keys().is_empty() {
            for (row, key, _) in view.reader.part_extras(part, table) {
                if let Some(&bit) = bits_of.get(&key) {
                    set(row, bit);
                }
            }
        }
        if visible.cutoff.is_some() {
            let labels = view.reader.own_column(part, table, crate::log::Own::Label);
            let labels: Vec<i64> =
                labels.unwrap_or_default().into_iter().map(|word| word as i64).collect();
            if let Some(keep) = visible.mask(&labels) {
                let rows = words.chunks_exact(width).zip(keep.iter());
                words = rows.filter(|(_, bit)| *bit).flat_map(|(row, _)| row).copied().collect();
            }
        }
        Self { width, words }
    }

    fn row(&self, row: usize) -> &[u64] {
        self.words.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }

    /// The columns of the last row.
    fn last(&self) -> Vec<u64> {
        self.row((self.words.len() / self.width).saturating_sub(1)).to_vec()
    }

    /// Which rows begin a merged row, and the columns of the last merged row. `seen`: the columns of
    /// the row before, if the first may go on with it.
    fn begins(&self, labels: &[i64], seen: Option<Vec<u64>>) -> (Bitmap, Vec<u64>) {
        let mut begins = Bitmap::default();
        let mut before = seen.is_some().then(|| labels[0]);
        let mut seen = seen.unwrap_or_default();
        for (row, &label) in labels.iter().enumerate() {
            let present = self.row(row);
            let begin = before != Some(label)
                || seen.iter().zip(present).any(|(seen, present)| seen & present != 0);
            if begin {
                seen.clear();
                seen.extend_from_slice(present);
            } else {
                seen.iter_mut().zip(present).for_each(|(seen, present)| *seen |= present);
            }
            begins.push(begin);
            before = Some(label);
        }
        (begins, seen)
    }
}
