//! The watch over a run's health.

use crate::error::CoreError;
use crate::keys::name_of;
use crate::scalar::{self, Scalar};
use crate::value::to_python;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tachograph::health::{Finding, Thresholds, Watch};
use tachograph::types::{ColumnKey, Role};

/// The rules over a run that is not in a log.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct HealthWatch(Mutex<Watch>);

#[pymethods]
impl HealthWatch {
    #[new]
    #[pyo3(signature = (thresholds = None))]
    fn new(thresholds: Option<&Bound<'_, PyMapping>>) -> PyResult<Self> {
        Ok(Self(Mutex::new(Watch::new(limits(thresholds)?))))
    }

    /// The parameters of the rules with their defaults.
    #[staticmethod]
    fn thresholds(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        for (name, value) in Thresholds::default().pairs() {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }

    fn step<'py>(
        &self,
        py: Python<'py>,
        step: i64,
        metrics: &Bound<'py, PyMapping>,
    ) -> PyResult<Bound<'py, PyList>> {
        let (names, values): (Vec<_>, Vec<_>) = numbers(metrics)?.into_iter().unzip();
        let keys: Vec<ColumnKey> =
            names.into_iter().map(|name| ColumnKey::new(Role::Metric, name)).collect();
        let mut watch = self.watch();
        let plan = watch.plan(&keys);
        watch.step(step, &plan, |place| values.get(place).copied());
        dicts(py, &watch.take())
    }

    fn epoch<'py>(
        &self,
        py: Python<'py>,
        epoch: i64,
        fields: &Bound<'py, PyMapping>,
        train: &Bound<'py, PyMapping>,
        val: &Bound<'py, PyMapping>,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut columns = Vec::new();
        for (role, values) in [(Role::Field, fields), (Role::Train, train), (Role::Val, val)] {
            columns.extend(numbers(values)?.into_iter().map(|(name, value)| (role, name, value)));
        }
        let columns: Vec<_> =
            columns.iter().map(|(role, name, value)| (*role, &**name, *value)).collect();
        let mut watch = self.watch();
        watch.epoch(epoch, &columns);
        dicts(py, &watch.take())
    }
}

impl HealthWatch {
    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbers of a mapping by name; what is none tells nothing.
fn numbers(values: &Bound<'_, PyMapping>) -> PyResult<Vec<(Arc<str>, f64)>> {
    let dict = PyDict::new(values.py());
    dict.update(values)?;
    let mut numbers = Vec::with_capacity(dict.len());
    for (key, value) in &dict {
        let name = name_of(&key)?;
        match scalar::scalar(&value) {
            Ok(Scalar::Float(bits)) => numbers.push((name, f64::from_bits(bits))),
            Ok(Scalar::Int(value)) => numbers.push((name, value as f64)),
            Ok(Scalar::Absent) | Err(_) => {}
        }
    }
    Ok(numbers)
}

/// The parameters with those replaced that are given.
pub(crate) fn limits(thresholds: Option<&Bound<'_, PyMapping>>) -> PyResult<Thresholds> {
    let mut changes = Vec::new();
    if let Some(thresholds) = thresholds {
        let dict = PyDict::new(thresholds.py());
        dict.update(thresholds)?;
        for (name, value) in &dict {
            let name = name.extract::<String>().map_err(|_| bad_threshold(&name, "a name"))?;
            let value = value.extract::<f64>().map_err(|_| bad_threshold(&value, "a number"))?;
            changes.push((name, value));
        }
    }
    let changes = changes.iter().map(|(name, value)| (name.as_str(), *value));
    Ok(Thresholds::with(changes).map_err(CoreError)?)
}

fn bad_threshold(given: &Bound<'_, PyAny>, wanted: &str) -> PyErr {
    let kind = scalar::type_name(given);
    crate::error::argument_type(
        "thresholds",
        &format!("thresholds maps names to numbers; {kind} is not {wanted}"),
    )
}

/// Findings as dictionaries.
pub(crate) fn dicts<'py>(py: Python<'py>, findings: &[Finding]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for finding in findings {
        let dict = PyDict::new(py);
        for (name, value) in finding.fields() {
            dict.set_item(name, to_python(py, &value)?)?;
        }
        list.append(dict)?;
    }
    Ok(list)
}
