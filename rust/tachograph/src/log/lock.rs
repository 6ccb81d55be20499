//! One writer for a run: a POSIX lock on a file of its own.
//!
//! `flock` would stay with a forked worker that outlives a killed writer. A POSIX lock does not,
//! but belongs to the process as a whole, and closing any descriptor of the file gives it up. So
//! nothing else opens the file while this process holds it; a table tells.

use super::source::LOCK_FILE;
use super::sys::{self, Asked, Held, RunIdentity};
use crate::{Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The runs that this process writes: process id, directory, holder.
static HELD: Mutex<Vec<(u32, RunIdentity, String)>> = Mutex::new(Vec::new());

fn held() -> MutexGuard<'static, Vec<(u32, RunIdentity, String)>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity(dir: &Path) -> Result<RunIdentity> {
    sys::identity(dir).map_err(|error| Error::io("stat", dir, error))
}

/// The right to write a run, given up when dropped.
pub(crate) struct RunLock {
    file: Option<File>,
    identity: RunIdentity,
}

impl RunLock {
    /// Takes the lock, or tells who has it.
    pub(crate) fn take(dir: &Path, started: &str) -> Result<Self> {
        let identity = identity(dir)?;
        let mut table = held();
        if let Some(holder) = ours(&table, &identity) {
            return Err(Error::Locked { path: dir.into(), holder });
        }
        let path = dir.join(LOCK_FILE);
        let mut file =
            match sys::take_lock(&path).map_err(|error| Error::io("lock", path, error))? {
                Asked::Taken(file) => file,
                Asked::Held(held) => {
                    return Err(Error::Locked { path: dir.into(), holder: describe(held) });
                }
            };
        let holder =
            format!("process {} on {} since {started}", std::process::id(), sys::host_name());
        // Who holds it is only for the message to others: a full disk must not stop the run.
        let written = file.set_len(0).and_then(|()| file.write_all(holder.as_bytes()));
        drop(written);
        table.push((std::process::id(), identity.clone(), holder));
        Ok(Self { file: Some(file), identity })
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let mut table = held();
        // Closed first: a thread that takes the lock in between would lose it with this file.
        drop(self.file.take());
        table.retain(|(pid, dir, _)| *pid != std::process::id() || *dir != self.identity);
    }
}

fn ours(table: &[(u32, RunIdentity, String)], identity: &RunIdentity) -> Option<String> {
    table
        .iter()
        .find(|(pid, dir, _)| *pid == std::process::id() && dir == identity)
        .map(|(.., holder)| holder.clone())
}

fn describe(held: Held) -> String {
    let mut text = String::new();
    let read = held.file.take(1024).read_to_string(&mut text);
    if read.is_ok() && !text.is_empty() {
        return text;
    }
    held.pid.map_or("another process".into(), |pid| format!("process {pid}"))
}

/// Who writes the run in `dir` now, if anyone does.
pub fn holder(dir: &Path) -> Result<Option<String>> {
    let identity = identity(dir)?;
    // Held while the file is open here, so that no thread takes the lock meanwhile and loses it
    // when the file is closed again.
    let table = held();
    if let Some(holder) = ours(&table, &identity) {
        return Ok(Some(holder));
    }
    let path = dir.join(LOCK_FILE);
    let held = sys::look_at_lock(&path);
    Ok(held.map_err(|error| Error::io("ask for the lock of", path, error))?.map(describe))
}
