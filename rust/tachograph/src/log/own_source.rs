//! What a writer's own reader reads.

use super::mainfile::{MainFile, Out};
use super::shared::{Shared, in_child, lock};
use super::source::{Disk, Source};
use crate::{Error, Result};
use std::path::Path;
use std::sync::Arc;

/// What the writer's own reader reads: the same bytes as any other, without opening files.
pub(super) struct OwnSource(pub(super) Arc<Shared>);

impl OwnSource {
    /// In a forked child the shared memory is not there, and a lock may be held for ever by a
    /// thread that is not either.
    fn check(&self) -> Result<()> {
        if self.0.guard.in_child() { Err(in_child()) } else { Ok(()) }
    }
}

impl Source for OwnSource {
    fn path(&self) -> Option<&Path> {
        self.0.dir.as_deref()
    }

    fn run_dir(&self) -> Option<&Path> {
        self.0.dir.as_deref()
    }

    fn main_len(&self) -> Result<u64> {
        self.check()?;
        Ok(lock(&self.0.main).as_ref().map_or(0, MainFile::end))
    }

    fn read_main(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.check()?;
        let main = lock(&self.0.main);
        match main.as_ref().map(MainFile::out) {
            None => Ok(0),
            Some(Out::Disk { file, path }) => {
                let (file, path) = (Arc::clone(file), path.clone());
                drop(main);
                super::source::read_at(&file, offset, buffer)
                    .map_err(|error| Error::io("read", path, error))
            }
            Some(Out::Memory(memory)) => {
                let memory = lock(memory);
                let rest = memory.get(offset as usize..).unwrap_or(&[]);
                let n = rest.len().min(buffer.len());
                buffer[..n].copy_from_slice(&rest[..n]);
                Ok(n)
            }
        }
    }

    fn tails(&self) -> Result<Vec<u32>> {
        self.check()?;
        let mut numbers: Vec<u32> = lock(&self.0.left).iter().copied().collect();
        numbers.extend(lock(&self.0.tails).keys());
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn read_tail(&self, segment: u32, offset: u64) -> Result<Option<Vec<u8>>> {
        self.check()?;
        let tail = lock(&self.0.tails).get(&segment).cloned();
        if let Some(tail) = tail {
            return Ok(Some(tail.committed(offset as usize).to_vec()));
        }
        match (&self.0.dir, lock(&self.0.left).contains(&segment)) {
            (Some(dir), true) => Disk::open(dir)?.read_tail(segment, offset),
            _ => Ok(None),
        }
    }
}
