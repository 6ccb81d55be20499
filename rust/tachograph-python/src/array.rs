//! Vectors of the core as NumPy arrays, without a copy, and the reverse.

use numpy::{Element, PyArray1};
use pyo3::prelude::*;

/// A read-only array of integers that takes the vector over.
pub(crate) fn ints(py: Python<'_>, values: Vec<i64>) -> PyResult<Bound<'_, PyAny>> {
    read_only(PyArray1::from_vec(py, values).into_any())
}

/// A read-only array of the words as what they are.
pub(crate) fn values(py: Python<'_>, words: Vec<u64>, is_int: bool) -> PyResult<Bound<'_, PyAny>> {
    if is_int {
        return ints(py, bytemuck::allocation::cast_vec(words));
    }
    read_only(PyArray1::from_vec(py, bytemuck::allocation::cast_vec::<u64, f64>(words)).into_any())
}

/// An array that takes the vector over; it is the caller's own, to write to as well.
pub(crate) fn owned<T: Element>(py: Python<'_>, values: Vec<T>) -> Bound<'_, PyArray1<T>> {
    PyArray1::from_vec(py, values)
}

fn read_only(array: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    array.call_method1("setflags", (false,))?;
    Ok(array)
}
