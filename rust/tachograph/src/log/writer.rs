//! The writer of a run: one attempt, many threads, no call that waits for the disk.

use super::background::{self, Queue};
use super::fork::ForkGuard;
use super::hot::{
    self, BulkColumn, ColumnState, Hot, LayoutId, MixedRow, Room, as_words, bulk_head, bulk_words,
    mixed_words,
};
use super::lock::RunLock;
use super::mainfile::{MainFile, Out};
use super::reader::LogReader;
use super::record::{self, Record};
use super::source::{MAIN_FILE, Source};
use super::sys;
use super::tail::{self, Description, RECORD_HEAD, record_type};
use super::tailfile::{Mechanism, TailFile, capacity_for};
use crate::types::{ColumnKey, Kind, Table, Value};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::io::IoSlice;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// When what is logged is put on the disk, beyond the reach of a power failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Whenever the kernel likes. A power failure may lose about half a minute.
    Process,
    /// At every interval. A power failure loses at most that.
    Interval,
    /// Before each call returns.
    Always,
}

/// How a writer works.
#[derive(Clone, Debug)]
pub struct Options {
    /// When rows are put on the disk.
    pub durability: Durability,
    /// The interval of [`Durability::Interval`].
    pub sync_interval: Duration,
    /// Whether a row that cannot be kept is an error, or only counted.
    pub raise_on_drop: bool,
    /// How rows reach the kernel; `None` chooses by the file system.
    pub mechanism: Option<Mechanism>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Interval,
            sync_interval: Duration::from_secs(1),
            raise_on_drop: false,
            mechanism: None,
        }
    }
}

/// From where on sealing takes a faster coding.
const HURRY_BYTES: u64 = 256 << 20;
/// From where on the caller waits.
const WAIT_BYTES: u64 = 1 << 30;
/// How long after a failure the caller itself does not ask for a segment again.
const RETRY_MICROS: i64 = 20_000;
/// Rows of one bulk record in a segment of its own.
const BULK_ROWS: usize = 1 << 16;
/// From how many bytes on many rows get a segment of their own.
const OWN_SEGMENT_BYTES: usize = 1 << 20;
/// The most bytes that go into one segment of bulk rows.
const BULK_SEGMENT_BYTES: usize = 128 << 20;

/// How the writer is doing.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Rows of epochs and of steps that this attempt has kept.
    pub epochs: u64,
    /// Rows of steps.
    pub steps: u64,
    /// Rows that could not be kept.
    pub dropped: u64,
    /// Bytes of unsealed segments, the open one left out.
    pub queued_bytes: u64,
    /// Bytes of all files of the run.
    pub bytes: u64,
    /// How long callers have waited for the sealer.
    pub stalled: Duration,
    /// The last failure that was met, until it is over.
    pub last_error: Option<String>,
    /// Whether the writer was closed.
    pub closed: bool,
}

/// What the writer's threads share.
pub(crate) struct Shared {
    pub(crate) dir: Option<PathBuf>,
    pub(crate) uuid: [u8; 16],
    pub(crate) attempt: u32,
    pub(crate) options: Options,
    pub(crate) mechanism: Mechanism,
    pub(crate) guard: Arc<ForkGuard>,
    pub(crate) hot: Mutex<Hot>,
    /// Segments whose content is not in the main file.
    pub(crate) tails: Mutex<BTreeMap<u32, Arc<TailFile>>>,
    pub(crate) queue: Mutex<Queue>,
    pub(crate) wake_sealer: Condvar,
    pub(crate) wake_keeper: Condvar,
    pub(crate) progress: Condvar,
    /// `None` while the disk refuses even an empty file.
    pub(crate) main: Mutex<Option<MainFile>>,
    pub(crate) queued_bytes: AtomicU64,
    pub(crate) stalled_micros: AtomicU64,
    /// Wall clock minus monotonic clock; it only grows, so that time never goes back in a run.
    pub(crate) clock_offset: AtomicI64,
    pub(crate) failure: Mutex<Option<String>>,
    pub(crate) fresh_failure: AtomicBool,
    pub(crate) lock: Mutex<Option<RunLock>>,
    started: String,
}

