//! Single rows as dictionaries.

use crate::value::to_python;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::HashMap;
use tachograph::types::{Chunk, ColumnKey, Kind, Role, Value};

/// The columns of a table.
pub(crate) struct RowKeys {
    /// Those of numbers, as chunks name them.
    pub(crate) schema: Vec<ColumnKey>,
    /// Where each column stands in first-seen order.
    pub(crate) places: HashMap<ColumnKey, usize>,
}

/// A value of a row.
enum Cell<'a> {
    Number(Kind, u64),
    Structured(&'a Value),
}

/// A row: `label`, `seq`, `attempt`, `wall_micros`, and a dictionary of values for each role.
pub(crate) fn row_dict<'py>(
    py: Python<'py>,
    columns: &RowKeys,
    chunk: &Chunk,
    row: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("label", chunk.label[row])?;
    dict.set_item("seq", chunk.seq[row])?;
    dict.set_item("attempt", chunk.attempt)?;
    dict.set_item("wall_micros", chunk.wall_micros[row])?;
    let [fields, metrics, train, val] = [(); 4].map(|()| PyDict::new(py));
    let of_role = |role| match role {
        Role::Field => &fields,
        Role::Metric => &metrics,
        Role::Train => &train,
        Role::Val => &val,
    };
    for (key, cell) in cells(columns, chunk, row) {
        let (into, name) = (of_role(key.role), &*key.name);
        match cell {
            Cell::Number(Kind::Float, word) => into.set_item(name, f64::from_bits(word))?,
            Cell::Number(Kind::Int, word) => into.set_item(name, word as i64)?,
            Cell::Structured(value) => into.set_item(name, to_python(py, value)?)?,
        }
    }
    dict.set_item("fields", &fields)?;
    dict.set_item("metrics", &metrics)?;
    dict.set_item("train", &train)?;
    dict.set_item("val", &val)?;
    Ok(dict)
}

/// The values of a row in the order of the columns.
fn cells<'a>(columns: &'a RowKeys, chunk: &'a Chunk, row: usize) -> Vec<(&'a ColumnKey, Cell<'a>)> {
    let numbers = chunk.columns.iter().filter_map(|column| {
        Some((&columns.schema[column.index], Cell::Number(column.kind, column.get(row)?)))
    });
    let mut cells: Vec<_> = numbers.collect();
    let first = chunk.extras.partition_point(|(at, ..)| *at < row);
    let extras = chunk.extras[first..].iter().take_while(|(at, ..)| *at == row);
    let n_numbers = cells.len();
    cells.extend(extras.map(|(_, key, value)| (key, Cell::Structured(value))));
    if cells.len() > n_numbers {
        cells.sort_by_cached_key(|(key, _)| columns.places.get(*key).copied());
    }
    cells
}
