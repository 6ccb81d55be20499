//! One number of a metric: from Python to 64 bits, exactly or not at all.

use crate::error::{unsupported, wrong_type};
use crate::{float_value, numpy_scalar};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};

/// A value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    /// The bits of a float.
    Float(u64),
    /// An integer.
    Int(i64),
    /// No value: `None`.
    Absent,
}

/// A value that needs no Python code to be read: float or a subclass, int within 64 bits, bool or
/// None.
///
/// # Safety
/// `object` is a live object and the interpreter is attached.
#[inline]
pub(crate) unsafe fn plain(object: *mut ffi::PyObject) -> Option<Scalar> {
    // SAFETY: the caller vouches for `object`; none of these calls runs Python code for the types
    // that were checked.
    unsafe {
        if ffi::PyFloat_CheckExact(object) != 0 {
            return Some(Scalar::Float(float_value::of(object).to_bits()));
        }
        if ffi::PyLong_CheckExact(object) != 0 {
            let mut overflow = 0;
            let value = ffi::PyLong_AsLongLongAndOverflow(object, &raw mut overflow);
            return (overflow == 0).then_some(Scalar::Int(value));
        }
        if object == ffi::Py_None() {
            return Some(Scalar::Absent);
        }
        if ffi::PyBool_Check(object) != 0 {
            return Some(Scalar::Int(i64::from(object == ffi::Py_True())));
        }
        // NumPy's float64 is one; its value is read from the object, not from its methods.
        if ffi::PyFloat_Check(object) != 0 {
            return Some(Scalar::Float(ffi::PyFloat_AsDouble(object).to_bits()));
        }
        numpy_scalar::read(object)
    }
}

/// Why an object is no scalar.
pub(crate) enum Refusal {
    /// It is something else altogether, such as text or an array of several elements.
    NotScalar,
    /// It is a number, but not one that can be kept; the message says why.
    Inexact(String),
    /// It is on a device of this kind, and reading it would wait for that.
    OnDevice(String),
    /// Python code that was asked for the value failed.
    Failed(PyErr),
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self::Failed(error)
    }
}

/// Any value that is one number: also NumPy scalars and arrays of no dimension, tensors of one on
/// the CPU, and objects whose `__float__` equals them.
pub(crate) fn scalar(object: &Bound<'_, PyAny>) -> Result<Scalar, Refusal> {
    numpy_scalar::learn(object.py())?;
    // SAFETY: a `Bound` is a live object of the attached interpreter.
    if let Some(scalar) = unsafe { plain(object.as_ptr()) } {
        return Ok(scalar);
    }
    if object.is_instance_of::<PyInt>() {
        return object.extract::<i64>().map(Scalar::Int).map_err(|_| beyond(object));
    }
    if object.hasattr("dtype")? && object.hasattr("item")? {
        return array_scalar(object);
    }
    if !object.hasattr("__float__")? {
        return Err(Refusal::NotScalar);
    }
    let float = object.call_method0("__float__")?.extract::<f64>()?;
    let same =
        float.is_nan() || PyAnyMethods::eq(PyFloat::new(object.py(), float).as_any(), object)?;
    if same {
        return Ok(Scalar::Float(float.to_bits()));
    }
    let name = type_name(object);
    Err(Refusal::Inexact(format!(
        "a {name} whose float() is not equal to it would be changed; pass float(value) if that is \
         meant"
    )))
}

/// A NumPy scalar, or an array or tensor: one number if it has no dimensions.
fn array_scalar(object: &Bound<'_, PyAny>) -> Result<Scalar, Refusal> {
    if object.hasattr("ndim")? && object.getattr("ndim")?.extract::<usize>()? != 0 {
        return Err(Refusal::NotScalar);
    }
    if let Ok(device) = object.getattr("device")
        && let Ok(kind) = device.getattr("type").and_then(|kind| kind.extract::<String>())
        && kind != "cpu"
    {
        return Err(match &*kind {
            "meta" => Refusal::Inexact("a tensor on meta has no value".to_owned()),
            _ => Refusal::OnDevice(kind),
        });
    }
    let item = object.call_method0("item")?;
    // SAFETY: a `Bound` is a live object of the attached interpreter.
    if let Some(scalar) = unsafe { plain(item.as_ptr()) }
        && scalar != Scalar::Absent
    {
        return Ok(scalar);
    }
    if item.is_instance_of::<PyInt>() {
        return Err(beyond(&item));
    }
    // A long double stays one: it counts only if a float equals it.
    if !item.get_type().is(object.get_type()) || !object.hasattr("__float__")? {
        return Err(Refusal::NotScalar);
    }
    let float = item.call_method0("__float__")?.extract::<f64>()?;
    if float.is_nan() || PyAnyMethods::eq(PyFloat::new(object.py(), float).as_any(), &item)? {
        return Ok(Scalar::Float(float.to_bits()));
    }
    Err(Refusal::Inexact(format!(
        "a {} that no float equals would be changed; pass float(value) if that is meant",
        type_name(object)
    )))
}

fn beyond(object: &Bound<'_, PyAny>) -> Refusal {
    let text = object.str().map(|text| text.to_string()).unwrap_or_default();
    let short: String = text.chars().take(40).collect();
    Refusal::Inexact(format!("the integer {short} does not fit 64 bits; pass float(value)"))
}

/// A type's name with its module, except for builtins.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    let kind = object.get_type();
    let name = kind.qualname().map(|name| name.to_string()).unwrap_or_default();
    match kind.module().map(|module| module.to_string()) {
        Ok(module) if module != "builtins" => format!("{module}.{name}"),
        _ => name,
    }
}

/// The error for a step's metric that is no number.
pub(crate) fn refuse(
    py: Python<'_>,
    metric: &str,
    object: &Bound<'_, PyAny>,
    why: Refusal,
) -> PyErr {
    match why {
        Refusal::Failed(error) => error,
        Refusal::Inexact(reason) => unsupported(py, metric, format!("metric {metric:?}: {reason}")),
        Refusal::OnDevice(kind) => {
            unsupported(py, metric, format!("metric {metric:?}: {}", on_device(&kind)))
        }
        Refusal::NotScalar => {
            let name = type_name(object);
            let advice = "log_step takes numbers; text, arrays and other values go into \
                          log_epoch's metrics, or reduce it to one number first";
            unsupported(py, metric, format!("metric {metric:?} is of type {name}; {advice}"))
        }
    }
}

/// Why a tensor on a device is refused where nothing can be kept pending.
pub(crate) fn on_device(kind: &str) -> String {
    format!("a tensor on {kind} would have to be waited for; pass value.item() or value.cpu()")
}

/// A step or epoch: any integer, also one of NumPy's, but no float and no bool.
pub(crate) fn label(object: &Bound<'_, PyAny>, argument: &str) -> PyResult<i64> {
    if object.is_instance_of::<PyBool>() || object.is_instance_of::<PyFloat>() {
        return Err(wrong_type(format!(
            "{argument} must be an integer, not {}",
            type_name(object)
        )));
    }
    // SAFETY: a live object of the attached interpreter; a null result is an error that is fetched.
    let index =
        unsafe { Bound::from_owned_ptr_or_err(object.py(), ffi::PyNumber_Index(object.as_ptr())) };
    let index = index.map_err(|_| {
        wrong_type(format!("{argument} must be an integer, not {}", type_name(object)))
    })?;
    index.extract::<i64>().map_err(|_| crate::error::invalid(argument, "does not fit 64 bits"))
}
