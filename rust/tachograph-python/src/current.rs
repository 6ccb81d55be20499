//! The log that a `Writer` writes now, and those that it wrote before.

use std::sync::OnceLock;
use tachograph::log;

/// A chain of writers of which the last one counts. Earlier ones are closed, and stay, because a
/// call of another thread may still be in one.
#[derive(Default)]
pub(crate) struct Current(OnceLock<Box<Link>>);

struct Link {
    writer: log::Writer,
    next: Current,
}

impl Current {
    /// The writer in use; `None` before the first.
    #[inline]
    pub(crate) fn get(&self) -> Option<&log::Writer> {
        let mut link = self.0.get()?;
        while let Some(next) = link.next.0.get() {
            link = next;
        }
        Some(&link.writer)
    }

    /// Puts a writer in the place of a closed one; whether there was no open one.
    pub(crate) fn replace(&self, writer: log::Writer) -> bool {
        if self.get().is_some_and(|writer| !writer.is_closed()) {
            return false;
        }
        let mut end = self;
        while let Some(link) = end.0.get() {
            end = &link.next;
        }
        end.0.set(Box::new(Link { writer, next: Self::default() })).is_ok()
    }
}
