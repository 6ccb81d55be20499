//! Statistics of single series: arrays in, numbers and arrays out. The package has checked the
//! arguments and gives the tuples names.

use crate::array::{ints, owned};
use crate::error::invalid;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use tachograph::stats::{self, Rolled};

/// A series, or its x.
type Series<'py> = PyReadonlyArray1<'py, f64>;
/// Slope, intercept, stderr, margin, p, std; how many took part and were left out.
type Line = (f64, f64, f64, f64, f64, f64, usize, usize);
/// Numbers of rows.
type Rows<'py> = Bound<'py, PyAny>;

fn same_length(x: &[f64], y: &[f64]) -> PyResult<()> {
    if x.len() == y.len() {
        return Ok(());
    }
    Err(invalid("x", format!("has {} values and y has {}", x.len(), y.len())))
}

/// (slope, intercept, stderr, margin of the slope at the level, p, std of y, n, left out).
#[pyfunction]
pub(crate) fn line(
    py: Python<'_>,
    y: Series<'_>,
    x: Option<Series<'_>>,
    level: f64,
) -> PyResult<Line> {
    let y = y.as_slice()?;
    let line = if let Some(x) = &x {
        let x = x.as_slice()?;
        same_length(x, y)?;
        py.detach(|| stats::line_at(x, y))
    } else {
        py.detach(|| stats::line(y))
    };
    let (margin, p) = (line.margin(level), line.p_value());
    let moments = line.moments;
    let (n, left_out) = (moments.n, moments.non_finite);
    Ok((line.slope, line.intercept, line.stderr, margin, p, moments.std, n, left_out))
}

/// (slope, intercept, n, left out).
#[pyfunction]
pub(crate) fn theil_sen(
    py: Python<'_>,
    y: Series<'_>,
    x: Option<Series<'_>>,
) -> PyResult<(f64, f64, usize, usize)> {
    let y = y.as_slice()?;
    if u32::try_from(y.len()).is_err() {
        return Err(invalid("values", "has more than 2^32 points"));
    }
    let line = if let Some(x) = &x {
        let x = x.as_slice()?;
        same_length(x, y)?;
        py.detach(|| stats::theil_sen_at(x, y))
    } else {
        py.detach(|| stats::theil_sen(y))
    };
    Ok((line.slope, line.intercept, line.n, line.non_finite))
}

/// (s, variance, z, p, tau, n, left out).
#[pyfunction]
pub(crate) fn mann_kendall(
    py: Python<'_>,
    y: Series<'_>,
) -> PyResult<(i128, f64, f64, f64, f64, usize, usize)> {
    let y = y.as_slice()?;
    let test = py.detach(|| stats::mann_kendall(y));
    Ok((test.s, test.variance, test.z, test.p, test.tau, test.n, test.non_finite))
}

/// (mean, std, n, left out); 0 for the deviation of nothing.
#[pyfunction]
pub(crate) fn moments(py: Python<'_>, y: Series<'_>) -> PyResult<(f64, f64, usize, usize)> {
    let y = y.as_slice()?;
    let moments = py.detach(|| stats::moments(y));
    Ok((moments.mean, moments.std, moments.n, moments.non_finite))
}

/// (median, scaled median absolute deviation, n, left out).
#[pyfunction]
pub(crate) fn robust_spread(py: Python<'_>, y: Series<'_>) -> PyResult<(f64, f64, usize, usize)> {
    let y = y.as_slice()?;
    let spread = py.detach(|| stats::robust_spread(y));
    Ok((spread.median, spread.scaled_mad, spread.n, spread.non_finite))
}

/// One value a row: "mean", "std" or "slope" of the window that ends there.
#[pyfunction]
pub(crate) fn rolling<'py>(
    py: Python<'py>,
    y: Series<'_>,
    x: Option<Series<'_>>,
    window: usize,
    statistic: &str,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let rolled = match statistic {
        "mean" => Rolled::Mean,
        "std" => Rolled::Std,
        "slope" => Rolled::Slope,
        _ => return Err(invalid("statistic", format!("must not be {statistic:?}"))),
    };
    let y = y.as_slice()?;
    let x = x.as_ref().map(|x| x.as_slice()).transpose()?;
    if let Some(x) = x {
        same_length(x, y)?;
    }
    Ok(owned(py, py.detach(|| stats::rolling(x, y, window, rolled))))
}

