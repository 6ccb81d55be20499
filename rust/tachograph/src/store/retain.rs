//! Rows of a chunk left out.

use super::view::filtered;
use crate::types::{Bitmap, Chunk};

impl Chunk {
    /// Keeps the rows that have a bit.
    pub(super) fn retain(&mut self, keep: &Bitmap) {
        if keep.all() {
            return;
        }
        self.seq = filtered(std::mem::take(&mut self.seq), Some(keep));
        self.label = filtered(std::mem::take(&mut self.label), Some(keep));
        self.wall_micros = filtered(std::mem::take(&mut self.wall_micros), Some(keep));
        for column in &mut self.columns {
            column.words = filtered(std::mem::take(&mut column.words), Some(keep));
            if let Some(bits) = &mut column.validity {
                let mut kept = Bitmap::default();
                let bits_kept = keep.iter().zip(bits.iter()).filter(|(keep, _)| *keep);
                bits_kept.for_each(|(_, bit)| kept.push(bit));
                *bits = kept;
            }
        }
        if self.extras.is_empty() {
            return;
        }
        let mut next = 0;
        let places: Vec<Option<usize>> = keep
            .iter()
            .map(|bit| {
                next += usize::from(bit);
                bit.then(|| next - 1)
            })
            .collect();
        let extras = std::mem::take(&mut self.extras).into_iter();
        self.extras = extras
            .filter_map(|(row, key, value)| Some((places.get(row).copied()??, key, value)))
            .collect();
    }
}
