//! Statistics of weights that lie in this process's memory.

use crate::tensor::{Numbers, Torch};
use pyo3::prelude::*;
use pyo3::types::PyList;
use tachograph::stats::{Norm, Spread, moved};

/// Reads a model's weights, as long as they are plain tensors on the CPU.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct WeightBuffers(Torch);

#[pymethods]
impl WeightBuffers {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        Torch::import(py).map(Self)
    }

    /// How many numbers, their mean, squared deviations from it, and the largest absolute value.
    fn spread(&self, weights: &Bound<'_, PyList>) -> PyResult<Option<(usize, f64, f64, f64)>> {
        let mut whole = Spread::default();
        for tensor in weights {
            whole = whole.joined(match self.0.numbers(&tensor)? {
                Some(Numbers::Singles(values)) => Spread::of(values),
                Some(Numbers::Doubles(values)) => Spread::of(values),
                Some(Numbers::Longs(_)) | None => return Ok(None),
            });
        }
        Ok(Some((whole.n, whole.mean, whole.squares, whole.largest)))
    }

    /// The norms of what weights have moved by, and of what they were.
    fn moved(
        &self,
        weights: &Bound<'_, PyList>,
        then: &Bound<'_, PyList>,
    ) -> PyResult<Option<(f64, f64)>> {
        let (mut change, mut norm_then) = (Norm::ZERO, Norm::ZERO);
        for (now, then) in weights.iter().zip(then) {
            let both = match (self.0.numbers(&now)?, self.0.numbers(&then)?) {
                (Some(Numbers::Singles(now)), Some(Numbers::Singles(then))) => moved(now, then),
                (Some(Numbers::Doubles(now)), Some(Numbers::Doubles(then))) => moved(now, then),
                _ => return Ok(None),
            };
            change = change.joined(both.0);
            norm_then = norm_then.joined(both.1);
        }
        Ok(Some((change.value(), norm_then.value())))
    }
}
