//! What a writer's threads share, and making room for what is logged.

use super::background::{self, Queue};
use super::frame::FILE_HEADER;
use super::hot::{self, Hot, LayoutId, Room};
use super::lock::RunLock;
use super::mainfile::MainFile;
use super::options::Options;
use super::record::Record;
use super::source::MAIN_FILE;
use super::sync::DiskState;
use super::sys::{self, ForkGuard};
use super::tail;
use super::tailfile::{Mechanism, TailFile, capacity_for};
use crate::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// From where on sealing takes a faster coding.
const HURRY_BYTES: u64 = 256 << 20;
/// From where on the caller waits.
pub(super) const WAIT_BYTES: u64 = 1 << 30;
/// How long after a failure the caller itself does not ask for a segment again.
const RETRY_MICROS: i64 = 20_000;
/// Where a failure was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Recording: rows were dropped or soon will be.
    Tail,
    /// Sealing: everything is kept, in more space.
    Main,
    /// Syncing: a power failure may take more than was agreed.
    Sync,
}

/// What the writer's threads share.
pub(crate) struct Shared {
    pub(crate) dir: Option<PathBuf>,
    pub(crate) uuid: [u8; 16],
    pub(crate) attempt: u32,
    /// Whether this writer makes the run, so that the main file must not be there.
    pub(crate) creating: bool,
    pub(crate) options: Options,
    pub(crate) mechanism: Mechanism,
    pub(crate) guard: Arc<ForkGuard>,
    pub(crate) hot: Mutex<Hot>,
    /// Segments whose content is not in the main file.
    pub(crate) tails: Mutex<BTreeMap<u32, Arc<TailFile>>>,
    /// Those among them that an earlier process left: their bytes are read from their files.
    pub(crate) left: Mutex<BTreeSet<u32>>,
    pub(crate) queue: Mutex<Queue>,
    pub(crate) disk: Mutex<DiskState>,
    /// Held by whoever syncs.
    pub(crate) syncing: Mutex<()>,
    pub(crate) wake_sealer: Condvar,
    pub(crate) wake_keeper: Condvar,
    pub(crate) progress: Condvar,
    /// `None` while the disk refuses even an empty file.
    pub(crate) main: Mutex<Option<MainFile>>,
    pub(crate) queued_bytes: AtomicU64,
    pub(crate) stalled_micros: AtomicU64,
    /// Wall clock minus monotonic clock; it only grows, so that time never goes back in a run.
    pub(crate) clock_offset: AtomicI64,
    /// What is failing now, by [`At`].
    pub(crate) failures: Mutex<[Option<String>; 3]>,
    pub(crate) fresh_failure: AtomicBool,
    pub(crate) fresh_findings: AtomicBool,
    pub(crate) lock: Mutex<Option<RunLock>>,
    pub(super) started: String,
}

