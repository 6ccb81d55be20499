//! Where a reader's bytes come from: a run's directory, a single file, or memory.

use super::sys;
use crate::{Error, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The main file of a run.
pub const MAIN_FILE: &str = "run.tacho";
/// What a tail segment's name begins with; its number follows.
pub(crate) const TAIL_PREFIX: &str = "run.tacho.tail-";
/// The file that carries the writer's lock.
pub(crate) const LOCK_FILE: &str = "run.tacho.lock";
/// The most of one segment that is read; no writer makes a larger one.
pub(crate) const MAX_SEGMENT: u64 = 2 << 30;

/// Bytes of a run, as they are now.
pub(crate) trait Source: Send + Sync {
    /// The run's directory or file, if it has one.
    fn path(&self) -> Option<&Path>;
    /// The length of the main file.
    fn main_len(&self) -> Result<u64>;
    /// Fills `buffer` from `offset` of the main file, as far as that goes.
    fn read_main(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;
    /// The numbers of the tail segments, ascending.
    fn tails(&self) -> Result<Vec<u32>>;
    /// A segment from `offset` to its end; `None` if it is gone.
    fn read_tail(&self, segment: u32, offset: u64) -> Result<Option<Vec<u8>>>;
    /// The directory whose lock tells whether a writer is alive.
    fn run_dir(&self) -> Option<&Path> {
        None
    }
}

/// A run's directory, or one self-contained file.
pub(crate) struct Disk {
    path: PathBuf,
    main_path: PathBuf,
    main: Option<File>,
    is_dir: bool,
}

impl Disk {
    /// Opens a run's directory or a `.tacho` file. In a run's directory the main file may be
    /// missing (a writer that died at once); in that case it reads as empty.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let missing = |error: std::io::Error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Error::NotFound(format!("no run at {}", path.display()))
            } else {
                Error::io("open", path, error)
            }
        };
        let meta = std::fs::metadata(path).map_err(missing)?;
        // The main file of a run's directory stands for the run, so that its tail is not missed.
        let dir = if meta.is_dir() {
            Some(path.to_owned())
        } else if path.file_name().is_some_and(|name| name == MAIN_FILE) {
            path.parent()
                .map(|dir| if dir.as_os_str().is_empty() { Path::new(".") } else { dir }.to_owned())
        } else {
            None
        };
        let Some(dir) = dir else {
            let main = Some(File::open(path).map_err(missing)?);
            return Ok(Self {
                path: path.to_owned(),
                main_path: path.to_owned(),
                main,
                is_dir: false,
            });
        };
        let main_path = dir.join(MAIN_FILE);
        let main = match File::open(&main_path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io("open", main_path, error)),
        };
        let disk = Self { path: dir, main_path, main, is_dir: true };
        if disk.main.is_none() && disk.tails()?.is_empty() {
            return Err(Error::NotFound(format!("no run at {}", path.display())));
        }
        Ok(disk)
    }
}

impl Source for Disk {
    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn run_dir(&self) -> Option<&Path> {
        self.is_dir.then_some(self.path.as_path())
    }

    fn main_len(&self) -> Result<u64> {
        let Some(main) = &self.main else { return Ok(0) };
        let meta = main.metadata().map_err(|error| Error::io("stat", &self.main_path, error))?;
        Ok(meta.len())
    }

    fn read_main(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let Some(main) = &self.main else { return Ok(0) };
        read_at(main, offset, buffer).map_err(|error| Error::io("read", &self.main_path, error))
    }

    fn tails(&self) -> Result<Vec<u32>> {
        if !self.is_dir {
            return Ok(Vec::new());
        }
        list_tails(&self.path)
    }

    fn read_tail(&self, segment: u32, offset: u64) -> Result<Option<Vec<u8>>> {
        let path = tail_path(&self.path, segment);
        let failed = |operation, error: std::io::Error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Ok(None)
            } else {
                Err(Error::io(operation, path.clone(), error))
            }
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) => return failed("open", error),
        };
        let len = match file.metadata() {
            Ok(meta) => meta.len().min(MAX_SEGMENT),
            Err(error) => return failed("stat", error),
        };
        let mut data = vec![0; usize::try_from(len.saturating_sub(offset)).unwrap_or(0)];
        match read_at(&file, offset, &mut data) {
            Ok(n) => {
                data.truncate(n);
                Ok(Some(data))
            }
            Err(error) => failed("read", error),
        }
    }
}

/// The name of a segment's file.
pub(crate) fn tail_path(dir: &Path, segment: u32) -> PathBuf {
    dir.join(format!("{TAIL_PREFIX}{segment:08}"))
}

/// The numbers of the segments in a run's directory, ascending.
pub(crate) fn list_tails(dir: &Path) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|error| Error::io("list", dir, error))? {
        let entry = entry.map_err(|error| Error::io("list", dir, error))?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(TAIL_PREFIX));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The files of a run and their sizes, for a directory or a single file.
pub fn files(path: &Path) -> Vec<(String, u64)> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let Ok(meta) = std::fs::metadata(path) else { return Vec::new() };
    if !meta.is_dir() && name(path).as_deref() != Some(MAIN_FILE) {
        return vec![(name(path).unwrap_or_default(), meta.len())];
    }
    let dir = if meta.is_dir() { path } else { path.parent().unwrap_or(path) };
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut files: Vec<(String, u64)> = entries
        .flatten()
        .filter_map(|entry| Some((name(&entry.path())?, entry.metadata().ok()?.len())))
        .filter(|(name, _)| name.starts_with(MAIN_FILE))
        .collect();
    files.sort();
    files
}

/// Reads until the buffer is full or the file ends.
pub(crate) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match sys::read_at(file, &mut buffer[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Bytes in memory: what fuzzing and tests read.
pub(crate) struct Fixed {
    pub(crate) main: Vec<u8>,
    pub(crate) tails: Vec<(u32, Vec<u8>)>,
}

impl Source for Fixed {
    fn path(&self) -> Option<&Path> {
        None
    }

    fn main_len(&self) -> Result<u64> {
        Ok(self.main.len() as u64)
    }

    fn read_main(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.main.get(at..)).unwrap_or(&[]);
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn tails(&self) -> Result<Vec<u32>> {
        Ok(self.tails.iter().map(|(number, _)| *number).collect())
    }

    fn read_tail(&self, segment: u32, offset: u64) -> Result<Option<Vec<u8>>> {
        let data = self.tails.iter().find(|(number, _)| *number == segment);
        Ok(data.map(|(_, data)| data.get(offset as usize..).unwrap_or(&[]).to_vec()))
    }
}
