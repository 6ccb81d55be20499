//! One event, as `tensorflow/core/util/event.proto` has it.

use crate::wire::proto::{Field, Fields, Malformed};

/// What an event says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Event<'a> {
    /// Seconds since 1970-01-01 UTC.
    pub(super) wall_time: f64,
    pub(super) step: i64,
    /// The text with which a file begins.
    pub(super) version: Option<&'a [u8]>,
    pub(super) summary: Option<&'a [u8]>,
    /// Whether a session starts here that goes on from this step: what an earlier one recorded from
    /// it on is void.
    pub(super) starts_session: bool,
    /// What else it holds.
    pub(super) other: Option<&'static str>,
}

impl<'a> Event<'a> {
    #[inline]
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut event = Self::default();
        for field in Fields::of(message) {
            match field? {
                (1, Field::Fixed64(bits)) => event.wall_time = f64::from_bits(bits),
                (2, Field::Varint(step)) => event.step = step as i64,
                (3, Field::Bytes(version)) => event.version = Some(version),
                // Nobody writes two, which would be one in two parts.
                (5, Field::Bytes(_)) if event.summary.is_some() => return Err(Malformed),
                (5, Field::Bytes(summary)) => event.summary = Some(summary),
                (7, Field::Bytes(log)) => event.starts_session = is_start(log)?,
                (4, Field::Bytes(_)) => event.other = Some("graphs"),
                (6, Field::Bytes(_)) => event.other = Some("log messages"),
                (8, Field::Bytes(_)) => event.other = Some("run metadata"),
                (9, Field::Bytes(_)) => event.other = Some("meta graphs"),
                (1..=9, _) => return Err(Malformed),
                _ => {}
            }
        }
        Ok(event)
    }
}

/// Whether a `SessionLog` says START.
fn is_start(log: &[u8]) -> Result<bool, Malformed> {
    let mut status = 0;
    for field in Fields::of(log) {
        if let (1, Field::Varint(number)) = field? {
            status = number;
        }
    }
    Ok(status == 1)
}
