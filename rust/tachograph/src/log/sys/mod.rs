//! The system calls that the standard library does not offer, each behind a safe function.
//!
//! What differs between systems is in here, one file for each kind of system. Linux has shared
//! memory over files that can be trusted, and uses it; elsewhere each record is one write.

#[cfg(all(unix, any(test, not(target_os = "linux"))))]
mod fork_handler;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(target_os = "linux", windows)), path = "other_unix.rs")]
mod system;
#[cfg(unix)]
mod unix;
#[cfg(target_os = "linux")]
mod wiped_page;

pub(crate) use system::{
    ForkGuard, MAPS_FILES, Mapping, RunIdentity, allocate, block_signals, identity, is_full,
    look_at_lock, maps_are_safe, monotonic_micros, read_at, reserve, sync_dir, take_lock,
    write_all_at, yield_to_others,
};
pub use system::{host_name, wall_micros};

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// The page size assumed for rounding; larger pages only round further down.
pub(crate) const PAGE: usize = 4096;

/// What asking for the lock in a file came to.
pub(crate) enum Asked {
    /// It is this process's until the file is closed.
    Taken(File),
    /// Another process has it.
    Held(Held),
}

/// A lock file that another process has locked.
pub(crate) struct Held {
    /// Open for reading.
    pub(crate) file: File,
    /// The process, where the system tells.
    pub(crate) pid: Option<i32>,
}

/// Fills `buffer` from `offset` of a file, or fails.
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match read_at(file, &mut buffer[done..], offset + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => done += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Puts a file that is not open here on the disk.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    // Not every system puts a file on the disk for somebody who may only read it.
    OpenOptions::new().write(true).open(path)?.sync_data()
}

/// 16 bytes that no other run has: the time first, then random ones.
pub fn new_uuid() -> [u8; 16] {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut uuid = [0; 16];
    if !system::fill_random(&mut uuid) {
        // The standard library's seed is the system's as well, and differs for each state.
        for half in uuid.as_chunks_mut::<8>().0 {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u32(std::process::id());
            hasher.write_i64(monotonic_micros());
            *half = hasher.finish().to_le_bytes();
        }
    }
    uuid[..6].copy_from_slice(&(wall_micros() / 1000).to_be_bytes()[2..]);
    uuid
}

/// `n` zeros, in huge pages where there are many: the first touch of each small page costs as much
/// as decoding what stands in it.
pub(crate) fn huge_vec<T: bytemuck::Zeroable + Copy>(n: usize) -> Vec<T> {
    const LARGE: usize = 4 << 20;
    let mut values = vec![T::zeroed(); n];
    if size_of_val(values.as_slice()) >= LARGE {
        system::prefer_huge_pages(&mut values);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::{read_exact_at, sync_dir, sync_file, write_all_at};

    #[test]
    fn what_is_written_at_a_place_is_read_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let file = std::fs::File::create_new(&path).unwrap();
        write_all_at(&file, b"behind", 7).unwrap();
        write_all_at(&file, b"before", 0).unwrap();
        drop(file);
        sync_file(&path).unwrap();
        sync_dir(dir.path()).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let mut found = [1; 13];
        read_exact_at(&file, &mut found, 0).unwrap();
        assert_eq!(&found, b"before\0behind");
        let beyond = read_exact_at(&file, &mut found, 1).unwrap_err();
        assert_eq!(beyond.kind(), std::io::ErrorKind::UnexpectedEof);
        assert!(sync_file(&dir.path().join("none")).is_err());
    }
}
