//! What a row holds in one place.

use super::json::{push_bool, push_json_float, value_to_json};
use super::number::push_int;
use crate::types::{Kind, Value};

/// The content of one row under one key.
#[derive(Clone, Copy)]
pub(super) enum Cell<'a> {
    /// Nothing was recorded.
    Absent,
    /// A word of a column.
    Number(Kind, u64),
    /// A structured value.
    Value(&'a Value),
}

impl Cell<'_> {
    /// With null taken for nothing.
    pub(super) fn unless_null(self) -> Self {
        match self {
            Self::Value(Value::Null) => Self::Absent,
            other => other,
        }
    }

    /// Appends it as JSON, or `absent` if there is nothing.
    pub(super) fn push_json(self, out: &mut Vec<u8>, absent: &str) {
        match self {
            Self::Absent => out.extend_from_slice(absent.as_bytes()),
            Self::Number(Kind::Float, word) => push_json_float(out, f64::from_bits(word)),
            Self::Number(Kind::Int, word) => push_int(out, word as i64),
            Self::Value(value) => value_to_json(value, out),
        }
    }

    /// Whether there is nothing.
    pub(super) fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Appends it as a JSON truth value if it is a number.
    pub(super) fn push_json_truth(self, out: &mut Vec<u8>, absent: &str) {
        match self {
            Self::Number(kind, word) => push_bool(out, kind.to_f64(word) != 0.0),
            _ => self.push_json(out, absent),
        }
    }
}
