//! `Place`: what Python writes instead of a file until it is whole.

use crate::attend::raised;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tachograph::export;

/// A file in the making; dropped or closed without `publish` it disappears.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct Place {
    path: PathBuf,
    place: Mutex<Option<export::Place>>,
}

impl Place {
    fn take(&self) -> Option<export::Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl Place {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let place = raised(py.detach(|| export::Place::of(&path)))?;
        Ok(Self { path: place.path().into(), place: Mutex::new(Some(place)) })
    }

    #[getter]
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    fn publish(&self, py: Python<'_>) -> PyResult<()> {
        match self.take() {
            Some(place) => raised(py.detach(|| place.publish())),
            None => Ok(()),
        }
    }

    fn close(&self) {
        drop(self.take());
    }
}
