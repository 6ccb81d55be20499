//! A file that becomes visible under its name only when it is whole.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// A file in the making, beside its target. Dropped without [`Draft::publish`] it disappears.
pub struct Draft {
    path: PathBuf,
}

impl Draft {
    /// For a target that may exist, and is then replaced.
    pub fn of(target: &Path) -> Self {
        // Nothing of the target's own name: that may leave no room for more, and TensorBoard reads
        // whatever has "tfevents" in its name.
        let [.., a, b, c, d] = super::sys::new_uuid();
        let chance = u32::from_be_bytes([a, b, c, d]);
        let name = format!(".{}-{chance:08x}.partial", std::process::id());
        Self { path: target.with_file_name(name) }
    }

    /// For a target that must not exist yet.
    pub fn of_new(target: &Path) -> Result<Self> {
        if target.exists() {
            return Err(Error::invalid(
                "target",
                format!("{} exists; choose another name", target.display()),
            ));
        }
        Ok(Self::of(target))
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it the target's name, once it is on the disk if `synced` asks for that.
    pub fn publish(self, target: &Path, synced: bool) -> Result<()> {
        if synced {
            let done = super::sys::sync_file(&self.path);
            done.map_err(|error| Error::io("sync", &self.path, error))?;
        }
        std::fs::rename(&self.path, target).map_err(|error| Error::io("replace", target, error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing left under this name.
        drop(std::fs::remove_file(&self.path));
    }
}
