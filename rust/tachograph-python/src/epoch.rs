//! The row of one epoch, and rows in general while they are put together.

use crate::error::unsupported;
use crate::keys::name_of;
use crate::scalar::{self, Refusal, Scalar};
use crate::value::to_value;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tachograph::Result;
use tachograph::log::{MixedRow, Writer};
use tachograph::types::{ColumnKey, Role, Table, Value};

/// Words with their bitmaps.
#[derive(Default)]
pub(crate) struct Cells {
    words: Vec<u64>,
    present: Vec<u64>,
    ints: Vec<u64>,
}

impl Cells {
    pub(crate) fn with_capacity(n: usize) -> Self {
        let bits = n.div_ceil(64);
        Self {
            words: Vec::with_capacity(n),
            present: Vec::with_capacity(bits),
            ints: Vec::with_capacity(bits),
        }
    }

    pub(crate) fn push(&mut self, scalar: Scalar) {
        let at = self.words.len();
        if at.is_multiple_of(64) {
            self.present.push(0);
            self.ints.push(0);
        }
        let (word, present, int) = match scalar {
            Scalar::Float(bits) => (bits, 1, 0),
            Scalar::Int(value) => (value as u64, 1, 1),
            Scalar::Absent => (0, 0, 0),
        };
        self.words.push(word);
        if let (Some(bits), Some(ints)) = (self.present.last_mut(), self.ints.last_mut()) {
            *bits |= present << (at % 64);
            *ints |= int << (at % 64);
        }
    }

    pub(crate) fn mixed<'a>(&'a self, extras: &'a [(ColumnKey, Value)]) -> MixedRow<'a> {
        MixedRow { words: &self.words, present: &self.present, ints: &self.ints, extras }
    }
}

/// The row of an epoch.
#[derive(Default)]
pub(crate) struct EpochRow {
    keys: Vec<ColumnKey>,
    cells: Cells,
    extras: Vec<(ColumnKey, Value)>,
}

impl EpochRow {
    /// The record's own numbers; absent ones are left out.
    pub(crate) fn fields(&mut self, fields: &Bound<'_, PyDict>) -> PyResult<()> {
        for (key, value) in fields {
            let name = name_of(&key)?;
            let read = scalar::scalar(&value);
            let scalar = read.map_err(|why| refuse(&name, &value, why))?;
            self.scalar(ColumnKey::new(Role::Field, name), scalar);
        }
        Ok(())
    }

    /// Metrics: numbers become columns, anything else is kept as it is.
    pub(crate) fn metrics(&mut self, role: Role, metrics: &Bound<'_, PyDict>) -> PyResult<()> {
        for (key, value) in metrics {
            let name = name_of(&key)?;
            match scalar::scalar(&value) {
                Ok(scalar) => self.scalar(ColumnKey::new(role, name), scalar),
                Err(Refusal::NotScalar) => self.structured(role, &name, to_value(&value)?),
                Err(why) => return Err(refuse(&name, &value, why)),
            }
        }
        Ok(())
    }

    fn scalar(&mut self, key: ColumnKey, scalar: Scalar) {
        if scalar != Scalar::Absent {
            self.keys.push(key);
            self.cells.push(scalar);
        }
    }

    /// A cell without a number keeps the column's place among the others.
    pub(crate) fn structured(&mut self, role: Role, name: &str, value: Value) {
        let key = ColumnKey::new(role, name);
        self.keys.push(key.clone());
        self.cells.push(Scalar::Absent);
        self.extras.push((key, value));
    }

    pub(crate) fn append(&self, core: &Writer, epoch: i64, wall: i64) -> Result<Option<u64>> {
        let id = core.layout(Table::Epochs, &self.keys)?;
        core.append_mixed(id, Some(epoch), Some(wall), &self.cells.mixed(&self.extras))
    }
}

fn refuse(name: &str, value: &Bound<'_, PyAny>, why: Refusal) -> PyErr {
    match why {
        Refusal::Failed(error) => error,
        Refusal::Inexact(reason) => unsupported(value.py(), name, format!("{name}: {reason}")),
        Refusal::OnDevice(kind) => {
            unsupported(value.py(), name, format!("{name}: {}", scalar::on_device(&kind)))
        }
        Refusal::NotScalar => {
            let kind = scalar::type_name(value);
            unsupported(value.py(), name, format!("{name} must be a number or None, not {kind}"))
        }
    }
}

/// What a value of an epoch is changed to.
pub(crate) fn amendment(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    match scalar::scalar(value) {
        Ok(Scalar::Float(bits)) => Ok(Value::Float(f64::from_bits(bits))),
        Ok(Scalar::Int(value)) => Ok(Value::Int(value)),
        Ok(Scalar::Absent) => Ok(Value::Null),
        Err(Refusal::NotScalar) => to_value(value),
        Err(why) => Err(refuse("value", value, why)),
    }
}
