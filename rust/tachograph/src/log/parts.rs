//! The stretches of rows that a run consists of, and decoding them.

use super::columns::{Columns, FoundColumn};
use super::frame::FrameHeader;
use super::reader::{LogReader, SealedSegment};
use super::report::Damage;
use super::rows::{self, Entry, Own, Rows};
use super::scan;
use super::source::MAIN_FILE;
use crate::parallel::side_by_side;
use crate::types::{Bitmap, ColumnKey, Kind, Table, Value};
use crate::{Error, Result};
use std::sync::Arc;

/// Starting a thread takes longer than decoding fewer values does.
const WORDS_EACH: usize = 1 << 17;

/// Or looking for the rows of fewer parts.
const PARTS_EACH: usize = 4;

/// A stretch of a table's rows, all of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) attempt: u32,
    pub(crate) rows: usize,
    pub(crate) label_first: Option<i64>,
    pub(crate) label_min: i64,
    pub(crate) label_max: i64,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Frame(FrameHeader),
    Tail(u32),
}

impl Part {
    /// Whether it stands in the main file.
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self.place, Place::Frame(_))
    }
}

impl LogReader {
    /// The stretches of a table's rows in log order.
    pub(crate) fn parts(&self, table: Table) -> impl Iterator<Item = Part> + '_ {
        let numbers: std::collections::BTreeSet<u32> =
            self.segments.keys().chain(self.tails.keys()).copied().collect();
        numbers.into_iter().flat_map(move |number| self.parts_of(number, table))
    }

    pub(super) fn parts_of(&self, number: u32, table: Table) -> Vec<Part> {
        let sealed = self.segments.get(&number);
        if let (Some(tail), false) =
            (self.tails.get(&number), sealed.is_some_and(SealedSegment::is_complete))
        {
            let rows = tail.rows(table);
            let (Some(&min), Some(&max)) = (rows.label.iter().min(), rows.label.iter().max())
            else {
                return Vec::new();
            };
            return vec![Part {
                attempt: tail.header.attempt,
                rows: rows.label.len(),
                label_first: rows.label.first().copied(),
                label_min: min,
                label_max: max,
                place: Place::Tail(number),
            }];
        }
        let frames = sealed.map(|segment| segment.have.as_slice()).unwrap_or_default();
        let lazy = self.lazy();
        frames
            .iter()
            .filter(|frame| frame.rows_table() == Some(table) && !lazy.dead.contains(&frame.offset))
            .map(|frame| Part {
                attempt: frame.attempt,
                rows: frame.rows as usize,
                label_first: None,
                label_min: frame.label_min,
                label_max: frame.label_max,
                place: Place::Frame(*frame),
            })
            .collect()
    }

    /// The directory of a sealed part.
    fn entries(&self, frame: &FrameHeader) -> Result<Arc<Vec<Entry>>> {
        if let Some(entries) = self.lazy().entries.get(&frame.offset) {
            return Ok(Arc::clone(entries));
        }
        let entries = Arc::new(scan::read_entries(&*self.source, frame)?);
        self.lazy().entries.insert(frame.offset, Arc::clone(&entries));
        Ok(entries)
    }

    /// The columns of a part in first-seen order.
    pub(crate) fn part_columns(&self, part: &Part, table: Table) -> Vec<FoundColumn> {
        let frame = match &part.place {
            Place::Tail(number) => {
                let tail = self.tails.get(number);
                return tail.map(|tail| tail.rows(table).found()).unwrap_or_default();
            }
            Place::Frame(frame) => frame,
        };
        let entries = match self.entries(frame) {
            Ok(entries) => entries,
            Err(error) => {
                self.note(frame, table, None, &error);
                return Vec::new();
            }
        };
        let mut columns = Columns::default();
        entries.iter().filter_map(Entry::column).for_each(|column| columns.add(table, column));
        // The first writers of the format gave structured values no place in the directory.
        if entries.iter().any(Entry::is_extras) && !entries.iter().any(Entry::is_place) {
            for (_, key, _) in self.part_extras(part, table) {
                columns.add(table, FoundColumn::structured(key));
            }
        }
        columns.into_table(table)
    }

    /// One of the format's own columns of a part; `None` where it is damaged (and noted).
    pub(crate) fn own_column(&self, part: &Part, table: Table, own: Own) -> Option<Vec<u64>> {
        let mut words = vec![0; part.rows];
        self.fill_own(part, table, own, &mut words)?;
        Some(words)
    }

    /// The same to a place with room for each row.
    pub(crate) fn fill_own(
        &self,
        part: &Part,
        table: Table,
        own: Own,
        words: &mut [u64],
    ) -> Option<()> {
        match &part.place {
            Place::Tail(number) => {
                let rows = self.tails.get(number)?.rows(table);
                let signed = |words: &mut [u64], from: &[i64]| {
                    words.iter_mut().zip(from).for_each(|(word, &from)| *word = from as u64);
                };
                match own {
                    Own::Seq => words.copy_from_slice(&rows.seq),
                    Own::Label => signed(words, &rows.label),
                    Own::Wall => signed(words, &rows.wall_micros),
                }
                Some(())
            }
            Place::Frame(frame) => {
                let decoded = self.entries(frame).and_then(|entries| {
                    let entry = rows::own_entry(&entries, own)?;
                    let chunk = scan::read_chunk(&*self.source, frame, entry)?;
                    rows::decode_dense(entry, &chunk, words)
                });
                decoded.map_err(|error| self.note(frame, table, None, &error)).ok()
            }
        }
    }

    /// A column of a part; `None` where the part does not have it, or it is damaged (and noted).
    pub(crate) fn part_column(
        &self,
        part: &Part,
        table: Table,
        key: &ColumnKey,
    ) -> Option<rows::Column> {
        match &part.place {
            Place::Tail(number) => {
                let rows = self.tails.get(number)?.rows(table);
                let column = rows.columns.iter().find(|column| column.key == *key)?;
                (!column.words.is_empty()).then(|| column.clone())
            }
            Place::Frame(frame) => {
                let mut words = vec![0; part.rows];
                let (kind, validity) = self.sealed_values(frame, table, key, &mut words)?;
                if let Some(bits) = &validity {
                    rows::spread(&mut words, bits);
                }
                Some(rows::Column { key: key.clone(), kind, words, validity })
            }
        }
    }

    /// A column's values to the front of a place with room for one a row, and the rows that hold
    /// them unless all do; `None` as for [`Self::part_column`].
    pub(crate) fn fill_values(
        &self,
        part: &Part,
        table: Table,
        key: &ColumnKey,
        words: &mut [u64],
    ) -> Option<(Kind, Option<Bitmap>)> {
        match &part.place {
            Place::Tail(number) => {
                let rows = self.tails.get(number)?.rows(table);
                let mut columns = rows.columns.iter();
                let column = columns.find(|have| have.key == *key && !have.words.is_empty())?;
                match &column.validity {
                    None => words.copy_from_slice(&column.words),
                    Some(bits) => {
                        let present = column.words.iter().zip(bits.iter()).filter(|(_, bit)| *bit);
                        words.iter_mut().zip(present).for_each(|(word, (&have, _))| *word = have);
                    }
                }
                Some((column.kind, column.validity.clone()))
            }
            Place::Frame(frame) => self.sealed_values(frame, table, key, words),
        }
    }

    fn sealed_values(
        &self,
        frame: &FrameHeader,
        table: Table,
        key: &ColumnKey,
        words: &mut [u64],
    ) -> Option<(Kind, Option<Bitmap>)> {
        let entries = self.entries(frame).ok()?;
        let entry = entries.iter().find(|entry| entry.key().as_ref() == Some(key))?;
        let decoded = scan::read_chunk(&*self.source, frame, entry)
            .and_then(|chunk| rows::decode_present(entry, &chunk, words));
        match decoded {
            Ok(validity) => Some((entry.kind().unwrap_or(Kind::Float), validity)),
            Err(error) => {
                self.note(frame, table, Some(&key.name), &error);
                None
            }
        }
    }

    /// For each column of a part the rows that hold a value, `None` where all do; a damaged column
    /// (noted) has none. Values are not decoded.
    pub(crate) fn part_presence(
        &self,
        part: &Part,
        table: Table,
    ) -> Vec<(ColumnKey, Option<Bitmap>)> {
        match &part.place {
            Place::Tail(number) => {
                let Some(tail) = self.tails.get(number) else { return Vec::new() };
                let columns = tail.rows(table).columns.iter();
                let columns = columns.filter(|column| !column.words.is_empty());
                columns.map(|column| (column.key.clone(), column.validity.clone())).collect()
            }
            Place::Frame(frame) => {
                let Ok(entries) = self.entries(frame) else { return Vec::new() };
                let gaps = |entry: &Entry| {
                    let chunk = scan::read_chunk(&*self.source, frame, entry)?;
                    rows::decode_validity(entry, &chunk, part.rows)
                };
                let columns = entries.iter().filter_map(|entry| Some((entry, entry.key()?)));
                columns
                    .filter_map(|(entry, key)| {
                        if !entry.has_gaps() {
                            return Some((key, None));
                        }
                        let bits = gaps(entry).map_err(|error| {
                            self.note(frame, table, Some(&key.name), &error);
                        });
                        Some((key, Some(bits.ok()?)))
                    })
                    .collect()
            }
        }
    }

    /// The structured values of a part.
    pub(crate) fn part_extras(&self, part: &Part, table: Table) -> Vec<(usize, ColumnKey, Value)> {
        match &part.place {
            Place::Tail(number) => self
                .tails
                .get(number)
                .map(|tail| tail.rows(table).extras.clone())
                .unwrap_or_default(),
            Place::Frame(frame) => {
                let Ok(entries) = self.entries(frame) else { return Vec::new() };
                let Some(entry) = entries.iter().find(|entry| entry.is_extras()) else {
                    return Vec::new();
                };
                let decoded = scan::read_chunk(&*self.source, frame, entry)
                    .and_then(|chunk| rows::decode_extras(entry, &chunk, frame.rows as usize));
                decoded.unwrap_or_else(|error| {
                    self.note(frame, table, Some("structured values"), &error);
                    Vec::new()
                })
            }
        }
    }

    /// Notes damage met while decoding, once for each place.
    fn note(&self, frame: &FrameHeader, table: Table, column: Option<&str>, error: &Error) {
        let mut lazy = self.lazy();
        if !lazy.damaged.insert((frame.offset, column.unwrap_or_default().to_owned())) {
            return;
        }
        let mut damage = Damage {
            file: MAIN_FILE.into(),
            offset: frame.offset,
            len: frame.end() - frame.offset,
            reason: error.to_string(),
            rows: 0,
            table: Some(table),
            labels: Some((frame.label_min, frame.label_max)),
            column: column.map(str::to_owned),
        };
        if column.is_none() && lazy.dead.insert(frame.offset) {
            damage.rows = u64::from(frame.rows);
        }
        lazy.damage.push(damage);
    }

    /// Whether a part's rows can be told apart; otherwise it is none of the parts any more.
    fn has_rows(&self, part: &Part, table: Table) -> bool {
        let own = [Own::Label, Own::Seq, Own::Wall];
        own.iter().all(|own| self.own_column(part, table, *own).is_some())
    }

    /// Looks for parts without rows. From then on those that are left stay, and with them the
    /// positions of their rows; otherwise a part would go away when it is first read.
    pub fn settle(&self, table: Table) {
        let mut fresh: Vec<(u64, Part, bool)> = {
            let parts: Vec<Part> = self.parts(table).collect();
            let lazy = self.lazy();
            let of_frame = |part: Part| match part.place {
                Place::Frame(frame) => Some((frame.offset, part, false)),
                Place::Tail(_) => None,
            };
            let parts = parts.into_iter().filter_map(of_frame);
            parts.filter(|(offset, ..)| !lazy.sound.contains(offset)).collect()
        };
        side_by_side(&mut fresh, PARTS_EACH, |(_, part, sound)| {
            *sound = self.has_rows(part, table);
        });
        let found = fresh.iter().filter(|(.., sound)| *sound);
        self.lazy().sound.extend(found.map(|(offset, ..)| *offset));
    }

    /// Decodes every sealed part once, so that the report tells of all damage.
    pub fn check_all(&self) {
        for table in [Table::Epochs, Table::Steps] {
            for part in self.parts(table) {
                if !self.has_rows(&part, table) {
                    continue;
                }
                let columns = self.part_columns(&part, table);
                for column in columns.iter().filter(|column| column.kind.is_some()) {
                    self.part_column(&part, table, &column.key);
                }
                if columns.iter().any(|column| column.is_structured) {
                    self.part_extras(&part, table);
                }
            }
        }
    }

    /// Every readable row of a part, with the readable ones of the columns that are `wanted`, and
    /// with the structured values if those are.
    pub(crate) fn part_rows(
        &self,
        part: &Part,
        table: Table,
        wanted: impl Fn(&ColumnKey) -> bool,
        structured: bool,
    ) -> Option<Rows> {
        let label = self.own_column(part, table, Own::Label)?;
        let wall = self.own_column(part, table, Own::Wall)?;
        let mut rows = Rows {
            seq: self.own_column(part, table, Own::Seq)?,
            label: label.into_iter().map(|word| word as i64).collect(),
            wall_micros: wall.into_iter().map(|word| word as i64).collect(),
            ..Rows::default()
        };
        let found = self.part_columns(part, table);
        let wanted = found.iter().filter(|column| column.kind.is_none() || wanted(&column.key));
        let mut columns: Vec<(&FoundColumn, Option<rows::Column>)> =
            wanted.map(|column| (column, None)).collect();
        let each = (WORDS_EACH / part.rows.max(1)).max(1);
        side_by_side(&mut columns, each, |(found, column)| {
            *column = match found.kind {
                Some(_) => self.part_column(part, table, &found.key),
                None => Some(rows::Column::empty(found.key.clone())),
            };
        });
        rows.columns = columns.into_iter().filter_map(|(_, column)| column).collect();
        if structured && found.iter().any(|column| column.is_structured) {
            rows.extras = self.part_extras(part, table);
        }
        Some(rows)
    }
}
