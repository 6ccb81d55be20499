//! Configurations as the hparams plugin reads them.
//!
//! After `tensorboard/plugins/hparams/plugin_data.proto`. The plugin finds out by itself which
//! hyperparameters and metrics there are, over all runs that it sees.

use crate::export::json::{NON_FINITE, value_to_json};
use crate::export::number::push_float;
use crate::types::{Value, cbor};
use crate::wire::proto::{push_bytes, push_double, push_int, push_message};

const STATUS_SUCCESS: i64 = 1;
const STATUS_FAILURE: i64 = 2;
const STATUS_RUNNING: i64 = 3;

/// A run as a session of the plugin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Names and values of the hyperparameters; those of lists and maps are shown as JSON.
    pub hparams: Vec<(String, Value)>,
    /// When the run was begun, microseconds since 1970-01-01 UTC.
    pub started_micros: i64,
    /// What became of it.
    pub state: SessionState,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionState {
    /// It is being written.
    #[default]
    Running,
    /// It was closed, microseconds since 1970-01-01 UTC.
    Closed(i64),
    /// Nobody writes it, and nobody closed it.
    Crashed,
}

impl Session {
    /// Seconds at which it was closed, or else begun.
    pub(super) fn last_known(&self) -> f64 {
        match self.state {
            SessionState::Closed(ended) => seconds(ended),
            SessionState::Running | SessionState::Crashed => seconds(self.started_micros),
        }
    }
}

/// Seconds as events count them.
pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// Appends the value of a summary that tells the plugin how the session began.
pub(super) fn push_start(out: &mut Vec<u8>, session: &Session) {
    push_plugin_value(out, "_hparams_/session_start_info", |out| {
        push_message(out, 3, |out| {
            for (name, value) in &session.hparams {
                push_message(out, 1, |out| {
                    push_bytes(out, 1, name.as_bytes());
                    push_message(out, 2, |out| push_value(out, value));
                });
            }
            push_double(out, 5, seconds(session.started_micros));
        });
    });
}

/// Appends the value of a summary that tells the plugin how the session ended.
pub(super) fn push_end(out: &mut Vec<u8>, session: &Session) {
    push_plugin_value(out, "_hparams_/session_end_info", |out| {
        push_message(out, 4, |out| match session.state {
            SessionState::Closed(ended) => {
                push_int(out, 1, STATUS_SUCCESS);
                push_double(out, 2, seconds(ended));
            }
            SessionState::Running => push_int(out, 1, STATUS_RUNNING),
            SessionState::Crashed => push_int(out, 1, STATUS_FAILURE),
        });
    });
}

/// A `Summary.Value` that holds nothing but what a plugin keeps in its metadata.
fn push_plugin_value(out: &mut Vec<u8>, tag: &str, content: impl FnOnce(&mut Vec<u8>)) {
    push_message(out, 1, |out| {
        push_bytes(out, 1, tag.as_bytes());
        // An empty tensor of floats, as the plugin's own writer has it.
        push_message(out, 8, |out| {
            push_int(out, 1, 1);
            push_message(out, 2, |out| push_message(out, 2, |_| {}));
        });
        push_message(out, 9, |out| {
            push_message(out, 1, |out| {
                push_bytes(out, 1, b"hparams");
                push_message(out, 2, content);
            });
        });
    });
}

/// A `google.protobuf.Value`, which knows numbers as finite doubles; others, such as a seed of 64
/// bits, are text.
fn push_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => push_int(out, 1, 0),
        Value::Bool(bit) => push_int(out, 4, i64::from(*bit)),
        Value::Int(number) if *number as f64 as i128 == i128::from(*number) => {
            push_double(out, 2, *number as f64);
        }
        Value::Int(number) => push_bytes(out, 3, number.to_string().as_bytes()),
        Value::Float(number) if number.is_finite() => push_double(out, 2, *number),
        Value::Float(number) => {
            let mut text = Vec::new();
            push_float(&mut text, *number, NON_FINITE);
            push_bytes(out, 3, &text);
        }
        Value::Str(text) | Value::Opaque { text, .. } => push_bytes(out, 3, text.as_bytes()),
        Value::BigInt(digits) if cbor::is_integer_text(digits) => {
            push_bytes(out, 3, digits.as_bytes());
        }
        other => {
            let mut json = Vec::new();
            value_to_json(other, &mut json);
            push_bytes(out, 3, &json);
        }
    }
}
