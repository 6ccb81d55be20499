//! Totals of a classifier's predictions, from logits that lie in this process's memory.

use crate::array::owned;
use crate::tensor::{Numbers, Torch};
use numpy::PyArray1;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tachograph::stats::{Predictions, Running};

/// Integers or floats of an array.
type Ints<'py> = Bound<'py, PyArray1<i64>>;
type Floats<'py> = Bound<'py, PyArray1<f64>>;

/// Logits that are taken at once: beyond, torch's kernels make up for their calls, since they use
/// all processors.
const MAX_LOGITS: usize = 1 << 18;

/// Counts and moments of predictions, as long as batches are small plain tensors on the CPU.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct PredictionTotals {
    torch: Torch,
    classes: usize,
    bins: usize,
    ignored: i64,
    totals: Mutex<Predictions>,
}

#[pymethods]
impl PredictionTotals {
    #[new]
    fn new(py: Python<'_>, classes: usize, bins: usize, ignored: i64) -> PyResult<Self> {
        let totals = Mutex::new(Predictions::new(classes, bins, ignored));
        Ok(Self { torch: Torch::import(py)?, classes, bins, ignored, totals })
    }

    /// Whether the batch was taken.
    #[pyo3(signature = (logits, labels, loss = None))]
    fn add(
        &self,
        logits: &Bound<'_, PyAny>,
        labels: &Bound<'_, PyAny>,
        loss: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let Some(scores) = self.torch.numbers(logits)? else { return Ok(false) };
        let Some(Numbers::Longs(targets)) = self.torch.numbers(labels)? else { return Ok(false) };
        let loss = match loss.map(|loss| self.torch.numbers(loss)).transpose()? {
            None => None,
            Some(Some(Numbers::Singles(&[loss]))) => Some(f64::from(loss)),
            Some(Some(Numbers::Doubles(&[loss]))) => Some(loss),
            Some(_) => return Ok(false),
        };
        if !self.fit(logits, labels, targets.len())? {
            return Ok(false);
        }
        let mut totals = self.get();
        match scores {
            Numbers::Singles(scores) => totals.add(scores, targets, loss),
            Numbers::Doubles(scores) => totals.add(scores, targets, loss),
            Numbers::Longs(_) => return Ok(false),
        }
        Ok(true)
    }

    /// The totals, as arrays of one dimension; those of bins have one more, of nothing.
    fn arrays<'py>(
        &self,
        py: Python<'py>,
    ) -> (Ints<'py>, Ints<'py>, Floats<'py>, Floats<'py>, Floats<'py>, Floats<'py>, Floats<'py>)
    {
        let totals = self.get();
        let aside = [totals.aside.nonfinite, totals.aside.out_of_range, totals.aside.ignored];
        let cells = totals.confusion.iter().copied().chain(aside).collect();
        let (confidences, losses) = (&totals.confidences, &totals.losses);
        let sums = vec![
            losses.weighted,
            losses.samples,
            losses.losses.non_finite as f64,
            losses.batches as f64,
        ];
        (
            owned(py, cells),
            owned(py, [totals.bin_samples.concat(), vec![0; 2]].concat()),
            owned(py, [totals.bin_sums.concat(), vec![0.0; 2]].concat()),
            owned(py, moments(confidences)),
            owned(py, vec![confidences.min, -confidences.max]),
            owned(py, sums),
            owned(py, moments(&losses.losses)),
        )
    }

    /// Forgets all batches.
    fn clear(&self) {
        *self.get() = Predictions::new(self.classes, self.bins, self.ignored);
    }
}

impl PredictionTotals {
    fn get(&self) -> MutexGuard<'_, Predictions> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there are labels, and a row of logits for each, and not too many of these.
    fn fit(
        &self,
        logits: &Bound<'_, PyAny>,
        labels: &Bound<'_, PyAny>,
        rows: usize,
    ) -> PyResult<bool> {
        let shape = logits.getattr(intern!(logits.py(), "shape"))?;
        let shape = shape.cast::<PyTuple>()?;
        Ok((1..=MAX_LOGITS / self.classes.max(1)).contains(&rows)
            && labels.call_method0(intern!(labels.py(), "dim"))?.extract::<usize>()? == 1
            && shape.len() == 2
            && shape.get_item(0)?.extract::<usize>()? == rows
            && shape.get_item(1)?.extract::<usize>()? == self.classes)
    }
}

/// Count, mean (0 of none) and sum of squared deviations.
fn moments(running: &Running) -> Vec<f64> {
    let mean = if running.n == 0 { 0.0 } else { running.mean() };
    vec![running.n as f64, mean, running.squares()]
}
