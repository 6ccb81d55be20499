//! Looking after runs: verify, repair, pack; and the report of what was found.

use crate::error::CoreError;
use crate::value::to_value;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::path::{Path, PathBuf};
use tachograph::export;
use tachograph::log::{self, Report};

/// Reads and checks every byte of every file of a run.
#[pyfunction]
pub(crate) fn verify(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let report = py.detach(|| log::verify(&path)).map_err(CoreError)?;
    let dict = report_dict(py, &report, Some(&path))?;
    dict.set_item("ok", report.is_sound())?;
    Ok(dict)
}

/// Writes what can be read into a new, closed run.
#[pyfunction]
pub(crate) fn repair(
    py: Python<'_>,
    source: PathBuf,
    target_dir: PathBuf,
) -> PyResult<Bound<'_, PyDict>> {
    let report = py.detach(|| log::repair(&source, &target_dir, log::new_uuid()));
    let report = report.map_err(CoreError)?;
    let dict = report_dict(py, &report, Some(&source))?;
    dict.set_item("lossy", report.is_lossy())?;
    Ok(dict)
}

/// Writes one self-contained file of a run.
#[pyfunction]
pub(crate) fn pack(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
) -> PyResult<Bound<'_, PyDict>> {
    let report = py.detach(|| log::pack(&source, &target)).map_err(CoreError)?;
    let dict = report_dict(py, &report, Some(&source))?;
    dict.set_item("bytes", std::fs::metadata(&target).map_or(0, |meta| meta.len()))?;
    Ok(dict)
}

/// A structured value as `save` writes it.
#[pyfunction]
pub(crate) fn value_to_json(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let mut out = Vec::new();
    export::value_to_json(&to_value(value)?, &mut out);
    Ok(String::from_utf8(out)?)
}

/// The content of a file, decompressed.
#[pyfunction]
pub(crate) fn read_decompressed(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyBytes>> {
    let content = py.detach(|| export::from_path(&path)).map_err(CoreError)?;
    Ok(PyBytes::new(py, &content))
}

/// A report as a dictionary.
pub(crate) fn report_dict<'py>(
    py: Python<'py>,
    report: &Report,
    path: Option<&Path>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("rows", report.rows)?;
    dict.set_item("rows_sealed", report.rows_sealed)?;
    dict.set_item("rows_lost", report.rows_lost)?;
    dict.set_item("frames", report.frames)?;
    dict.set_item("closed", report.closed)?;
    dict.set_item("torn_tail_bytes", report.torn_bytes)?;
    dict.set_item("first_bad_offset", report.first_bad().map(|damage| damage.offset))?;
    let found = path.map(log::files).unwrap_or_default();
    // A file by itself has whatever name it was given.
    let single = found.first().filter(|_| path.is_some_and(Path::is_file) && found.len() == 1);
    dict.set_item("rows_lost_known", !report.may_have_lost_more())?;
    let damage = PyList::empty(py);
    for one in &report.damage {
        let entry = PyDict::new(py);
        entry.set_item("file", single.map_or(&one.file, |(name, _)| name))?;
        entry.set_item("offset", one.offset)?;
        entry.set_item("length", one.len)?;
        entry.set_item("reason", &one.reason)?;
        entry.set_item("rows", report.rows_of(one))?;
        entry.set_item("table", one.table.map(tachograph::types::Table::name))?;
        entry.set_item("first_step", one.labels.map(|labels| labels.0))?;
        entry.set_item("last_step", one.labels.map(|labels| labels.1))?;
        entry.set_item("column", one.column.as_deref())?;
        damage.append(entry)?;
    }
    dict.set_item("damage", damage)?;
    let files = PyList::empty(py);
    let mut total = 0;
    for (name, bytes) in &found {
        total += bytes;
        let entry = PyDict::new(py);
        entry.set_item("name", name)?;
        entry.set_item("bytes", bytes)?;
        files.append(entry)?;
    }
    dict.set_item("files", files)?;
    dict.set_item("file_bytes", total)?;
    Ok(dict)
}
