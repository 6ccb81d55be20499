//! From the dictionary of a logging call to the columns of a layout, without hashing names.
//!
//! A training loop passes dictionaries with the same keys again and again, most often the very
//! same key objects. So the last layouts are remembered with their key objects, and a dictionary
//! is compared with them entry by entry.

use crate::error::{invalid, wrong_type};
use crate::scalar::{Scalar, plain, type_name};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::sync::Arc;
use tachograph::log::LayoutId;

/// How many layouts are remembered.
const REMEMBERED: usize = 32;
/// How many columns a row has at most to be taken in one go.
pub(crate) const QUICK: usize = 64;

/// The remembered layouts.
#[derive(Default)]
pub(crate) struct KeyCache {
    entries: Vec<Entry>,
    last: usize,
    replaced: usize,
}

struct Entry {
    id: LayoutId,
    /// Kept alive here, so that no other object can come to have the same address.
    keys: Vec<Py<PyAny>>,
    names: Vec<Arc<str>>,
}

/// A row read out of a dictionary.
pub(crate) struct QuickRow {
    pub(crate) id: LayoutId,
    pub(crate) n: usize,
    /// A bit for each column that has a value, and for each that is an integer.
    pub(crate) present: u64,
    pub(crate) ints: u64,
}

impl KeyCache {
    /// Reads a dictionary of plain numbers whose keys are those of a remembered layout. `None` if
    /// it is anything else; `words` then holds nothing of use.
    #[inline]
    pub(crate) fn read(
        &mut self,
        dict: &Bound<'_, PyDict>,
        words: &mut [u64; QUICK],
    ) -> Option<QuickRow> {
        let n = dict.len();
        if n > QUICK {
            return None;
        }
        let tried = self.last;
        if let Some(row) = self.entries.get(tried).and_then(|entry| entry.read(dict, n, words)) {
            return Some(row);
        }
        for at in 0..self.entries.len() {
            if at != tried {
                if let Some(row) = self.entries[at].read(dict, n, words) {
                    self.last = at;
                    return Some(row);
                }
            }
        }
        None
    }

    /// Remembers a layout.
    pub(crate) fn remember(&mut self, id: LayoutId, keys: Vec<Py<PyAny>>, names: Vec<Arc<str>>) {
        let entry = Entry { id, keys, names };
        if self.entries.len() < REMEMBERED {
            self.entries.push(entry);
            self.last = self.entries.len() - 1;
        } else {
            self.replaced = (self.replaced + 1) % REMEMBERED;
            self.entries[self.replaced] = entry;
            self.last = self.replaced;
        }
    }
}

impl Entry {
    #[inline]
    fn read(
        &self,
        dict: &Bound<'_, PyDict>,
        n: usize,
        words: &mut [u64; QUICK],
    ) -> Option<QuickRow> {
        if self.keys.len() != n {
            return None;
        }
        let mut row = QuickRow { id: self.id, n, present: 0, ints: 0 };
        let mut place = 0;
        let mut key = std::ptr::null_mut();
        let mut value = std::ptr::null_mut();
        for (at, (known, name)) in self.keys.iter().zip(&self.names).enumerate() {
            // SAFETY: `dict` is a live dictionary; nothing in this loop runs Python code, so it
            // does not change meanwhile, and the borrowed key and value stay alive.
            let more = unsafe {
                ffi::PyDict_Next(dict.as_ptr(), &raw mut place, &raw mut key, &raw mut value)
            };
            // SAFETY: as above.
            if more == 0 || (key != known.as_ptr() && !unsafe { same_text(key, name) }) {
                return None;
            }
            // SAFETY: as above.
            match unsafe { plain(value) }? {
                Scalar::Float(bits) => {
                    words[at] = bits;
                    row.present |= 1 << at;
                }
                Scalar::Int(int) => {
                    words[at] = int as u64;
                    row.present |= 1 << at;
                    row.ints |= 1 << at;
                }
                Scalar::Absent => words[at] = 0,
            }
        }
        Some(row)
    }
}

/// Whether a key is this text.
///
/// # Safety
/// `key` is a live object of the attached interpreter.
#[inline]
unsafe fn same_text(key: *mut ffi::PyObject, name: &str) -> bool {
    // SAFETY: the caller vouches for `key`; the text belongs to it and is only looked at here. An
    // error (lone surrogates) is taken back, the slow way reports it.
    unsafe {
        if ffi::PyUnicode_CheckExact(key) == 0 {
            return false;
        }
        let mut len = 0;
        let text = ffi::PyUnicode_AsUTF8AndSize(key, &raw mut len);
        if text.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        std::slice::from_raw_parts(text.cast::<u8>(), len as usize) == name.as_bytes()
    }
}

/// A metric's name: any text that UTF-8 can express.
pub(crate) fn name_of(key: &Bound<'_, PyAny>) -> PyResult<Arc<str>> {
    let text = key.cast::<PyString>().map_err(|_| {
        wrong_type(format!("metric names are text; {} is of type {}", shown(key), type_name(key)))
    })?;
    let text = text.to_str().map_err(|_| {
        invalid("metrics", format!("the name {} holds half a surrogate pair", shown(key)))
    })?;
    Ok(text.into())
}

fn shown(key: &Bound<'_, PyAny>) -> String {
    let text = key.repr().map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    text.chars().take(80).collect()
}
