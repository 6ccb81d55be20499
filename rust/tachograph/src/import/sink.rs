//! Where rows go: into a log, or into columns in memory.

use super::rows::Row;
use super::tags::Tags;
use crate::log::{LayoutId, MixedRow, Writer};
use crate::types::{ColumnKey, Kind, Role, Table};
use crate::{Error, Result};
use std::collections::HashMap;

/// Takes rows, one after the other.
pub trait Sink {
    /// Takes a row. `tags` knows the names of its values.
    fn row(&mut self, row: &Row, tags: &Tags) -> Result<()>;
}

/// The steps of a log.
pub struct LogSink<'a> {
    writer: &'a Writer,
    layouts: HashMap<Vec<u32>, LayoutId>,
    /// The tags of the last row and their layout: most rows are like the one before.
    recent: Option<(Vec<u32>, LayoutId)>,
}

impl<'a> LogSink<'a> {
    /// Rows go to `writer`, with the times that they bring.
    pub fn new(writer: &'a Writer) -> Self {
        Self { writer, layouts: HashMap::new(), recent: None }
    }

    fn layout(&mut self, row: &Row, tags: &Tags) -> Result<LayoutId> {
        if let Some((recent, id)) = &self.recent
            && *recent == row.tags
        {
            return Ok(*id);
        }
        let id = if let Some(&id) = self.layouts.get(&row.tags) {
            id
        } else {
            let key = |&tag: &u32| ColumnKey::new(Role::Metric, tags.name(tag).clone());
            let keys: Vec<ColumnKey> = row.tags.iter().map(key).collect();
            let id = self.writer.layout(Table::Steps, &keys)?;
            self.layouts.insert(row.tags.clone(), id);
            id
        };
        match &mut self.recent {
            Some((recent, known)) => {
                recent.clone_from(&row.tags);
                *known = id;
            }
            None => self.recent = Some((row.tags.clone(), id)),
        }
        Ok(id)
    }

    fn append(&self, id: LayoutId, row: &Row) -> Result<()> {
        if row.kinds.iter().all(|&kind| kind == Kind::Float) {
            return self
                .writer
                .append_floats_at(id, row.step, row.wall_micros, &row.words)
                .map(drop);
        }
        let bitmap = row.words.len().div_ceil(64);
        let (mut present, mut ints) = (vec![0; bitmap], vec![0; bitmap]);
        for (at, kind) in row.kinds.iter().enumerate() {
            present[at / 64] |= 1u64 << (at % 64);
            ints[at / 64] |= u64::from(*kind == Kind::Int) << (at % 64);
        }
        let mixed = MixedRow { words: &row.words, present: &present, ints: &ints, extras: &[] };
        self.writer.append_mixed(id, Some(row.step), Some(row.wall_micros), &mixed).map(drop)
    }
}

impl Sink for LogSink<'_> {
    fn row(&mut self, row: &Row, tags: &Tags) -> Result<()> {
        let id = self.layout(row, tags)?;
        loop {
            match self.append(id, row) {
                Err(Error::Behind { .. }) => self.writer.wait(),
                done => return done,
            }
        }
    }
}

/// The values of one name, in the order in which they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// `Int` while all values are integers.
    pub kind: Kind,
    /// Each value's step.
    pub steps: Vec<i64>,
    /// When its row was recorded, microseconds since 1970-01-01 UTC.
    pub wall_micros: Vec<i64>,
    /// The values.
    pub words: Vec<u64>,
}

/// Columns in memory, by the number of their tag.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns(pub Vec<Column>);

impl Sink for Columns {
    fn row(&mut self, row: &Row, _tags: &Tags) -> Result<()> {
        for ((&tag, &kind), &word) in row.tags.iter().zip(&row.kinds).zip(&row.words) {
            let at = tag as usize;
            if self.0.len() <= at {
                let empty = || Column {
                    kind: Kind::Int,
                    steps: Vec::new(),
                    wall_micros: Vec::new(),
                    words: Vec::new(),
                };
                self.0.resize_with(at + 1, empty);
            }
            self.0[at].push(row.step, row.wall_micros, kind, word);
        }
        Ok(())
    }
}

impl Column {
    #[inline]
    fn push(&mut self, step: i64, wall_micros: i64, kind: Kind, word: u64) {
        if self.kind != kind && kind == Kind::Float {
            self.kind = kind;
            self.words.iter_mut().for_each(|word| *word = Kind::Int.to_f64(*word).to_bits());
        }
        self.steps.push(step);
        self.wall_micros.push(wall_micros);
        self.words.push(if self.kind == kind { word } else { kind.to_f64(word).to_bits() });
    }
}
