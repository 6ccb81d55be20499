//! A tail segment in memory that a process's death cannot take away.

use super::source::tail_path;
use super::sys::{self, ForkGuard, Mapping};
use super::tail;
use crate::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{IoSlice, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How what is logged reaches the kernel before the call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Shared memory over a preallocated file.
    Map,
    /// One `write(2)` a record, for file systems whose shared memory cannot be trusted.
    Write,
    /// No file at all: the run lives as long as the process.
    Memory,
}

/// One segment. The writer's lock decides who writes; readers only take what is committed.
pub(crate) struct TailFile {
    pub(crate) number: u32,
    map: std::mem::ManuallyDrop<Mapping>,
    file: Option<File>,
    path: Option<PathBuf>,
    write_through: bool,
    guard: Arc<ForkGuard>,
    /// How far records are committed; how far they are on the disk.
    used: AtomicUsize,
    synced: AtomicUsize,
    /// A sync failed. The kernel takes what it could not write for written, so that a second one
    /// would say nothing.
    unsure: AtomicBool,
}

impl TailFile {
    /// Makes the file with its space reserved, and the memory ready to be written without faults.
    pub(crate) fn create(
        dir: Option<&Path>,
        number: u32,
        capacity: usize,
        mechanism: Mechanism,
        guard: &Arc<ForkGuard>,
    ) -> Result<Self> {
        let Some(dir) = dir.filter(|_| mechanism != Mechanism::Memory) else {
            let map = Mapping::anonymous(capacity)
                .map_err(|error| Error::io("map memory for", "the tail", error))?;
            return Ok(Self::new(number, map, None, false, guard));
        };
        let path = tail_path(dir, number);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| Error::io("create", &path, error))?;
        match Self::back(&file, capacity, mechanism) {
            Ok((map, write_through)) => {
                if !write_through {
                    map.populate();
                }
                Ok(Self::new(number, map, Some((file, path)), write_through, guard))
            }
            Err(error) => {
                // Nothing was recorded in it yet.
                drop(std::fs::remove_file(&path));
                Err(Error::io("allocate", path, error))
            }
        }
    }

    fn back(
        file: &File,
        capacity: usize,
        mechanism: Mechanism,
    ) -> std::io::Result<(Mapping, bool)> {
        if mechanism == Mechanism::Map && sys::MAPS_FILES {
            sys::allocate(file, capacity)?;
            // Written pages come in large folios and are mapped at once. Left to page faults, each
            // 4 KiB would cost some microseconds (measured on ext4: 3.5 ms against 0.5 ms for
            // 4 MiB, and as much again when the file is removed).
            write_zeros(file, capacity)?;
            if let Ok(map) = Mapping::shared(file, capacity) {
                // A child must not write here; the kernel keeps the pages from it.
                if map.keep_from_children().is_ok() {
                    return Ok((map, false));
                }
            }
        }
        Ok((Mapping::anonymous(capacity)?, true))
    }

    /// A segment whose whole content is written at once, `pieces` behind each other.
    pub(crate) fn create_whole(
        dir: &Path,
        number: u32,
        pieces: &[IoSlice<'_>],
        guard: &Arc<ForkGuard>,
    ) -> Result<Self> {
        let path = tail_path(dir, number);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| Error::io("create", &path, error))?;
        let len = pieces.iter().map(|piece| piece.len()).sum();
        let written = write_all(&mut file, pieces).and_then(|()| {
            let shared = Mapping::shared(&file, len).map(|map| (map, false));
            // Not every file system, nor every system, maps files.
            shared.or_else(|_| Ok((copy_of(pieces, len)?, true)))
        });
        match written {
            Ok((map, write_through)) => {
                let tail = Self::new(number, map, Some((file, path)), write_through, guard);
                tail.commit(len);
                Ok(tail)
            }
            Err(error) => {
                // The call has not returned, so none of it counts as recorded.
                drop(std::fs::remove_file(&path));
                Err(Error::io("write", path, error))
            }
        }
    }

    fn new(
        number: u32,
        map: Mapping,
        file: Option<(File, PathBuf)>,
        write_through: bool,
        guard: &Arc<ForkGuard>,
    ) -> Self {
        let (file, path) = file.unzip();
        Self {
            number,
            map: std::mem::ManuallyDrop::new(map),
            file,
            path,
            write_through,
            guard: Arc::clone(guard),
            used: AtomicUsize::new(0),
            synced: AtomicUsize::new(0),
            unsure: AtomicBool::new(false),
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.map.len()
    }

    pub(crate) fn words(&self) -> *mut u64 {
        self.map.as_ptr().cast()
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    /// Whether records must be passed on by [`TailFile::write_out`].
    #[inline]
    pub(crate) fn is_write_through(&self) -> bool {
        self.write_through
    }

    /// Tells readers in this process that everything before `end` is committed.
    #[inline]
    pub(crate) fn commit(&self, end: usize) {
        self.used.store(end, Ordering::Release);
    }

    /// Hands `from..to` to the kernel where the memory itself is not shared with it.
    pub(crate) fn write_out(&self, from: usize, to: usize) -> Result<()> {
        let (Some(file), true) = (&self.file, self.write_through) else { return Ok(()) };
        // SAFETY: the range lies within the mapping and, under the writer's lock, nobody writes it.
        let bytes = unsafe { std::slice::from_raw_parts(self.map.as_ptr().add(from), to - from) };
        sys::write_all_at(file, bytes, from as u64).map_err(|error| {
            // Half a record, which the next one might not cover.
            drop(file.set_len(from as u64));
            Error::io("write", self.path.clone().unwrap_or_default(), error)
        })
    }

    /// The committed bytes from `from` on.
    pub(crate) fn committed(&self, from: usize) -> &[u8] {
        let used = self.used();
        if from >= used {
            return &[];
        }
        // SAFETY: bytes before `used` are committed: never written again, and visible since `used`
        // was read with acquire.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().add(from), used - from) }
    }

    /// Lets the kernel have the memory back; what is read again comes from the file. Without this
    /// the segments that wait to be sealed would count as this process's memory.
    pub(crate) fn rest(&self) {
        if self.file.is_some() && !self.write_through {
            self.map.rest();
        }
    }

    /// Where the file is, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Puts what is committed on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        let used = self.used();
        let synced = self.synced.load(Ordering::Relaxed);
        let Some(file) = self.file.as_ref().filter(|_| used > synced) else { return Ok(()) };
        let failed = |error| Error::io("sync", self.path.clone().unwrap_or_default(), error);
        if self.is_unsure() {
            return Err(failed(std::io::Error::other("an earlier sync of this segment failed")));
        }
        let by_file = self.write_through || !sys::MAPS_FILES;
        let result = if by_file { file.sync_data() } else { self.map.sync(synced, used) };
        if let Err(error) = result {
            self.unsure.store(true, Ordering::Relaxed);
            return Err(failed(error));
        }
        self.synced.fetch_max(used, Ordering::Relaxed);
        Ok(())
    }

    /// Whether nobody knows what of it is on the disk, because a sync failed.
    pub(crate) fn is_unsure(&self) -> bool {
        self.unsure.load(Ordering::Relaxed)
    }

    /// Removes the file; what it held stands elsewhere, or nothing was in it.
    pub(crate) fn remove(&self) {
        if let Some(path) = &self.path {
            // A file that stays is read again and found to be sealed already.
            drop(std::fs::remove_file(path));
        }
    }
}

