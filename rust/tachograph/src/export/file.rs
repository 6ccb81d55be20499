//! Writing an export to a path: whole or not at all.

use crate::log::Draft;
use crate::{Error, Result};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

const GZIP_MARK: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MARK: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();

/// What is written instead of a file until it is whole.
pub struct Place {
    /// What the caller calls it.
    path: PathBuf,
    /// The file beside it and the file that this is going to be; `None` where nothing can take the
    /// place of what is there, which is then written to: a device or a pipe.
    draft: Option<(Draft, PathBuf)>,
}

impl Place {
    /// Makes the directories that are missing. What cannot be written to is an error now, not when
    /// all is done.
    pub fn of(path: &Path) -> Result<Self> {
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(|error| Error::io("create", parent, error))?;
        }
        let there = std::fs::metadata(path).ok();
        if there.as_ref().is_some_and(|meta| !meta.is_file() && !meta.is_dir()) {
            return Ok(Self { path: path.into(), draft: None });
        }
        if there.is_some() {
            // A directory cannot be opened so, nor a file that is protected.
            let opened = File::options().append(true).open(path);
            opened.map_err(|error| Error::io("write", path, error))?;
        }
        // A link goes on to lead where it leads.
        let file = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
        Ok(Self { path: path.into(), draft: Some((Draft::of(&file), file)) })
    }

    /// What to write.
    pub fn path(&self) -> &Path {
        self.draft.as_ref().map_or(&self.path, |(draft, _)| draft.path())
    }

    /// Gives it its name; it keeps the permissions of a file that had the name before.
    pub fn publish(self) -> Result<()> {
        let Some((draft, file)) = self.draft else { return Ok(()) };
        if let Ok(meta) = std::fs::metadata(&file) {
            let kept = std::fs::set_permissions(draft.path(), meta.permissions());
            kept.map_err(|error| Error::io("write", &self.path, error))?;
        }
        draft.publish(&file, false)
    }
}

/// Writes a [`Place`], so that an older file stays until the new one is whole. What is to be called
/// `.gz` or `.zst` is compressed so.
pub fn to_path(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let place = Place::of(path)?;
    let failed = |operation, error| Error::io(operation, path, error);
    let file = File::create(place.path()).map_err(|error| failed("create", error))?;
    let named = |error| match error {
        Error::Io { operation, source, .. } => Error::Io { operation, path: path.into(), source },
        other => other,
    };
    let mut out = Compressed::new(BufWriter::with_capacity(1 << 16, file), path)
        .map_err(|error| failed("compress", error))?;
    write(&mut out).map_err(named)?;
    out.finish().map_err(|error| failed("write", error))?;
    place.publish()
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

    fn write(path: &std::path::Path, text: &[u8]) -> crate::Result<()> {
        super::to_path(path, |out| {
            out.write_all(text).map_err(|error| crate::Error::io("write", "the output", error))
        })
    }

    #[test]
    fn a_directory_is_refused_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let refused = super::to_path(dir.path(), |_| panic!("nothing is to be written"));
        let text = refused.unwrap_err().to_string();
        assert!(text.starts_with(&format!("write {}: ", dir.path().display())), "{text}");
        let file = dir.path().join("file");
        write(&file, b"x").unwrap();
        let text = write(&file.join("a.csv"), b"").unwrap_err().to_string();
        assert!(text.starts_with(&format!("create {}: ", file.display())), "{text}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_where_it_led_and_a_file_keeps_its_permissions() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        write(&file, b"old").unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_and_not_replaced() {
        use std::path::Path;
        write(Path::new("/dev/null"), b"x").unwrap();
        let text = write(Path::new("/dev/full"), b"x").unwrap_err().to_string();
        assert!(text.starts_with("write /dev/full: No space left"), "{text}");
        assert!(!std::fs::metadata("/dev/full").unwrap().is_file());
    }

    #[test]
    fn a_name_of_the_greatest_length_is_written() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("n".repeat(255)), b"x").unwrap();
    }
}
