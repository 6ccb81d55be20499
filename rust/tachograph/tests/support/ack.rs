//! A page of counters that outlives the process that counts.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const COUNTERS: usize = 8;

/// Counters in a file's shared memory.
pub struct AckPage {
    _file: File,
    counters: *const AtomicU64,
}

impl AckPage {
    /// The counters in the file at `path`, which is made where it is missing.
    pub fn open(path: &Path) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .unwrap();
        file.set_len(4096).unwrap();
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let fd = file.as_raw_fd();
        // SAFETY: a new mapping at an address of the kernel's choice, never unmapped.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, libc::MAP_SHARED, fd, 0) };
        assert_ne!(start, libc::MAP_FAILED);
        Self { _file: file, counters: start.cast() }
    }

    fn counter(&self, at: usize) -> &AtomicU64 {
        assert!(at < COUNTERS);
        // SAFETY: the page holds that many aligned words and stays mapped.
        unsafe { &*self.counters.add(at) }
    }

    pub fn set(&self, at: usize, value: u64) {
        self.counter(at).store(value, Ordering::Release);
    }

    pub fn get(&self, at: usize) -> u64 {
        self.counter(at).load(Ordering::Acquire)
    }
}
