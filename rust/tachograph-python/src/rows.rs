//! Single rows as dictionaries.

use crate::value::to_python;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tachograph::types::{Chunk, ColumnKey, Kind, Role};

/// A row: `label`, `seq`, `attempt`, `wall_micros`, and a dictionary of values for each role.
pub(crate) fn row_dict<'py>(
    py: Python<'py>,
    schema: &[ColumnKey],
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
    for column in &chunk.columns {
        let Some(word) = column.get(row) else { continue };
        let key = &schema[column.index];
        let into = of_role(key.role);
        match column.kind {
            Kind::Float => into.set_item(&*key.name, f64::from_bits(word))?,
            Kind::Int => into.set_item(&*key.name, word as i64)?,
        }
    }
    let first = chunk.extras.partition_point(|(at, ..)| *at < row);
    for (_, key, value) in chunk.extras[first..].iter().take_while(|(at, ..)| *at == row) {
        of_role(key.role).set_item(&*key.name, to_python(py, value)?)?;
    }
    dict.set_item("fields", &fields)?;
    dict.set_item("metrics", &metrics)?;
    dict.set_item("train", &train)?;
    dict.set_item("val", &val)?;
    Ok(dict)
}
