//! The scalars of TensorBoard's event files.

mod event;
mod hparams;
mod summary;
mod tensor;

pub use hparams::Hparams;

use super::counts::Counts;
use super::rows::Collecting;
use super::sink::Sink;
use super::tags::Tags;
use super::{PROGRESS_BYTES, Progress};
use crate::wire::proto::Malformed;
use crate::wire::tfrecord::Records;
use crate::wire::window::Next;
use crate::{Error, Result};
use event::Event;
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use summary::{Plugin, SummaryValue};

/// How events become rows.
#[derive(Clone, Copy, Debug)]
pub struct EventOptions {
    /// How far, in microseconds, the wall time of a value may lie from that of its row's first
    /// value; one that is further away begins a row of its own. With 0 every wall time is kept.
    pub merge_within_micros: u64,
}

impl Default for EventOptions {
    fn default() -> Self {
        Self { merge_within_micros: 1_000_000 }
    }
}

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventReport {
    /// What is counted of every file.
    pub counts: Counts,
    /// Files that hold events.
    pub files: u64,
    /// Files, not empty, that hold no event.
    pub foreign_files: Vec<PathBuf>,
    /// Events, those without scalars included.
    pub events: u64,
    /// Scalars whose row has the wall time of another one of its values.
    pub wall_times_merged: u64,
    /// The greatest difference between the two, microseconds.
    pub wall_time_moved_micros: u64,
    /// Sessions that went on from a step which an earlier one had passed.
    pub restarts: u64,
    /// Hyperparameters.
    pub hparams: Hparams,
}

/// Event files of one run, read one after the other as if they were one.
///
/// Scalars are those of `simple_value` and tensors of one number with the plugin `scalars`. Scalars
/// that follow each other become one row as long as their step is the same, no tag comes twice, and
/// their wall times lie near each other ([`EventOptions`]); the row has the wall time of the first.
/// Files do not share rows.
pub struct EventFiles {
    paths: VecDeque<PathBuf>,
    open: Option<Open>,
    state: State,
    bytes_done: u64,
}

/// The file that is being read.
struct Open {
    path: PathBuf,
    records: Records<File>,
    told: u64,
    /// Whether it is an event file beyond doubt.
    has_events: bool,
}

/// What is known of the run so far.
struct State {
    options: EventOptions,
    tags: Tags,
    plugins: Vec<Option<Plugin>>,
    rows: Collecting,
    report: EventReport,
    version: u32,
}

impl EventFiles {
    /// Of these files, in this order. They are opened when it is their turn.
    pub fn new(paths: Vec<PathBuf>, options: EventOptions) -> Self {
        let state = State {
            options,
            tags: Tags::default(),
            plugins: Vec::new(),
            rows: Collecting::default(),
            report: EventReport::default(),
            version: 0,
        };
        Self { paths: paths.into(), open: None, state, bytes_done: 0 }
    }

    /// The names of the scalars so far.
    pub fn tags(&self) -> &Tags {
        &self.state.tags
    }

    /// What was read so far.
    pub fn report(&self) -> EventReport {
        let State { rows, report, .. } = &self.state;
        EventReport { counts: report.counts.with_rows(rows), ..report.clone() }
    }

    /// Passes rows on, up to the end or up to where a session goes on from a step that an earlier
    /// one had passed: then true is returned, what follows belongs to another attempt, and the next
    /// call goes on there.
    ///
    /// Fails where a file cannot be read, where none of the files holds events, and where `sink`
    /// or `progress` fails.
    pub fn read(&mut self, sink: &mut impl Sink, progress: Progress<'_>) -> Result<bool> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(path) = self.paths.pop_front() else { break };
                let file = File::open(&path).map_err(|error| Error::io("open", &path, error))?;
                let records = Records::new(file);
                self.open = Some(Open { path, records, told: 0, has_events: false });
                continue;
            };
            let position = open.records.position();
            if position - open.told >= PROGRESS_BYTES {
                open.told = position;
                progress(self.bytes_done + position)?;
            }
            let next = open.records.next();
            match next.map_err(|error| Error::io("read", &open.path, error))? {
                Next::NotYet => {}
                Next::Record(record) => match self.state.event(record, sink)? {
                    Seen::Event => open.has_events = true,
                    Seen::Restart => {
                        open.has_events = true;
                        return Ok(true);
                    }
                    Seen::Nothing => {}
                },
                Next::End => self.end_file(sink)?,
            }
        }
        progress(self.bytes_done)?;
        match self.state.report.foreign_files.first() {
            Some(path) if self.state.report.files == 0 => Err(Error::Unsupported {
                path: path.clone(),
                reason: "it holds no event of TensorBoard".into(),
            }),
            _ => Ok(false),
        }
    }

    fn end_file(&mut self, sink: &mut impl Sink) -> Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let State { rows, tags, report, .. } = &mut self.state;
        rows.pass_on(sink, tags)?;
        report.counts.add_losses(open.records.losses, open.records.too_long);
        let bytes = open.records.position();
        self.bytes_done += bytes;
        // An empty file is one whose writer had nothing to say yet.
        if open.has_events || bytes == 0 {
            report.files += 1;
        } else {
            report.foreign_files.push(open.path);
        }
        Ok(())
    }
}

