//! Noticing that this process is a forked child of the one that opened a log, where no page is
//! wiped by the kernel: the child counts its forks before it does anything else.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the process that loaded this code and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Called by the C library in each forked child. Nothing but an atomic is touched: that is all that
/// a child of a program with threads may do.
extern "C" fn count() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Says whether this is still the process that made it.
pub(crate) struct ForkGuard {
    forks: u32,
}

impl ForkGuard {
    pub(crate) fn new() -> io::Result<Self> {
        static REGISTERED: OnceLock<libc::c_int> = OnceLock::new();
        // SAFETY: the handler is a function of this library, which is never unloaded.
        let code =
            *REGISTERED.get_or_init(|| unsafe { libc::pthread_atfork(None, None, Some(count)) });
        if code != 0 {
            return Err(io::Error::from_raw_os_error(code));
        }
        Ok(Self { forks: FORKS.load(Ordering::Relaxed) })
    }

    /// Whether this is a forked child.
    #[inline]
    pub(crate) fn in_child(&self) -> bool {
        self.forks != FORKS.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::ForkGuard;

    #[test]
    fn a_child_knows_that_it_is_one_and_makes_a_guard_of_its_own() {
        let guard = ForkGuard::new().unwrap();
        // SAFETY: the child only reads memory and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let right = guard.in_child() && ForkGuard::new().is_ok_and(|own| !own.in_child());
            // SAFETY: ends this process.
            unsafe { libc::_exit(i32::from(!right)) };
        }
        let mut status = 0;
        // SAFETY: waits for the child from above.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{status}");
        assert!(!guard.in_child());
    }
}
