//! The courses of columns, block by block: no more of a column is held than its block has.

use super::View;
use super::series::Place;
use crate::parallel::side_by_side;
use crate::stats::ColumnCourse;
use crate::types::{ColumnKey, Kind};

/// Starting a thread takes longer than fewer values do.
const VALUES_EACH: usize = 300_000;

impl View<'_> {
    /// The course of each of these columns, in at most so many bins; `None` for those that are not
    /// there.
    pub fn courses(&self, keys: &[ColumnKey], most_bins: usize) -> Vec<Option<ColumnCourse>> {
        let mut places: Vec<_> = keys.iter().map(|key| (key, None)).collect();
        let columns_each = VALUES_EACH.div_ceil(self.len().max(1));
        side_by_side(&mut places, columns_each, |(key, course)| {
            *course = self.course(key, most_bins);
        });
        places.into_iter().map(|(_, course)| course).collect()
    }

    fn course(&self, key: &ColumnKey, most_bins: usize) -> Option<ColumnCourse> {
        let kind = self.schema().iter().find(|column| column.key == *key)?.kind;
        let mut course = ColumnCourse::new(most_bins);
        if !self.amendments.is_empty() {
            let series = self.series(key);
            extend(&mut course, kind, &series.labels, &series.words);
            return Some(course);
        }
        let (mut labels, mut words) = (Vec::new(), Vec::new());
        for visible in &self.parts {
            let room = visible.part.rows;
            labels.resize(labels.len().max(room), 0);
            words.resize(words.len().max(room), 0);
            let (labels, words) = (&mut labels[..room], &mut words[..room]);
            let mut place = Place { visible, first_row: 0, labels, words, rows: &mut [], n: 0 };
            let n = self.fill(&mut place, key, kind);
            extend(&mut course, kind, &place.labels[..n], &place.words[..n]);
        }
        Some(course)
    }
}

fn extend(course: &mut ColumnCourse, kind: Kind, labels: &[i64], words: &[u64]) {
    match kind {
        Kind::Float => course.extend(labels, bytemuck::cast_slice(words)),
        Kind::Int => course.extend_ints(labels, bytemuck::cast_slice(words)),
    }
}
