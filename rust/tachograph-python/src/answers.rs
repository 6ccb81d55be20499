//! What the core says of a run's columns, as dicts.

use bytemuck::NoUninit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use tachograph::stats::{Bin, ColumnCourse, Convergence, Ends, Stability};

pub(crate) fn course_dict<'py>(
    py: Python<'py>,
    course: &ColumnCourse,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("n", course.len())?;
    match course.ints() {
        Some(ends) => set_ends(&dict, Some(ends))?,
        None => set_ends(&dict, course.floats())?,
    }
    let lost = course.not_finite();
    dict.set_item("n_not_finite", lost.n)?;
    dict.set_item("first_not_finite", lost.first)?;
    dict.set_item("last_not_finite", lost.last)?;
    dict.set_item("rows_per_bin", course.rows_per_bin())?;
    dict.set_item("last_label", course.last_label())?;
    let bins = course.bins();
    let labels: Vec<i64> = bins.iter().map(|bin| bin.label).collect();
    dict.set_item("labels", plain_array(py, "q", &labels)?)?;
    let floats =
        |of: fn(&Bin) -> f64| plain_array(py, "d", &bins.iter().map(of).collect::<Vec<_>>());
    dict.set_item("means", floats(|bin| bin.mean)?)?;
    dict.set_item("lows", floats(|bin| bin.low)?)?;
    dict.set_item("highs", floats(|bin| bin.high)?)?;
    Ok(dict)
}

/// An `array.array` of the values, for which NumPy need not be loaded.
fn plain_array<'py, T: NoUninit>(
    py: Python<'py>,
    code: &str,
    values: &[T],
) -> PyResult<Bound<'py, PyAny>> {
    let bytes = PyBytes::new(py, bytemuck::cast_slice(values));
    py.import("array")?.getattr("array")?.call1((code, bytes))
}

fn set_ends<'py, T: IntoPyObject<'py> + Copy>(
    dict: &Bound<'py, PyDict>,
    ends: Option<Ends<T>>,
) -> PyResult<()> {
    dict.set_item("first", ends.map(|ends| ends.first))?;
    dict.set_item("last", ends.map(|ends| ends.last))?;
    let extremes = ends.and_then(|ends| ends.extremes);
    dict.set_item("low", extremes.map(|(low, _)| low))?;
    dict.set_item("high", extremes.map(|(_, high)| high))
}

pub(crate) fn stability_dict<'py>(
    py: Python<'py>,
    found: Option<&Stability>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    if let Some(found) = found {
        dict.set_item("train_trend", found.train_trend)?;
        dict.set_item("val_trend", found.val_trend)?;
        dict.set_item("train_volatility", found.train_volatility)?;
        dict.set_item("val_volatility", found.val_volatility)?;
        dict.set_item("overfitting_score", found.overfitting_score)?;
        dict.set_item("convergence_status", found.convergence_status.as_str())?;
        dict.set_item("non_finite_train", found.non_finite_train)?;
        dict.set_item("non_finite_val", found.non_finite_val)?;
    }
    Ok(dict)
}

pub(crate) fn convergence_dict<'py>(
    py: Python<'py>,
    found: &Convergence,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("status", found.status.as_str())?;
    if let (Some(improvement), Some(stability)) = (found.improvement, found.stability) {
        dict.set_item("improvement", improvement)?;
        dict.set_item("stability", stability)?;
    }
    Ok(dict)
}
