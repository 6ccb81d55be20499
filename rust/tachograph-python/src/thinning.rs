//! Series thinned out for drawing.

use crate::array::ints;
use crate::error::invalid;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use tachograph::stats::{self, Method, XKind};

/// Ascending indices. `x` ascends; `x_kind`, one of "float64", "float32" and "int", is what its
/// numbers were before.
#[pyfunction]
pub(crate) fn downsample<'py>(
    py: Python<'py>,
    y: PyReadonlyArray1<'_, f64>,
    x: Option<PyReadonlyArray1<'_, f64>>,
    x_kind: &str,
    n_out: usize,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let method = match method {
        "minmax" => Method::MinMax,
        "minmaxlttb" => Method::MinMaxLttb,
        _ => return Err(invalid("method", format!("must not be {method:?}"))),
    };
    let kind = match x_kind {
        "float64" => XKind::Double,
        "float32" => XKind::Single,
        "int" => XKind::Whole,
        _ => return Err(invalid("x_kind", format!("must not be {x_kind:?}"))),
    };
    let y = y.as_slice()?;
    let x = x.as_ref().map(|x| x.as_slice()).transpose()?;
    if let Some(x) = x {
        if x.len() != y.len() {
            return Err(invalid("x", format!("has {} values and y has {}", x.len(), y.len())));
        }
        if let Some(row) =
            (0..x.len()).find(|&row| !x[row].is_finite() || (row > 0 && x[row] < x[row - 1]))
        {
            return Err(invalid("x", format!("must ascend and be finite; x[{row}] does not")));
        }
    }
    let chosen = py.detach(|| stats::downsample(x.map(|x| (x, kind)), y, n_out, method));
    ints(py, chosen.into_iter().map(|row| row as i64).collect())
}
