//! What happens off the calling thread: readying segments, sealing full ones, syncing, closing.
//!
//! Two threads, because sealing takes long and a caller must not wait for its next segment: the
//! keeper readies segments and syncs at intervals, the sealer turns full segments into blocks.

use super::codec::Effort;
use super::mainfile::MainFile;
use super::options::Durability;
use super::reader::LogReader;
use super::scan;
use super::seal;
use super::segment::{Fed, Segment};
use super::shared::{At, Shared, is_hurried, lock};
use super::source::{Disk, Source, tail_path};
use super::sync::{self, OnDisk, Retired};
use super::tail::{RECORDS_AT, TailHeader};
use super::tailfile::TailFile;
use crate::{Error, Result};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long to wait before something that failed is tried again.
const RETRY: Duration = Duration::from_millis(50);
/// The longest interval between syncs; clocks do not reach any length.
const LONGEST: Duration = Duration::from_secs(1 << 32);

const SEALER: &str = "tacho-sealer";
const KEEPER: &str = "tacho-keeper";

/// What the threads are asked to do.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "separate facts, each set by another event")]
pub(crate) struct Queue {
    pub(crate) jobs: VecDeque<Job>,
    want_spare: bool,
    /// Full segments whose memory the kernel may have back, which takes too long for a caller.
    to_rest: Vec<Weak<TailFile>>,
    /// No more is logged. Set under the writer's lock, so that no spare comes after it.
    pub(crate) closing: bool,
    /// Everything is sealed and the index written, or cannot be.
    finished: bool,
    pub(crate) sealer_runs: bool,
    /// What the sealer tried last did not work.
    sealing_fails: bool,
}

impl Queue {
    /// Whether waiting for the sealer would be in vain.
    pub(crate) fn is_stuck(&self) -> bool {
        self.sealing_fails || !self.sealer_runs
    }
}

/// A segment to seal.
pub(crate) enum Job {
    /// One of this writer's.
    Live(Arc<TailFile>),
    /// One that an earlier process left.
    Left(TailHeader),
}

impl Job {
    fn bytes(&self) -> u64 {
        match self {
            Self::Live(tail) => tail.used() as u64,
            Self::Left(_) => 0,
        }
    }

    /// The segment's content.
    fn read(&self, shared: &Shared) -> Result<Segment> {
        let (header, data) = match self {
            Self::Live(tail) => {
                let bytes = tail.committed(0);
                let (header, _) = TailHeader::decode(bytes)
                    .ok_or_else(|| Error::corrupt(0, "a segment lost its header in memory"))?;
                (header, Cow::Borrowed(&bytes[RECORDS_AT..]))
            }
            Self::Left(header) => {
                let dir = shared.dir.clone().unwrap_or_default();
                let data = Disk::open(&dir)?.read_tail(header.segment, RECORDS_AT as u64)?;
                (*header, Cow::Owned(data.unwrap_or_default()))
            }
        };
        let mut segment = Segment::new(header);
        let fed = segment.feed_to_end(&data, Some(usize::MAX));
        debug_assert_eq!(fed, Fed::Done);
        segment.epochs.finish();
        segment.steps.finish();
        Ok(segment)
    }
}

/// Hands a full segment over.
pub(crate) fn enqueue(shared: &Shared, tail: Arc<TailFile>) {
    shared.queued_bytes.fetch_add(tail.used() as u64, Ordering::Relaxed);
    let mut queue = lock(&shared.queue);
    queue.to_rest.push(Arc::downgrade(&tail));
    queue.jobs.push_back(Job::Live(tail));
    drop(queue);
    shared.wake_sealer.notify_one();
}

/// Has the next segment made ready.
pub(crate) fn ask_for_spare(shared: &Shared) {
    lock(&shared.queue).want_spare = true;
    shared.wake_keeper.notify_one();
}

/// Starts the threads. Without them (the system has none to give) segments are made by the caller
/// and sealed on close.
pub(crate) fn spawn(shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let start = |thread: &'static str, work: fn(&Shared)| {
        let shared = Arc::clone(shared);
        std::thread::Builder::new().name(thread.into()).spawn(move || {
            let _watch = Watch { shared: &shared, thread };
            super::sys::block_signals();
            super::sys::yield_to_others();
            work(&shared);
        })
    };
    lock(&shared.queue).sealer_runs = true;
    let mut threads = Vec::new();
    match start(SEALER, run_sealer) {
        Ok(thread) => threads.push(thread),
        Err(error) => {
            lock(&shared.queue).sealer_runs = false;
            shared.fail(At::Main, &Error::io("start a thread for", "the sealer", error));
            return threads;
        }
    }
    match start(KEEPER, run_keeper) {
        Ok(thread) => threads.push(thread),
        Err(error) => shared.fail(At::Sync, &Error::io("start a thread for", "the keeper", error)),
    }
    threads
}