/// Locks, whatever became of a thread that held it: the state is kept consistent at each step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    #[inline]
    fn now(&self) -> i64 {
        sys::monotonic_micros() + self.clock_offset.load(Ordering::Relaxed)
    }

    /// Follows the wall clock forward.
    pub(crate) fn follow_clock(&self) {
        let offset = sys::wall_micros() - sys::monotonic_micros();
        self.clock_offset.fetch_max(offset, Ordering::Relaxed);
    }

    /// Notes a failure for `status` and for one warning.
    pub(crate) fn fail(&self, error: &Error) {
        let text = error.to_string();
        let mut failure = lock(&self.failure);
        if failure.is_none() {
            self.fresh_failure.store(true, Ordering::Release);
        }
        *failure = Some(text);
    }

    /// Notes that work goes on again.
    pub(crate) fn recovered(&self) {
        lock(&self.failure).take();
    }

    /// Makes the directory, takes the lock and opens the main file, as far as that is not done.
    pub(crate) fn attach(&self) -> Result<()> {
        let Some(dir) = &self.dir else { return Ok(()) };
        if lock(&self.main).is_some() {
            return Ok(());
        }
        std::fs::create_dir_all(dir).map_err(|error| Error::io("create", dir, error))?;
        let mut held = lock(&self.lock);
        if held.is_none() {
            *held = Some(RunLock::take(dir, &self.started)?);
        }
        drop(held);
        let main = MainFile::open(&dir.join(MAIN_FILE), self.uuid)?;
        *lock(&self.main) = Some(main);
        Ok(())
    }

    /// A new segment for a record of `need` bytes.
    pub(crate) fn make_tail(&self, number: u32, begun: u32, need: usize) -> Result<TailFile> {
        self.attach()?;
        let capacity = capacity_for(begun, need);
        TailFile::create(self.dir.as_deref(), number, capacity, self.mechanism, &self.guard)
    }

    /// Makes room in a new segment; `false` where none can be had.
    fn rotate(&self, hot: &mut Hot, need: usize) -> Result<bool> {
        if self.queued_bytes.load(Ordering::Relaxed) > WAIT_BYTES {
            return Err(Error::Behind { queued_bytes: WAIT_BYTES });
        }
        let spare = hot.spare.take().filter(|spare| {
            let fits = spare.capacity() >= tail::RECORDS_AT + need + 8;
            if !fits {
                spare.remove();
            }
            fits
        });
        let tail = match spare {
            Some(spare) => spare,
            None => {
                let now = sys::monotonic_micros();
                if hot.starved_since.is_some_and(|since| now - since < RETRY_MICROS) {
                    return Ok(false);
                }
                let number = hot.next_number;
                hot.next_number += 1;
                match self.make_tail(number, hot.begun, need) {
                    Ok(tail) => tail,
                    Err(error @ (Error::Locked { .. } | Error::Closed(_))) => return Err(error),
                    Err(error) => {
                        hot.starved_since = Some(now);
                        self.fail(&error);
                        background::ask_for_spare(self);
                        return Ok(false);
                    }
                }
            }
        };
        let number = tail.number;
        let old = match hot.activate(tail) {
            Ok(old) => old,
            Err(error) => {
                hot.starved_since = Some(sys::monotonic_micros());
                self.fail(&error);
                return Ok(false);
            }
        };
        if let Some(tail) = &hot.tail {
            lock(&self.tails).insert(number, Arc::clone(tail));
        }
        if let Some(old) = old {
            background::enqueue(self, old);
        }
        self.recovered();
        self.say_pending(hot)?;
        background::ask_for_spare(self);
        Ok(true)
    }

    /// Writes what had to wait for a segment.
    fn say_pending(&self, hot: &mut Hot) -> Result<()> {
        if hot.unsaid_drops > 0 {
            let record = Record::Dropped(self.attempt, hot.unsaid_drops);
            hot.unsaid_drops = 0;
            hot.pending.push(record);
        }
        while let Some(record) = hot.pending.first().cloned() {
            match hot.put_record(&record) {
                Ok(true) => {
                    hot.pending.remove(0);
                }
                Ok(false) => {
                    let need = hot::record_need(&record)?;
                    if !self.rotate_for_pending(hot, need)? {
                        return Ok(());
                    }
                }
                Err(error @ Error::Io { .. }) => {
                    self.fail(&error);
                    return Ok(());
                }
                Err(error) => {
                    hot.pending.remove(0);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn rotate_for_pending(&self, hot: &mut Hot, need: usize) -> Result<bool> {
        let pending = std::mem::take(&mut hot.pending);
        let rotated = self.rotate(hot, need);
        hot.pending.splice(0..0, pending);
        rotated
    }

    /// Makes room for a record of `words` words of this layout, its definition included.
    fn make_room(&self, hot: &mut Hot, id: LayoutId, words: usize) -> Result<bool> {
        if (words * 8) as u64 > tail::MAX_RECORD.min(1 << 30) {
            return Err(Error::invalid("row", "over 1 GiB in one row; store large data in files"));
        }
        for _ in 0..2 {
            match hot.define(id, words) {
                Ok(Room::Here) => return Ok(true),
                Ok(Room::Full) => {}
                Err(error) => {
                    self.fail(&error);
                    return Ok(false);
                }
            }
            let need = hot.need(id, words);
            if !self.rotate(hot, need)? {
                return Ok(false);
            }
        }
        Ok(hot.define(id, words)? == Room::Here)
    }

    /// What is to be done once a row could not be kept.
    fn dropped(&self, hot: &mut Hot, rows: u64) -> Result<()> {
        hot.dropped += rows;
        hot.unsaid_drops += rows;
        if self.options.raise_on_drop {
            let reason = lock(&self.failure).clone();
            let reason = reason.unwrap_or_else(|| "no space for the next segment".into());
            let name = self.dir.clone().unwrap_or_default().join(hot.name());
            return Err(Error::Io {
                operation: "record in",
                path: name,
                source: std::io::Error::other(reason),
            });
        }
        Ok(())
    }
}

/// The writer of a run. Dropping it closes the run.
pub struct Writer {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    closed: AtomicBool,
}

impl Writer {
    /// Begins a new run in `dir`, which must not hold one; `None` keeps it in memory.
    ///
    /// A full disk is no error here, unless `options` say so: what is logged is counted as dropped
    /// until there is room.
    pub fn create(dir: Option<&Path>, uuid: [u8; 16], options: Options) -> Result<Self> {
        if let Some(dir) = dir {
            if dir.join(MAIN_FILE).exists() {
                return Err(Error::invalid(
                    "run_id",
                    format!("{} already holds a run; resume it or choose another", dir.display()),
                ));
            }
        }
        let hot = Hot::new(uuid, 1, 0, 1);
        Self::start(dir, uuid, hot, options, |shared| match shared.attach() {
            Err(Error::Io { source, operation, path })
                if sys::is_full(&source) && !shared.options.raise_on_drop =>
            {
                shared.fail(&Error::Io { operation, path, source });
                Ok(Vec::new())
            }
            other => other.map(|()| Vec::new()),
        })
    }

    /// Begins the next attempt of the run in `dir`.
    pub fn resume(dir: &Path, options: Options) -> Result<Self> {
        if !dir.is_dir() {
            return Err(Error::NotFound(format!("no run at {}", dir.display())));
        }
        // The lock comes first, so that nothing changes while the run is read.
        let started = started_text();
        let lock_of_run = RunLock::take(dir, &started)?;
        let reader = LogReader::open(dir)?;
        let uuid = reader
            .uuid()
            .ok_or_else(|| Error::NotFound(format!("no readable run at {}", dir.display())))?;
        let attempts = reader.parts(Table::Steps).chain(reader.parts(Table::Epochs));
        let started_attempts = reader.records().filter_map(|(_, record)| match record {
            Record::Started(map) => record::int_field(map, "attempt").map(|n| n as u32),
            _ => None,
        });
        let last = attempts.map(|part| part.attempt).chain(started_attempts).max().unwrap_or(0);
        let mut numbers = reader.source().tails()?;
        numbers.push(reader.last_segment());
        let next = numbers.iter().max().copied().unwrap_or(0) + 1;
        let mut hot = Hot::new(uuid, last + 1, reader.next_seq(), next);
        hot.next_step = crate::store::View::new(&reader, Table::Steps, false)
            .last_label()
            .map_or(0, |label| label.wrapping_add(1));
        for (table, key, state) in column_states(&reader) {
            hot.set_column(table, &key, state);
        }
        Self::start(Some(dir), uuid, hot, options, |shared| {
            *lock(&shared.lock) = Some(lock_of_run);
            shared.attach()?;
            if let Some(main) = &mut *lock(&shared.main) {
                main.frames = reader.frame_headers();
                main.columns = crate::store::columns_of(&reader);
            }
            background::recover(shared, &reader)
        })
    }

    fn start(
        dir: Option<&Path>,
        uuid: [u8; 16],
        hot: Hot,
        options: Options,
        prepare: impl FnOnce(&Shared) -> Result<Vec<background::Job>>,
    ) -> Result<Self> {
        let guard = Arc::new(
            ForkGuard::new().map_err(|error| Error::io("map memory for", "the writer", error))?,
        );
        let mechanism = match (dir, options.mechanism) {
            (None, _) => Mechanism::Memory,
            (Some(_), Some(mechanism)) => mechanism,
            (Some(dir), None) => {
                let there = dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("."));
                if sys::maps_are_safe(there) { Mechanism::Map } else { Mechanism::Write }
            }
        };
        let shared = Arc::new(Shared {
            dir: dir.map(Path::to_owned),
            uuid,
            attempt: hot.attempt,
            options,
            mechanism,
            guard,
            hot: Mutex::new(hot),
            tails: Mutex::default(),
            queue: Mutex::default(),
            wake_sealer: Condvar::new(),
            wake_keeper: Condvar::new(),
            progress: Condvar::new(),
            main: Mutex::new(dir.is_none().then(|| MainFile::in_memory(uuid))),
            queued_bytes: AtomicU64::new(0),
            stalled_micros: AtomicU64::new(0),
            clock_offset: AtomicI64::new(sys::wall_micros() - sys::monotonic_micros()),
            failure: Mutex::default(),
            fresh_failure: AtomicBool::new(false),
            lock: Mutex::default(),
            started: started_text(),
        });
        let jobs = prepare(&shared)?;
        lock(&shared.queue).jobs.extend(jobs);
        let threads = background::spawn(&shared);
        let writer = Self { shared, threads: Mutex::new(threads), closed: AtomicBool::new(false) };
        {
            let mut hot = writer.hot()?;
            writer.shared.rotate(&mut hot, 0)?;
        }
        Ok(writer)
    }

    /// Which attempt of the run this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.shared.attempt
    }

    /// The run's 16-byte identity.
    pub fn uuid(&self) -> [u8; 16] {
        self.shared.uuid
    }

    /// How rows reach the kernel.
    pub fn mechanism(&self) -> Mechanism {
        self.shared.mechanism
    }

    /// The step that `None` stands for.
    pub fn next_step(&self) -> i64 {
        lock(&self.shared.hot).next_step
    }

    /// Whether this is a forked child of the process that opened the log.
    pub fn in_child(&self) -> bool {
        self.shared.guard.in_child()
    }

    fn check_open(&self) -> Result<()> {
        if self.shared.guard.in_child() {
            return Err(Error::Closed(
                "this recorder belongs to the parent of this forked process; make one of its own \
                 here (another run_id), or log in the parent"
                    .into(),
            ));
        }
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::Closed("the recorder is closed".into()));
        }
        Ok(())
    }

    fn hot(&self) -> Result<MutexGuard<'_, Hot>> {
        self.check_open()?;
        Ok(lock(&self.shared.hot))
    }

    /// Names a list of columns, so that rows can be logged without their names.
    pub fn layout(&self, table: Table, keys: &[ColumnKey]) -> Result<LayoutId> {
        const MAX_NAME: usize = 64 << 10;
        const MAX_COLUMNS: usize = 65_535;
        if keys.len() > MAX_COLUMNS {
            return Err(Error::invalid("metrics", format!("over {MAX_COLUMNS} in one call")));
        }
        if let Some(long) = keys.iter().find(|key| key.name.len() > MAX_NAME) {
            let start: String = long.name.chars().take(40).collect();
            return Err(Error::invalid(
                format!("{start}…"),
                format!("a name of {} bytes; names have up to {MAX_NAME}", long.name.len()),
            ));
        }
        Ok(self.hot()?.layout(table, keys))
    }

    /// How many columns a layout has.
    pub fn width(&self, id: LayoutId) -> usize {
        lock(&self.shared.hot).width(id)
    }

    /// Records a row whose values are all floats, given as bits. `label` is the step or epoch;
    /// `None` is the next step. Returns false where the row had to be dropped.
    #[inline]
    pub fn append_floats(&self, id: LayoutId, label: Option<i64>, values: &[u64]) -> Result<bool> {
        let mut hot = self.hot()?;
        hot.admit_floats(id)?;
        let words = RECORD_HEAD + 2 + values.len();
        if hot.room(id, words) == Room::Full && !self.shared.make_room(&mut hot, id, words)? {
            self.shared.dropped(&mut hot, 1)?;
            return Ok(false);
        }
        let label = label.unwrap_or(hot.next_step);
        let kept = hot.put_row(id, label, self.shared.now(), values);
        self.finish(hot, kept, 1)
    }

    /// Records a row with gaps, integers or structured values. `wall_micros` is the row's time if
    /// the caller knows better than the clock. Returns the row's place, or `None` where it had to
    /// be dropped.
    pub fn append_mixed(
        &self,
        id: LayoutId,
        label: Option<i64>,
        wall_micros: Option<i64>,
        row: &MixedRow<'_>,
    ) -> Result<Option<u64>> {
        let extras = hot::encode_extras(row.extras)?;
        let mut hot = self.hot()?;
        let bit = |words: &[u64], at: usize| words[at / 64] >> (at % 64) & 1 == 1;
        let values = (0..row.words.len()).filter(|&at| bit(row.present, at)).map(|at| {
            let kind = if bit(row.ints, at) { Kind::Int } else { Kind::Float };
            (at, kind, &row.words[at..=at])
        });
        hot.admit(id, values)?;
        let words = RECORD_HEAD + mixed_words(row, &extras);
        if hot.room(id, words) == Room::Full && !self.shared.make_room(&mut hot, id, words)? {
            self.shared.dropped(&mut hot, 1)?;
            return Ok(None);
        }
        let label = label.unwrap_or(hot.next_step);
        let wall = wall_micros.unwrap_or_else(|| self.shared.now());
        let seq = hot.next_seq;
        let kept = hot.put_mixed(id, label, wall, row, &extras);
        Ok(self.finish(hot, kept, 1)?.then_some(seq))
    }

    /// Records many rows at once. Returns false where they had to be dropped.
    pub fn append_bulk(
        &self,
        id: LayoutId,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<bool> {
        if labels.is_empty() {
            return Ok(true);
        }
        let mut hot = self.hot()?;
        let values = columns.iter().enumerate().map(|(at, column)| (at, column.kind, column.words));
        hot.admit(id, values)?;
        let bytes = bulk_words(labels.len(), columns) * 8;
        let wall = self.shared.now();
        if bytes >= OWN_SEGMENT_BYTES && self.shared.mechanism != Mechanism::Memory {
            return self.append_own_segments(hot, id, wall, labels, columns);
        }
        // What goes into the open segment must leave it its usual size, also in memory.
        let group = (labels.len() * OWN_SEGMENT_BYTES).div_ceil(bytes).max(1);
        for start in (0..labels.len()).step_by(group) {
            let end = (start + group).min(labels.len());
            let bits = slice_bits(columns, start, end);
            let piece = slice_columns(columns, &bits, start, end);
            let words = RECORD_HEAD + bulk_words(end - start, &piece);
            let rows = (labels.len() - start) as u64;
            if hot.room(id, words) == Room::Full && !self.shared.make_room(&mut hot, id, words)? {
                self.shared.dropped(&mut hot, rows)?;
                return Ok(false);
            }
            if let Err(error) = hot.put_bulk(id, wall, &labels[start..end], &piece) {
                return self.finish(hot, Err(error), rows);
            }
        }
        self.finish(hot, Ok(()), 0)
    }

    /// Writes rows straight into segments of their own.
    fn append_own_segments<'a>(
        &'a self,
        mut hot: MutexGuard<'a, Hot>,
        id: LayoutId,
        wall: i64,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<bool> {
        let shared = &*self.shared;
        let row_bytes = (bulk_words(labels.len(), columns) * 8).div_ceil(labels.len());
        let per_segment = (BULK_SEGMENT_BYTES / row_bytes).max(1);
        let mut start = 0;
        while start < labels.len() {
            if shared.queued_bytes.load(Ordering::Relaxed) > WAIT_BYTES {
                hot = self.wait_locked(hot)?;
            }
            let end = (start + per_segment).min(labels.len());
            // The numbers of segments follow the order of rows, so what was made ready is not used.
            if let Some(spare) = hot.spare.take() {
                spare.remove();
            }
            let number = hot.next_number;
            hot.next_number += 1;
            let tail = shared.attach().and_then(|()| {
                self.own_segment(&hot, id, number, wall, start..end, labels, columns)
            });
            match tail {
                Ok(tail) => {
                    let tail = Arc::new(tail);
                    if let Some(old) = hot.retire() {
                        background::enqueue(shared, old);
                    }
                    lock(&shared.tails).insert(number, Arc::clone(&tail));
                    background::enqueue(shared, tail);
                    hot.count_bulk(id, &labels[start..end]);
                }
                Err(error) => return self.finish(hot, Err(error), (labels.len() - start) as u64),
            }
            start = end;
        }
        self.finish(hot, Ok(()), 0)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one bulk call")]
    fn own_segment(
        &self,
        hot: &Hot,
        id: LayoutId,
        number: u32,
        wall: i64,
        range: std::ops::Range<usize>,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<TailFile> {
        let seed = tail::seed(&self.shared.uuid, number);
        let (table, keys) = hot.describe(id);
        let mut layout = vec![
            Description { kind: record_type::LAYOUT, flags: 0, layout: 0, row: 0 }.word().to_le(),
        ];
        layout.extend(tail::words_of(&tail::encode_layout(table, keys)));
        let mut at = tail::RECORDS_AT;
        let layout_commit = tail::commit_word(seed, at, &layout).to_le();
        let mut head = hot.header(number).encode().to_vec();
        head.extend_from_slice(&layout_commit.to_le_bytes());
        head.extend_from_slice(bytes_of(&layout));
        at += 8 + layout.len() * 8;
        let starts: Vec<usize> = range.clone().step_by(BULK_ROWS).collect();
        let ends = |start: usize| (start + BULK_ROWS).min(range.end);
        let bits: Vec<_> =
            starts.iter().map(|&start| slice_bits(columns, start, ends(start))).collect();
        let mut records = Vec::new();
        for (&start, bits) in starts.iter().zip(&bits) {
            let end = ends(start);
            let piece = slice_columns(columns, bits, start, end);
            let row = (start - range.start) as u32;
            let mut words = vec![
                Description { kind: record_type::BULK, flags: 0, layout: 0, row }.word().to_le(),
            ];
            words.extend(bulk_head(wall, end - start, &piece));
            let mut body: Vec<&[u64]> = vec![as_words(&labels[start..end])];
            for column in &piece {
                body.extend(column.validity.map(crate::types::Bitmap::words));
                body.push(column.words);
            }
            let n = words.len() + body.iter().map(|part| part.len()).sum::<usize>();
            let commit = commit_parts(seed, at, n, &words, &body);
            words.insert(0, commit.to_le());
            at += 8 + n * 8;
            records.push((words, body));
        }
        let mut pieces = vec![IoSlice::new(&head)];
        for (words, body) in &records {
            pieces.push(IoSlice::new(bytes_of(words)));
            pieces.extend(body.iter().map(|part| IoSlice::new(bytes_of(part))));
        }
        let Some(dir) = &self.shared.dir else {
            return Err(Error::Closed("a run in memory has no files".into()));
        };
        TailFile::create_whole(dir, number, &pieces, &self.shared.guard)
    }

    /// Ends a logging call: a failure means that rows were dropped.
    #[inline]
    fn finish(&self, mut hot: MutexGuard<'_, Hot>, kept: Result<()>, rows: u64) -> Result<bool> {
        match kept {
            Ok(()) => {
                if hot.wants_spare() && hot.spare.is_none() {
                    background::ask_for_spare(&self.shared);
                }
                if self.shared.options.durability == Durability::Always {
                    self.sync_open_tail(hot);
                }
                Ok(true)
            }
            Err(error @ Error::Io { .. }) => {
                self.shared.fail(&error);
                self.shared.dropped(&mut hot, rows)?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn sync_open_tail(&self, hot: MutexGuard<'_, Hot>) {
        drop(hot);
        let tails: Vec<Arc<TailFile>> = lock(&self.shared.tails).values().cloned().collect();
        for tail in tails {
            if let Err(error) = tail.sync() {
                self.shared.fail(&error);
            }
        }
    }

    /// Waits until the sealer has caught up after [`Error::Behind`].
    pub fn wait(&self) {
        let begin = Instant::now();
        let mut queue = lock(&self.shared.queue);
        while self.shared.queued_bytes.load(Ordering::Relaxed) > WAIT_BYTES && queue.sealer_runs {
            let waited = self.shared.progress.wait_timeout(queue, Duration::from_millis(100));
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(queue);
        let micros = begin.elapsed().as_micros() as u64;
        self.shared.stalled_micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn wait_locked<'a>(&'a self, hot: MutexGuard<'a, Hot>) -> Result<MutexGuard<'a, Hot>> {
        drop(hot);
        self.wait();
        self.hot()
    }

    /// Records something structured. It waits for room rather than being dropped.
    pub fn put(&self, record: Record) -> Result<()> {
        let need = hot::record_need(&record)?;
        let mut hot = self.hot()?;
        hot.pending.push(record);
        if hot.tail.is_none() && !self.shared.rotate_for_pending(&mut hot, need)? {
            return Ok(());
        }
        self.shared.say_pending(&mut hot)?;
        if self.shared.options.durability == Durability::Always {
            self.sync_open_tail(hot);
        }
        Ok(())
    }

    /// Puts everything logged so far on the disk.
    pub fn sync(&self) -> Result<()> {
        self.check_open()?;
        background::sync_all(&self.shared)
    }

    /// A reader of this run, while it is written.
    pub fn reader(&self) -> Result<LogReader> {
        LogReader::from_source(Arc::new(OwnSource(Arc::clone(&self.shared))))
    }

    /// How the writer is doing.
    pub fn status(&self) -> Status {
        let shared = &*self.shared;
        if shared.guard.in_child() {
            return Status { closed: true, ..Status::default() };
        }
        let (epochs, steps, dropped) = {
            let hot = lock(&shared.hot);
            (hot.epochs, hot.steps, hot.dropped)
        };
        let tails: u64 = lock(&shared.tails).values().map(|tail| tail.used() as u64).sum();
        let main = lock(&shared.main).as_ref().map_or(0, MainFile::end);
        Status {
            epochs,
            steps,
            dropped,
            queued_bytes: shared.queued_bytes.load(Ordering::Relaxed),
            bytes: tails + main,
            stalled: Duration::from_micros(shared.stalled_micros.load(Ordering::Relaxed)),
            last_error: lock(&shared.failure).clone(),
            closed: self.closed.load(Ordering::Relaxed),
        }
    }

    /// Whether there is a failure that was not told yet. Asked after each call, so it only reads.
    #[inline]
    pub fn has_failure(&self) -> bool {
        self.shared.fresh_failure.load(Ordering::Relaxed)
    }

    /// A failure that was not told yet, for one warning.
    pub fn take_failure(&self) -> Option<String> {
        if !self.has_failure() || !self.shared.fresh_failure.swap(false, Ordering::Acquire) {
            return None;
        }
        lock(&self.shared.failure).clone()
    }

    /// Seals everything, writes the index and gives up the lock. False where `timeout` passed
    /// before that was done: nothing is lost then, and the rest goes on in the background.
    pub fn close(&self, timeout: Option<Duration>) -> Result<bool> {
        if self.in_child() || self.closed.swap(true, Ordering::Relaxed) {
            return Ok(true);
        }
        let shared = &*self.shared;
        {
            let mut hot = lock(&shared.hot);
            let ended = Value::Map(vec![
                (Value::Str("attempt".into()), Value::Int(i64::from(shared.attempt))),
                (Value::Str("ended".into()), Value::Time(shared.now())),
            ]);
            hot.pending.push(Record::Ended(ended));
            if hot.tail.is_some() || hot.dropped > 0 {
                shared.say_pending(&mut hot)?;
            }
            if let Some(tail) = hot.retire() {
                background::enqueue(shared, tail);
            }
            if let Some(spare) = hot.spare.take() {
                spare.remove();
            }
        }
        let done = background::finish(&self.shared, timeout);
        if done {
            for thread in lock(&self.threads).drain(..) {
                // A thread that panicked has said so; the log itself is sound at every moment.
                drop(thread.join());
            }
            lock(&shared.lock).take();
        }
        Ok(done)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.shared.guard.in_child() {
            // The threads, the lock and the shared memory belong to the parent.
            std::mem::forget(Arc::clone(&self.shared));
            lock(&self.threads).drain(..).for_each(std::mem::forget);
            return;
        }
        // What cannot be finished is kept by the tail segments; there is nobody to tell.
        drop(self.close(Some(Duration::from_secs(5))));
    }
}

/// What the writer's own reader reads: the same bytes as any other, without opening files.
struct OwnSource(Arc<Shared>);

impl Source for OwnSource {
    fn path(&self) -> Option<&Path> {
        self.0.dir.as_deref()
    }

    fn run_dir(&self) -> Option<&Path> {
        self.0.dir.as_deref()
    }

    fn main_len(&self) -> Result<u64> {
        Ok(lock(&self.0.main).as_ref().map_or(0, MainFile::end))
    }

    fn read_main(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let main = lock(&self.0.main);
        match main.as_ref().map(MainFile::out) {
            None => Ok(0),
            Some(Out::Disk { file, path }) => {
                let (file, path) = (Arc::clone(file), path.clone());
                drop(main);
                super::source::read_at(&file, offset, buffer)
                    .map_err(|error| Error::io("read", path, error))
            }
            Some(Out::Memory(memory)) => {
                let memory = lock(memory);
                let rest = memory.get(offset as usize..).unwrap_or(&[]);
                let n = rest.len().min(buffer.len());
                buffer[..n].copy_from_slice(&rest[..n]);
                Ok(n)
            }
        }
    }

    fn tails(&self) -> Result<Vec<u32>> {
        Ok(lock(&self.0.tails).keys().copied().collect())
    }

    fn read_tail(&self, segment: u32, offset: u64) -> Result<Option<Vec<u8>>> {
        let tail = lock(&self.0.tails).get(&segment).cloned();
        Ok(tail.map(|tail| tail.committed(offset as usize).to_vec()))
    }
}

fn started_text() -> String {
    format!("{} us after 1970-01-01 UTC", sys::wall_micros())
}

/// What earlier attempts left in each column.
fn column_states(reader: &LogReader) -> Vec<(Table, ColumnKey, ColumnState)> {
    let mut states = Vec::new();
    for table in [Table::Epochs, Table::Steps] {
        let view = crate::store::View::new(reader, table, true);
        for column in view.schema() {
            let mut state =
                ColumnState { has_float: column.kind == Kind::Float, has_big_int: false };
            if column.kind == Kind::Int {
                let series = view.series(&column.key);
                state.has_big_int =
                    series.words.iter().any(|&word| (word as i64).unsigned_abs() > 1 << 53);
            }
            states.push((table, column.key.clone(), state));
        }
    }
    states
}

fn slice_bits(
    columns: &[BulkColumn<'_>],
    start: usize,
    end: usize,
) -> Vec<Option<crate::types::Bitmap>> {
    let piece = |bits: &crate::types::Bitmap| {
        let mut piece = crate::types::Bitmap::filled(end - start, false);
        (start..end).filter(|&at| bits.get(at)).for_each(|at| piece.set(at - start, true));
        piece
    };
    columns.iter().map(|column| column.validity.map(piece)).collect()
}

fn slice_columns<'a>(
    columns: &[BulkColumn<'a>],
    bits: &'a [Option<crate::types::Bitmap>],
    start: usize,
    end: usize,
) -> Vec<BulkColumn<'a>> {
    columns
        .iter()
        .zip(bits)
        .map(|(column, bits)| BulkColumn {
            kind: column.kind,
            words: &column.words[start..end],
            validity: bits.as_ref(),
        })
        .collect()
}

fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: bytes have no alignment and every pattern is valid; the length covers the words.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

fn commit_parts(seed: u32, offset: usize, n: usize, head: &[u64], body: &[&[u64]]) -> u64 {
    let len = (n * 8) as u64;
    let mut crc = crc32c::crc32c_append(seed, &(offset as u64 | len << 32).to_le_bytes());
    crc = crc32c::crc32c_append(crc, bytes_of(head));
    for part in body {
        crc = crc32c::crc32c_append(crc, bytes_of(part));
    }
    len << 32 | u64::from(crc)
}

const _: () = assert!(HURRY_BYTES < WAIT_BYTES);

/// From how many queued bytes on sealing takes a faster coding.
pub(crate) fn is_hurried(queued_bytes: u64) -> bool {
    queued_bytes > HURRY_BYTES
}
