//! Structured records: what a run says of itself beside its rows.

use crate::types::{ColumnKey, Role, Value};
use crate::{Error, Result};

/// One structured record. In a file it is a list that begins with its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The last value put under a key counts.
    Put {
        /// The key, for example `experiment`.
        key: String,
        /// What it says.
        value: Value,
    },
    /// A value of an epoch's row was changed after it was logged.
    Amend {
        /// The row's place in the log.
        seq: u64,
        /// The column.
        key: ColumnKey,
        /// The new value; `Null` makes it absent.
        value: Value,
    },
    /// An attempt began: a map with `attempt`, `pid`, `host`, `started` and what the caller added.
    Started(Value),
    /// An attempt was closed: a map with `attempt`, `ended`.
    Ended(Value),
    /// Rows that could not be kept: (attempt, how many).
    Dropped(u32, u64),
    /// A kind of a later version, kept as it is.
    Unknown(Value),
}

impl Record {
    pub(crate) fn to_value(&self) -> Value {
        let text = |text: &str| Value::Str(text.to_owned());
        Value::List(match self {
            Self::Unknown(value) => return value.clone(),
            Self::Put { key, value } => vec![text("put"), text(key), value.clone()],
            Self::Amend { seq, key, value } => vec![
                text("amend"),
                Value::Int(*seq as i64),
                Value::Int(key.role as i64),
                text(&key.name),
                value.clone(),
            ],
            Self::Started(value) => vec![text("started"), value.clone()],
            Self::Ended(value) => vec![text("ended"), value.clone()],
            Self::Dropped(attempt, rows) => {
                vec![text("dropped"), Value::Int(i64::from(*attempt)), Value::Int(*rows as i64)]
            }
        })
    }

    pub(crate) fn from_value(value: Value) -> Result<Self> {
        let bad = || Error::corrupt(0, "a structured record has an unknown form");
        let Value::List(mut parts) = value else { return Err(bad()) };
        let Some((Value::Str(kind), parts_behind)) = parts.split_first_mut() else {
            return Err(bad());
        };
        Ok(match (kind.as_str(), parts_behind) {
            ("put", [Value::Str(key), value]) => {
                Self::Put { key: std::mem::take(key), value: take(value) }
            }
            ("amend", [Value::Int(seq), Value::Int(role), Value::Str(name), value]) => {
                let role = u8::try_from(*role).ok().and_then(Role::from_u8).ok_or_else(bad)?;
                let key = ColumnKey::new(role, name.as_str());
                Self::Amend { seq: *seq as u64, key, value: take(value) }
            }
            ("started", [value]) => Self::Started(take(value)),
            ("ended", [value]) => Self::Ended(take(value)),
            ("dropped", [Value::Int(attempt), Value::Int(rows)]) => {
                Self::Dropped(u32::try_from(*attempt).map_err(|_| bad())?, *rows as u64)
            }
            ("put" | "amend" | "started" | "ended" | "dropped", _) => return Err(bad()),
            _ => Self::Unknown(Value::List(parts)),
        })
    }
}

fn take(value: &mut Value) -> Value {
    std::mem::replace(value, Value::Null)
}

/// The value under a text key of a map.
pub(crate) fn field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(pairs) = map else { return None };
    pairs.iter().find_map(|(key, value)| match key {
        Value::Str(key) if key == name => Some(value),
        _ => None,
    })
}

/// The integer under a text key of a map.
pub(crate) fn int_field(map: &Value, name: &str) -> Option<i64> {
    match field(map, name) {
        Some(Value::Int(value) | Value::Time(value)) => Some(*value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_and_later_kinds_are_told_apart() {
        let key = ColumnKey::new(Role::Train, "mae");
        for record in [
            Record::Put { key: "x".into(), value: Value::Float(1.5) },
            Record::Amend { seq: 7, key, value: Value::Null },
            Record::Started(Value::Map(vec![])),
            Record::Ended(Value::Int(3)),
            Record::Dropped(2, 1 << 40),
        ] {
            assert_eq!(Record::from_value(record.to_value()).ok(), Some(record));
        }
        let later = Value::List(vec![Value::Str("later".into()), Value::Int(1)]);
        assert_eq!(Record::from_value(later.clone()).ok(), Some(Record::Unknown(later)));
        let bad = Value::List(vec![Value::Str("put".into()), Value::Int(1)]);
        assert!(Record::from_value(bad).is_err());
    }
}
