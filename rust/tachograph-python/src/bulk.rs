//! `log_steps`: whole arrays.

use crate::error::{CoreError, invalid, unsupported, wrong_type};
use crate::keys::name_of;
use crate::scalar::{self, Scalar};
use numpy::{
    PyArray1, PyArrayDescrMethods, PyArrayMethods, PyReadonlyArray1, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tachograph::log::{BulkColumn, Writer};
use tachograph::types::{Bitmap, ColumnKey, Kind, Role, Table};

/// Values of one metric, borrowed from an array where that has the right form.
pub(crate) enum Words<'py> {
    Floats(PyReadonlyArray1<'py, f64>),
    Ints(PyReadonlyArray1<'py, i64>),
    Own(Kind, Vec<u64>, Option<Bitmap>),
}

impl Words<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Floats(array) => array.len(),
            Self::Ints(array) => array.len(),
            Self::Own(_, words, _) => words.len(),
        }
    }

    fn column(&self) -> PyResult<BulkColumn<'_>> {
        Ok(match self {
            Self::Floats(array) => BulkColumn {
                kind: Kind::Float,
                words: bytemuck::cast_slice(array.as_slice()?),
                validity: None,
            },
            Self::Ints(array) => BulkColumn {
                kind: Kind::Int,
                words: bytemuck::cast_slice(array.as_slice()?),
                validity: None,
            },
            Self::Own(kind, words, bits) => {
                BulkColumn { kind: *kind, words, validity: bits.as_ref() }
            }
        })
    }
}

pub(crate) fn log_steps(
    py: Python<'_>,
    core: &Writer,
    steps: &Bound<'_, PyAny>,
    metrics: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let mut keys = Vec::with_capacity(metrics.len());
    let mut columns = Vec::with_capacity(metrics.len());
    for (key, value) in metrics {
        let name = name_of(&key)?;
        columns.push(values(&name, &value)?);
        keys.push(ColumnKey::new(Role::Metric, name));
    }
    append(py, core, steps, None, &keys, &columns)
}

/// Appends columns, one for each key; each row with its own wall time, or all with that of now.
pub(crate) fn append(
    py: Python<'_>,
    core: &Writer,
    steps: &Bound<'_, PyAny>,
    wall_micros: Option<&Bound<'_, PyAny>>,
    keys: &[ColumnKey],
    columns: &[Words<'_>],
) -> PyResult<()> {
    let labels = labels(core, steps, columns.first().map(Words::len))?;
    for (key, column) in keys.iter().zip(columns) {
        if column.len() != labels.len() {
            let (have, want) = (column.len(), labels.len());
            let reason = format!("{have} values of {:?} for {want} steps", key.name);
            return Err(invalid("metrics", reason));
        }
    }
    let id = core.layout(Table::Steps, keys).map_err(CoreError)?;
    let columns = columns.iter().map(Words::column).collect::<PyResult<Vec<_>>>()?;
    if let Some(walls) = wall_micros {
        let walls = of_type::<i64>(walls, "int64")?.readonly();
        let walls = walls.as_slice()?;
        py.detach(|| core.append_bulk_at(id, &labels, walls, &columns))
    } else {
        py.detach(|| core.append_bulk(id, &labels, &columns))
    }
    .map_err(CoreError)?;
    Ok(())
}

/// The steps; None stands for the next `n`.
fn labels(core: &Writer, steps: &Bound<'_, PyAny>, n: Option<usize>) -> PyResult<Vec<i64>> {
    if steps.is_none() {
        let first = core.next_step();
        let n = n.ok_or_else(|| invalid("steps", "None needs metrics that tell how many"))?;
        return Ok((0..n as i64).map(|step| first.wrapping_add(step)).collect());
    }
    let array = as_array("steps", steps)?;
    match kind_of(&array)? {
        'i' => {}
        'u' => check_unsigned("steps", &array)?,
        _ if array.len() == 0 => return Ok(Vec::new()),
        _ => {
            return Err(wrong_type(format!(
                "steps must be integers, not {}",
                array.dtype().str()?
            )));
        }
    }
    let array = of_type::<i64>(array.as_any(), "int64")?;
    Ok(array.readonly().as_slice()?.to_vec())
}

fn values<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Words<'py>> {
    let array = as_array(name, value)?;
    let itemsize = array.dtype().itemsize();
    match kind_of(&array)? {
        'f' if itemsize <= 8 => Ok(Words::Floats(of_type(array.as_any(), "float64")?.readonly())),
        'u' => {
            check_unsigned(name, &array)?;
            Ok(Words::Ints(of_type(array.as_any(), "int64")?.readonly()))
        }
        'i' | 'b' => Ok(Words::Ints(of_type(array.as_any(), "int64")?.readonly())),
        'f' | 'O' => one_by_one(name, &array),
        _ => Err(unsupported(
            value.py(),
            name,
            format!("metric {name:?} holds {}, not numbers", array.dtype().str()?),
        )),
    }
}

