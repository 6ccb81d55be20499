//! One column of a view, over all of its rows.

use super::amend::apply_times;
use super::view::{View, VisiblePart, filtered};
use crate::log::{Own, huge_vec};
use crate::parallel::side_by_side;
use crate::types::{Bitmap, ColumnKey, Kind, Table, Value};

/// Starting a thread takes longer than fewer blocks do.
const BLOCKS_EACH: usize = 4;

/// The values of a column where it has any, in log order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// The step or epoch of each value.
    pub labels: Vec<i64>,
    /// The values, as bits.
    pub words: Vec<u64>,
    /// Whether the words are integers rather than floats.
    pub is_int: bool,
    /// The position of each value's row in the view.
    pub rows: Vec<i64>,
}

/// What every row of a view says beside its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowIndex {
    /// The step or epoch.
    pub labels: Vec<i64>,
    /// Microseconds since 1970-01-01 UTC.
    pub wall_micros: Vec<i64>,
    /// The attempt, from 1.
    pub attempts: Vec<i64>,
    /// The place in the log.
    pub seq: Vec<i64>,
}

impl View<'_> {
    /// A column; empty where there is none of this name.
    pub fn series(&self, key: &ColumnKey) -> Series {
        self.read(key, false)
    }

    /// A column with the position of each value's row.
    pub fn series_with_rows(&self, key: &ColumnKey) -> Series {
        self.read(key, true)
    }

    fn read(&self, key: &ColumnKey, with_rows: bool) -> Series {
        let Some(column) = self.schema().iter().find(|column| column.key == *key) else {
            return Series::default();
        };
        let is_int = column.kind == Kind::Int;
        if !self.amendments.is_empty() {
            return Series { is_int, ..self.amended_series(key) };
        }
        let most = self.parts.iter().map(|part| part.part.rows).sum();
        let mut labels = huge_vec(most);
        let mut words = huge_vec(most);
        let mut rows = huge_vec(if with_rows { most } else { 0 });
        let mut places = self.places(&mut labels, &mut words, &mut rows);
        side_by_side(&mut places, BLOCKS_EACH, |place| {
            place.n = self.fill(place, key, column.kind);
        });
        let found: Vec<(usize, usize)> =
            places.iter().map(|place| (place.words.len(), place.n)).collect();
        squeeze(&mut labels, &found);
        squeeze(&mut words, &found);
        if with_rows {
            squeeze(&mut rows, &found);
        }
        Series { labels, words, is_int, rows }
    }

    /// Room for the values of each part.
    fn places<'a>(
        &'a self,
        mut labels: &'a mut [i64],
        mut words: &'a mut [u64],
        mut rows: &'a mut [i64],
    ) -> Vec<Place<'a>> {
        let mut places = Vec::with_capacity(self.parts.len());
        let mut first_row = 0;
        for visible in &self.parts {
            let n = visible.part.rows;
            let place = Place {
                visible,
                first_row,
                labels: labels.split_off_mut(..n).unwrap_or_default(),
                words: words.split_off_mut(..n).unwrap_or_default(),
                rows: rows.split_off_mut(..n).unwrap_or_default(),
                n: 0,
            };
            places.push(place);
            first_row += visible.rows as i64;
        }
        places
    }

    /// Brings what shows of a part's values to the front of their place; returns how many they are.
    pub(super) fn fill(&self, place: &mut Place<'_>, key: &ColumnKey, kind: Kind) -> usize {
        let (part, table) = (&place.visible.part, self.table);
        let Some((have, validity)) = self.reader.fill_values(part, table, key, place.words) else {
            return 0;
        };
        let labels: &mut [u64] = bytemuck::cast_slice_mut(place.labels);
        if self.reader.fill_own(part, table, Own::Label, labels).is_none() {
            return 0;
        }
        let present = validity.as_ref().map_or(part.rows, Bitmap::count);
        if kind == Kind::Float && have == Kind::Int {
            for word in &mut place.words[..present] {
                *word = have.to_f64(*word).to_bits();
            }
        }
        let cutoff = place.visible.cutoff;
        if cutoff.is_none() && validity.is_none() {
            for (row, into) in (place.first_row..).zip(place.rows.iter_mut()) {
                *into = row;
            }
            return present;
        }
        let (mut from, mut to, mut row) = (0, 0, place.first_row);
        for at in 0..part.rows {
            let label = place.labels[at];
            let shows = cutoff.is_none_or(|cutoff| label < cutoff);
            if validity.as_ref().is_none_or(|bits| bits.get(at)) {
                if shows {
                    place.labels[to] = label;
                    place.words[to] = place.words[from];
                    if let Some(into) = place.rows.get_mut(to) {
                        *into = row;
                    }
                    to += 1;
                }
                from += 1;
            }
            row += i64::from(shows);
        }
        to
    }

    /// The careful way, for the few tables that were amended.
    fn amended_series(&self, key: &ColumnKey) -> Series {
        let mut series = Series::default();
        let Some(index) = self.schema().iter().position(|column| column.key == *key) else {
            return series;
        };
        let mut first = 0;
        for (at, visible) in self.parts.iter().enumerate() {
            let chunk = self.chunk(at);
            if let Some((chunk, column)) = chunk.as_ref().and_then(|c| Some((c, c.column(index)?)))
            {
                for (row, &label) in chunk.label.iter().enumerate() {
                    if let Some(word) = column.get(row) {
                        series.labels.push(label);
                        series.words.push(word);
                        series.rows.push(first + row as i64);
                    }
                }
            }
            first += visible.rows as i64;
        }
        series
    }

    /// What every row says beside its columns.
    pub fn row_index(&self) -> RowIndex {
        let mut index = RowIndex::default();
        for visible in &self.parts {
            let own = |own| self.reader.own_column(&visible.part, self.table, own);
            let (Some(label), Some(mut wall), Some(seq)) =
                (own(Own::Label), own(Own::Wall), own(Own::Seq))
            else {
                continue;
            };
            if self.table == Table::Epochs {
                apply_times(&self.amendments, &seq, &mut wall);
            }
            let label: Vec<i64> = label.into_iter().map(|word| word as i64).collect();
            let keep = visible.mask(&label);
            let signed = |words: Vec<u64>| -> Vec<i64> {
                filtered(words, keep.as_ref()).into_iter().map(|word| word as i64).collect()
            };
            index.wall_micros.extend(signed(wall));
            index.seq.extend(signed(seq));
            index.labels.extend(filtered(label, keep.as_ref()));
            index.attempts.resize(index.labels.len(), i64::from(visible.part.attempt));
        }
        index
    }

    /// The structured values of a column: (position of the row, value).
    pub fn structured(&self, key: &ColumnKey) -> Vec<(i64, Value)> {
        let mut values = Vec::new();
        let mut first = 0;
        for (index, part) in self.parts.iter().enumerate() {
            if let Some(chunk) = self.chunk(index) {
                let own = chunk.extras.into_iter().filter(|(_, have, _)| have == key);
                values.extend(own.map(|(row, _, value)| (first + row as i64, value)));
            }
            first += part.rows as i64;
        }
        values
    }
}

/// Room for a part's values.
pub(super) struct Place<'a> {
    pub(super) visible: &'a VisiblePart,
    /// The position of the part's first row in the view.
    pub(super) first_row: i64,
    pub(super) labels: &'a mut [i64],
    pub(super) words: &'a mut [u64],
    /// Empty where nobody asks for positions.
    pub(super) rows: &'a mut [i64],
    /// How many values were found.
    pub(super) n: usize,
}

/// Closes the gaps between stretches, each given by its room and how much of that is used.
fn squeeze<T: Copy>(values: &mut Vec<T>, stretches: &[(usize, usize)]) {
    let (mut from, mut to) = (0, 0);
    for &(room, used) in stretches {
        if from != to {
            values.copy_within(from..from + used, to);
        }
        from += room;
        to += used;
    }
    values.truncate(to);
    if values.len() < values.capacity() / 2 {
        values.shrink_to_fit();
    }
}