#[pyfunction]
pub(crate) fn exponential<'py>(
    py: Python<'py>,
    y: Series<'_>,
    alpha: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let y = y.as_slice()?;
    Ok(owned(py, py.detach(|| stats::exponential(y, alpha))))
}

#[pyfunction]
pub(crate) fn tensorboard<'py>(
    py: Python<'py>,
    y: Series<'_>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let y = y.as_slice()?;
    Ok(owned(py, py.detach(|| stats::tensorboard(y, weight))))
}

/// (rows, scores).
#[pyfunction]
pub(crate) fn spikes<'py>(
    py: Python<'py>,
    y: Series<'_>,
    window: usize,
    threshold: f64,
) -> PyResult<(Rows<'py>, Bound<'py, PyArray1<f64>>)> {
    let y = y.as_slice()?;
    let (rows, scores) = py.detach(|| stats::spikes(y, window, threshold));
    Ok((ints(py, rows)?, owned(py, scores)))
}

/// (how many, row of the highest) of the spikes among the highest values of bins, or None.
#[pyfunction]
pub(crate) fn course_spikes(py: Python<'_>, highs: Vec<f64>) -> Option<(usize, usize)> {
    py.detach(|| stats::course_spikes(&highs))
}

/// The bin at which a loss is seen to have diverged, or None.
#[pyfunction]
pub(crate) fn course_divergence(py: Python<'_>, means: Vec<f64>) -> Option<usize> {
    py.detach(|| stats::course_divergence(&means))
}

/// (bin, share of the course) since when a loss is level, or None.
#[pyfunction]
pub(crate) fn course_plateau(py: Python<'_>, means: Vec<f64>) -> Option<(usize, f64)> {
    py.detach(|| stats::course_plateau(&means))
}

/// (first row, row after the last) of each stretch.
#[pyfunction]
pub(crate) fn plateaus(
    py: Python<'_>,
    y: Series<'_>,
    window: usize,
    tolerance: f64,
) -> PyResult<Vec<(usize, usize)>> {
    let y = y.as_slice()?;
    Ok(py.detach(|| stats::plateaus(y, window, tolerance)))
}

/// (first row, row after the last) of each stretch.
#[pyfunction]
pub(crate) fn non_finite_runs(py: Python<'_>, y: Series<'_>) -> PyResult<Vec<(usize, usize)>> {
    let y = y.as_slice()?;
    Ok(py.detach(|| stats::non_finite_runs(y)))
}

/// (row or None, rise, whether the values were lost).
#[pyfunction]
pub(crate) fn divergence(
    py: Python<'_>,
    y: Series<'_>,
    window: usize,
    factor: f64,
) -> PyResult<(Option<usize>, f64, bool)> {
    let y = y.as_slice()?;
    let found = py.detach(|| stats::divergence(y, window, factor));
    Ok((found.row, found.rise, found.is_lost))
}

/// (status, progress, improvement, stability).
#[pyfunction]
pub(crate) fn convergence(
    y: Series<'_>,
) -> PyResult<(&'static str, &'static str, Option<f64>, Option<f64>)> {
    let y = y.as_slice()?;
    let ends = stats::convergence(y);
    let status = stats::convergence_status(y).as_str();
    Ok((status, ends.status.as_str(), ends.improvement, ends.stability))
}

/// NaN in `val` is an epoch without a validation loss.
#[pyfunction]
pub(crate) fn overfitting_score(train: Series<'_>, val: Series<'_>) -> PyResult<f64> {
    let val: Vec<Option<f64>> = val.as_slice()?.iter().copied().map(Some).collect();
    Ok(stats::overfitting_score(train.as_slice()?, &val))
}
