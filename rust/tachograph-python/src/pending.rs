//! A step of which some values are still on a device.

use crate::epoch::Cells;
use crate::writer::{Writer, patient};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tachograph::log::{self, LayoutId};

/// Records what is on the host, be it nothing, and leaves the tensors to the recorder, which has
/// their values follow as more of the same call.
pub(crate) fn log(
    recorder: &Bound<'_, Writer>,
    core: &log::Writer,
    step: Option<i64>,
    (id, host): (LayoutId, &Cells),
    tensors: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let py = recorder.py();
    // First, because this may refuse a tensor, and a call that is refused records nothing.
    let copies = recorder.call_method1(intern!(py, "_begin_copies"), (tensors,))?;
    let append = |core: &log::Writer| core.append_stamped(id, step, None, &host.mixed(&[]));
    // A call whose row could not be kept is dropped, and counted, as a whole.
    if let Some(stamp) = patient(py, core, append)? {
        let call = (stamp.label, stamp.wall_micros, copies);
        recorder.call_method1(intern!(py, "_keep_pending"), call)?;
    }
    Ok(())
}
