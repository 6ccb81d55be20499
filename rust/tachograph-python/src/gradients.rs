//! The norm of gradients that lie in this process's memory.

use crate::error::invalid;
use pyo3::prelude::*;
use tachograph::stats::Norm;

/// The norm of all, how many are not finite, and the norm of each if asked.
type Norms = (f64, usize, Option<Vec<Option<f64>>>);

/// How long a model's gradients are, and of which type.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct GradientBuffers {
    /// Numbers, and whether they are doubles.
    shapes: Box<[(usize, bool)]>,
}

#[pymethods]
impl GradientBuffers {
    #[new]
    fn new(shapes: Vec<(usize, bool)>) -> Self {
        Self { shapes: shapes.into() }
    }

    /// None where an address is not that of a number of its type.
    #[pyo3(signature = (addresses, *, each = false))]
    fn norms(&self, addresses: Vec<usize>, each: bool) -> PyResult<Option<Norms>> {
        if addresses.len() != self.shapes.len() {
            let reason = format!("has {}, and there are {}", addresses.len(), self.shapes.len());
            return Err(invalid("addresses", reason));
        }
        let mut norms = each.then(|| Vec::with_capacity(addresses.len()));
        let (mut total, mut not_finite) = (Norm::ZERO, 0);
        for (&address, &(len, is_double)) in addresses.iter().zip(&self.shapes) {
            if address == 0 {
                norms.iter_mut().for_each(|norms| norms.push(None));
                continue;
            }
            // SAFETY: the caller holds the tensors whose dense data lie there, of these lengths and
            // types, and the interpreter's lock, so nobody frees them meanwhile.
            let norm = if is_double {
                unsafe { slice_at(address, len) }.map(Norm::of_doubles)
            } else {
                unsafe { slice_at(address, len) }.map(Norm::of_singles)
            };
            let Some(norm) = norm else { return Ok(None) };
            total = total.joined(norm);
            not_finite += usize::from(!norm.value().is_finite());
            norms.iter_mut().for_each(|norms| norms.push(Some(norm.value())));
        }
        Ok(Some((total.value(), not_finite, norms)))
    }
}

/// What lies at an address, unless no `T` can lie there.
///
/// # Safety
/// `len` numbers of type `T` lie there for as long as the slice is used, if it is aligned.
unsafe fn slice_at<'a, T>(address: usize, len: usize) -> Option<&'a [T]> {
    let first = std::ptr::with_exposed_provenance::<T>(address);
    // SAFETY: the caller's.
    first.is_aligned().then(|| unsafe { std::slice::from_raw_parts(first, len) })
}
