//! Structured values between Python and the core.

use crate::error::{invalid, wrong_type};
use crate::scalar::type_name;
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use tachograph::types::{MAX_NESTING, NdArray, Value};

/// A value as the log keeps it. What has no counterpart is kept as its type's name and its text.
pub(crate) fn to_value(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    convert(object, 0)
}

fn convert(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > MAX_NESTING {
        return Err(invalid("value", format!("nested deeper than {MAX_NESTING} levels")));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(value) = object.cast::<PyBool>() {
        return Ok(Value::Bool(value.is_true()));
    }
    if object.is_instance_of::<PyInt>() {
        return match object.extract::<i64>() {
            Ok(value) => Ok(Value::Int(value)),
            Err(_) => Ok(Value::BigInt(object.str()?.to_string())),
        };
    }
    if let Ok(value) = object.cast::<PyFloat>() {
        return Ok(Value::Float(value.value()));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return text_value(text);
    }
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Value::Bytes(bytes.as_bytes().to_vec()));
    }
    if let Ok(list) = object.cast::<PyList>() {
        return list
            .iter()
            .map(|item| convert(&item, depth + 1))
            .collect::<PyResult<_>>()
            .map(Value::List);
    }
    if let Ok(list) = object.cast::<PyTuple>() {
        return list
            .iter()
            .map(|item| convert(&item, depth + 1))
            .collect::<PyResult<_>>()
            .map(Value::List);
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        return map_value(dict, depth);
    }
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return array_value(array, depth);
    }
    if object.is_instance_of::<PyDateTime>() && !object.getattr("tzinfo")?.is_none() {
        return Ok(Value::Time(micros(object)?));
    }
    if object.hasattr("dtype")? && object.hasattr("item")? {
        return numeric_value(object, depth);
    }
    opaque(object)
}

/// Text; what UTF-8 cannot express (half surrogate pairs) is kept in escaped form and marked.
fn text_value(text: &Bound<'_, PyString>) -> PyResult<Value> {
    Ok(match text.to_str() {
        Ok(text) => Value::Str(text.to_owned()),
        Err(_) => Value::Opaque { type_name: "str".into(), text: escaped(text)? },
    })
}

/// Text with half surrogate pairs as `\udcxx`, as Python's `backslashreplace` writes them.
fn escaped(text: &Bound<'_, PyString>) -> PyResult<String> {
    // Not the method of a class of somebody else's that is text.
    let encode = text.py().get_type::<PyString>().getattr("encode")?;
    let bytes = encode.call1((text, "utf-8", "backslashreplace"))?;
    Ok(String::from_utf8_lossy(bytes.cast::<PyBytes>()?.as_bytes()).into_owned())
}

fn map_value(dict: &Bound<'_, PyDict>, depth: usize) -> PyResult<Value> {
    let mut pairs = Vec::with_capacity(dict.len());
    for (key, value) in dict {
        let key = match convert(&key, depth + 1)? {
            Value::List(_) | Value::Map(_) | Value::Array(_) | Value::Opaque { .. } => {
                Value::Str(escaped(&key.str()?)?)
            }
            key => key,
        };
        pairs.push((key, convert(&value, depth + 1)?));
    }
    Ok(Value::Map(pairs))
}

fn array_value(array: &Bound<'_, PyUntypedArray>, depth: usize) -> PyResult<Value> {
    let dtype = array.dtype();
    let kind = dtype.getattr("kind")?.extract::<char>()?;
    let itemsize = dtype.getattr("itemsize")?.extract::<usize>()?;
    // Long doubles have no portable layout.
    if !"biufcmM".contains(kind) || (kind == 'f' && itemsize > 8) || (kind == 'c' && itemsize > 16)
    {
        return convert(&array.call_method0("tolist")?, depth + 1);
    }
    let little = dtype.call_method1("newbyteorder", ("<",))?;
    let plain = array.call_method1("astype", (&little,))?;
    let bytes = plain.call_method1("tobytes", ("C",))?;
    Ok(Value::Array(NdArray {
        dtype: little.getattr("str")?.extract()?,
        shape: array.shape().iter().map(|&n| n as u64).collect(),
        bytes: bytes.cast::<PyBytes>()?.as_bytes().to_vec(),
    }))
}

/// A NumPy scalar as the number it is; a tensor on the CPU as an array; others by their text.
fn numeric_value(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if object.hasattr("detach")? {
        let on_cpu = object
            .getattr("device")
            .and_then(|device| device.getattr("type"))
            .and_then(|kind| kind.extract::<String>())
            .is_ok_and(|kind| kind == "cpu");
        if !on_cpu {
            return Err(wrong_type(
                "a tensor on a device cannot be kept; pass value.cpu()".to_owned(),
            ));
        }
        let array = object.call_method0("detach").and_then(|tensor| tensor.call_method0("numpy"));
        return match array {
            Ok(array) => convert(&array, depth + 1),
            // Types that NumPy lacks, such as bfloat16.
            Err(_) => convert(&object.call_method0("tolist")?, depth + 1),
        };
    }
    let item = object.call_method0("item")?;
    if item.get_type().is(object.get_type()) {
        return opaque(object);
    }
    convert(&item, depth + 1)
}

fn opaque(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let text = escaped(&object.str()?)?;
    Ok(Value::Opaque { type_name: type_name(object), text })
}

/// Microseconds since 1970-01-01 UTC of an aware datetime, without going through a float.
pub(crate) fn micros(time: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = time.py();
    let module = py.import("datetime")?;
    let utc = module.getattr("timezone")?.getattr("utc")?;
    let epoch = module.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, utc))?;
    let delta = time.call_method1("__sub__", (epoch,))?;
    let part = |name| delta.getattr(name)?.extract::<i64>();
    Ok((part("days")? * 86_400 + part("seconds")?) * 1_000_000 + part("microseconds")?)
}

/// The Python object of a value. Objects without counterpart come back as their text.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Int(value) => value.into_pyobject(py)?.into_any(),
        Value::BigInt(digits) => py.get_type::<PyInt>().call1((digits,))?,
        Value::Float(value) => PyFloat::new(py, *value).into_any(),
        Value::Str(text) | Value::Opaque { text, .. } => PyString::new(py, text).into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
        Value::List(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Map(pairs) => {
            let dict = PyDict::new(py);
            for (key, item) in pairs {
                dict.set_item(to_python(py, key)?, to_python(py, item)?)?;
            }
            dict.into_any()
        }
        Value::Array(array) => array_to_python(py, array)?,
        Value::Time(micros) => {
            let module = py.import("datetime")?;
            let utc = module.getattr("timezone")?.getattr("utc")?;
            let epoch = module.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, utc))?;
            let (secs, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
            let (days, secs) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
            let delta = module.getattr("timedelta")?.call1((days, secs, rest))?;
            epoch.call_method1("__add__", (delta,))?
        }
    })
}

fn array_to_python<'py>(py: Python<'py>, array: &NdArray) -> PyResult<Bound<'py, PyAny>> {
    let numpy = py.import("numpy")?;
    let dtype = numpy.call_method1("dtype", (&array.dtype,))?;
    // A type that holds objects would read memory addresses out of the file.
    if !"biufcmM".contains(dtype.getattr("kind")?.extract::<char>()?) {
        return Err(invalid("array", format!("has elements of type {:?}", array.dtype)));
    }
    let shape = PyTuple::new(py, &array.shape)?;
    let flat = numpy.call_method1("frombuffer", (PyBytes::new(py, &array.bytes), dtype))?;
    flat.call_method1("reshape", (shape,))?.call_method0("copy")
}
