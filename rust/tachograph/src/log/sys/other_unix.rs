//! macOS and the BSDs: each record is one write.
//!
//! Shared memory over files is not used: a page of it reaches the disk when these systems like, and
//! space cannot be reserved for all of it.
#![expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the shape of what Linux needs")]

pub(crate) use super::fork_handler::ForkGuard;
pub(crate) use super::unix::{
    Mapping, RunIdentity, block_signals, identity, look_at_lock, monotonic_micros, read_at,
    sync_dir, take_lock, write_all_at,
};
pub use super::unix::{host_name, wall_micros};

use super::unix::check;
use std::fs::File;
use std::io;
use std::path::Path;

/// What POSIX locks are called.
pub(super) const WRITE_LOCK: libc::c_short = libc::F_WRLCK;
pub(super) const UNLOCKED: libc::c_short = libc::F_UNLCK;

/// Whether rows can be kept in shared memory over a file.
pub(crate) const MAPS_FILES: bool = false;

impl Mapping {
    /// Only of use for shared memory.
    pub(crate) fn populate(&self) {}

    /// Only of use for shared memory.
    pub(crate) fn keep_from_children(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Tells the kernel that the memory of a shared mapping is not needed soon.
    pub(crate) fn rest(&self) {
        // Advice only: the pages belong to the file.
        drop(self.advise(libc::MADV_DONTNEED));
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
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG))
}

/// Whether shared mappings of files in this directory can be trusted.
pub(crate) fn maps_are_safe(_dir: &Path) -> bool {
    false
}

/// Keeps the calling thread from taking the processor from the training loop, as far as that goes.
pub(crate) fn yield_to_others() {
    #[cfg(target_os = "macos")]
    // SAFETY: a plain call about the calling thread. Where it is refused, the default stays.
    unsafe {
        libc::pthread_set_qos_class_self_np(libc::qos_class_t::QOS_CLASS_UTILITY, 0);
    }
}

/// Fills `bytes` at random; whether the system could.
pub(super) fn fill_random(bytes: &mut [u8; 16]) -> bool {
    // SAFETY: the buffer has the length that is passed.
    check(unsafe { libc::getentropy(bytes.as_mut_ptr().cast(), bytes.len()) }).is_ok()
}

/// These systems choose the size of pages themselves.
pub(super) fn prefer_huge_pages<T>(_values: &mut [T]) {}
