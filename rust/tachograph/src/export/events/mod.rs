//! A run as an event file of TensorBoard.
//!
//! One event a row, in the order in which rows were logged. Scalars are written as `simple_value`,
//! the form of torch's writer, which every reader takes; it is a 32-bit float. Structured values
//! have no such form and are left out.

mod feed;
mod hparams;
mod tags;

pub use hparams::{Session, SessionState};

use super::sink::Sink;
use crate::Result;
use crate::store::View;
use crate::wire::proto::{push_bytes, push_double, push_message};
use crate::wire::tfrecord::push_record;
use feed::Feed;
use hparams::{push_end, push_start, seconds};
use std::io::Write;

/// After how many rows progress is told of.
const TOLD_ROWS: u64 = 1 << 14;

/// Writes epochs and steps as events.
///
/// | tag | what |
/// |---|---|
/// | `Loss/train`, `Loss/val` | of an epoch |
/// | `Learning_Rate`, `Epoch_Time`, `Memory_Usage_MB`, `Gradient_Norm` | of an epoch |
/// | `Metrics/train_<metric>`, `Metrics/val_<metric>` | of an epoch |
/// | `<metric>` | of a step; with `metric.` before it, as often as it takes, where an epoch's tag is called so |
///
/// An event's step is the epoch or step, its wall time the row's. `tell` hears now and then how many
/// rows are written; its error ends the writing.
pub fn write_events(
    out: &mut dyn Write,
    epochs: &View<'_>,
    steps: &View<'_>,
    session: &Session,
    tell: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut sink = Sink::new(out);
    let begun = seconds(session.started_micros);
    push_record(&mut sink.buffer, |out| {
        push_double(out, 1, begun);
        push_bytes(out, 3, b"brain.Event:2");
    });
    push_record(&mut sink.buffer, |out| {
        push_double(out, 1, begun);
        push_message(out, 5, |out| push_start(out, session));
    });
    let epoch_tags = tags::of_epochs(epochs.schema());
    let step_tags = tags::of_steps(steps.schema(), &epoch_tags);
    let mut epochs = Feed::new(epochs, epoch_tags);
    let mut steps = Feed::new(steps, step_tags);
    for row in 0.. {
        if row % TOLD_ROWS == 0 {
            tell(row)?;
        }
        let feed = match (epochs.next_seq(), steps.next_seq()) {
            (None, None) => break,
            (Some(epoch), Some(step)) if epoch < step => &mut epochs,
            (Some(_), None) => &mut epochs,
            _ => &mut steps,
        };
        feed.push_row(&mut sink.buffer);
        sink.spill()?;
    }
    push_record(&mut sink.buffer, |out| {
        push_double(out, 1, session.last_known());
        push_message(out, 5, |out| push_end(out, session));
    });
    sink.finish()
}
