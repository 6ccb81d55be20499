//! The norm of gradients that lie in this process's memory.

use crate::tensor::{Numbers, Torch};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tachograph::stats::Norm;

/// The norm of all, how many are not finite, and the norm of each if asked.
type Norms = (f64, usize, Option<Vec<Option<f64>>>);

/// Reads a model's gradients, as long as they are plain tensors on the CPU.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct GradientBuffers(Torch);

#[pymethods]
impl GradientBuffers {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        Torch::import(py).map(Self)
    }

    /// None where a gradient is of another kind, or does not lie here, dense.
    #[pyo3(signature = (parameters, *, each = false))]
    fn norms(&self, parameters: &Bound<'_, PyTuple>, each: bool) -> PyResult<Option<Norms>> {
        let grad = intern!(parameters.py(), "grad");
        let mut norms = each.then(|| Vec::with_capacity(parameters.len()));
        let (mut total, mut not_finite) = (Norm::ZERO, 0);
        for parameter in parameters.iter_borrowed() {
            let gradient = parameter.getattr(grad)?;
            if gradient.is_none() {
                if let Some(norms) = &mut norms {
                    norms.push(None);
                }
                continue;
            }
            let norm = match self.0.numbers(&gradient)? {
                Some(Numbers::Singles(values)) => Norm::of_singles(values),
                Some(Numbers::Doubles(values)) => Norm::of_doubles(values),
                Some(Numbers::Longs(_)) | None => return Ok(None),
            };
            total = total.joined(norm);
            not_finite += usize::from(!norm.value().is_finite());
            if let Some(norms) = &mut norms {
                norms.push(Some(norm.value()));
            }
        }
        Ok(Some((total.value(), not_finite, norms)))
    }
}
