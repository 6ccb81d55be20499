//! `log_step`, called the way the interpreter calls its own builtins.
//!
//! PyO3 packs the arguments of a method with `**kwargs` into a tuple and a dictionary. This is the
//! one call that a training loop makes at each step, so it takes its arguments as they come.

use crate::error::{CoreError, wrong_type};
use crate::keys::{DictPairs, KeywordPairs};
use crate::scalar::{self, Scalar};
use crate::writer::{Call, Writer, merged};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use std::panic::AssertUnwindSafe;
use tachograph::Error;

const DOC: &std::ffi::CStr = c"log_step($self, step=None, metrics=None, **kwargs)
--

Records one step: every value that is on the host is kept when the call returns.

Args:
    step: Any integer; steps may repeat and go back. None is the one after the last.
    metrics: Maps names (any text up to 64 KiB) to numbers: float, int, bool, NumPy scalars,
        arrays and tensors of no dimension, objects whose `__float__` equals them. None is absent.
        Tensors on a device are not waited for: their values follow as a row of the same step and
        time, soon after the device has them (`status.pending` counts such rows, 16 at most; a call
        beyond that waits for the oldest). All else is kept when the call returns.
    **kwargs: More metrics; a metric called `step` or `metrics` goes into the dictionary.

Raises:
    UnsupportedValueError: (a TypeError) A value is no number, or none that can be kept exactly.
    InvalidArgumentError: (a ValueError) A metric would mix floats with integers beyond 2**53.
    RecorderClosedError: (a RuntimeError) After close, or in a forked child.
    LogIOError: (an OSError) With on_error=\"raise\", when the row could not be kept.

Example:
    >>> recorder.log_step(step, {\"loss\": loss, \"lr\": lr})
    >>> recorder.log_step(step, loss=loss)
";

/// Gives the class its `log_step`.
pub(crate) fn install(class: &Bound<'_, PyType>) -> PyResult<()> {
    let method = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: c"log_step".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: log_step },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: DOC.as_ptr(),
    }));
    // SAFETY: the definition lives for ever, and its function has the form that its flags say.
    let descriptor = unsafe {
        let class = class.as_ptr().cast::<ffi::PyTypeObject>();
        Bound::from_owned_ptr_or_err(
            Python::assume_attached(),
            ffi::PyDescr_NewMethod(class, method),
        )?
    };
    class.setattr("log_step", descriptor)
}

/// # Safety
/// Called by the interpreter: `slf` is a `Writer` (the descriptor checks that), `args` holds
/// `nargs` positional arguments and then one for each of `kwnames`, which is null or a tuple.
unsafe extern "C" fn log_step(
    slf: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let call = || {
        // SAFETY: the interpreter called, so it is attached; `slf` is a `Writer`.
        match unsafe { quickly(slf, args, nargs, kwnames) } {
            Quick::Recorded => Ok(()),
            // SAFETY: as above.
            quick => {
                Python::attach(|py| {
                    // SAFETY: as above.
                    unsafe { carefully(py, slf, args, nargs, kwnames, quick) }
                })
            }
        }
    };
    let error = match std::panic::catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => {
            // SAFETY: None is alive and the interpreter attached.
            return unsafe { ffi::Py_NewRef(ffi::Py_None()) };
        }
        Ok(Err(error)) => error,
        Err(_) => pyo3::panic::PanicException::new_err("log_step panicked; this is a defect"),
    };
    Python::attach(|py| error.restore(py));
    std::ptr::null_mut()
}

/// What became of a call taken the quick way.
enum Quick {
    /// It was recorded.
    Recorded,
    /// It was recorded or dropped, and there is a failure or a finding to tell of.
    Failing,
    /// It was refused, or could not be recorded.
    Refused(Error),
    /// It is not so simple; nothing has happened yet.
    NotSimple,
}

