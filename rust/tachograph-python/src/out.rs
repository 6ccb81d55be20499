//! Exports to a path or to a file object.

use crate::attend::{Tell, attended};
use crate::error::{CoreError, wrong_type};
use crate::scalar::type_name;
use crate::value::to_value;
use pyo3::exceptions::{PyBlockingIOError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::cell::{Cell, RefCell};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use tachograph::export::{self, CsvOptions, Session, SessionState};
use tachograph::log::{LogReader, holder};
use tachograph::store::{self, Frame, View};
use tachograph::types::{Chunk, Table, Value};
use tachograph::{Error, Result};

/// Values with their names.
type Named = [(String, Value)];

/// Where an export goes.
pub(crate) enum Out {
    /// A file, written beside its place and then renamed.
    Path(PathBuf),
    /// An object with a `write` method that takes bytes.
    Object(Py<PyAny>),
}

impl Out {
    pub(crate) fn of(out: &Bound<'_, PyAny>) -> PyResult<Self> {
        if out.hasattr("write")? {
            return Ok(Self::Object(out.clone().unbind()));
        }
        out.extract().map(Self::Path).map_err(|_| {
            wrong_type(format!(
                "out must be a path or a binary file object, not {}",
                type_name(out)
            ))
        })
    }

    fn write(self, work: impl FnOnce(&mut dyn Write) -> Result<()>) -> PyResult<()> {
        match self {
            Self::Path(path) => Ok(export::to_path(&path, work).map_err(CoreError)?),
            Self::Object(object) => {
                let mut raised = None;
                let file = PyFile { object, raised: &mut raised };
                let mut out = BufWriter::with_capacity(1 << 16, file);
                let done = work(&mut out).and_then(|()| out.flush().map_err(stream_error));
                // What stands in the buffer of a failed export is nothing to be written.
                drop(out.into_parts());
                match raised {
                    Some(error) => Err(error),
                    None => Ok(done.map_err(CoreError)?),
                }
            }
        }
    }
}

fn stream_error(source: io::Error) -> Error {
    Error::Io { operation: "write", path: "the output".into(), source }
}

/// Whether None, returned by its `write`, says that nothing could be written yet.
fn is_raw(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    object.is_instance(&object.py().import("io")?.getattr("RawIOBase")?)
}

/// A Python file object; what it raises is kept for the caller.
struct PyFile<'a> {
    object: Py<PyAny>,
    raised: &'a mut Option<PyErr>,
}

impl Write for PyFile<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.raised.is_some() {
            return Err(io::Error::other("the file object failed"));
        }
        let written = Python::attach(|py| {
            let result = self.object.bind(py).call_method1("write", (PyBytes::new(py, data),))?;
            if result.is_none() {
                let would_block = "the file object takes nothing now: it must not be non-blocking";
                let error = PyBlockingIOError::new_err(would_block);
                return if is_raw(self.object.bind(py))? { Err(error) } else { Ok(data.len()) };
            }
            // A raw stream may take less than all.
            let n = result.extract::<usize>()?;
            let message = || format!("write() of the file object took {n} of {} bytes", data.len());
            if n > data.len() { Err(PyValueError::new_err(message())) } else { Ok(n) }
        });
        written.map_err(|error| {
            *self.raised = Some(error);
            io::Error::other("the file object failed")
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Pairs of a name and any value.
pub(crate) fn pairs(list: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Value)>> {
    list.try_iter()?
        .map(|pair| {
            let (key, value) = pair?.extract::<(String, Bound<'_, PyAny>)>()?;
            Ok((key, to_value(&value)?))
        })
        .collect()
}

/// Writes what `work` makes of a run; `progress` gets (rows done, `total`).
fn export(
    py: Python<'_>,
    out: Out,
    progress: Option<&Py<PyAny>>,
    total: usize,
    work: impl FnOnce(&mut dyn Write, Tell<'_>) -> Result<()> + Send,
) -> PyResult<()> {
    let call = |progress: &Bound<'_, PyAny>, done: u64| {
        progress.call1((done.min(total as u64), total)).map(drop)
    };
    attended(py, progress, call, |tell| {
        out.write(|out| {
            work(out, tell)?;
            tell(total as u64)
        })
    })
}

/// A table as it is exported, and how many rows it has before those of one step are merged.
fn whole<'a>(py: Python<'_>, log: &'a LogReader, table: Table) -> (usize, Frame<'a>) {
    py.detach(|| {
        let view = View::new(log, table, false);
        (view.len(), Frame::all(view))
    })
}

/// The chunks; `tell` hears of the rows before each.
fn told<'a>(
    chunks: impl Iterator<Item = Chunk> + 'a,
    tell: Tell<'a>,
) -> impl Iterator<Item = Result<Chunk>> + 'a {
    let mut done = 0;
    chunks.map(move |chunk| {
        tell(done)?;
        done += chunk.rows() as u64;
        Ok(chunk)
    })
}

