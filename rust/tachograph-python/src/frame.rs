//! `Frame`: a table, or what is wanted of it, as Arrow and NumPy take it.

use crate::array::owned;
use crate::error::{CoreError, argument_type, invalid};
use crate::reader::{column_key, table_of};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_schema::Schema;
use arrow_schema::ffi::FFI_ArrowSchema;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};
use std::ffi::CStr;
use std::sync::Arc;
use tachograph::export::{Batches, Whole, whole_columns};
use tachograph::log::LogReader;
use tachograph::store::{self, Choice, View};

const SCHEMA: &CStr = c"arrow_schema";
const STREAM: &CStr = c"arrow_array_stream";

/// A column: name, values, and which of them are absent.
type Column<'py> = (String, Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);

/// Rows and columns of a run as it was when this was made.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct Frame {
    frame: Arc<store::Frame<'static>>,
}

impl Frame {
    pub(crate) fn new(
        log: Arc<LogReader>,
        table: &str,
        columns: Option<Vec<(u8, String)>>,
        range: (Option<i64>, Option<i64>),
        raw: bool,
    ) -> PyResult<Self> {
        let key = |(role, name): (u8, String)| column_key(role, name);
        let columns = columns
            .map(|columns| columns.into_iter().map(key).collect::<PyResult<_>>())
            .transpose()?;
        let choice = Choice { columns, start: range.0, stop: range.1, raw };
        let view = View::new(log, table_of(table)?, false);
        Ok(Self { frame: Arc::new(store::Frame::new(view, choice)) })
    }

    fn batches(&self, requested: Option<&Schema>) -> PyResult<Batches> {
        Ok(Batches::new(Arc::clone(&self.frame), requested).map_err(CoreError)?)
    }
}

#[pymethods]
impl Frame {
    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.frame.len())
    }

    fn names(&self) -> Vec<String> {
        Batches::schema_of(&self.frame).fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(&*Batches::schema_of(&self.frame));
        let schema = schema.map_err(|error| invalid("columns", error.to_string()))?;
        PyCapsule::new_with_value(py, schema, SCHEMA)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let requested = requested_schema.map(schema_in).transpose()?;
        let batches = self.batches(requested.as_ref())?;
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), STREAM)
    }

    /// (name, values, absent or None) of each column.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Vec<Column<'py>>> {
        let batches = self.batches(None)?;
        let columns = py.detach(|| whole_columns(batches)).map_err(CoreError)?;
        columns
            .into_iter()
            .map(|column| {
                let (values, absent) = match column.values {
                    Whole::Ints(values, absent) => (owned(py, values).into_any(), absent),
                    Whole::Times(values) => (owned(py, values).into_any(), None),
                    Whole::Floats(values) => (owned(py, values).into_any(), None),
                    Whole::Truths(values) => (owned(py, values).into_any(), None),
                    Whole::Texts(values) => (PyList::new(py, values)?.into_any(), None),
                };
                Ok((column.name, values, absent.map(|absent| owned(py, absent).into_any())))
            })
            .collect()
    }
}

/// The schema in a capsule, which stays the caller's.
fn schema_in(object: &Bound<'_, PyAny>) -> PyResult<Schema> {
    let refused = |reason: &str| argument_type("requested_schema", reason);
    let capsule = object.cast::<PyCapsule>().map_err(|_| {
        refused("requested_schema must be what __arrow_c_schema__() of a schema returns")
    })?;
    let pointer = capsule
        .pointer_checked(Some(SCHEMA))
        .map_err(|_| refused("requested_schema must be a capsule called 'arrow_schema'"))?;
    // SAFETY: a capsule of this name holds a schema of the C data interface, which lives as long as
    // the capsule does.
    let schema = unsafe { pointer.cast::<FFI_ArrowSchema>().as_ref() };
    if schema.release().is_none() {
        return Err(invalid("requested_schema", "was released; it can be used only once"));
    }
    Schema::try_from(schema).map_err(|error| invalid("requested_schema", error.to_string()))
}
