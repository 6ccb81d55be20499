//! What of a run is on the disk, and putting it there.
//!
//! A segment's file stays until a sync of the main file has said that its content is on the disk. A
//! sync that failed is never made good by a later one, because the kernel forgets what it could not
//! write: the segment is unsure until its rows stand elsewhere, the main file is replaced by its
//! segments.

use super::mainfile::Out;
use super::options::Durability;
use super::shared::{At, Shared, lock};
use super::sys;
use super::tailfile::TailFile;
use crate::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is known of the disk.
#[derive(Default)]
pub(crate) struct DiskState {
    /// Content that stands in the main file and, until that is synced, in its old place as well;
    /// with where it ends in the main file.
    retired: Vec<(u64, Retired)>,
    /// How much of the main file is on the disk.
    synced_end: u64,
    /// A sync of the main file failed: what came to it since is not relied on, and the segments
    /// stay.
    distrusted: bool,
    /// Names in the directory changed since it was last synced.
    dir_dirty: bool,
}

impl DiskState {
    /// A name was added to the directory, which is to be synced with what it names.
    pub(super) fn note_new_name(&mut self) {
        self.dir_dirty = true;
    }

    /// Keeps a file until the main file is on the disk up to `end`.
    pub(super) fn retire(&mut self, end: u64, file: Retired) {
        self.retired.push((end, file));
    }

    /// A sync of this file failed, perhaps after its content came to the main file.
    fn doubt(&mut self, path: Option<&Path>) {
        for (_, retired) in &mut self.retired {
            if Some(retired.path.as_path()) == path {
                retired.disk = OnDisk::Unsure;
            }
        }
    }
}

/// A file whose content stands in the main file by now.
pub(super) struct Retired {
    pub(super) path: PathBuf,
    /// It is kept under another name, because damage was found in it.
    pub(super) damaged: bool,
    pub(super) disk: OnDisk,
}

/// What is known of a file that stays because the main file is not relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnDisk {
    NotYet,
    Synced,
    /// A sync failed, and another would say nothing.
    Unsure,
}

impl Retired {
    pub(super) fn discard(&self) {
        // Evidence of damage is not taken away. A file that cannot be removed or renamed is met
        // again and found to be sealed.
        drop(if self.damaged {
            std::fs::rename(&self.path, self.path.with_file_name(kept_name(&self.path)))
        } else {
            std::fs::remove_file(&self.path)
        });
    }
}

fn kept_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.replace(".tail-", ".damaged-")
}

/// Puts everything on the disk: the segments, the main file, the directory.
pub(crate) fn sync_all(shared: &Shared) -> Result<()> {
    // One at a time: the kernel tells of an error once, and whoever else syncs would hear of none.
    // Those who waited mostly find their rows on the disk.
    let _turn = lock(&shared.syncing);
    let tails: Vec<Arc<TailFile>> = lock(&shared.tails).values().cloned().collect();
    let mut first = Ok(());
    for tail in tails {
        if let Err(error) = tail.sync() {
            lock(&shared.disk).doubt(tail.path());
            first = first.and(Err(error));
        }
    }
    first = first.and(sync_main(shared));
    let dirty = std::mem::take(&mut lock(&shared.disk).dir_dirty);
    if let (Some(dir), true) = (&shared.dir, dirty)
        && let Err(error) = sys::sync_dir(dir)
    {
        lock(&shared.disk).dir_dirty = true;
        first = first.and(Err(Error::io("sync", dir, error)));
    }
    if first.is_ok() && !lock(&shared.disk).distrusted {
        shared.recovered(At::Sync);
    }
    first
}

fn sync_main(shared: &Shared) -> Result<()> {
    let (file, path, end) = {
        let main = lock(&shared.main);
        let Some(main) = main.as_ref() else { return Ok(()) };
        match main.out() {
            Out::Memory(_) => return Ok(()),
            Out::Disk { file, path } => (Arc::clone(file), path.clone(), main.end()),
        }
    };
    {
        let disk = lock(&shared.disk);
        if disk.distrusted {
            drop(disk);
            return sync_retired(shared, &path);
        }
        if end <= disk.synced_end {
            return Ok(());
        }
    }
    if let Err(error) = file.sync_data() {
        // The kernel forgets which pages it could not write, so a second try would lie. The
        // segments hold the same rows and are kept, and synced, from now on.
        lock(&shared.disk).distrusted = true;
        drop(sync_retired(shared, &path));
        return Err(Error::io("sync", path, error));
    }
    lock(&shared.disk).synced_end = end;
    discard_retired(shared, end);
    Ok(())
}

/// Puts the segments on the disk that stay in place of a main file that is not relied on.
fn sync_retired(shared: &Shared, main: &Path) -> Result<()> {
    let unsure = |path: &Path| {
        Error::io("sync", path, std::io::Error::other("an earlier sync of this file failed"))
    };
    if shared.options.durability == Durability::Process {
        // Segments were let go without a sync, as that level has it.
        return Err(unsure(main));
    }
    // Nobody who logs may have to wait for these syncs, so nothing is held meanwhile.
    let not_synced: Vec<(PathBuf, OnDisk)> = {
        let disk = lock(&shared.disk);
        let retired = disk.retired.iter().map(|(_, retired)| retired);
        let not_synced = retired.filter(|retired| retired.disk != OnDisk::Synced);
        not_synced.map(|retired| (retired.path.clone(), retired.disk)).collect()
    };
    let mut first = Ok(());
    for (path, disk) in not_synced {
        if disk == OnDisk::Unsure {
            first = first.and(Err(unsure(&path)));
            continue;
        }
        let synced = sys::sync_file(&path);
        let known = if synced.is_ok() { OnDisk::Synced } else { OnDisk::Unsure };
        for (_, retired) in &mut lock(&shared.disk).retired {
            if retired.path == path {
                retired.disk = known;
            }
        }
        first = first.and(synced.map_err(|error| Error::io("sync", path, error)));
    }
    first
}

/// Lets go of what stands in the main file before `end`.
pub(super) fn discard_retired(shared: &Shared, end: u64) {
    let mut disk = lock(&shared.disk);
    let retired = std::mem::take(&mut disk.retired);
    let (done, rest): (Vec<_>, Vec<_>) = retired.into_iter().partition(|(at, _)| *at <= end);
    disk.retired = rest;
    disk.dir_dirty |= !done.is_empty();
    drop(disk);
    for (_, retired) in done {
        retired.discard();
    }
}
