//! A table as record batches of Apache Arrow: one batch a chunk, its memory handed over.
//!
//! | column | type |
//! |---|---|
//! | `step`, `epoch`, `attempt` | int64, never null |
//! | `wall_time`, `timestamp` | timestamp in microseconds, UTC, never null |
//! | `is_best` | boolean |
//! | all of whose values are integers | int64 |
//! | all of whose values are numbers | float64 |
//! | with any value that is no number | large UTF-8: what CSV holds, text as it is |
//!
//! Columns and their names are those of CSV, without its guard against formulas, and with `␀` for NUL,
//! which no name of Arrow's C interface can have. What was not
//! recorded is null, or the record's default for learning rate, epoch time and `is_best`; NaN is a
//! value.

mod build;
mod layout;
mod request;
mod whole;

pub use whole::{Whole, WholeColumn, whole_columns};

use crate::Result;
use crate::store::{Cursor, Epochs, Frame, Wanted};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use layout::Layout;
use request::Request;
use std::sync::Arc;

/// A frame's record batches in order.
pub struct Batches {
    frame: Arc<Frame<'static>>,
    layout: Layout,
    /// Those that steps may be in, if that is wanted.
    epochs: Epochs,
    wanted: Wanted,
    cursor: Cursor,
    request: Option<Request>,
}

impl Batches {
    /// The batches of a frame, in the types that are asked for.
    ///
    /// `requested` has the frame's columns in their order. Integers can be had in any width and as
    /// floats that equal them, floats as float32, times in any unit and zone, text as UTF-8 of
    /// either size or as views.
    pub fn new(frame: Arc<Frame<'static>>, requested: Option<&Schema>) -> Result<Self> {
        let layout = Layout::new(&frame);
        let request =
            requested.map(|requested| Request::new(&layout.schema, requested)).transpose()?;
        let epochs = if layout.has_epochs { frame.epochs() } else { Epochs::default() };
        let (wanted, cursor) = (frame.wanted(), Cursor::default());
        Ok(Self { frame, layout, epochs, wanted, cursor, request: request.flatten() })
    }

    /// The columns as they are without a request.
    pub fn schema_of(frame: &Frame<'_>) -> SchemaRef {
        Layout::new(frame).schema
    }

    fn read(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let Some(chunk) = self.frame.next(&mut self.cursor, &self.wanted) else { return Ok(None) };
        let refused = |error: crate::Error| ArrowError::ExternalError(Box::new(error));
        let arrays = self.layout.arrays(chunk, &self.epochs).map_err(refused)?;
        Ok(Some(match &self.request {
            Some(request) => request.batch(&arrays)?,
            None => RecordBatch::try_new(Arc::clone(&self.layout.schema), arrays)?,
        }))
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        match &self.request {
            Some(request) => Arc::clone(&request.schema),
            None => Arc::clone(&self.layout.schema),
        }
    }
}
