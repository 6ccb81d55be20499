//! The writer of a run: one attempt, many threads, no call that waits for the disk.

use super::background;
use super::hot::{self, ColumnState, Hot, LayoutId, MixedRow, Room, mixed_words};
use super::lock::RunLock;
use super::mainfile::MainFile;
use super::options::{Durability, Options, Status};
use super::own_source::OwnSource;
use super::reader::LogReader;
use super::record::{self, Record};
use super::shared::{At, Shared, WAIT_BYTES, in_child, lock, started_text};
use super::source::MAIN_FILE;
use super::sync;
use super::sys::{self, ForkGuard};
use super::tail::RECORD_HEAD;
use super::tailfile::Mechanism;
use crate::types::{ColumnKey, Kind, Table, Value};
use crate::{Error, Result};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What tells one row from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its place in the log.
    pub seq: u64,
    /// The step or epoch.
    pub label: i64,
    /// When it was logged, in microseconds since 1970 UTC.
    pub wall_micros: i64,
}

/// The writer of a run. Dropping it closes the run.
pub struct Writer {
    pub(super) shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    closed: AtomicBool,
}

impl Writer {
    /// Begins a new run in `dir`, which must not hold one; `None` keeps it in memory.
    ///
    /// A full disk is no error here, unless `options` say so: what is logged is counted as dropped
    /// until there is room.
    pub fn create(dir: Option<&Path>, uuid: [u8; 16], options: Options) -> Result<Self> {
        if let Some(dir) = dir
            && dir.join(MAIN_FILE).exists()
        {
            return Err(Error::invalid(
                "run_id",
                format!("{} already holds a run; resume it or choose another", dir.display()),
            ));
        }
        let hot = Hot::new(uuid, 1, 0, 1);
        Self::start(dir, hot, true, options, |shared| match shared.attach() {
            Err(Error::Io { source, operation, path })
                if sys::is_full(&source) && !shared.options.raise_on_drop =>
            {
                shared.fail(At::Tail, &Error::Io { operation, path, source });
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
        let hot = next_attempt(&reader, dir)?;
        Self::start(Some(dir), hot, false, options, |shared| {
            *lock(&shared.lock) = Some(lock_of_run);
            shared.attach()?;
            if let Some(main) = &mut *lock(&shared.main) {
                main.note_gaps(reader.idle_stretches()?);
                main.frames = reader.frame_headers();
                main.columns = crate::store::columns_of(&reader);
            }
            background::recover(shared, &reader)
        })
    }

    /// Begins the next attempt of the run in one self-contained file, in memory: the file stays as
    /// it is.
    pub fn continue_in_memory(file: &Path) -> Result<Self> {
        Self::continue_reader(&LogReader::open(file)?, file)
    }

    /// As [`Writer::continue_in_memory`], of the bytes of such a file.
    pub fn continue_bytes(packed: Vec<u8>) -> Result<Self> {
        Self::continue_reader(&LogReader::from_bytes(packed, Vec::new())?, Path::new(MAIN_FILE))
    }

    fn continue_reader(reader: &LogReader, named: &Path) -> Result<Self> {
        let hot = next_attempt(reader, named)?;
        Self::start(None, hot, false, Options::default(), |shared| {
            if let Some(main) = &mut *lock(&shared.main) {
                main.fill(reader)?;
                main.frames = reader.frame_headers();
                main.columns = crate::store::columns_of(reader);
            }
            Ok(Vec::new())
        })
    }

    fn start(
        dir: Option<&Path>,
        hot: Hot,
        creating: bool,
        options: Options,
        prepare: impl FnOnce(&Shared) -> Result<Vec<background::Job>>,
    ) -> Result<Self> {
        let guard = Arc::new(
            ForkGuard::new().map_err(|error| Error::io("map memory for", "the writer", error))?,
        );
        let mechanism = match (dir, options.mechanism) {
            (None, _) => Mechanism::Memory,
            (Some(_), Some(Mechanism::Map)) if !sys::MAPS_FILES => Mechanism::Write,
            (Some(_), Some(mechanism)) => mechanism,
            (Some(dir), None) => {
                let there = dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("."));
                if sys::maps_are_safe(there) { Mechanism::Map } else { Mechanism::Write }
            }
        };
        let main = dir.is_none().then(|| MainFile::in_memory(hot.uuid));
        let shared = Arc::new(Shared {
            dir: dir.map(Path::to_owned),
            uuid: hot.uuid,
            attempt: hot.attempt,
            creating,
            options,
            mechanism,
            guard,
            hot: Mutex::new(hot),
            tails: Mutex::default(),
            left: Mutex::default(),
            queue: Mutex::default(),
            disk: Mutex::default(),
            syncing: Mutex::default(),
            wake_sealer: Condvar::new(),
            wake_keeper: Condvar::new(),
            progress: Condvar::new(),
            main: Mutex::new(main),
            queued_bytes: AtomicU64::new(0),
            stalled_micros: AtomicU64::new(0),
            clock_offset: AtomicI64::new(sys::wall_micros() - sys::monotonic_micros()),
            failures: Mutex::default(),
            fresh_failure: AtomicBool::new(false),
            fresh_findings: AtomicBool::new(false),
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
        // In a forked child the lock may be held for ever by a thread that is not there.
        if self.in_child() { 0 } else { lock(&self.shared.hot).next_step }
    }

    /// Says which step `None` stands for from now on.
    pub fn set_next_step(&self, step: i64) -> Result<()> {
        self.check_open()?;
        lock(&self.shared.hot).next_step = step;
        Ok(())
    }

    /// Whether this is a forked child of the process that opened the log.
    pub fn in_child(&self) -> bool {
        self.shared.guard.in_child()
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    fn check_open(&self) -> Result<()> {
        if self.shared.guard.in_child() {
            return Err(in_child());
        }
        if self.is_closed() {
            return Err(Error::Closed("the recorder is closed".into()));
        }
        Ok(())
    }

    pub(super) fn hot(&self) -> Result<MutexGuard<'_, Hot>> {
        self.check_open()?;
        let hot = lock(&self.shared.hot);
        // Another thread may have closed the writer while this one waited for the lock.
        self.check_open()?;
        Ok(hot)
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
        if self.in_child() { 0 } else { lock(&self.shared.hot).width(id) }
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
        Ok(self.append_stamped(id, label, wall_micros, row)?.map(|stamp| stamp.seq))
    }

    /// As [`Writer::append_mixed`]; says the label and the time, too, so that more of the row can
    /// follow by [`Writer::append_late`].
    pub fn append_stamped(
        &self,
        id: LayoutId,
        label: Option<i64>,
        wall_micros: Option<i64>,
        row: &MixedRow<'_>,
    ) -> Result<Option<Stamp>> {
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
        let wall_micros = wall_micros.unwrap_or_else(|| self.shared.now());
        let stamp = Stamp { seq: hot.next_seq, label, wall_micros };
        let kept = hot.put_mixed(id, label, wall_micros, row, &extras);
        Ok(self.finish(hot, kept, 1)?.then_some(stamp))
    }

    /// Ends a logging call: a failure means that rows were dropped.
    #[inline]
    pub(super) fn finish(
        &self,
        mut hot: MutexGuard<'_, Hot>,
        kept: Result<()>,
        rows: u64,
    ) -> Result<bool> {
        match kept {
            Ok(()) => {
                if hot.has_findings() {
                    self.shared.keep_findings(&mut hot);
                }
                if hot.wants_spare() && hot.spare.is_none() {
                    background::ask_for_spare(&self.shared);
                }
                if self.shared.options.durability == Durability::Always {
                    self.sync_now(hot)?;
                }
                Ok(true)
            }
            Err(error @ Error::Io { .. }) => {
                self.shared.fail(At::Tail, &error);
                self.shared.dropped(&mut hot, rows)?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Puts what was just logged on the disk, wherever it stands by now.
    fn sync_now(&self, hot: MutexGuard<'_, Hot>) -> Result<()> {
        drop(hot);
        match sync::sync_all(&self.shared) {
            Err(error) if self.shared.options.raise_on_drop => Err(error),
            Err(error) => {
                self.shared.fail(At::Sync, &error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Waits until the sealer has caught up after [`Error::Behind`].
    pub fn wait(&self) {
        let begin = Instant::now();
        let mut queue = lock(&self.shared.queue);
        while self.shared.queued_bytes.load(Ordering::Relaxed) > WAIT_BYTES && !queue.is_stuck() {
            let waited = self.shared.progress.wait_timeout(queue, Duration::from_millis(100));
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(queue);
        let micros = begin.elapsed().as_micros() as u64;
        self.shared.stalled_micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn wait_locked<'a>(
        &'a self,
        hot: MutexGuard<'a, Hot>,
    ) -> Result<MutexGuard<'a, Hot>> {
        drop(hot);
        self.wait();
        self.hot()
    }

    /// Records something structured. It waits for room rather than being dropped.
    pub fn put(&self, record: impl Into<Arc<Record>>) -> Result<()> {
        let record = record.into();
        let need = hot::record_need(&record)?;
        let mut hot = self.hot()?;
        if let Record::Amend { key, value, .. } = &*record {
            hot.admit_amendment(key, value)?;
        }
        hot.pending.push(Arc::clone(&record));
        let said = if hot.tail.is_none() {
            self.shared.rotate_for_pending(&mut hot, need).map(drop)
        } else {
            Ok(())
        };
        match said.and_then(|()| self.shared.say_pending(&mut hot)) {
            // The caller waits and asks again.
            Err(error @ Error::Behind { .. }) => {
                if let Some(at) = hot.pending.iter().rposition(|have| Arc::ptr_eq(have, &record)) {
                    hot.pending.remove(at);
                }
                return Err(error);
            }
            said => said?,
        }
        if self.shared.options.durability == Durability::Always {
            self.sync_now(hot)?;
        }
        Ok(())
    }

    /// Puts everything logged so far on the disk.
    pub fn sync(&self) -> Result<()> {
        self.check_open()?;
        sync::sync_all(&self.shared)
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
            last_error: shared.failure(),
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
        self.shared.failure()
    }

    /// Seals everything, writes the index and gives up the lock. False where `timeout` passed
    /// before that was done: nothing is lost then, and the rest goes on in the background. A second
    /// call waits for what is left.
    pub fn close(&self, timeout: Option<Duration>) -> Result<bool> {
        if self.in_child() {
            return Ok(true);
        }
        let shared = &*self.shared;
        if !self.closed.swap(true, Ordering::Relaxed) {
            let mut hot = lock(&shared.hot);
            let ended = Value::Map(vec![
                (Value::Str("attempt".into()), Value::Int(i64::from(shared.attempt))),
                (Value::Str("ended".into()), Value::Time(shared.now())),
            ]);
            hot.pending.push(Record::Ended(ended).into());
            // Where no segment was ever to be had, none is made only to say that.
            if (hot.begun > 0 || hot.dropped > 0)
                && let Err(error) = shared.say_pending(&mut hot)
            {
                shared.fail(At::Tail, &error);
            }
            if let Some(tail) = hot.retire() {
                background::enqueue(shared, tail);
            }
            lock(&shared.queue).closing = true;
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
        // Who closed it has waited as long as they wished to.
        let patience = if self.is_closed() { 0 } else { 5 };
        // What cannot be finished is kept by the tail segments; there is nobody to tell.
        drop(self.close(Some(Duration::from_secs(patience))));
    }
}

/// The state of the attempt that follows those of a run.
fn next_attempt(reader: &LogReader, path: &Path) -> Result<Hot> {
    // A writer that died before it had written the file header has left nothing.
    let unborn = || (reader.main_end() == 0 && reader.is_empty()).then(sys::new_uuid);
    let uuid = reader
        .uuid()
        .or_else(unborn)
        .ok_or_else(|| Error::NotFound(format!("no readable run at {}", path.display())))?;
    if reader.ro_compat() != 0 {
        return Err(Error::Unsupported {
            path: path.to_owned(),
            reason: "a newer tachograph wrote it, and this one can only read it".into(),
        });
    }
    let attempts = reader.parts(Table::Steps).chain(reader.parts(Table::Epochs));
    let started = reader.records().filter_map(|(_, record)| match record {
        Record::Started(map) => record::int_field(map, "attempt").map(|n| n as u32),
        _ => None,
    });
    // An attempt may have left a record and nothing else.
    let frames = reader.frame_headers().into_iter().map(|frame| frame.attempt);
    let tails = reader.open_tails().map(|(_, tail)| tail.header.attempt);
    let attempts = attempts.map(|part| part.attempt).chain(started);
    let last = attempts.chain(frames).chain(tails).max().unwrap_or(0);
    let mut numbers = reader.source().tails()?;
    numbers.push(reader.last_segment());
    let following = |last: u32| {
        last.checked_add(1).ok_or_else(|| Error::Unsupported {
            path: path.to_owned(),
            reason: "it has as many attempts or segments as a run can have".into(),
        })
    };
    let next = following(numbers.iter().max().copied().unwrap_or(0))?;
    let mut hot = Hot::new(uuid, following(last)?, reader.next_seq(), next);
    hot.next_step = crate::store::View::new(reader, Table::Steps, false)
        .last_call()
        .map_or(0, |label| label.wrapping_add(1));
    for (table, key, state) in column_states(reader) {
        hot.set_column(table, &key, state);
    }
    Ok(hot)
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
