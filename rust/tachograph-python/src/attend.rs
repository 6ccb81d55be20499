//! Long work without holding up other threads, which tells how far it is and can be ended.

use crate::error::CoreError;
use pyo3::prelude::*;
use tachograph::{Error, Result};

/// Tells how far the work is; an error ends it.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(u64) -> Result<()>;

/// Works; `call` calls `progress` with what the work tells, and what that raises ends the work, as
/// does a signal.
pub(crate) fn attended<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    call: impl Fn(&Bound<'_, PyAny>, u64) -> PyResult<()> + Send + Sync,
    work: impl FnOnce(Tell<'_>) -> PyResult<T> + Send,
) -> PyResult<T> {
    let mut raised = None;
    let done = py.detach(|| {
        work(&mut |far| {
            let told = Python::attach(|py| {
                py.check_signals()?;
                progress.map_or(Ok(()), |progress| call(progress.bind(py), far))
            });
            told.map_err(|error| {
                raised = Some(error);
                Error::Closed("the work was ended".into())
            })
        })
    });
    match raised {
        Some(error) => Err(error),
        None => done,
    }
}

/// An error of the core as Python's.
pub(crate) fn raised<T>(result: Result<T>) -> PyResult<T> {
    Ok(result.map_err(CoreError)?)
}
