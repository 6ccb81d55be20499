//! Linux: shared memory over files of local file systems.

pub(crate) use super::unix::{
    Mapping, RunIdentity, block_signals, identity, look_at_lock, monotonic_micros, read_at,
    sync_dir, take_lock, write_all_at,
};
pub use super::unix::{host_name, wall_micros};
pub(crate) use super::wiped_page::ForkGuard;

use super::PAGE;
use super::unix::check;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What POSIX locks are called.
pub(super) const WRITE_LOCK: libc::c_short = libc::F_WRLCK as libc::c_short;
pub(super) const UNLOCKED: libc::c_short = libc::F_UNLCK as libc::c_short;

/// Whether rows can be kept in shared memory over a file.
pub(crate) const MAPS_FILES: bool = true;

impl Mapping {
    /// Has the kernel give all pages at once. An old one refuses; they then come one by one.
    pub(crate) fn populate(&self) {
        drop(self.advise(libc::MADV_POPULATE_WRITE));
    }

    /// Keeps the memory out of forked children.
    pub(crate) fn keep_from_children(&self) -> io::Result<()> {
        self.advise(libc::MADV_DONTFORK)
    }

    /// Lets the kernel have the memory of a shared mapping back; what is read again comes from the
    /// file.
    pub(crate) fn rest(&self) {
        // Advice only: the pages belong to the file.
        drop(self.advise(libc::MADV_DONTNEED));
    }
}

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
    let mode = libc::FALLOC_FL_KEEP_SIZE;
    let (from, len) = (from as libc::off_t, len as libc::off_t);
    // SAFETY: plain call on a descriptor that is open.
    let result = check(unsafe { libc::fallocate(file.as_raw_fd(), mode, from, len) });
    match result {
        Err(error) if is_full(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Whether an error says that there is no room: disk, quota or file size limit.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG))
}

/// Whether shared mappings of files in this directory can be trusted to reach the kernel at once
/// and to keep their space: a short list of local file systems.
pub(crate) fn maps_are_safe(dir: &Path) -> bool {
    const EXT: u64 = 0xef53;
    const XFS: u64 = 0x5846_5342;
    const TMPFS: u64 = 0x0102_1994;
    const OVERLAY: u64 = 0x794c_7630;
    const F2FS: u64 = 0xf2f5_2010;
    let Ok(path) = CString::new(dir.as_os_str().as_bytes()) else { return false };
    let mut stat = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the path ends with a zero byte and the result has room.
    if unsafe { libc::statfs(path.as_ptr(), stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: `statfs` succeeded and filled it.
    let kind = unsafe { stat.assume_init() }.f_type as u64 & 0xffff_ffff;
    [EXT, XFS, TMPFS, OVERLAY, F2FS].contains(&kind)
}

/// Keeps the calling thread from taking the processor from a thread that it was woken by: a
/// training loop must not wait until a background thread has used up its slice. It still gets about
/// a quarter of a processor that it has to share.
pub(crate) fn yield_to_others() {
    // SAFETY: plain calls about the calling thread. Where they are refused, as by musl, the default
    // stays. The parameters are plain data for which zeros are valid.
    unsafe {
        let parameters: libc::sched_param = std::mem::zeroed();
        libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameters);
        let own = libc::gettid().unsigned_abs();
        libc::setpriority(libc::PRIO_PROCESS, own, libc::getpriority(libc::PRIO_PROCESS, own) + 5);
    }
}

/// Fills `bytes` at random; whether the system could.
pub(super) fn fill_random(bytes: &mut [u8; 16]) -> bool {
    // SAFETY: the buffer has the length that is passed.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    got == bytes.len() as isize
}

/// Asks for huge pages.
pub(super) fn prefer_huge_pages<T>(values: &mut [T]) {
    let bytes = size_of_val(values);
    let start = values.as_mut_ptr().cast::<libc::c_void>();
    let skip = start.align_offset(PAGE);
    // SAFETY: the range lies within the values, and the advice changes no byte of it.
    unsafe {
        libc::madvise(start.byte_add(skip), (bytes - skip) & !(PAGE - 1), libc::MADV_HUGEPAGE);
    }
}