impl Drop for TailFile {
    fn drop(&mut self) {
        // The kernel kept the mapping out of a forked child, whose address space may have other
        // things in its place.
        if !self.guard.in_child() {
            // SAFETY: dropped once, here.
            unsafe { std::mem::ManuallyDrop::drop(&mut self.map) };
        }
    }
}

fn write_zeros(file: &File, len: usize) -> std::io::Result<()> {
    static ZEROS: [u8; 1 << 18] = [0; 1 << 18];
    for at in (0..len).step_by(ZEROS.len()) {
        sys::write_all_at(file, &ZEROS[..ZEROS.len().min(len - at)], at as u64)?;
    }
    Ok(())
}

/// All pieces in memory of this process, `len` bytes together.
fn copy_of(pieces: &[IoSlice<'_>], len: usize) -> std::io::Result<Mapping> {
    let map = Mapping::anonymous(len)?;
    // SAFETY: the memory is new, initialised and at least that long.
    let mut rest = unsafe { std::slice::from_raw_parts_mut(map.as_ptr(), len) };
    for piece in pieces {
        let (place, behind) = rest.split_at_mut(piece.len());
        place.copy_from_slice(piece);
        rest = behind;
    }
    Ok(map)
}

/// Writes all pieces, some hundred with each call.
fn write_all(file: &mut File, pieces: &[IoSlice<'_>]) -> std::io::Result<()> {
    let mut owned = pieces.to_vec();
    let mut rest = owned.as_mut_slice();
    while !rest.is_empty() {
        let group = rest.len().min(512);
        match file.write_vectored(&rest[..group]) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(n) => IoSlice::advance_slices(&mut rest, n),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// How large the `n`th segment of an attempt is: a short script leaves no large files, a long run
/// rotates seldom.
pub(crate) fn segment_capacity(n: u32) -> usize {
    const FIRST: usize = 64 << 10;
    const LARGEST: usize = 4 << 20;
    (FIRST << (2 * n.min(8))).min(LARGEST)
}

/// The capacity for a segment that must take a record of `need` bytes.
pub(crate) fn capacity_for(n: u32, need: usize) -> usize {
    segment_capacity(n).max((tail::RECORDS_AT + need + 8).next_multiple_of(sys::PAGE))
}

#[cfg(test)]
mod tests {
    use super::{IoSlice, copy_of};

    #[test]
    fn a_copy_has_all_pieces() {
        let pieces = [b"ab".as_slice(), b"", b"cde"].map(IoSlice::new);
        let map = copy_of(&pieces, 5).unwrap();
        assert!(map.len() >= 5);
        // SAFETY: the memory is that long and initialised, and nobody writes it.
        assert_eq!(unsafe { std::slice::from_raw_parts(map.as_ptr(), 5) }, b"abcde");
    }
}