pub(crate) fn json_lines(
    py: Python<'_>,
    log: &LogReader,
    out: Out,
    table: Table,
    progress: Option<&Py<PyAny>>,
) -> PyResult<()> {
    let (total, frame) = whole(py, log, table);
    export(py, out, progress, total, |out, tell| {
        let (columns, chunks) = ((frame.schema(), frame.keys()), told(frame.chunks(), tell));
        match table {
            Table::Epochs => export::write_epochs_jsonl(out, columns, chunks),
            Table::Steps => export::write_steps_jsonl(out, columns, chunks),
        }
    })
}

pub(crate) fn csv(
    py: Python<'_>,
    log: &LogReader,
    out: Out,
    table: Table,
    options: CsvOptions,
    progress: Option<&Py<PyAny>>,
) -> PyResult<()> {
    let (total, frame) = whole(py, log, table);
    export(py, out, progress, total, |out, tell| {
        let chunks = told(frame.chunks(), tell);
        let columns = (frame.schema(), frame.keys());
        match table {
            Table::Epochs => export::write_epochs_csv(out, columns, chunks, options),
            Table::Steps => export::write_steps_csv(out, columns, chunks, options),
        }
    })
}

pub(crate) fn events(
    py: Python<'_>,
    log: &LogReader,
    out: Out,
    hparams: Vec<(String, Value)>,
    progress: Option<&Py<PyAny>>,
) -> PyResult<()> {
    let view = |table| View::new(log, table, false);
    let (epochs, steps, state) =
        py.detach(|| (view(Table::Epochs), view(Table::Steps), session_state(log)));
    let state = state.map_err(CoreError)?;
    let session = Session { hparams, started_micros: log.created_micros(), state };
    export(py, out, progress, epochs.len() + steps.len(), |out, tell| {
        export::write_events(out, &epochs, &steps, &session, tell)
    })
}

fn session_state(log: &LogReader) -> Result<SessionState> {
    let ended = store::attempts(log).last().and_then(|attempt| attempt.ended_micros);
    if let Some(ended) = ended.filter(|_| log.closed()) {
        return Ok(SessionState::Closed(ended));
    }
    let is_written = match (log.run_dir(), log.path()) {
        (Some(dir), _) => holder(dir)?.is_some(),
        // Only a writer has a run in memory.
        (None, path) => path.is_none(),
    };
    Ok(if is_written { SessionState::Running } else { SessionState::Crashed })
}

pub(crate) fn record_json(
    py: Python<'_>,
    log: &LogReader,
    out: Out,
    (head, tail): (&Named, &Named),
    progress: Option<&Py<PyAny>>,
) -> PyResult<()> {
    let view = py.detach(|| View::new(log, Table::Epochs, false));
    export(py, out, progress, view.len(), |out, tell| {
        let chunks = told(view.chunks(), tell);
        export::write_record_json(out, head, (view.schema(), view.keys()), chunks, tail)
    })
}

pub(crate) fn steps_json(
    py: Python<'_>,
    log: &LogReader,
    out: Out,
    (head, tail): (&Named, &Named),
    progress: Option<&Py<PyAny>>,
) -> PyResult<()> {
    let (rows, frame) = whole(py, log, Table::Steps);
    // Rows are read once for each list: step, attempt, wall time, and a list a metric.
    let total = rows * (3 + frame.keys().len());
    export(py, out, progress, total, |out, tell| {
        let (tell, done) = (RefCell::new(tell), Cell::new(0));
        let chunks = |wanted: &[usize]| {
            frame.chunks_of(wanted).map(|chunk| {
                tell.borrow_mut()(done.get())?;
                done.set(done.get() + chunk.rows() as u64);
                Ok(chunk)
            })
        };
        export::write_steps_json(out, head, (frame.schema(), frame.keys()), chunks, tail)
    })
}
