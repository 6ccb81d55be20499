//! Writing an export to a path: whole or not at all.

use crate::log::Draft;
use crate::{Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes beside `path` and renames, so that an older file stays until the new one is whole. Makes
/// the directories that are missing. What is to be called `.gz` or `.zst` is compressed so.
pub fn to_path(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|error| Error::io("create", parent, error))?;
    }
    let failed = |operation, error| Error::io(operation, path, error);
    let draft = Draft::of(path);
    let file = File::create(draft.path()).map_err(|error| failed("create", error))?;
    let named = |error| match error {
        Error::Io { operation, source, .. } => Error::Io { operation, path: path.into(), source },
        other => other,
    };
    let mut out = Compressed::new(BufWriter::with_capacity(1 << 16, file), path)
        .map_err(|error| failed("compress", error))?;
    write(&mut out).map_err(named)?;
    out.finish().map_err(|error| failed("write", error))?;
    draft.publish(path, false)
}

/// A file that is compressed as its name says.
enum Compressed {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Compressed {
    fn new(file: BufWriter<File>, path: &Path) -> io::Result<Self> {
        let ending = path.extension().map(OsStr::to_ascii_lowercase).unwrap_or_default();
        Ok(match ending.to_str() {
            Some("gz") => Self::Gzip(GzEncoder::new(file, Compression::default())),
            Some("zst") => Self::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            _ => Self::Plain(file),
        })
    }

    fn inner(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file,
            Self::Zstd(file) => file,
        }
    }

    /// Writes the end of the compressed form, and everything to the file.
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(file) => file.finish(),
            Self::Zstd(file) => file.finish(),
        }?
        .flush()
    }
}

impl Write for Compressed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write(bytes)
    }

    /// What was written stays together: a flush in between would spoil the compression.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_failed_export_leaves_the_older_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.csv");
        super::to_path(&path, |out| {
            out.write_all(b"old").unwrap();
            Ok(())
        })
        .unwrap();
        let failed = super::to_path(&path, |out| {
            out.write_all(b"half").unwrap();
            Err(crate::Error::corrupt(0, "damage"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
