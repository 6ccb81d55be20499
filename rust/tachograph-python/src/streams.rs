//! Statistics of values that come one by one, in constant time a value.

use crate::error::invalid;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tachograph::stats::{ExponentialMean, NonFiniteCounter, Running, SpikeDetector};

/// What a class holds; a value is pushed whole, or not at all.
struct Shared<T>(Mutex<T>);

impl<T> Shared<T> {
    fn new(state: T) -> Self {
        Self(Mutex::new(state))
    }

    fn get(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moments and slope of a stream.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct StreamingTrend(Shared<Running>);

#[pymethods]
impl StreamingTrend {
    #[new]
    fn new() -> Self {
        Self(Shared::new(Running::default()))
    }

    #[pyo3(signature = (value, x = None))]
    fn push(&self, value: f64, x: Option<f64>) {
        let mut running = self.0.get();
        let row = running.n + running.non_finite;
        running.push(x.unwrap_or(row as f64), value);
    }

    #[getter]
    fn n(&self) -> usize {
        self.0.get().n
    }

    #[getter]
    fn n_nonfinite(&self) -> usize {
        self.0.get().non_finite
    }

    #[getter]
    fn mean(&self) -> f64 {
        self.0.get().mean()
    }

    #[getter]
    fn std(&self) -> f64 {
        self.0.get().std()
    }

    #[getter]
    fn min(&self) -> f64 {
        let running = self.0.get();
        if running.n == 0 { f64::NAN } else { running.min }
    }

    #[getter]
    fn max(&self) -> f64 {
        let running = self.0.get();
        if running.n == 0 { f64::NAN } else { running.max }
    }

    #[getter]
    fn slope(&self) -> f64 {
        self.0.get().slope()
    }

    #[getter]
    fn stderr(&self) -> f64 {
        self.0.get().slope_stderr()
    }
}

/// The bias-corrected exponential mean of a stream.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct StreamingMean(Shared<ExponentialMean>);

#[pymethods]
impl StreamingMean {
    #[new]
    #[pyo3(signature = (*, alpha))]
    fn new(alpha: f64) -> PyResult<Self> {
        if !(alpha > 0.0 && alpha <= 1.0) {
            return Err(invalid("alpha", format!("must be above 0 and at most 1, not {alpha}")));
        }
        Ok(Self(Shared::new(ExponentialMean::new(alpha))))
    }

    fn push(&self, value: f64) -> f64 {
        let mut mean = self.0.get();
        mean.push(value);
        mean.value()
    }

    #[getter]
    fn n(&self) -> usize {
        self.0.get().n
    }

    #[getter]
    fn n_nonfinite(&self) -> usize {
        self.0.get().non_finite
    }

    #[getter]
    fn value(&self) -> f64 {
        self.0.get().value()
    }
}

/// Spikes of a stream.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct StreamingSpikes(Shared<(SpikeDetector, usize)>);

#[pymethods]
impl StreamingSpikes {
    #[new]
    #[pyo3(signature = (*, window = 20, threshold = 6.0))]
    fn new(window: usize, threshold: f64) -> PyResult<Self> {
        if window == 0 {
            return Err(invalid("window", "must be at least 1, not 0"));
        }
        if threshold.is_nan() || threshold < 0.0 {
            return Err(invalid("threshold", format!("must be 0 or more, not {threshold}")));
        }
        Ok(Self(Shared::new((SpikeDetector::new(window, threshold), 0))))
    }

    fn push(&self, value: f64) -> Option<f64> {
        let mut state = self.0.get();
        let found = state.0.push(value);
        state.1 += usize::from(found.is_some());
        found
    }

    #[getter]
    fn n_spikes(&self) -> usize {
        self.0.get().1
    }
}

/// Counts of values that are not finite.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct StreamingNonFinite(Shared<NonFiniteCounter>);

#[pymethods]
impl StreamingNonFinite {
    #[new]
    fn new() -> Self {
        Self(Shared::new(NonFiniteCounter::default()))
    }

    fn push(&self, value: f64) {
        self.0.get().push(value);
    }

    #[getter]
    fn n(&self) -> usize {
        self.0.get().n
    }

    #[getter]
    fn n_nan(&self) -> usize {
        self.0.get().n_nan
    }

    #[getter]
    fn n_infinite(&self) -> usize {
        self.0.get().n_infinite
    }

    #[getter]
    fn run(&self) -> usize {
        self.0.get().run
    }

    #[getter]
    fn longest_run(&self) -> usize {
        self.0.get().longest_run
    }
}