/// The usual call: an integer step, and plain numbers under the names of an earlier call.
///
/// # Safety
/// As for [`log_step`].
#[inline]
unsafe fn quickly(
    slf: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut ffi::PyObject,
) -> Quick {
    if nargs == 0 {
        return Quick::NotSimple;
    }
    // SAFETY: as for the caller; borrowed objects stay alive for the call, and no Python code runs.
    unsafe {
        let py = Python::assume_attached();
        let slf = Borrowed::from_ptr(py, slf).cast_unchecked::<Writer>();
        let step = match scalar::plain(*args) {
            Some(Scalar::Int(step)) if ffi::PyBool_Check(*args) == 0 => Some(step),
            Some(Scalar::Absent) => None,
            _ => return Quick::NotSimple,
        };
        let logged = if nargs == 2 && kwnames.is_null() {
            let dict = *args.add(1);
            if ffi::PyDict_CheckExact(dict) == 0 {
                return Quick::NotSimple;
            }
            slf.get().log_quickly(Call::Now(step), || DictPairs::new(dict))
        } else if nargs == 1 && !kwnames.is_null() && !has_own_names(kwnames) {
            slf.get().log_quickly(Call::Now(step), || KeywordPairs::new(kwnames, args.add(1)))
        } else {
            return Quick::NotSimple;
        };
        match logged {
            None => Quick::NotSimple,
            Some(Err(error)) => Quick::Refused(error),
            Some(Ok(())) if slf.get().has_news() => Quick::Failing,
            Some(Ok(())) => Quick::Recorded,
        }
    }
}

/// Whether a keyword is one of this method's own.
///
/// # Safety
/// `kwnames` is a live tuple of text and the interpreter is attached.
unsafe fn has_own_names(kwnames: *mut ffi::PyObject) -> bool {
    // SAFETY: the caller vouches for the tuple; its items are borrowed.
    unsafe {
        (0..ffi::PyTuple_Size(kwnames)).any(|at| {
            let name = ffi::PyTuple_GetItem(kwnames, at);
            ffi::PyUnicode_CompareWithASCIIString(name, c"step".as_ptr()) == 0
                || ffi::PyUnicode_CompareWithASCIIString(name, c"metrics".as_ptr()) == 0
        })
    }
}

/// Any call, with errors and warnings; `quick` is what became of it so far.
///
/// # Safety
/// As for [`log_step`].
#[cold]
unsafe fn carefully(
    py: Python<'_>,
    slf: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut ffi::PyObject,
    quick: Quick,
) -> PyResult<()> {
    // SAFETY: the caller vouches for `slf`.
    let slf = unsafe { Borrowed::from_ptr(py, slf).cast_unchecked::<Writer>() };
    let writer = slf.get();
    match quick {
        Quick::Recorded | Quick::Failing => return Writer::tell(&slf),
        Quick::Refused(Error::Behind { .. }) => writer.wait(py),
        Quick::Refused(error) => return Err(CoreError(error).into()),
        Quick::NotSimple => {}
    }
    // SAFETY: the caller vouches for the arguments.
    let (args, names) = unsafe {
        let names = (!kwnames.is_null())
            .then(|| Borrowed::from_ptr(py, kwnames).cast_unchecked::<PyTuple>());
        let n = nargs as usize + names.map_or(0, |names| names.len());
        let args = std::slice::from_raw_parts(args, n);
        (args.iter().map(|&arg| Borrowed::from_ptr(py, arg)).collect::<Vec<_>>(), names)
    };
    let (positional, keywords) = args.split_at(nargs as usize);
    if positional.len() > 2 {
        return Err(wrong_type("log_step takes a step and a dictionary of metrics, and keywords"));
    }
    let (mut step, mut metrics) = (positional.first().copied(), positional.get(1).copied());
    let rest = PyDict::new(py);
    for (name, value) in names.iter().flat_map(|names| names.iter()).zip(keywords) {
        let name = name.cast_into::<PyString>()?;
        let own = match name.to_str() {
            Ok("step") => Some(&mut step),
            Ok("metrics") => Some(&mut metrics),
            _ => None,
        };
        match own {
            None => rest.set_item(&name, value)?,
            Some(Some(_)) => {
                return Err(wrong_type(format!(
                    "log_step got {name} twice; a metric of that name goes into the dictionary"
                )));
            }
            Some(own) => *own = Some(*value),
        }
    }
    let step = match step.filter(|step| !step.is_none()) {
        None => None,
        Some(step) => Some(scalar::label(&step, "step")?),
    };
    let dict = match metrics.filter(|metrics| !metrics.is_none()) {
        None => rest,
        Some(metrics) => merged(&metrics, Some(&rest))?,
    };
    Writer::log_any(&slf, Call::Now(step), &dict)?;
    Writer::tell(&slf)
}
