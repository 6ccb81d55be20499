//! The history of a W&B run file (`run-<id>.wandb`), which offline runs and those that were not
//! cleaned up leave behind.

mod json;
mod record;

use super::counts::Counts;
use super::rows::Collecting;
use super::sink::Sink;
use super::tags::Tags;
use super::{PROGRESS_BYTES, Progress};
use crate::types::Kind;
use crate::wire::leveldb::Records;
use crate::wire::proto::{Field, Fields, Malformed};
use crate::wire::window::Next;
use crate::{Error, Result};
use record::Item;
use std::fs::File;
use std::path::PathBuf;

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WandbReport {
    /// What is counted of every file; each record of history makes a row.
    pub counts: Counts,
    /// Records of any kind.
    pub records: u64,
    /// Records of history.
    pub history: u64,
    /// The run's id, its project and the name that it is shown with.
    pub run_id: String,
    /// See `run_id`.
    pub project: String,
    /// See `run_id`.
    pub display_name: String,
    /// Changes of the configuration in their order: the parts of a name, and the value as JSON, or
    /// `None` where it was taken away.
    pub config: Vec<(Vec<String>, Option<String>)>,
}

/// A run file. Each record of history becomes one row: its step is `_step`, its wall time
/// `_timestamp`; all other numbers are values, the parts of nested names joined by dots.
pub struct WandbFile {
    path: PathBuf,
    tags: Tags,
    rows: Collecting,
    report: WandbReport,
    next_step: i64,
}

impl WandbFile {
    /// The run file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            tags: Tags::default(),
            rows: Collecting::default(),
            report: WandbReport::default(),
            next_step: 0,
        }
    }

    /// What was read.
    pub fn report(&self) -> WandbReport {
        let counts = self.report.counts.with_rows(&self.rows);
        WandbReport { counts, ..self.report.clone() }
    }

    /// Passes all rows on. Fails where the file cannot be read or is none of W&B's, and where
    /// `sink` or `progress` fails.
    pub fn read(&mut self, sink: &mut impl Sink, progress: Progress<'_>) -> Result<()> {
        let failed = |operation, error| Error::io(operation, &self.path, error);
        let file = File::open(&self.path).map_err(|error| failed("open", error))?;
        let records = Records::new(file).map_err(|error| failed("read", error))?;
        let mut records = records.ok_or_else(|| Error::Unsupported {
            path: self.path.clone(),
            reason: "it does not begin like a run file of W&B".into(),
        })?;
        let mut told = 0;
        loop {
            let position = records.position();
            if position - told >= PROGRESS_BYTES {
                told = position;
                progress(position)?;
            }
            let next = records.next();
            let record = match next.map_err(|error| Error::io("read", &self.path, error))? {
                Next::Record(record) => record,
                Next::NotYet => continue,
                Next::End => break,
            };
            self.report.records += 1;
            if self.record(record, sink)?.is_err() {
                self.report.counts.malformed += 1;
            }
        }
        self.report.counts.add_losses(records.losses, records.too_long);
        progress(records.position())
    }

    fn record(&mut self, message: &[u8], sink: &mut impl Sink) -> Result<Result<(), Malformed>> {
        for field in Fields::of(message) {
            let done = match field {
                Ok((2, Field::Bytes(history))) => self.history(history, sink)?,
                Ok((5, Field::Bytes(config))) => self.config(config),
                Ok((17, Field::Bytes(run))) => self.run(run),
                Ok((number, Field::Bytes(_))) => {
                    if let Some(kind) = kind_of(number) {
                        self.report.counts.skipped.add(kind);
                    }
                    Ok(())
                }
                Ok(_) => Ok(()),
                Err(Malformed) => Err(Malformed),
            };
            if done.is_err() {
                return Ok(done);
            }
        }
        Ok(Ok(()))
    }

    fn history(&mut self, message: &[u8], sink: &mut impl Sink) -> Result<Result<(), Malformed>> {
        self.report.history += 1;
        // Where they stand among the items is left to chance.
        let Ok((step, wall)) = step_and_wall(message) else { return Ok(Err(Malformed)) };
        let step = step.unwrap_or(self.next_step);
        self.next_step = step.wrapping_add(1);
        let wall = self.report.counts.wall_micros(wall);
        for field in Fields::of(message) {
            let Ok((1, Field::Bytes(item))) = field else { continue };
            let Ok(item) = Item::read(item) else {
                self.report.counts.malformed += 1;
                continue;
            };
            if matches!(&*item.name, b"_step" | b"_timestamp" | b"_wandb")
                || item.name.starts_with(b"_wandb.")
            {
                continue;
            }
            let number = match item.number() {
                Ok(number) => number,
                Err(kind) => {
                    self.report.counts.skipped.add(kind);
                    continue;
                }
            };
            let Some(tag) = self.tags.number(&item.name) else {
                self.report.counts.skipped.add("names that are too long or no UTF-8");
                continue;
            };
            if !self.rows.takes(step, wall, tag, 0) {
                self.rows.pass_on(sink, &self.tags)?;
            }
            self.rows.add(step, wall, tag, number);
        }
        self.rows.pass_on(sink, &self.tags)?;
        Ok(Ok(()))
    }

    fn config(&mut self, message: &[u8]) -> Result<(), Malformed> {
        for field in Fields::of(message) {
            let (item, is_removed) = match field? {
                (1, Field::Bytes(item)) => (item, false),
                (2, Field::Bytes(item)) => (item, true),
                _ => continue,
            };
            let change = record::config_item(item, is_removed)?;
            if change.0.first().is_none_or(|name| name != "_wandb") {
                self.report.config.push(change);
            }
        }
        Ok(())
    }

    fn run(&mut self, message: &[u8]) -> Result<(), Malformed> {
        for field in Fields::of(message) {
            match field? {
                (1, Field::Bytes(id)) => self.report.run_id = record::text(id)?,
                (3, Field::Bytes(project)) => self.report.project = record::text(project)?,
                (4, Field::Bytes(config)) => self.config(config)?,
                (8, Field::Bytes(name)) => self.report.display_name = record::text(name)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is in a record that has no place in a run.
fn kind_of(field: u32) -> Option<&'static str> {
    match field {
        4 | 13 | 27 => Some("console output"),
        7 => Some("system metrics"),
        8 => Some("artifacts"),
        10 => Some("alerts"),
        _ => None,
    }
}

/// What a history record says of its step and, in seconds, of its wall time.
fn step_and_wall(message: &[u8]) -> Result<(Option<i64>, Option<f64>), Malformed> {
    let (mut step, mut wall) = (None, None);
    for field in Fields::of(message) {
        match field? {
            (1, Field::Bytes(item)) => {
                let Ok(item) = Item::read(item) else { continue };
                match (&*item.name, item.number()) {
                    (b"_step", Ok((Kind::Int, word))) => step = Some(word as i64),
                    (b"_timestamp", Ok((kind, word))) => wall = Some(kind.to_f64(word)),
                    _ => {}
                }
            }
            (2, Field::Bytes(stated)) => step = step.or(Some(record::step(stated)?)),
            _ => {}
        }
    }
    Ok((step, wall))
}