/// Locks, whatever became of a thread that held it: the state is kept consistent at each step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    #[inline]
    pub(super) fn now(&self) -> i64 {
        sys::monotonic_micros() + self.clock_offset.load(Ordering::Relaxed)
    }

    /// Follows the wall clock forward.
    pub(crate) fn follow_clock(&self) {
        let offset = sys::wall_micros() - sys::monotonic_micros();
        self.clock_offset.fetch_max(offset, Ordering::Relaxed);
    }

    /// Notes a failure for `status`, and for one warning until its cause is gone.
    pub(crate) fn fail(&self, at: At, error: &Error) {
        let known = lock(&self.failures)[at as usize].replace(error.to_string());
        if known.is_none() {
            self.fresh_failure.store(true, Ordering::Release);
        }
    }

    /// Notes that what failed works again.
    pub(crate) fn recovered(&self, at: At) {
        lock(&self.failures)[at as usize] = None;
    }

    /// What is failing now.
    pub(crate) fn failure(&self) -> Option<String> {
        lock(&self.failures).iter().flatten().next().cloned()
    }

    /// Makes the directory, takes the lock and opens the main file, as far as that is not done.
    pub(crate) fn attach(&self) -> Result<()> {
        let Some(dir) = &self.dir else { return Ok(()) };
        // Held to the end: two threads that want a segment must not both make the main file.
        let mut held = lock(&self.lock);
        if lock(&self.main).is_some() {
            return Ok(());
        }
        std::fs::create_dir_all(dir).map_err(|error| Error::io("create", dir, error))?;
        if held.is_none() {
            *held = Some(RunLock::take(dir, &self.started)?);
        }
        let path = dir.join(MAIN_FILE);
        // Another process may have made and closed a run here before the lock was taken.
        // Less than a header is what a writer leaves for which the disk had no room.
        let whole = |meta: std::fs::Metadata| meta.len() >= FILE_HEADER as u64;
        if self.creating && path.metadata().is_ok_and(whole) {
            return Err(Error::invalid(
                "run_id",
                format!("{} already holds a run; resume it or choose another", dir.display()),
            ));
        }
        let main = MainFile::open(&path, self.uuid)?;
        *lock(&self.main) = Some(main);
        Ok(())
    }

    /// A new segment for a record of `need` bytes.
    pub(crate) fn make_tail(&self, number: u32, begun: u32, need: usize) -> Result<TailFile> {
        self.attach()?;
        let create = |capacity| {
            TailFile::create(self.dir.as_deref(), number, capacity, self.mechanism, &self.guard)
        };
        let (usual, least) = (capacity_for(begun, need), capacity_for(0, need));
        match create(usual) {
            // What is left of the disk may do for a smaller one.
            Err(Error::Io { source, .. }) if least < usual && sys::is_full(&source) => {
                create(least)
            }
            made => made,
        }
    }

    /// Makes room in a new segment; `false` where none can be had.
    pub(super) fn rotate(&self, hot: &mut Hot, need: usize) -> Result<bool> {
        if self.queued_bytes.load(Ordering::Relaxed) > WAIT_BYTES {
            // Nobody can wait for a sealer that fails: its disk takes no more either.
            if lock(&self.queue).is_stuck() {
                return Ok(false);
            }
            return Err(Error::Behind { queued_bytes: WAIT_BYTES });
        }
        let spare = hot.spare.take().filter(|spare| {
            let fits = spare.capacity() >= tail::RECORDS_AT + need + 8;
            if !fits {
                spare.remove();
            }
            fits
        });
        let tail = if let Some(spare) = spare {
            spare
        } else {
            let now = sys::monotonic_micros();
            if hot.starved_since.is_some_and(|since| now - since < RETRY_MICROS) {
                return Ok(false);
            }
            let number = hot.next_number;
            hot.next_number += 1;
            match self.make_tail(number, hot.begun, need) {
                Ok(tail) => {
                    lock(&self.disk).note_new_name();
                    tail
                }
                Err(error @ (Error::Locked { .. } | Error::Closed(_))) => return Err(error),
                Err(error) => {
                    hot.starved_since = Some(now);
                    self.fail(At::Tail, &error);
                    background::ask_for_spare(self);
                    return Ok(false);
                }
            }
        };
        let number = tail.number;
        let old = match hot.activate(tail) {
            Ok(old) => old,
            Err(error) => {
                hot.starved_since = Some(sys::monotonic_micros());
                self.fail(At::Tail, &error);
                return Ok(false);
            }
        };
        if let Some(tail) = &hot.tail {
            lock(&self.tails).insert(number, Arc::clone(tail));
        }
        if let Some(old) = old {
            background::enqueue(self, old);
        }
        self.recovered(At::Tail);
        self.say_pending(hot)?;
        background::ask_for_spare(self);
        Ok(true)
    }

    /// Writes what had to wait for a segment.
    pub(super) fn say_pending(&self, hot: &mut Hot) -> Result<()> {
        if hot.unsaid_drops > 0 {
            let record = Record::Dropped(self.attempt, hot.unsaid_drops);
            hot.unsaid_drops = 0;
            hot.pending.push(record.into());
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
                    self.fail(At::Tail, &error);
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

    pub(super) fn rotate_for_pending(&self, hot: &mut Hot, need: usize) -> Result<bool> {
        let pending = std::mem::take(&mut hot.pending);
        let rotated = self.rotate(hot, need);
        hot.pending.extend(pending);
        rotated
    }

    /// Makes room for a record of `words` words of this layout, its definition included.
    pub(super) fn make_room(&self, hot: &mut Hot, id: LayoutId, words: usize) -> Result<bool> {
        if (words * 8) as u64 > tail::MAX_RECORD.min(1 << 30) {
            return Err(Error::invalid("row", "over 1 GiB in one row; store large data in files"));
        }
        // A new segment may be filled at once by records that had to wait, so there is a second.
        for segments in 0..=2 {
            match hot.define(id, words) {
                Ok(Room::Here) => return Ok(true),
                Ok(Room::Full) => {}
                Err(error) => {
                    self.fail(At::Tail, &error);
                    return Ok(false);
                }
            }
            let need = hot.need(id, words);
            if segments == 2 || !self.rotate(hot, need)? {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// What is to be done once a row could not be kept.
    pub(super) fn dropped(&self, hot: &mut Hot, rows: u64) -> Result<()> {
        hot.dropped += rows;
        hot.unsaid_drops += rows;
        if self.options.raise_on_drop {
            let reason = self.failure().unwrap_or_else(|| "no space for the next segment".into());
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

const _: () = assert!(HURRY_BYTES < WAIT_BYTES);

/// From how many queued bytes on sealing takes a faster coding.
pub(crate) fn is_hurried(queued_bytes: u64) -> bool {
    queued_bytes > HURRY_BYTES
}

pub(super) fn in_child() -> Error {
    Error::Closed(
        "this recorder belongs to the parent of this forked process; make one of its own here \
         (another run_id), or log in the parent"
            .into(),
    )
}

pub(super) fn started_text() -> String {
    format!("{} us after 1970-01-01 UTC", sys::wall_micros())
}
