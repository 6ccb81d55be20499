//! The norm of gradients that lie in this process's memory.

use crate::error::invalid;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tachograph::stats::Norm;

/// The norm of all, how many are not finite, and the norm of each if asked.
type Norms = (f64, usize, Option<Vec<Option<f64>>>);

/// How a model's gradients lie in memory, as long as they are plain tensors on the CPU.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct GradientBuffers {
    /// Numbers of each gradient, and whether they are doubles; None for one that is neither these
    /// nor singles.
    shapes: Box<[Option<(usize, bool)>]>,
    tensor: Py<PyAny>,
    strided: Py<PyAny>,
    single: Py<PyAny>,
    double: Py<PyAny>,
}

#[pymethods]
impl GradientBuffers {
    #[new]
    fn new(py: Python<'_>, shapes: Vec<Option<(usize, bool)>>) -> PyResult<Self> {
        let torch = py.import("torch")?;
        Ok(Self {
            shapes: shapes.into(),
            tensor: torch.getattr("Tensor")?.unbind(),
            strided: torch.getattr("strided")?.unbind(),
            single: torch.getattr("float32")?.unbind(),
            double: torch.getattr("float64")?.unbind(),
        })
    }

    /// None where a gradient is another one than was said, or does not lie here, dense.
    #[pyo3(signature = (parameters, *, each = false))]
    fn norms(&self, parameters: &Bound<'_, PyTuple>, each: bool) -> PyResult<Option<Norms>> {
        if parameters.len() != self.shapes.len() {
            let reason = format!("has {}, and there are {}", parameters.len(), self.shapes.len());
            return Err(invalid("parameters", reason));
        }
        let grad = intern!(parameters.py(), "grad");
        let mut norms = each.then(|| Vec::with_capacity(parameters.len()));
        let (mut total, mut not_finite) = (Norm::ZERO, 0);
        for (parameter, &shape) in parameters.iter_borrowed().zip(&self.shapes) {
            let gradient = parameter.getattr(grad)?;
            if gradient.is_none() {
                if let Some(norms) = &mut norms {
                    norms.push(None);
                }
                continue;
            }
            let Some((len, is_double)) = shape else { return Ok(None) };
            let Some(norm) = self.norm(&gradient, len, is_double)? else { return Ok(None) };
            total = total.joined(norm);
            not_finite += usize::from(!norm.value().is_finite());
            if let Some(norms) = &mut norms {
                norms.push(Some(norm.value()));
            }
        }
        Ok(Some((total.value(), not_finite, norms)))
    }
}

impl GradientBuffers {
    fn norm(
        &self,
        gradient: &Bound<'_, PyAny>,
        len: usize,
        is_double: bool,
    ) -> PyResult<Option<Norm>> {
        let py = gradient.py();
        let dtype = if is_double { &self.double } else { &self.single };
        // A subclass may lie anywhere; and only of a strided tensor can the rest be asked.
        let is_plain = gradient.get_type().is(&self.tensor)
            && gradient.getattr(intern!(py, "dtype"))?.is(dtype)
            && gradient.getattr(intern!(py, "is_cpu"))?.is_truthy()?
            && gradient.getattr(intern!(py, "layout"))?.is(&self.strided)
            && gradient.call_method0(intern!(py, "is_contiguous"))?.is_truthy()?
            && gradient.call_method0(intern!(py, "numel"))?.extract::<usize>()? == len;
        if !is_plain {
            return Ok(None);
        }
        if len == 0 {
            return Ok(Some(Norm::ZERO));
        }
        let address = gradient.call_method0(intern!(py, "data_ptr"))?.extract::<usize>()?;
        // SAFETY: a contiguous tensor on the CPU, of this many numbers of this type, has them
        // there; the reference that is held here keeps it, and the attached interpreter keeps
        // others from giving it another memory.
        Ok(unsafe {
            if is_double {
                slice_at(address, len).map(Norm::of_doubles)
            } else {
                slice_at(address, len).map(Norm::of_singles)
            }
        })
    }
}

/// What lies at an address, unless no `T` can lie there.
///
/// # Safety
/// `len` numbers of type `T` lie there for as long as the slice is used, if it is aligned.
unsafe fn slice_at<'a, T>(address: usize, len: usize) -> Option<&'a [T]> {
    let first = std::ptr::with_exposed_provenance::<T>(address);
    if first.is_null() || !first.is_aligned() {
        return None;
    }
    // SAFETY: the caller's.
    Some(unsafe { std::slice::from_raw_parts(first, len) })
}
