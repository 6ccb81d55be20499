//! The system calls that the standard library does not offer, each behind a safe function.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;

fn check(result: libc::c_int) -> io::Result<()> {
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
    pub(crate) fn advise(&self, advice: libc::c_int) -> io::Result<()> {
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
        // gets here: it leaks its copies (see `fork`).
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// The page size assumed for rounding; larger pages only round further down.
pub(crate) const PAGE: usize = 4096;

/// Reserves the first `len` bytes of a file on the disk, so that writing there cannot fail for
/// want of space.
pub(crate) fn allocate(file: &File, len: usize) -> io::Result<()> {
    loop {
        // SAFETY: plain call on a descriptor that is open.
        let code = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, len as libc::off_t) };
        match code {
            0 => return Ok(()),
            libc::EINTR => {}
            code => return Err(io::Error::from_raw_os_error(code)),
        }
    }
}

/// Reserves space behind the end of a file without changing its length. Where the file system
/// cannot, nothing is reserved and that is no error.
pub(crate) fn reserve(file: &File, from: u64, len: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let mode = libc::FALLOC_FL_KEEP_SIZE;
        let (from, len) = (from as libc::off_t, len as libc::off_t);
        // SAFETY: plain call on a descriptor that is open.
        let result = check(unsafe { libc::fallocate(file.as_raw_fd(), mode, from, len) });
        match result {
            Err(error) if is_full(&error) => Err(error),
            _ => Ok(()),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, from, len);
        Ok(())
    }
}

/// Whether an error says that there is no room: disk, quota or file size limit.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG))
}

/// Whether shared mappings of files in this directory can be trusted to reach the kernel at once
/// and to keep their space: a short list of local file systems.
pub(crate) fn maps_are_safe(dir: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        const EXT: i64 = 0xef53;
        const XFS: i64 = 0x5846_5342;
        const TMPFS: i64 = 0x0102_1994;
        const OVERLAY: i64 = 0x794c_7630;
        const F2FS: i64 = 0xf2f5_2010;
        let Ok(path) = CString::new(dir.as_os_str().as_bytes()) else { return false };
        let mut stat = std::mem::MaybeUninit::<libc::statfs>::uninit();
        // SAFETY: the path ends with a zero byte and the result has room.
        if unsafe { libc::statfs(path.as_ptr(), stat.as_mut_ptr()) } != 0 {
            return false;
        }
        // SAFETY: `statfs` succeeded and filled it.
        let kind = unsafe { stat.assume_init() }.f_type & 0xffff_ffff;
        [EXT, XFS, TMPFS, OVERLAY, F2FS].contains(&kind)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = dir;
        false
    }
}

/// Tries to take a write lock on a whole file for this process.
pub(crate) fn try_lock(file: &File) -> io::Result<()> {
    let lock = whole_file(libc::F_WRLCK);
    // SAFETY: plain call on an open descriptor with a lock description that outlives it.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &lock) })
}

/// The process that holds a write lock on a file, if another one does.
pub(crate) fn lock_holder(file: &File) -> io::Result<Option<i32>> {
    let mut lock = whole_file(libc::F_WRLCK);
    // SAFETY: plain call on an open descriptor with a lock description that outlives it.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &mut lock) })?;
    Ok((i32::from(lock.l_type) != libc::F_UNLCK).then_some(lock.l_pid))
}

fn whole_file(kind: libc::c_int) -> libc::flock {
    // SAFETY: `flock` is plain data for which zeros are valid.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock
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

/// Keeps the calling thread from taking the processor from a thread that it was woken by: a
/// training loop must not wait until a background thread has used up its slice. It still gets about
/// a quarter of a processor that it has to share.
pub(crate) fn yield_to_others() {
    #[cfg(target_os = "linux")]
    // SAFETY: plain calls about the calling thread. Where they are refused, the default stays.
    unsafe {
        let parameters = libc::sched_param { sched_priority: 0 };
        libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameters);
        let own = libc::gettid().unsigned_abs();
        libc::setpriority(libc::PRIO_PROCESS, own, libc::getpriority(libc::PRIO_PROCESS, own) + 5);
    }
}

/// 16 bytes that no other run has: the time first, then random ones.
pub fn new_uuid() -> [u8; 16] {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut uuid = [0; 16];
    let mut random = [0u8; 16];
    // SAFETY: the buffer has the length that is passed.
    let got = unsafe { libc::getrandom(random.as_mut_ptr().cast(), random.len(), 0) };
    if got != random.len() as isize {
        // The standard library's seed is the system's as well, and differs for each state.
        for half in random.as_chunks_mut::<8>().0 {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u32(std::process::id());
            hasher.write_i64(monotonic_micros());
            *half = hasher.finish().to_le_bytes();
        }
    }
    uuid.copy_from_slice(&random);
    uuid[..6].copy_from_slice(&(wall_micros() / 1000).to_be_bytes()[2..]);
    uuid
}

/// `n` zeros, in huge pages where there are many: the first touch of each small page costs as much
/// as decoding what stands in it.
pub(crate) fn huge_vec<T: bytemuck::Zeroable + Copy>(n: usize) -> Vec<T> {
    const LARGE: usize = 4 << 20;
    const PAGE: usize = 4096;
    let mut values = vec![T::zeroed(); n];
    let bytes = size_of_val(values.as_slice());
    if bytes >= LARGE {
        let start = values.as_mut_ptr().cast::<libc::c_void>();
        let skip = start.align_offset(PAGE);
        // SAFETY: the range lies within the vector, and the advice changes no byte of it.
        unsafe {
            libc::madvise(start.byte_add(skip), (bytes - skip) & !(PAGE - 1), libc::MADV_HUGEPAGE);
        }
    }
    values
}
