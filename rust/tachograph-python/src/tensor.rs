//! Tensors that lie in this process's memory, read where they are.

use pyo3::intern;
use pyo3::prelude::*;

/// What of torch a tensor is compared with.
pub(crate) struct Torch {
    tensor: Py<PyAny>,
    parameter: Py<PyAny>,
    strided: Py<PyAny>,
    single: Py<PyAny>,
    double: Py<PyAny>,
    long: Py<PyAny>,
}

/// The numbers of a dense tensor on the CPU.
pub(crate) enum Numbers<'a> {
    Singles(&'a [f32]),
    Doubles(&'a [f64]),
    Longs(&'a [i64]),
}

impl Torch {
    pub(crate) fn import(py: Python<'_>) -> PyResult<Self> {
        let torch = py.import("torch")?;
        Ok(Self {
            tensor: torch.getattr("Tensor")?.unbind(),
            parameter: torch.getattr("nn")?.getattr("Parameter")?.unbind(),
            strided: torch.getattr("strided")?.unbind(),
            single: torch.getattr("float32")?.unbind(),
            double: torch.getattr("float64")?.unbind(),
            long: torch.getattr("int64")?.unbind(),
        })
    }

    /// The numbers of a tensor, in rows' order; none of one of another type, or that does not lie
    /// here as an array.
    ///
    /// The slice is the tensor's own memory: it is to be used before any other Python runs.
    pub(crate) fn numbers<'a>(
        &self,
        tensor: &'a Bound<'_, PyAny>,
    ) -> PyResult<Option<Numbers<'a>>> {
        let py = tensor.py();
        // Another class may lie anywhere; and only of a strided tensor can the rest be asked.
        let class = tensor.get_type();
        let is_plain = (class.is(&self.tensor) || class.is(&self.parameter))
            && tensor.getattr(intern!(py, "is_cpu"))?.is_truthy()?
            && tensor.getattr(intern!(py, "layout"))?.is(&self.strided)
            && tensor.call_method0(intern!(py, "is_contiguous"))?.is_truthy()?;
        if !is_plain {
            return Ok(None);
        }
        let dtype = tensor.getattr(intern!(py, "dtype"))?;
        let is_single = dtype.is(&self.single);
        if !(is_single || dtype.is(&self.double) || dtype.is(&self.long)) {
            return Ok(None);
        }
        let len = tensor.call_method0(intern!(py, "numel"))?.extract::<usize>()?;
        let address = if len == 0 {
            0
        } else {
            tensor.call_method0(intern!(py, "data_ptr"))?.extract::<usize>()?
        };
        // SAFETY: a contiguous tensor on the CPU, of this many numbers of this type, has them
        // there; the borrowed reference keeps it, and the attached interpreter keeps others from
        // giving it another memory.
        Ok(unsafe {
            if is_single {
                slice_at(address, len).map(Numbers::Singles)
            } else if dtype.is(&self.double) {
                slice_at(address, len).map(Numbers::Doubles)
            } else {
                slice_at(address, len).map(Numbers::Longs)
            }
        })
    }
}

/// What lies at an address, unless no `T` can lie there.
///
/// # Safety
/// `len` numbers of type `T` lie there for as long as the slice is used, if it is aligned.
unsafe fn slice_at<'a, T>(address: usize, len: usize) -> Option<&'a [T]> {
    if len == 0 {
        return Some(&[]);
    }
    let first = std::ptr::with_exposed_provenance::<T>(address);
    if first.is_null() || !first.is_aligned() {
        return None;
    }
    // SAFETY: the caller's.
    Some(unsafe { std::slice::from_raw_parts(first, len) })
}
