//! Writing an export to a path: whole or not at all.

use crate::log::Draft;
use crate::{Error, Result};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes beside `path` and renames, so that an older file stays until the new one is whole. Makes
/// the directories that are missing.
pub fn to_path<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|error| Error::io("create", parent, error))?;
    }
    let failed = |operation, error| Error::io(operation, path, error);
    let draft = Draft::of(path);
    let file = File::create(draft.path()).map_err(|error| failed("create", error))?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let done = write(&mut out).map_err(|error| match error {
        Error::Io { operation, source, .. } => Error::Io { operation, path: path.into(), source },
        other => other,
    })?;
    out.flush().map_err(|error| failed("write", error))?;
    drop(out);
    draft.publish(path, false)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_failed_export_leaves_the_older_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.csv");
        super::to_path(&path, |out| {
            let _: () = out.write_all(b"old").unwrap();
            Ok(())
        })
        .unwrap();
        let failed: crate::Result<()> = super::to_path(&path, |out| {
            out.write_all(b"half").unwrap();
            Err(crate::Error::corrupt(0, "damage"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
