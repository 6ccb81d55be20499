//! Rows of a chunk left out, joined, taken away and put before others.

use super::view::filtered;
use crate::types::{Bitmap, Chunk, ChunkColumn};

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

    /// Joins each row without a bit to the one before it. Rows that are joined have no column in
    /// common, and the first row has a bit.
    pub(super) fn join(&mut self, begins: &Bitmap) {
        let n = begins.count();
        if n == self.rows() {
            return;
        }
        self.seq = filtered(std::mem::take(&mut self.seq), Some(begins));
        self.label = filtered(std::mem::take(&mut self.label), Some(begins));
        self.wall_micros = filtered(std::mem::take(&mut self.wall_micros), Some(begins));
        let mut next = 0;
        let into: Vec<usize> = begins
            .iter()
            .map(|bit| {
                next += usize::from(bit);
                next - 1
            })
            .collect();
        for column in &mut self.columns {
            let mut words = vec![0; n];
            let mut bits = Bitmap::filled(n, false);
            for (row, (&word, &into)) in column.words.iter().zip(&into).enumerate() {
                if column.validity.as_ref().is_none_or(|bits| bits.get(row)) {
                    words[into] = word;
                    bits.set(into, true);
                }
            }
            column.words = words;
            column.validity = (!bits.all()).then_some(bits);
        }
        for (row, ..) in &mut self.extras {
            *row = into.get(*row).copied().unwrap_or(n);
        }
    }

    /// Takes the last row away, as a chunk of its own.
    pub(super) fn split_last(&mut self) -> Option<Self> {
        let last = self.rows().checked_sub(1)?;
        let columns = self.columns.iter();
        let taken = Self {
            attempt: self.attempt,
            seq: self.seq.split_off(last),
            label: self.label.split_off(last),
            wall_micros: self.wall_micros.split_off(last),
            columns: columns
                .filter_map(|column| {
                    let words = vec![column.get(last)?];
                    Some(ChunkColumn { words, validity: None, ..*column })
                })
                .collect(),
            extras: Vec::new(),
        };
        for column in &mut self.columns {
            column.words.truncate(last);
            if let Some(bits) = column.validity.take() {
                let words = bits.into_words();
                column.validity = Some(Bitmap::from_words(words, last));
            }
        }
        let at = self.extras.partition_point(|(row, ..)| *row < last);
        let mut extras = self.extras.split_off(at);
        for (row, ..) in &mut extras {
            *row = 0;
        }
        Some(Self { extras, ..taken })
    }

    /// Puts the only row of another chunk before the first.
    pub(super) fn prepend(&mut self, first: Self) {
        let n = self.rows();
        self.seq.splice(0..0, first.seq);
        self.label.splice(0..0, first.label);
        self.wall_micros.splice(0..0, first.wall_micros);
        for column in &mut self.columns {
            let at = first.columns.binary_search_by_key(&column.index, |column| column.index);
            let word = at.ok().and_then(|at| first.columns[at].get(0));
            column.words.insert(0, word.unwrap_or_default());
            if word.is_none() || column.validity.is_some() {
                let old = column.validity.take();
                let mut bits = Bitmap::default();
                bits.push(word.is_some());
                match old {
                    Some(old) => old.iter().for_each(|bit| bits.push(bit)),
                    None => bits.extend(n, true),
                }
                column.validity = Some(bits);
            }
        }
        for column in first.columns {
            let at = self.columns.binary_search_by_key(&column.index, |column| column.index);
            if let (Err(at), Some(word)) = (at, column.get(0)) {
                let mut words = vec![0; n + 1];
                words[0] = word;
                let mut bits = Bitmap::filled(n + 1, false);
                bits.set(0, true);
                let fresh = ChunkColumn { words, validity: Some(bits), ..column };
                self.columns.insert(at, fresh);
            }
        }
        for (row, ..) in &mut self.extras {
            *row += 1;
        }
        self.extras.splice(0..0, first.extras);
    }
}