/// A tensor where NumPy can read it, without its history; anything else as it is.
fn on_host<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if !value.hasattr("detach")? || !value.hasattr("cpu")? {
        return Ok(value.clone());
    }
    let host = value.call_method0("detach")?.call_method0("cpu")?;
    // NumPy has no such type; float32 holds every number of it.
    let is_brain_float = host.getattr("dtype")?.str()?.to_str()? == "torch.bfloat16";
    if is_brain_float { host.call_method0("float") } else { Ok(host) }
}

/// An array of one dimension.
fn as_array<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let (py, value) = (value.py(), &on_host(value)?);
    // A list that mixes integers with floats would be rounded by NumPy, so it is read one by one.
    let array = if value.cast::<PyUntypedArray>().is_ok() {
        value.clone()
    } else if value.hasattr("__array__")? {
        py.import("numpy")?.call_method1("asarray", (value,))?
    } else {
        let items = PyDict::new(py);
        items.set_item("dtype", "object")?;
        let list = value.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let array = py.import("numpy")?.call_method("empty", (list.len(),), Some(&items))?;
        for (at, item) in list.into_iter().enumerate() {
            array.set_item(at, item)?;
        }
        array
    };
    let array = array.cast_into::<PyUntypedArray>().map_err(PyErr::from)?;
    if array.ndim() != 1 {
        let shape = array.shape();
        return Err(invalid(name, format!("has shape {shape:?}; one value a step is wanted")));
    }
    if kind_of(&array)? == 'O' && name == "steps" {
        return whole_numbers(&array);
    }
    Ok(array)
}

/// Steps given as Python objects.
fn whole_numbers<'py>(array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let labels = array
        .try_iter()?
        .map(|item| scalar::label(&item?, "steps"))
        .collect::<PyResult<Vec<i64>>>()?;
    let array = PyArray1::from_vec(array.py(), labels);
    array.into_any().cast_into::<PyUntypedArray>().map_err(PyErr::from)
}

fn kind_of(array: &Bound<'_, PyUntypedArray>) -> PyResult<char> {
    array.dtype().getattr("kind")?.extract()
}

/// The array with elements of this type, contiguous; itself if it is so already.
fn of_type<'py, T: numpy::Element>(
    array: &Bound<'py, PyAny>,
    dtype: &str,
) -> PyResult<Bound<'py, PyArray1<T>>> {
    let numpy = array.py().import("numpy")?;
    let array = numpy.call_method1("ascontiguousarray", (array, dtype))?;
    array.cast_into::<PyArray1<T>>().map_err(PyErr::from)
}

fn check_unsigned(name: &str, array: &Bound<'_, PyUntypedArray>) -> PyResult<()> {
    if array.len() > 0 && array.dtype().itemsize() == 8 {
        let largest = array.call_method0("max")?;
        if largest.extract::<u64>()? > i64::MAX as u64 {
            let reason = format!("the integer {largest} does not fit 64 bits with a sign");
            return Err(unsupported(array.py(), name, format!("metric {name:?}: {reason}")));
        }
    }
    Ok(())
}

/// Values that are Python objects, or floats wider than 64 bits; None is absent.
fn one_by_one<'py>(name: &str, array: &Bound<'py, PyUntypedArray>) -> PyResult<Words<'py>> {
    let mut cells = Vec::with_capacity(array.len());
    for item in array.try_iter()? {
        let item = item?;
        let read = scalar::scalar(&item);
        cells.push(read.map_err(|why| scalar::refuse(array.py(), name, &item, why))?);
    }
    words_of(name, cells)
}

/// Values of one metric, as floats if any of them is one.
pub(crate) fn words_of(name: &str, cells: Vec<Scalar>) -> PyResult<Words<'static>> {
    let floats = cells.iter().any(|cell| matches!(cell, Scalar::Float(_)));
    let mut bits = Bitmap::filled(cells.len(), true);
    let mut words = Vec::with_capacity(cells.len());
    for (at, cell) in cells.into_iter().enumerate() {
        words.push(match cell {
            Scalar::Float(word) => word,
            Scalar::Int(value) if !floats => value as u64,
            Scalar::Int(value) if value.unsigned_abs() <= 1 << 53 => (value as f64).to_bits(),
            Scalar::Int(value) => {
                let reason = "lies beyond 2**53 among floats, which cannot hold it exactly";
                let message = format!("metric {name:?}: the integer {value} {reason}");
                return Err(invalid(name, message));
            }
            Scalar::Absent => {
                bits.set(at, false);
                0
            }
        });
    }
    let kind = if floats { Kind::Float } else { Kind::Int };
    let bits = (!bits.all()).then_some(bits);
    Ok(Words::Own(kind, words, bits))
}
