//! Noticing that this process is a forked child of the one that opened a log.
//!
//! A page that the kernel wipes in the child costs one read to look at; asking for the process id
//! would cost a system call each time.

use super::PAGE;
use super::unix::Mapping;
use std::sync::atomic::{AtomicU32, Ordering};

/// Says whether this is still the process that made it.
pub(crate) struct ForkGuard {
    page: std::mem::ManuallyDrop<Mapping>,
    /// Where an old kernel cannot wipe pages, the process id is asked for instead.
    pid: Option<u32>,
}

impl ForkGuard {
    pub(crate) fn new() -> std::io::Result<Self> {
        let page = std::mem::ManuallyDrop::new(Mapping::anonymous(PAGE)?);
        let wiped = page.advise(libc::MADV_WIPEONFORK).is_ok();
        let guard = Self { page, pid: (!wiped).then(std::process::id) };
        guard.word().store(1, Ordering::Relaxed);
        Ok(guard)
    }

    fn word(&self) -> &AtomicU32 {
        // SAFETY: the page is mapped as long as `self` lives, is aligned, and this word of it is
        // only ever used as an atomic.
        unsafe { AtomicU32::from_ptr(self.page.as_ptr().cast()) }
    }

    /// Whether this is a forked child.
    #[inline]
    pub(crate) fn in_child(&self) -> bool {
        match self.pid {
            None => self.word().load(Ordering::Relaxed) == 0,
            Some(pid) => pid != std::process::id(),
        }
    }
}

impl Drop for ForkGuard {
    fn drop(&mut self) {
        // SAFETY: dropped once, here.
        unsafe { std::mem::ManuallyDrop::drop(&mut self.page) };
    }
}
