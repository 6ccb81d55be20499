//! NumPy's scalars, read by their C slots: no Python code runs.

use crate::scalar::Scalar;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The scalar types that are read here, kept alive.
struct Types {
    floats: Vec<Py<PyType>>,
    ints: Vec<Py<PyType>>,
    bool: Py<PyType>,
}

static TYPES: PyOnceLock<Types> = PyOnceLock::new();

/// Looks the types up, once. The package needs NumPy anyway.
pub(crate) fn learn(py: Python<'_>) -> PyResult<()> {
    TYPES.get_or_try_init(py, || {
        let numpy = py.import("numpy")?;
        let all = |names: &[&str]| -> PyResult<Vec<Py<PyType>>> {
            names
                .iter()
                .map(|name| Ok(numpy.getattr(*name)?.cast_into::<PyType>()?.unbind()))
                .collect()
        };
        Ok::<_, PyErr>(Types {
            floats: all(&["float32", "float16"])?,
            ints: all(&["int64", "int32", "uint32", "uint8", "int16", "uint16", "int8"])?,
            bool: numpy.getattr("bool_")?.cast_into::<PyType>()?.unbind(),
        })
    })?;
    Ok(())
}

/// The number that a NumPy scalar of a common type is; `None` for anything else, and while the
/// types are not known.
///
/// # Safety
/// `object` is a live object and the interpreter is attached.
pub(crate) unsafe fn read(object: *mut ffi::PyObject) -> Option<Scalar> {
    // SAFETY: the caller vouches for `object` and the interpreter. The conversions run the C code
    // of exactly these types; what they return is owned here and released.
    unsafe {
        let types = TYPES.get(Python::assume_attached())?;
        let kind = ffi::Py_TYPE(object).cast::<ffi::PyObject>();
        let is = |known: &Py<PyType>| known.as_ptr() == kind;
        if types.floats.iter().any(is) {
            let float = ffi::PyNumber_Float(object);
            if float.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            let value = ffi::PyFloat_AsDouble(float);
            ffi::Py_DecRef(float);
            return Some(Scalar::Float(value.to_bits()));
        }
        if types.ints.iter().any(is) {
            let int = ffi::PyNumber_Index(object);
            if int.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            let value = ffi::PyLong_AsLongLong(int);
            ffi::Py_DecRef(int);
            return Some(Scalar::Int(value));
        }
        is(&types.bool).then(|| Scalar::Int(i64::from(ffi::PyObject_IsTrue(object) == 1)))
    }
}
