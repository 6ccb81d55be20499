//! Runs of other recorders: event files of TensorBoard, run files of W&B.

use crate::array;
use crate::attend::{attended, raised};
use crate::error::invalid;
use crate::value::to_python;
use crate::writer::Writer;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tachograph::import::{self, Columns, Counts, EventOptions, LogSink};
use tachograph::types::Kind;

/// Event files of one run, read as rows.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct EventFiles {
    files: Mutex<import::EventFiles>,
}

#[pymethods]
impl EventFiles {
    #[new]
    #[pyo3(signature = (paths, *, merge_within_secs = 1.0))]
    fn new(paths: Vec<PathBuf>, merge_within_secs: f64) -> PyResult<Self> {
        let merge_within_micros = match Duration::try_from_secs_f64(merge_within_secs) {
            Ok(within) => u64::try_from(within.as_micros()).unwrap_or(u64::MAX),
            Err(_) if merge_within_secs > 0.0 => u64::MAX,
            Err(_) => {
                let reason = format!("{merge_within_secs} is no span of time; 0 keeps every one");
                return Err(invalid("merge_within_secs", reason));
            }
        };
        let files = import::EventFiles::new(paths, EventOptions { merge_within_micros });
        Ok(Self { files: Mutex::new(files) })
    }

    /// Appends rows to a writer's steps; true where the next rows belong to another attempt.
    #[pyo3(signature = (writer, progress = None))]
    fn append_to(
        &self,
        py: Python<'_>,
        writer: &Bound<'_, Writer>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<bool> {
        let core = writer.get().core()?;
        reading(py, progress, |progress| self.lock().read(&mut LogSink::new(core), progress))
    }

    /// The scalars by name: (steps, `wall_micros`, values), each an array.
    #[pyo3(signature = (progress = None))]
    fn columns<'py>(
        &self,
        py: Python<'py>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let columns = reading(py, progress, |progress| {
            let mut columns = Columns::default();
            while self.lock().read(&mut columns, progress)? {}
            Ok(columns)
        })?;
        let dict = PyDict::new(py);
        for (tag, column) in columns.0.into_iter().enumerate() {
            if !column.steps.is_empty() {
                let name = self.lock().tags().name(tag as u32).to_string();
                let is_int = column.kind == Kind::Int;
                let steps = array::ints(py, column.steps)?;
                let walls = array::ints(py, column.wall_micros)?;
                dict.set_item(name, (steps, walls, array::values(py, column.words, is_int)?))?;
            }
        }
        Ok(dict)
    }

    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let report = py.detach(|| self.lock().report());
        let dict = counted(py, &report.counts)?;
        dict.set_item("files", report.files)?;
        dict.set_item("foreign_files", report.foreign_files)?;
        dict.set_item("events", report.events)?;
        dict.set_item("wall_times_merged", report.wall_times_merged)?;
        dict.set_item("wall_time_moved_micros", report.wall_time_moved_micros)?;
        dict.set_item("restarts", report.restarts)?;
        let hparams = PyDict::new(py);
        for (name, value) in report.hparams.pairs() {
            hparams.set_item(name, to_python(py, value)?)?;
        }
        dict.set_item("hparams", hparams)?;
        Ok(dict)
    }
}

impl EventFiles {
    fn lock(&self) -> MutexGuard<'_, import::EventFiles> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The run file of W&B at a path, read as rows.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct WandbFile {
    file: Mutex<import::WandbFile>,
}

#[pymethods]
impl WandbFile {
    #[new]
    fn new(path: PathBuf) -> Self {
        Self { file: Mutex::new(import::WandbFile::new(path)) }
    }

    /// Appends all rows to a writer's steps.
    #[pyo3(signature = (writer, progress = None))]
    fn append_to(
        &self,
        py: Python<'_>,
        writer: &Bound<'_, Writer>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let core = writer.get().core()?;
        reading(py, progress, |progress| self.lock().read(&mut LogSink::new(core), progress))
    }

    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let report = py.detach(|| self.lock().report());
        let dict = counted(py, &report.counts)?;
        dict.set_item("records", report.records)?;
        dict.set_item("history", report.history)?;
        dict.set_item("run_id", report.run_id)?;
        dict.set_item("project", report.project)?;
        dict.set_item("display_name", report.display_name)?;
        dict.set_item("config", PyList::new(py, report.config)?)?;
        Ok(dict)
    }
}

impl WandbFile {
    fn lock(&self) -> MutexGuard<'_, import::WandbFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A report with what every one has.
fn counted<'py>(py: Python<'py>, counts: &Counts) -> PyResult<Bound<'py, PyDict>> {
    let skipped = PyDict::new(py);
    for (kind, count) in counts.skipped.iter() {
        skipped.set_item(kind, count)?;
    }
    let dict = PyDict::new(py);
    dict.set_item("rows", counts.rows)?;
    dict.set_item("scalars", counts.scalars)?;
    dict.set_item("damaged_places", counts.damaged_places)?;
    dict.set_item("damaged_bytes", counts.damaged_bytes)?;
    dict.set_item("torn_bytes", counts.torn_bytes)?;
    dict.set_item("malformed", counts.malformed)?;
    dict.set_item("skipped", skipped)?;
    dict.set_item("odd_wall_times", counts.odd_wall_times)?;
    dict.set_item("first_wall_micros", counts.first_wall_micros)?;
    Ok(dict)
}

/// Reads; `progress` gets the bytes read so far.
fn reading<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    read: impl FnOnce(import::Progress<'_>) -> tachograph::Result<T> + Send,
) -> PyResult<T> {
    let call = |progress: &Bound<'_, PyAny>, bytes| progress.call1((bytes,)).map(drop);
    attended(py, progress.as_ref(), call, |tell| raised(read(tell)))
}
