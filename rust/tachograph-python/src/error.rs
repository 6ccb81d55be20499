//! The one place where errors of the core become Python exceptions.

use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use tachograph::Error;

pyo3::import_exception!(tachograph.exceptions, ArgumentTypeError);
pyo3::import_exception!(tachograph.exceptions, CorruptLogError);
pyo3::import_exception!(tachograph.exceptions, InvalidArgumentError);
pyo3::import_exception!(tachograph.exceptions, LogIOError);
pyo3::import_exception!(tachograph.exceptions, RecorderClosedError);
pyo3::import_exception!(tachograph.exceptions, RecordingWarning);
pyo3::import_exception!(tachograph.exceptions, RunExistsError);
pyo3::import_exception!(tachograph.exceptions, RunLockedError);
pyo3::import_exception!(tachograph.exceptions, RunNotFoundError);
pyo3::import_exception!(tachograph.exceptions, UnsupportedFormatError);
pyo3::import_exception!(tachograph.exceptions, UnsupportedValueError);

/// An error of the core on its way to Python.
pub(crate) struct CoreError(pub(crate) Error);

impl From<Error> for CoreError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<CoreError> for PyErr {
    fn from(CoreError(error): CoreError) -> Self {
        let message = error.to_string();
        Python::attach(|py| {
            let with = |exception: Self, attributes: &[(&str, Bound<'_, PyAny>)]| {
                for (name, value) in attributes {
                    if let Err(failed) = exception.value(py).setattr(*name, value) {
                        return failed;
                    }
                }
                exception
            };
            let text = |text: &str| pyo3::types::PyString::new(py, text).into_any();
            match &error {
                Error::Io { operation, path, source } => match source.raw_os_error() {
                    Some(errno) => {
                        // As any OSError: the message is made of the three.
                        let text = source.to_string();
                        let reason = text.split(" (os error").next().unwrap_or(&text);
                        let reason = format!("cannot {operation}: {reason}");
                        LogIOError::new_err((errno, reason, path.to_string_lossy().into_owned()))
                    }
                    None => LogIOError::new_err(message),
                },
                Error::Corrupt { offset, .. } => match offset.into_pyobject(py) {
                    Ok(offset) => {
                        with(CorruptLogError::new_err(message), &[("offset", offset.into_any())])
                    }
                    Err(never) => match never {},
                },
                Error::Unsupported { path, .. } => {
                    let path = text(&path.to_string_lossy());
                    with(UnsupportedFormatError::new_err(message), &[("path", path)])
                }
                Error::Locked { path, holder } => {
                    let path = text(&path.to_string_lossy());
                    let attributes = [("path", path), ("holder", text(holder))];
                    with(RunLockedError::new_err(message), &attributes)
                }
                Error::Invalid { argument, .. } => {
                    let attributes = [("argument", text(argument))];
                    with(InvalidArgumentError::new_err(message), &attributes)
                }
                Error::NotFound(_) => RunNotFoundError::new_err(message),
                Error::Closed(_) => RecorderClosedError::new_err(message),
                _ => PyOSError::new_err(message),
            }
        })
    }
}

/// A metric's value that cannot be kept.
pub(crate) fn unsupported(py: Python<'_>, metric: &str, message: String) -> PyErr {
    let exception = UnsupportedValueError::new_err(message);
    match exception.value(py).setattr("metric", metric) {
        Ok(()) => exception,
        Err(failed) => failed,
    }
}

/// A refused argument.
pub(crate) fn invalid(argument: &str, reason: impl Into<String>) -> PyErr {
    CoreError(Error::Invalid { argument: argument.into(), reason: reason.into() }).into()
}

/// An argument of the package's own interface that has the wrong type.
pub(crate) fn argument_type(argument: &str, message: &str) -> PyErr {
    let exception = ArgumentTypeError::new_err(message.to_owned());
    Python::attach(|py| match exception.value(py).setattr("argument", argument) {
        Ok(()) => exception,
        Err(failed) => failed,
    })
}

/// An argument of the wrong type.
pub(crate) fn wrong_type(message: impl Into<String>) -> PyErr {
    PyTypeError::new_err(message.into())
}
