//! Cells of CSV files: columns of text, recorded as numbers.

use crate::bulk;
use crate::keys::name_of;
use crate::scalar::Scalar;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use tachograph::import::Cell;
use tachograph::log::Writer;
use tachograph::types::{ColumnKey, Role};

/// How many cells were numbers, and how many text.
#[derive(Default)]
struct Counted {
    numbers: u64,
    texts: u64,
}

/// Records columns of cells, each row with its own wall time; a column without a number is left
/// out. Returns how many cells were numbers, and how many text, which is absent.
pub(crate) fn log_cells(
    py: Python<'_>,
    core: &Writer,
    steps: &Bound<'_, PyAny>,
    wall_micros: &Bound<'_, PyAny>,
    metrics: &Bound<'_, PyDict>,
) -> PyResult<(u64, u64)> {
    let mut counted = Counted::default();
    let mut keys = Vec::with_capacity(metrics.len());
    let mut columns = Vec::with_capacity(metrics.len());
    for (key, cells) in metrics {
        let name = name_of(&key)?;
        let before = counted.numbers;
        let scalars = scalars(cells.cast()?, &mut counted)?;
        if counted.numbers > before {
            columns.push(bulk::words_of(&name, scalars)?);
            keys.push(ColumnKey::new(Role::Metric, name));
        }
    }
    bulk::append(py, core, steps, Some(wall_micros), &keys, &columns)?;
    Ok((counted.numbers, counted.texts))
}

fn scalars(cells: &Bound<'_, PyTuple>, counted: &mut Counted) -> PyResult<Vec<Scalar>> {
    let mut scalars = Vec::with_capacity(cells.len());
    for cell in cells.iter_borrowed() {
        let scalar = match Cell::read(cell.cast::<PyString>()?.to_str()?) {
            Cell::Empty => Scalar::Absent,
            Cell::Int(value) => Scalar::Int(value),
            Cell::Float(value) => Scalar::Float(value.to_bits()),
            Cell::Bool(value) => Scalar::Int(value.into()),
            Cell::Text => {
                counted.texts += 1;
                Scalar::Absent
            }
        };
        counted.numbers += u64::from(scalar != Scalar::Absent);
        scalars.push(scalar);
    }
    Ok(scalars)
}

/// The number that a cell holds, None for an empty one; the text itself where it is none.
#[pyfunction]
pub(crate) fn number_in_cell<'py>(cell: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = cell.py();
    Ok(match Cell::read(cell.to_str()?) {
        Cell::Empty => py.None().into_bound(py),
        Cell::Int(value) => value.into_pyobject(py)?.into_any(),
        Cell::Float(value) => value.into_pyobject(py)?.into_any(),
        Cell::Bool(value) => i64::from(value).into_pyobject(py)?.into_any(),
        Cell::Text => cell.clone().into_any(),
    })
}

/// The integer of each cell, None where it holds none.
#[pyfunction]
pub(crate) fn whole_numbers_in_cells(cells: &Bound<'_, PyTuple>) -> PyResult<Vec<Option<i64>>> {
    let whole =
        |cell: Borrowed<'_, '_, PyAny>| Ok(Cell::read(cell.cast::<PyString>()?.to_str()?).whole());
    cells.iter_borrowed().map(whole).collect()
}