/// Tells of a thread that a panic ended. Nobody is to wait for such a sealer: the segments hold
/// everything.
struct Watch<'a> {
    shared: &'a Shared,
    thread: &'static str,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let at = if self.thread == SEALER { At::Main } else { At::Sync };
        let panicked = std::io::Error::other("it panicked");
        self.shared.fail(at, &Error::io("go on with the thread", self.thread, panicked));
        if at == At::Main {
            let mut queue = lock(&self.shared.queue);
            queue.sealing_fails = true;
            queue.finished = true;
            self.shared.progress.notify_all();
        }
    }
}

fn run_keeper(shared: &Shared) {
    let interval = shared.options.sync_interval.clamp(Duration::from_millis(1), LONGEST);
    let mut next_sync = Instant::now() + interval;
    let mut retry_at = None;
    loop {
        let mut queue = lock(&shared.queue);
        loop {
            let now = Instant::now();
            let wake = retry_at.map_or(next_sync, |at: Instant| at.min(next_sync));
            if queue.closing || wake <= now || (queue.want_spare && retry_at.is_none()) {
                break;
            }
            let waited = shared.wake_keeper.wait_timeout(queue, wake - now);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if queue.closing {
            return;
        }
        let want = std::mem::take(&mut queue.want_spare) || retry_at.is_some();
        let to_rest = std::mem::take(&mut queue.to_rest);
        drop(queue);
        if want {
            retry_at = (!ready_spare(shared)).then(|| Instant::now() + RETRY);
        }
        rest(&to_rest);
        if Instant::now() >= next_sync {
            shared.follow_clock();
            if shared.options.durability != Durability::Process
                && let Err(error) = sync::sync_all(shared)
            {
                shared.fail(At::Sync, &error);
            }
            next_sync = Instant::now() + interval;
        }
    }
}

/// Makes the next segment; false where that failed and is to be tried again.
fn ready_spare(shared: &Shared) -> bool {
    let (number, begun) = {
        let mut hot = lock(&shared.hot);
        if hot.spare.is_some() {
            return true;
        }
        let number = hot.next_number;
        hot.next_number += 1;
        (number, hot.begun)
    };
    let tail = match shared.make_tail(number, begun.max(1), 0) {
        Ok(tail) => tail,
        Err(error) => {
            shared.fail(At::Tail, &error);
            return false;
        }
    };
    let mut hot = lock(&shared.hot);
    // Another segment was begun meanwhile, or the writer closes: numbers follow the rows' order.
    if hot.next_number != number + 1 || hot.spare.is_some() || lock(&shared.queue).closing {
        tail.remove();
        return true;
    }
    hot.spare = Some(tail);
    lock(&shared.disk).note_new_name();
    if hot.starved_since.take().is_some() {
        shared.recovered(At::Tail);
    }
    true
}

fn run_sealer(shared: &Shared) {
    loop {
        let mut queue = lock(&shared.queue);
        while queue.jobs.is_empty() && !queue.closing {
            queue = shared.wake_sealer.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let Some(job) = queue.jobs.pop_front() else {
            drop(queue);
            finish_main(shared);
            return;
        };
        // The keeper does this too, but a sync may hold it up for seconds.
        let to_rest = std::mem::take(&mut queue.to_rest);
        let is_last_try = queue.closing;
        drop(queue);
        rest(&to_rest);
        let sealed = seal_job(shared, &job);
        let mut queue = lock(&shared.queue);
        queue.sealing_fails = sealed.is_err();
        match sealed {
            Ok(()) => {
                shared.recovered(At::Main);
                shared.queued_bytes.fetch_sub(job.bytes(), Ordering::Relaxed);
                shared.progress.notify_all();
            }
            Err(error) => {
                shared.fail(At::Main, &error);
                queue.jobs.push_front(job);
                if is_last_try {
                    // The segments stay, and hold everything.
                    queue.finished = true;
                    shared.progress.notify_all();
                    return;
                }
                if queue.closing {
                    // What failed had been begun before, perhaps with a disk that was full then.
                    continue;
                }
                let waited = shared.wake_sealer.wait_timeout(queue, RETRY);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
        }
    }
}

/// Gives memory of full segments back; those that are sealed by now are gone.
fn rest(segments: &[Weak<TailFile>]) {
    segments.iter().filter_map(Weak::upgrade).for_each(|tail| tail.rest());
}

fn seal_job(shared: &Shared, job: &Job) -> Result<()> {
    let segment = job.read(shared)?;
    let queued = shared.queued_bytes.load(Ordering::Relaxed);
    let effort = if is_hurried(queued) { Effort::Fast } else { Effort::Small };
    let sealed = seal::seal(&segment, effort)?;
    shared.attach()?;
    let end = {
        let mut main = lock(&shared.main);
        let main = main.as_mut().ok_or_else(|| Error::Closed("no main file".into()))?;
        main.append(sealed)?;
        main.end()
    };
    let (number, tail, path) = match job {
        Job::Live(tail) => (tail.number, Some(tail), tail.path().map(Path::to_owned)),
        Job::Left(header) => {
            let path = shared.dir.as_ref().map(|dir| tail_path(dir, header.segment));
            (header.segment, None, path)
        }
    };
    // A run in memory has no files.
    if let Some(path) = path {
        let damaged = !segment.holes.is_empty();
        // Asked under this lock, where whoever meets a failed sync says so.
        let mut known = lock(&shared.disk);
        let unsure = tail.is_some_and(|tail| tail.is_unsure());
        let disk = if unsure { OnDisk::Unsure } else { OnDisk::NotYet };
        let retired = Retired { path, damaged, disk };
        if shared.options.durability == Durability::Process {
            drop(known);
            retired.discard();
        } else {
            known.retire(end, retired);
        }
    }
    // Only now, so that whoever syncs meets it in one place at least.
    lock(&shared.tails).remove(&number);
    lock(&shared.left).remove(&number);
    Ok(())
}

/// Writes the index and lets go of the segments.
fn finish_main(shared: &Shared) {
    let next_seq = lock(&shared.hot).next_seq;
    let closed = match lock(&shared.main).as_mut() {
        Some(main) => main.close(next_seq, shared.attempt, true),
        None => Ok(()),
    };
    let synced = closed.and_then(|()| {
        if shared.options.durability != Durability::Process {
            return sync::sync_all(shared);
        }
        sync::discard_retired(shared, u64::MAX);
        Ok(())
    });
    if let Err(error) = synced {
        shared.fail(At::Main, &error);
    }
    lock(&shared.queue).finished = true;
    shared.progress.notify_all();
}

/// Waits until everything is sealed and the index is written; false where the time ran out.
pub(crate) fn finish(shared: &Shared, timeout: Option<Duration>) -> bool {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut queue = lock(&shared.queue);
    shared.wake_keeper.notify_all();
    shared.wake_sealer.notify_all();
    if queue.closing && !queue.sealer_runs {
        queue.sealer_runs = true;
        drop(queue);
        run_sealer(shared);
        queue = lock(&shared.queue);
    }
    while !queue.finished {
        let left = match deadline {
            None => RETRY,
            Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
                None => return false,
                Some(left) => left.min(RETRY),
            },
        };
        let waited = shared.progress.wait_timeout(queue, left);
        queue = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
    true
}

/// What an earlier process left to be sealed, in order. Segments that are sealed are let go, those
/// that were never used as well.
pub(crate) fn recover(shared: &Shared, reader: &LogReader) -> Result<Vec<Job>> {
    let Some(dir) = &shared.dir else { return Ok(Vec::new()) };
    let mut jobs = Vec::new();
    let headers: Vec<TailHeader> = reader.open_tails().map(|(_, tail)| tail.header).collect();
    let frames = reader.frame_headers();
    for number in reader.source().tails()? {
        if let Some(header) = headers.iter().find(|header| header.segment == number) {
            jobs.push(Job::Left(*header));
            lock(&shared.left).insert(number);
            continue;
        }
        let mut sealed = frames.iter().filter(|frame| frame.segment == number).peekable();
        let path = tail_path(dir, number);
        if sealed.peek().is_none() {
            let data = reader.source().read_tail(number, 0)?.unwrap_or_default();
            // A segment that was never begun; anything else is not ours to remove.
            if data.iter().all(|&byte| byte == 0) {
                let retired = Retired { path, damaged: false, disk: OnDisk::Synced };
                lock(&shared.disk).retire(0, retired);
            }
            continue;
        }
        let main = lock(&shared.main);
        let mut whole = true;
        for frame in sealed {
            whole &= scan::is_whole(reader.source(), frame)?
                // It may be a failed sync that left the segment here.
                && main.as_ref().is_some_and(|main| main.write_again(frame).is_ok());
        }
        if whole {
            let end = main.as_ref().map_or(0, MainFile::end);
            let retired = Retired { path, damaged: false, disk: OnDisk::NotYet };
            lock(&shared.disk).retire(end, retired);
        }
    }
    Ok(jobs)
}

#[cfg(test)]
mod tests {
    use super::{RECORDS_AT, TailFile, enqueue};
    use crate::log::shared::lock;
    use crate::log::{Mechanism, Options, Writer};
    use std::sync::Arc;

    #[test]
    fn nobody_waits_for_a_sealer_that_panicked() {
        let writer = Writer::create(None, [7; 16], Options::default()).unwrap();
        let shared = &writer.shared;
        // A segment as no writer leaves it: its second header is not there.
        let tail = TailFile::create(None, 9, 4096, Mechanism::Memory, &shared.guard).unwrap();
        let header = lock(&shared.hot).header(9, false).encode();
        // SAFETY: the segment is larger, and nobody else has it.
        unsafe { std::ptr::copy(header.as_ptr(), tail.words().cast(), RECORDS_AT / 2) };
        tail.commit(RECORDS_AT / 2);
        enqueue(shared, Arc::new(tail));
        assert!(writer.close(None).unwrap());
        let told = writer.take_failure().unwrap();
        assert!(told.contains("tacho-sealer: it panicked"), "{told}");
    }
}
