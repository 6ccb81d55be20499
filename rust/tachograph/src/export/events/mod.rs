//! A run as an event file of TensorBoard.
//!
//! One event a row, in the order in which rows were logged. Scalars are written as `simple_value`,
//! the form of torch's writer, which every reader takes; it is a 32-bit float. Structured values
//! have no such form and are left out, and counted.

mod feed;
mod framing;
mod hparams;
mod proto;
mod tags;

#[cfg(test)]
mod tests;

pub use hparams::Session;

use super::sink::Sink;
use crate::Result;
use crate::store::View;
use feed::Feed;
use framing::push_record;
use hparams::{push_end, push_start, seconds};
use proto::{push_bytes, push_double, push_message};
use std::io::Write;

/// What went into an event file, and what did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Scalars written.
    pub scalars: u64,
    /// Structured values (text, arrays, lists) left out.
    pub skipped: u64,
}

/// Writes epochs and steps as events.
///
/// | tag | what |
/// |---|---|
/// | `Loss/train`, `Loss/val` | of an epoch |
/// | `Learning_Rate`, `Epoch_Time`, `Memory_Usage_MB`, `Gradient_Norm` | of an epoch |
/// | `Metrics/train_<metric>`, `Metrics/val_<metric>` | of an epoch |
/// | `<metric>` | of a step; with `metric.` before it, as often as it takes, where an epoch's tag is called so |
///
/// An event's step is the epoch or step, its wall time the row's.
pub fn write_events(
    out: &mut dyn Write,
    epochs: &View<'_>,
    steps: &View<'_>,
    session: &Session,
) -> Result<EventCounts> {
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
    let mut counts = EventCounts::default();
    loop {
        let feed = match (epochs.next_seq(), steps.next_seq()) {
            (None, None) => break,
            (Some(epoch), Some(step)) if epoch < step => &mut epochs,
            (Some(_), None) => &mut epochs,
            _ => &mut steps,
        };
        counts.scalars += feed.push_row(&mut sink.buffer);
        sink.spill()?;
    }
    counts.skipped = epochs.skipped + steps.skipped;
    push_record(&mut sink.buffer, |out| {
        push_double(out, 1, session.ended_micros.map_or(begun, seconds));
        push_message(out, 5, |out| push_end(out, session));
    });
    sink.finish()?;
    Ok(counts)
}
