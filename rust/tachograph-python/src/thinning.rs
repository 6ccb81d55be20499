//! Series thinned out for drawing.

use crate::array::ints;
use crate::error::invalid;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use tachograph::stats::{self, Abscissa, Method, XKind};

#[derive(FromPyObject)]
pub(crate) enum Places<'py> {
    Floats(PyReadonlyArray1<'py, f64>),
    Integers(PyReadonlyArray1<'py, i64>),
}

/// Ascending indices. `x` ascends; `x_kind`, one of "float64", "float32" and "int", is what its
/// floats were before.
#[pyfunction]
pub(crate) fn downsample<'py>(
    py: Python<'py>,
    y: PyReadonlyArray1<'_, f64>,
    x: Option<Places<'_>>,
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
    let x = match &x {
        None => Abscissa::Positions,
        Some(Places::Floats(x)) => {
            let x = x.as_slice()?;
            check_places(x, y.len(), |x| x.is_finite())?;
            Abscissa::Floats(x, kind)
        }
        Some(Places::Integers(x)) => {
            let x = x.as_slice()?;
            check_places(x, y.len(), |_| true)?;
            Abscissa::Integers(x)
        }
    };
    let chosen = py.detach(|| stats::downsample(x, y, n_out, method));
    ints(py, chosen.into_iter().map(|row| row as i64).collect())
}

fn check_places<T: PartialOrd>(
    x: &[T],
    len: usize,
    is_finite: impl Fn(&T) -> bool,
) -> PyResult<()> {
    if x.len() != len {
        return Err(invalid("x", format!("has {} values and y has {len}", x.len())));
    }
    // Between two finite ends that ascend nothing is infinite.
    if x.is_sorted() && x.first().is_none_or(&is_finite) && x.last().is_none_or(&is_finite) {
        return Ok(());
    }
    let descends = |row: usize| row > 0 && x[row] < x[row - 1];
    let row = (0..x.len()).find(|&row| !is_finite(&x[row]) || descends(row)).unwrap_or(0);
    Err(invalid("x", format!("must ascend and be finite; x[{row}] does not")))
}
