//! From the dictionary of a logging call to the columns of a layout, without hashing names.
//!
//! A training loop passes dictionaries with the same keys again and again, most often the very
//! same key objects. So the last layouts are remembered with their key objects, and a dictionary
//! is compared with them entry by entry.

use crate::error::{invalid, wrong_type};
use crate::scalar::{Scalar, plain, type_name};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::mem::MaybeUninit;
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

/// A row read out of a call's arguments.
pub(crate) struct QuickRow {
    pub(crate) id: LayoutId,
    pub(crate) n: usize,
    /// A bit for each column that has a value, and for each that is an integer.
    pub(crate) present: u64,
    pub(crate) ints: u64,
}

/// Names and values of one call, borrowed from the caller.
pub(crate) trait Pairs {
    /// How many there are.
    fn len(&self) -> usize;

    /// The next name and value; `None` behind the last.
    ///
    /// # Safety
    /// The interpreter is attached, and no Python code runs between the first call and the last.
    unsafe fn next(&mut self) -> Option<(*mut ffi::PyObject, *mut ffi::PyObject)>;
}

/// The items of a dictionary.
pub(crate) struct DictPairs {
    dict: *mut ffi::PyObject,
    place: ffi::Py_ssize_t,
    len: usize,
}

impl DictPairs {
    /// # Safety
    /// `dict` is a live dictionary and the interpreter is attached.
    #[inline]
    pub(crate) unsafe fn new(dict: *mut ffi::PyObject) -> Self {
        // SAFETY: the caller vouches for `dict`.
        let len = unsafe { ffi::PyDict_Size(dict) };
        Self { dict, place: 0, len: len as usize }
    }
}

impl Pairs for DictPairs {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    unsafe fn next(&mut self) -> Option<(*mut ffi::PyObject, *mut ffi::PyObject)> {
        let mut key = std::ptr::null_mut();
        let mut value = std::ptr::null_mut();
        // SAFETY: a live dictionary that nothing changes meanwhile, as the caller vouches.
        let more = unsafe {
            ffi::PyDict_Next(self.dict, &raw mut self.place, &raw mut key, &raw mut value)
        };
        (more != 0).then_some((key, value))
    }
}

/// The keyword arguments of a vectorcall.
pub(crate) struct KeywordPairs {
    names: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    at: usize,
    len: usize,
}

impl KeywordPairs {
    /// # Safety
    /// `names` is a live tuple, `values` points to as many live objects, and the interpreter is
    /// attached.
    #[inline]
    pub(crate) unsafe fn new(names: *mut ffi::PyObject, values: *const *mut ffi::PyObject) -> Self {
        // SAFETY: the caller vouches for `names`.
        let len = unsafe { ffi::PyTuple_Size(names) };
        Self { names, values, at: 0, len: len as usize }
    }
}

impl Pairs for KeywordPairs {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    unsafe fn next(&mut self) -> Option<(*mut ffi::PyObject, *mut ffi::PyObject)> {
        if self.at == self.len {
            return None;
        }
        // SAFETY: `at` is below the length of both, as the caller of `new` vouched.
        let pair = unsafe {
            (ffi::PyTuple_GetItem(self.names, self.at as isize), *self.values.add(self.at))
        };
        self.at += 1;
        Some(pair)
    }
}

impl KeyCache {
    /// Reads plain numbers whose names are those of a remembered layout. `None` if it is anything
    /// else; `words` then holds nothing of use.
    ///
    /// # Safety
    /// `pairs` may be read now (see [`Pairs::next`]).
    #[inline]
    pub(crate) unsafe fn read<P: Pairs>(
        &mut self,
        pairs: impl Fn() -> P,
        words: &mut [MaybeUninit<u64>; QUICK],
    ) -> Option<QuickRow> {
        let tried = self.last;
        // SAFETY: the caller vouches for the pairs.
        let row = unsafe { self.entries.get(tried)?.read(pairs(), words) };
        if row.is_some() {
            return row;
        }
        for at in 0..self.entries.len() {
            // SAFETY: as above.
            if let Some(row) = unsafe { self.entries[at].read(pairs(), words) } {
                self.last = at;
                return Some(row);
            }
        }
        None
    }

    /// Remembers a layout.
    pub(crate) fn remember(&mut self, id: LayoutId, keys: Vec<Py<PyAny>>, names: Vec<Arc<str>>) {
        // The same names under other objects would be met before this entry is.
        self.entries.retain(|entry| entry.id != id);
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
    unsafe fn read<P: Pairs>(
        &self,
        mut pairs: P,
        words: &mut [MaybeUninit<u64>; QUICK],
    ) -> Option<QuickRow> {
        let n = pairs.len();
        if self.keys.len() != n {
            return None;
        }
        let mut row = QuickRow { id: self.id, n, present: 0, ints: 0 };
        let columns = self.keys.iter().zip(&self.names).zip(words.iter_mut());
        for (at, ((known, name), word)) in columns.enumerate() {
            // SAFETY: the caller vouches for the pairs; nothing in this loop runs Python code, so
            // the borrowed name and value stay alive.
            let (key, value) = unsafe { pairs.next()? };
            // SAFETY: as above.
            if key != known.as_ptr() && !unsafe { same_text(key, name) } {
                return None;
            }
            // SAFETY: as above.
            match unsafe { plain(value) }? {
                Scalar::Float(bits) => {
                    word.write(bits);
                    row.present |= 1 << at;
                }
                Scalar::Int(int) => {
                    word.write(int as u64);
                    row.present |= 1 << at;
                    row.ints |= 1 << at;
                }
                Scalar::Absent => {
                    word.write(0);
                }
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
