//! What the systems of the Unix family have in common.

use super::system::{UNLOCKED, WRITE_LOCK};
use super::{Asked, Held, PAGE};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::ptr::NonNull;

pub(super) fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Memory from `mmap`, page-aligned, zeroed or backed by a file.
pub(crate) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping is plain memory that belongs to this value; who writes to it when is decided
// by the writer's lock.
unsafe impl Send for Mapping {}
// SAFETY: as above; shared access only reads committed bytes.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// `len` bytes of a file, shared with everyone who opens it.
    pub(crate) fn shared(file: &File, len: usize) -> io::Result<Self> {
        Self::map(libc::MAP_SHARED, file.as_raw_fd(), len)
    }

    /// `len` bytes of zeros of this process alone.
    pub(crate) fn anonymous(len: usize) -> io::Result<Self> {
        Self::map(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, len)
    }

    fn map(flags: libc::c_int, fd: libc::c_int, len: usize) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no existing memory.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, fd, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { start, len })
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Advice on the whole mapping; what a kernel does not know it refuses.
    pub(super) fn advise(&self, advice: libc::c_int) -> io::Result<()> {
        // SAFETY: the range is this mapping.
        check(unsafe { libc::madvise(self.start.as_ptr().cast(), self.len, advice) })
    }

    /// Waits until the pages that hold `from..to` are on the disk.
    pub(crate) fn sync(&self, from: usize, to: usize) -> io::Result<()> {
        let from = from & !(PAGE - 1);
        let len = to.min(self.len).saturating_sub(from);
        if len == 0 {
            return Ok(());
        }
        // SAFETY: the range lies within this mapping.
        check(unsafe { libc::msync(self.start.as_ptr().add(from).cast(), len, libc::MS_SYNC) })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is this mapping, which nothing refers to any more. A forked child never
        // gets here: it leaks its copies (see `ForkGuard`).
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Asks for the lock in the file at `path`, which is made where it is missing. Nothing in this
/// process may have the file open already: closing it would give the lock up.
pub(crate) fn take_lock(path: &Path) -> io::Result<Asked> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let lock = whole_file(WRITE_LOCK);
    // SAFETY: plain call on an open descriptor with a lock description that outlives it.
    match check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &lock) }) {
        Ok(()) => Ok(Asked::Taken(file)),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EACCES | libc::EAGAIN)) => {
            let pid = holder_of(&file).unwrap_or(None);
            Ok(Asked::Held(Held { file, pid }))
        }
        Err(error) => Err(error),
    }
}

/// The file at `path`, if another process has locked it. As for [`take_lock`], nothing in this
/// process may have it open.
pub(crate) fn look_at_lock(path: &Path) -> io::Result<Option<Held>> {
    match File::open(path) {
        Ok(file) => Ok(holder_of(&file)?.map(|pid| Held { file, pid: Some(pid) })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn holder_of(file: &File) -> io::Result<Option<i32>> {
    let mut lock = whole_file(WRITE_LOCK);
    // SAFETY: plain call on an open descriptor with a lock description that outlives it.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &mut lock) })?;
    Ok((lock.l_type != UNLOCKED).then_some(lock.l_pid))
}

fn whole_file(kind: libc::c_short) -> libc::flock {
    // SAFETY: `flock` is plain data for which zeros are valid.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock
}

/// What tells a directory from all others, whatever it is called: device and inode.
#[derive(Clone, PartialEq)]
pub(crate) struct RunIdentity(u64, u64);

/// The identity of a directory.
pub(crate) fn identity(dir: &Path) -> io::Result<RunIdentity> {
    let meta = std::fs::metadata(dir)?;
    Ok(RunIdentity(meta.dev(), meta.ino()))
}

/// Reads from `offset` of a file; how many bytes.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

/// Writes all bytes at `offset` of a file.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

/// Puts the names in a directory on the disk.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// The machine's name.
pub fn host_name() -> String {
    let mut name = [0u8; 256];
    // SAFETY: the buffer has the length that is passed.
    if unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } != 0 {
        return String::new();
    }
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    String::from_utf8_lossy(&name[..end]).into_owned()
}

fn clock(id: libc::clockid_t) -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the result has room; both clocks exist on every supported system.
    unsafe { libc::clock_gettime(id, &raw mut now) };
    now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1000)
}

/// The wall clock, microseconds since 1970-01-01 UTC.
pub fn wall_micros() -> i64 {
    clock(libc::CLOCK_REALTIME)
}

/// A clock that never goes back, microseconds since some moment.
#[inline]
pub(crate) fn monotonic_micros() -> i64 {
    clock(libc::CLOCK_MONOTONIC)
}

/// Leaves signals to the program's own threads.
pub(crate) fn block_signals() {
    let mut all = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigfillset` fills the set before it is used; the old mask is not asked for.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), std::ptr::null_mut());
    }
}
