//! Whole columns, for programs that know no Arrow.

use super::Batches;
use super::layout::Content;
use crate::{Error, Result};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatchReader};

/// A column of a frame over all of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeColumn {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Whole,
}

/// The values of a whole column.
#[derive(Clone, Debug, PartialEq)]
pub enum Whole {
    /// Integers, and which rows hold none (their values are 0) if any does.
    Ints(Vec<i64>, Option<Vec<bool>>),
    /// Floats; NaN where there is none.
    Floats(Vec<f64>),
    /// Truth values.
    Truths(Vec<bool>),
    /// Microseconds since 1970-01-01 UTC.
    Times(Vec<i64>),
    /// Text.
    Texts(Vec<Option<String>>),
}

impl Whole {
    fn extend(&mut self, array: &ArrayRef) {
        match self {
            Self::Ints(values, absent) => {
                let array = array.as_primitive::<Int64Type>();
                let before = values.len();
                values.extend_from_slice(array.values());
                if array.null_count() > 0 || absent.is_some() {
                    let absent = absent.get_or_insert_with(|| vec![false; before]);
                    absent.resize(values.len(), false);
                    for row in (0..array.len()).filter(|&row| array.is_null(row)) {
                        (values[before + row], absent[before + row]) = (0, true);
                    }
                }
            }
            Self::Floats(values) => {
                let array = array.as_primitive::<Float64Type>();
                let before = values.len();
                values.extend_from_slice(array.values());
                if array.null_count() > 0 {
                    for row in (0..array.len()).filter(|&row| array.is_null(row)) {
                        values[before + row] = f64::NAN;
                    }
                }
            }
            Self::Truths(values) => values.extend(array.as_boolean().values().iter()),
            Self::Times(values) => {
                values.extend_from_slice(array.as_primitive::<TimestampMicrosecondType>().values());
            }
            Self::Texts(values) => {
                let texts = array.as_string::<i64>().iter();
                values.extend(texts.map(|text| text.map(str::to_owned)));
            }
        }
    }
}

/// Reads all batches, in the frame's own types, into one vector a column.
pub fn whole_columns(mut batches: Batches) -> Result<Vec<WholeColumn>> {
    let most = batches.frame.most_rows();
    let schema = batches.schema();
    let leads = schema.fields().len() - batches.layout.columns.len();
    let empty = |at: usize| match at.checked_sub(leads) {
        None if at + 1 == leads => Whole::Times(Vec::with_capacity(most)),
        None => Whole::Ints(Vec::with_capacity(most), None),
        Some(at) => match batches.layout.columns[at].content {
            Content::Int => Whole::Ints(Vec::with_capacity(most), None),
            Content::Float(_) => Whole::Floats(Vec::with_capacity(most)),
            Content::Truth => Whole::Truths(Vec::with_capacity(most)),
            Content::Text => Whole::Texts(Vec::new()),
        },
    };
    let mut columns: Vec<WholeColumn> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| WholeColumn { name: field.name().clone(), values: empty(at) })
        .collect();
    for batch in &mut batches {
        let batch = batch.map_err(|error| match error {
            arrow_schema::ArrowError::ExternalError(error) => match error.downcast::<Error>() {
                Ok(error) => *error,
                Err(error) => Error::invalid("columns", error.to_string()),
            },
            error => Error::invalid("columns", error.to_string()),
        })?;
        for (column, array) in columns.iter_mut().zip(batch.columns()) {
            column.values.extend(array);
        }
    }
    for column in &mut columns {
        match &mut column.values {
            Whole::Ints(values, _) | Whole::Times(values) => values.shrink_to_fit(),
            Whole::Floats(values) => values.shrink_to_fit(),
            Whole::Truths(values) => values.shrink_to_fit(),
            Whole::Texts(values) => values.shrink_to_fit(),
        }
    }
    Ok(columns)
}
