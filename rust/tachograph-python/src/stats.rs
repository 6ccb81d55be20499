//! Statistics of single series.

use crate::array::floats;
use crate::error::invalid;
use pyo3::prelude::*;
use tachograph::stats;

/// The least-squares slope of y on x (None: 0, 1, ...); values that are not finite are left out.
#[pyfunction]
#[pyo3(signature = (y, x = None))]
pub(crate) fn slope(y: &Bound<'_, PyAny>, x: Option<&Bound<'_, PyAny>>) -> PyResult<f64> {
    let y = floats(y)?;
    let Some(x) = x else { return Ok(stats::trend(&y).slope) };
    let x = floats(x)?;
    if x.len() != y.len() {
        return Err(invalid("x", format!("has {} values and y has {}", x.len(), y.len())));
    }
    Ok(stats::trend_at(&x, &y).slope)
}

/// The population standard deviation of the finite values.
#[pyfunction]
#[pyo3(name = "std")]
pub(crate) fn deviation(y: &Bound<'_, PyAny>) -> PyResult<f64> {
    Ok(stats::moments(&floats(y)?).std)
}
