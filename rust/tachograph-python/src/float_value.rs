//! The value of a float without a call.
//!
//! The stable ABI hides how a float lies in memory, and asks for a call to read it, which is a
//! tenth of what recording it costs. Every `CPython` so far has it right behind the object's head;
//! whether this one does is found out once, and the call is made where it does not.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyType};
use std::sync::atomic::{AtomicBool, Ordering};

const HEAD: usize = size_of::<ffi::PyObject>();

static BEHIND_HEAD: AtomicBool = AtomicBool::new(false);

/// Finds out where this interpreter's floats have their value.
pub(crate) fn learn(py: Python<'_>) -> PyResult<()> {
    let size: usize = PyType::new::<PyFloat>(py).getattr("__basicsize__")?.extract()?;
    let there = size == HEAD + size_of::<f64>()
        && [0.0, -1.5, f64::MAX, 0.1, f64::NEG_INFINITY].iter().all(|&value| {
            let float = PyFloat::new(py, value);
            // SAFETY: a live float, which is as large as was just checked.
            unsafe { behind_head(float.as_ptr()) }.to_bits() == value.to_bits()
        });
    BEHIND_HEAD.store(there, Ordering::Relaxed);
    Ok(())
}

/// # Safety
/// `float` is a live object of at least [`HEAD`] and eight bytes.
#[inline]
unsafe fn behind_head(float: *mut ffi::PyObject) -> f64 {
    // SAFETY: the caller vouches for the object; its size keeps the value aligned.
    unsafe { float.byte_add(HEAD).cast::<f64>().read() }
}

/// The value of a float.
///
/// # Safety
/// `float` is a live object of exactly the type float and the interpreter is attached.
#[inline]
pub(crate) unsafe fn of(float: *mut ffi::PyObject) -> f64 {
    // SAFETY: the caller vouches for the object; `learn` found what lies behind its head.
    unsafe {
        if BEHIND_HEAD.load(Ordering::Relaxed) {
            behind_head(float)
        } else {
            ffi::PyFloat_AsDouble(float)
        }
    }
}
