//! Configurations as the hparams plugin reads them.
//!
//! After `tensorboard/plugins/hparams/plugin_data.proto`. The plugin finds out by itself which
//! hyperparameters and metrics there are, over all runs that it sees.

use super::proto::{push_bytes, push_double, push_float, push_int, push_message};
use crate::export::json::value_to_json;
use crate::types::{Value, cbor};

const STATUS_SUCCESS: i64 = 1;
const STATUS_RUNNING: i64 = 3;

/// A run as a session of the plugin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Names and values of the hyperparameters; those of lists and maps are shown as JSON.
    pub hparams: Vec<(String, Value)>,
    /// When the run was begun, microseconds since 1970-01-01 UTC.
    pub started_micros: i64,
    /// When it was closed, if it was.
    pub ended_micros: Option<i64>,
}

/// Seconds as events count them.
pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// Appends the two values of a summary that tell the plugin of the session.
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

pub(super) fn push_end(out: &mut Vec<u8>, session: &Session) {
    push_plugin_value(out, "_hparams_/session_end_info", |out| {
        push_message(out, 4, |out| match session.ended_micros {
            Some(ended) => {
                push_int(out, 1, STATUS_SUCCESS);
                push_double(out, 2, seconds(ended));
            }
            None => push_int(out, 1, STATUS_RUNNING),
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

/// A `google.protobuf.Value`, which knows numbers as doubles.
fn push_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => push_int(out, 1, 0),
        Value::Bool(bit) => push_int(out, 4, i64::from(*bit)),
        Value::Int(number) => push_double(out, 2, *number as f64),
        Value::Float(number) => push_double(out, 2, *number),
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

/// A `Summary.Value` of one number.
pub(super) fn push_scalar(out: &mut Vec<u8>, tag: &str, value: f32) {
    push_message(out, 1, |out| {
        push_bytes(out, 1, tag.as_bytes());
        push_float(out, 2, value);
    });
}
