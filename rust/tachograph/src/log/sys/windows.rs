//! Windows: each record is one write, a lock is a file that others may not open for writing, and
//! nothing forks.
#![expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the shape of what Linux needs")]

use super::{Asked, Held, PAGE};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

/// `FILE_SHARE_READ`: others may read the file while it is open here, and nothing else.
const SHARE_READ: u32 = 1;
/// `ERROR_SHARING_VIOLATION`: somebody has the file open and does not share it.
const SHARING_VIOLATION: i32 = 32;

/// Whether rows can be kept in shared memory over a file. A file that is mapped cannot be removed
/// here.
pub(crate) const MAPS_FILES: bool = false;

/// Memory of this process, page-aligned and zeroed.
pub(crate) struct Mapping {
    start: NonNull<u8>,
    layout: Layout,
    len: usize,
}

// SAFETY: plain memory that belongs to this value; who writes to it when is decided by the writer's
// lock.
unsafe impl Send for Mapping {}
// SAFETY: as above; shared access only reads committed bytes.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Not offered here.
    pub(crate) fn shared(_file: &File, _len: usize) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// `len` bytes of zeros.
    pub(crate) fn anonymous(len: usize) -> io::Result<Self> {
        let layout = Layout::from_size_align(len.max(PAGE), PAGE).map_err(io::Error::other)?;
        // SAFETY: the size is not zero.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) });
        Ok(Self { start: start.ok_or(io::ErrorKind::OutOfMemory)?, layout, len })
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Only of use for shared memory.
    pub(crate) fn populate(&self) {}

    /// There are no forked children.
    pub(crate) fn keep_from_children(&self) -> io::Result<()> {
        Ok(())
    }

    /// The memory is the only copy outside the file, and stays.
    pub(crate) fn rest(&self) {}

    /// Not offered here: files are synced as files.
    pub(crate) fn sync(&self, _from: usize, _to: usize) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nothing refers to it any more.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Says whether this is still the process that made it, which it always is.
pub(crate) struct ForkGuard;

impl ForkGuard {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// Whether this is a forked child.
    pub(crate) fn in_child(&self) -> bool {
        false
    }
}

/// Only of use for shared memory.
pub(crate) fn allocate(_file: &File, _len: usize) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reserves nothing: a write that finds no room is told so, and tried again later.
pub(crate) fn reserve(_file: &File, _from: u64, _len: u64) -> io::Result<()> {
    Ok(())
}

/// Whether an error says that there is no room: disk, quota or file size limit.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Whether shared mappings of files in this directory can be trusted.
pub(crate) fn maps_are_safe(_dir: &Path) -> bool {
    false
}

/// Asks for the lock in the file at `path`, which is made where it is missing.
pub(crate) fn take_lock(path: &Path) -> io::Result<Asked> {
    // Whoever looks at the lock has the file open for a moment, and is no writer.
    const PATIENCE: Duration = Duration::from_millis(50);
    let begin = Instant::now();
    loop {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).share_mode(SHARE_READ);
        match options.open(path) {
            Ok(file) => return Ok(Asked::Taken(file)),
            Err(error) if error.raw_os_error() != Some(SHARING_VIOLATION) => return Err(error),
            Err(_) if begin.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(1)),
            Err(_) => return Ok(Asked::Held(Held { file: File::open(path)?, pid: None })),
        }
    }
}

/// The file at `path`, if another process has locked it.
pub(crate) fn look_at_lock(path: &Path) -> io::Result<Option<Held>> {
    match OpenOptions::new().read(true).share_mode(SHARE_READ).open(path) {
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => {
            Ok(Some(Held { file: File::open(path)?, pid: None }))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(None),
    }
}

/// What tells a directory from all others: its path, without links.
#[derive(Clone, PartialEq)]
pub(crate) struct RunIdentity(PathBuf);

/// The identity of a directory.
pub(crate) fn identity(dir: &Path) -> io::Result<RunIdentity> {
    std::fs::canonicalize(dir).map(RunIdentity)
}

/// Reads from `offset` of a file; how many bytes.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Writes all bytes at `offset` of a file.
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_write(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                bytes = &bytes[n..];
                offset += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Names are kept by the file system's own journal; a directory cannot be synced here.
pub(crate) fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// The machine's name.
pub fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// The wall clock, microseconds since 1970-01-01 UTC.
pub fn wall_micros() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A clock that never goes back, microseconds since some moment.
pub(crate) fn monotonic_micros() -> i64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_micros() as i64
}

/// There are no signals here.
pub(crate) fn block_signals() {}

/// Threads keep the priority that they were started with.
pub(crate) fn yield_to_others() {}

/// Leaves it to the standard library, whose seed is the system's.
pub(super) fn fill_random(_bytes: &mut [u8; 16]) -> bool {
    false
}

/// The system chooses the size of pages itself.
pub(super) fn prefer_huge_pages<T>(_values: &mut [T]) {}

#[cfg(test)]
mod tests {
    use super::{Asked, look_at_lock, take_lock};
    use std::io::{Read, Write};

    #[test]
    fn a_lock_is_held_once_and_who_holds_it_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(look_at_lock(&path).unwrap().is_none());
        let Asked::Taken(mut file) = take_lock(&path).unwrap() else { panic!("held by nobody") };
        file.write_all(b"the holder").unwrap();
        let Asked::Held(mut held) = take_lock(&path).unwrap() else { panic!("taken twice") };
        let mut text = String::new();
        held.file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "the holder");
        assert!(look_at_lock(&path).unwrap().is_some());
        drop(file);
        assert!(look_at_lock(&path).unwrap().is_none());
        // Whoever has only looked is in nobody's way.
        drop(held);
        assert!(matches!(take_lock(&path).unwrap(), Asked::Taken(_)));
    }
}
