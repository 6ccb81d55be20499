//! Writing an export to a path: whole or not at all.

use crate::log::Draft;
use crate::{Error, Result};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

const GZIP_MARK: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MARK: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();

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

/// The content of a file, decompressed if it is gzip or zstd, whatever its name says.
pub fn from_path(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
    let mut content = Vec::new();
    let decompressed = if bytes.starts_with(&GZIP_MARK) {
        MultiGzDecoder::new(&*bytes).read_to_end(&mut content)
    } else if bytes.starts_with(&ZSTD_MARK) {
        zstd::Decoder::new(&*bytes).and_then(|mut decoder| decoder.read_to_end(&mut content))
    } else {
        return Ok(bytes);
    };
    match decompressed {
        Ok(_) => Ok(content),
        Err(error) => {
            Err(Error::corrupt(content.len() as u64, format!("cannot be decompressed: {error}")))
        }
    }
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
    fn what_was_compressed_by_its_name_is_read_by_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let text = b"{}\n".repeat(1000);
        for name in ["a.json", "a.json.gz", "a.json.zst", "A.GZ"] {
            let path = dir.path().join(name);
            super::to_path(&path, |out| {
                out.write_all(&text).unwrap();
                Ok(())
            })
            .unwrap();
            let is_small = std::fs::metadata(&path).unwrap().len() < 200;
            assert_eq!(is_small, name != "a.json");
            let moved = dir.path().join("moved");
            std::fs::rename(&path, &moved).unwrap();
            assert_eq!(super::from_path(&moved).unwrap(), text);
            let bytes = std::fs::read(&moved).unwrap();
            std::fs::write(&moved, &bytes[..bytes.len() / 2]).unwrap();
            assert_eq!(super::from_path(&moved).is_err(), name != "a.json");
        }
    }

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