/// What a record was.
enum Seen {
    Event,
    /// An event that makes what was recorded from its step on void.
    Restart,
    /// None that an event file must have.
    Nothing,
}

impl State {
    #[inline]
    fn event(&mut self, record: &[u8], sink: &mut impl Sink) -> Result<Seen> {
        let Ok(event) = Event::read(record) else {
            self.report.counts.malformed += 1;
            return Ok(Seen::Nothing);
        };
        self.report.events += 1;
        let wall = self.report.counts.wall_micros(Some(event.wall_time));
        if let Some(kind) = event.other {
            self.report.counts.skipped.add(kind);
        }
        if let Some(version) = event.version {
            self.version = version_of(version);
        }
        if let Some(summary) = event.summary {
            for value in summary::values(summary) {
                let taken = match value {
                    Ok(value) => self.value(&value, event.step, wall, sink),
                    Err(Malformed) => Ok(Err(Malformed)),
                };
                if taken?.is_err() {
                    self.report.counts.malformed += 1;
                }
            }
        }
        if event.starts_session && self.is_restart(event.step) {
            self.rows.pass_on(sink, &self.tags)?;
            self.rows.last_step = None;
            self.report.restarts += 1;
            return Ok(Seen::Restart);
        }
        let certain = event.version.is_some() || event.summary.is_some();
        Ok(if certain { Seen::Event } else { Seen::Nothing })
    }

    /// Whether a session that starts at this step makes anything void. Only files of version 2 say
    /// at which step a session starts.
    fn is_restart(&self, step: i64) -> bool {
        self.version >= 2 && self.rows.greatest_step().is_some_and(|last| last >= step)
    }

    #[inline]
    fn value(
        &mut self,
        value: &SummaryValue<'_>,
        step: i64,
        wall: i64,
        sink: &mut impl Sink,
    ) -> Result<Result<(), Malformed>> {
        let Some(tag) = self.tags.number(value.tag) else {
            self.report.counts.skipped.add("names that are too long or no UTF-8");
            return Ok(Ok(()));
        };
        if let Some(metadata) = value.metadata {
            match self.learn(tag, metadata) {
                Ok(false) => {}
                Ok(true) => return Ok(Ok(())),
                Err(Malformed) => return Ok(Err(Malformed)),
            }
        }
        let plugin = self.plugins.get(tag as usize).and_then(Option::as_ref);
        let number = match summary::number(value.content, plugin) {
            Ok(Ok(number)) => number,
            Ok(Err(kind)) => {
                self.report.counts.skipped.add(kind);
                return Ok(Ok(()));
            }
            Err(Malformed) => return Ok(Err(Malformed)),
        };
        if !self.rows.takes(step, wall, tag, self.options.merge_within_micros) {
            self.rows.pass_on(sink, &self.tags)?;
        }
        let moved = self.rows.add(step, wall, tag, number);
        if moved > 0 {
            self.report.wall_times_merged += 1;
            self.report.wall_time_moved_micros = self.report.wall_time_moved_micros.max(moved);
        }
        Ok(Ok(()))
    }

    /// Takes in what is said of a tag; whether that is all that the value is for.
    fn learn(&mut self, tag: u32, metadata: &[u8]) -> Result<bool, Malformed> {
        let (plugin, content) = summary::plugin(metadata)?;
        let is_hparams = plugin == Plugin::Hparams;
        if is_hparams && !self.report.hparams.learn(content)? {
            self.report.counts.skipped.add("hparams");
        }
        if self.plugins.len() <= tag as usize {
            self.plugins.resize_with(tag as usize + 1, || None);
        }
        self.plugins[tag as usize].get_or_insert(plugin);
        Ok(is_hparams)
    }
}

/// The number in `brain.Event:2`.
fn version_of(text: &[u8]) -> u32 {
    let number = text.strip_prefix(b"brain.Event:").and_then(|number| str::from_utf8(number).ok());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
