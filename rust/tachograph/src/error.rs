//! The one error type of the crate.

use std::path::PathBuf;

/// What went wrong, with the facts a caller needs to say so or to act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused an operation on a file. Retry once its cause is gone.
    #[error("{operation} {}: {source}", path.display())]
    Io {
        /// What was being done, for example `open`.
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's own error.
        source: std::io::Error,
    },
    /// Bytes are not what the format says they must be. The rest of the file may still be sound.
    #[error("damaged at byte {offset}: {reason}")]
    Corrupt {
        /// Where in the file or buffer.
        offset: u64,
        /// What does not hold.
        reason: String,
    },
    /// The file is not a tachograph log, or needs a newer version to be read.
    #[error("{}: {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Which feature or version is unknown.
        reason: String,
    },
    /// Another writer holds the run.
    #[error("{} is being written by {holder}", path.display())]
    Locked {
        /// The run's directory.
        path: PathBuf,
        /// Process id, host and start time of the holder, as far as they are known.
        holder: String,
    },
    /// An argument cannot be accepted.
    #[error("{argument}: {reason}")]
    Invalid {
        /// The argument's name.
        argument: String,
        /// The value, the rule it breaks and what to do.
        reason: String,
    },
    /// There is no such run, file or metric.
    #[error("not found: {0}")]
    NotFound(String),
    /// The writer was closed, or lives in the parent of this forked process.
    #[error("{0}")]
    Closed(String),
    /// A limit would be passed; `try again` once the sealer has caught up.
    #[error("the log is {queued_bytes} bytes behind")]
    Behind {
        /// Bytes waiting to be sealed.
        queued_bytes: u64,
    },
}

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An I/O error with its operation and file.
    pub(crate) fn io(
        operation: &'static str,
        path: impl Into<PathBuf>,
        source: std::io::Error,
    ) -> Self {
        Self::Io { operation, path: path.into(), source }
    }

    /// Damage at a place.
    pub(crate) fn corrupt(offset: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt { offset, reason: reason.into() }
    }

    /// A refused argument.
    pub(crate) fn invalid(argument: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { argument: argument.into(), reason: reason.into() }
    }
}
