//! Which columns have a value in each row of a part, as bits of words.

use super::view::{View, VisiblePart};
use crate::log::Own;
use crate::types::{Bitmap, ColumnKey};
use std::collections::HashMap;

/// A bit for each column of a view, scalar or structured.
pub(super) struct Bits {
    of: HashMap<ColumnKey, usize>,
    /// Words a row.
    pub(super) width: usize,
}

impl Bits {
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut of = HashMap::new();
        let keys = view.schema().iter().map(|column| &column.key).chain(view.extra_keys());
        for key in keys {
            let next = of.len();
            of.entry(key.clone()).or_insert(next);
        }
        let width = of.len().div_ceil(64).max(1);
        Self { of, width }
    }
}

/// Which columns have a value in each visible row of a part.
pub(super) struct Presence {
    width: usize,
    words: Vec<u64>,
}

impl Presence {
    pub(super) fn of(view: &View<'_>, visible: &VisiblePart, bits: &Bits) -> Self {
        let (part, table, width) = (&visible.part, view.table, bits.width);
        let mut columns = vec![Has::Nothing; width * 64];
        for (key, rows) in view.reader.part_presence(part, table) {
            if let Some(&bit) = bits.of.get(&key) {
                columns[bit] = rows.map_or(Has::All, Has::Rows);
            }
        }
        let mut words = rows_of(&columns, part.rows);
        if !view.extra_keys().is_empty() {
            for (row, key, _) in view.reader.part_extras(part, table) {
                if let Some(&bit) = bits.of.get(&key)
                    && let Some(word) = words.get_mut(row * width + bit / 64)
                {
                    *word |= 1 << (bit % 64);
                }
            }
        }
        if visible.cutoff.is_some() {
            let labels = view.reader.own_column(part, table, Own::Label).unwrap_or_default();
            let labels: Vec<i64> = labels.into_iter().map(|word| word as i64).collect();
            if let Some(keep) = visible.mask(&labels) {
                let rows = words.chunks_exact(width).zip(keep.iter());
                words = rows.filter(|(_, bit)| *bit).flat_map(|(row, _)| row).copied().collect();
            }
        }
        Self { width, words }
    }

    /// The columns of a row; none of one that is not there.
    pub(super) fn row(&self, row: usize) -> &[u64] {
        self.words.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }
}

/// Which rows have a value in a column.
#[derive(Clone)]
enum Has {
    Nothing,
    All,
    Rows(Bitmap),
}

/// The words of each row, of 64 columns or a multiple.
fn rows_of(columns: &[Has], rows: usize) -> Vec<u64> {
    let width = columns.len() / 64;
    let mut words = vec![0; rows * width];
    for (at, columns) in columns.chunks_exact(64).enumerate() {
        for (block, words) in words.chunks_mut(64 * width).enumerate() {
            let mut bits = [0; 64];
            for (bits, column) in bits.iter_mut().zip(columns) {
                *bits = match column {
                    Has::Nothing => 0,
                    Has::All => u64::MAX,
                    Has::Rows(rows) => rows.words().get(block).copied().unwrap_or_default(),
                };
            }
            transpose(&mut bits);
            for (row, bits) in words.chunks_exact_mut(width).zip(bits) {
                row[at] = bits;
            }
        }
    }
    words
}

/// Bit `c` of word `r` becomes bit `r` of word `c`: by halves, quarters and so on (Warren, Hacker's
/// Delight, 7-3).
fn transpose(bits: &mut [u64; 64]) {
    let mut half = 32;
    let mut mask = u64::MAX >> 32;
    while half != 0 {
        let mut at = 0;
        while at < 64 {
            let swapped = ((bits[at] >> half) ^ bits[at | half]) & mask;
            bits[at] ^= swapped << half;
            bits[at | half] ^= swapped;
            at = ((at | half) + 1) & !half;
        }
        half /= 2;
        mask ^= mask << half;
    }
}

#[cfg(test)]
mod tests {
    use super::{Has, rows_of};
    use crate::types::Bitmap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_row_has_the_bits_of_its_columns(
            n_columns in 1usize..130,
            rows in 0usize..200,
            seed in any::<u64>(),
        ) {
            let has = |column: usize, row: usize| match column % 5 {
                0 => true,
                1 => false,
                _ => (seed ^ (column * 131 + row * 7919) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1,
            };
            let column = |at: usize| match at % 5 {
                _ if at >= n_columns => Has::Nothing,
                0 => Has::All,
                1 => Has::Nothing,
                _ => {
                    let mut bits = Bitmap::default();
                    (0..rows).for_each(|row| bits.push(has(at, row)));
                    Has::Rows(bits)
                }
            };
            let width = n_columns.div_ceil(64);
            let columns: Vec<_> = (0..width * 64).map(column).collect();
            let words = rows_of(&columns, rows);
            prop_assert_eq!(words.len(), rows * width);
            for row in 0..rows {
                for at in 0..width * 64 {
                    let bit = words[row * width + at / 64] >> (at % 64) & 1 == 1;
                    prop_assert_eq!(bit, at < n_columns && has(at, row), "{} {}", row, at);
                }
            }
        }
    }
}
