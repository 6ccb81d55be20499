//! One writer for a run: a POSIX lock on a file of its own.
//!
//! `flock` would stay with a forked worker that outlives a killed writer. A POSIX lock does not,
//! but belongs to the process as a whole, and closing any descriptor of the file gives it up. So
//! nothing else opens the file while this process holds it; a table tells.

use super::source::LOCK_FILE;
use super::sys;
use crate::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The runs that this process writes: process id, device and inode of the directory, holder.
static HELD: Mutex<Vec<(u32, u64, u64, String)>> = Mutex::new(Vec::new());

fn held() -> MutexGuard<'static, Vec<(u32, u64, u64, String)>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity(dir: &Path) -> Result<(u64, u64)> {
    let meta = std::fs::metadata(dir).map_err(|error| Error::io("stat", dir, error))?;
    Ok((meta.dev(), meta.ino()))
}

/// The right to write a run, given up when dropped.
pub(crate) struct RunLock {
    _file: File,
    identity: (u64, u64),
}

impl RunLock {
    /// Takes the lock, or tells who has it.
    pub(crate) fn take(dir: &Path, started: &str) -> Result<Self> {
        let identity = identity(dir)?;
        let mut table = held();
        if let Some(holder) = ours(&table, identity) {
            return Err(Error::Locked { path: dir.into(), holder });
        }
        let path = dir.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| Error::io("open", &path, error))?;
        if let Err(error) = sys::try_lock(&file) {
            return match error.raw_os_error() {
                Some(libc::EACCES | libc::EAGAIN) => {
                    Err(Error::Locked { path: dir.into(), holder: describe(&mut file) })
                }
                _ => Err(Error::io("lock", path, error)),
            };
        }
        let holder =
            format!("process {} on {} since {started}", std::process::id(), sys::host_name());
        // Who holds it is only for the message to others: a full disk must not stop the run.
        let written = file.set_len(0).and_then(|()| file.write_all(holder.as_bytes()));
        drop(written);
        table.push((std::process::id(), identity.0, identity.1, holder));
        Ok(Self { _file: file, identity })
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let (dev, ino) = self.identity;
        held().retain(|(pid, d, i, _)| (*pid, *d, *i) != (std::process::id(), dev, ino));
    }
}

fn ours(table: &[(u32, u64, u64, String)], identity: (u64, u64)) -> Option<String> {
    table
        .iter()
        .find(|(pid, dev, ino, _)| *pid == std::process::id() && (*dev, *ino) == identity)
        .map(|(.., holder)| holder.clone())
}

fn describe(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(1024).read_to_string(&mut text);
    if read.is_ok() && !text.is_empty() {
        return text;
    }
    match sys::lock_holder(file) {
        Ok(Some(pid)) => format!("process {pid}"),
        _ => "another process".into(),
    }
}

/// Who writes the run in `dir` now, if anyone does.
pub fn holder(dir: &Path) -> Result<Option<String>> {
    let identity = identity(dir)?;
    // Held while the file is open here, so that no thread takes the lock meanwhile and loses it
    // when the file is closed again.
    let table = held();
    if let Some(holder) = ours(&table, identity) {
        return Ok(Some(holder));
    }
    let path = dir.join(LOCK_FILE);
    let Ok(mut file) = File::open(&path) else { return Ok(None) };
    match sys::lock_holder(&file) {
        Ok(None) => Ok(None),
        Ok(Some(_)) => Ok(Some(describe(&mut file))),
        Err(error) => Err(Error::io("ask for the lock of", path, error)),
    }
}
