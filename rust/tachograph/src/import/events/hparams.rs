//! What the hparams plugin keeps of a session.
//!
//! After `tensorboard/plugins/hparams/plugin_data.proto`; the reverse of what exports write.

use crate::types::Value;
use crate::wire::proto::{Field, Fields, Malformed};

/// How deep values may nest.
const MAX_DEPTH: usize = 32;

/// What is known of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Names and values of the hyperparameters, each name once, the last value of each.
    pub hparams: Vec<(String, Value)>,
    /// When the session was begun, seconds since 1970-01-01 UTC; 0 where nothing says so.
    pub started_secs: f64,
}

impl Session {
    /// Takes in what a summary's metadata holds; whether it told how a session began.
    pub(super) fn learn(&mut self, content: &[u8]) -> Result<bool, Malformed> {
        for field in Fields::of(content) {
            if let (3, Field::Bytes(start)) = field? {
                self.start(start)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn start(&mut self, message: &[u8]) -> Result<(), Malformed> {
        let mut started_secs = self.started_secs;
        let mut found = Vec::new();
        for field in Fields::of(message) {
            match field? {
                (1, Field::Bytes(entry)) => found.push(pair(entry, 2, 0)?),
                (5, Field::Fixed64(bits)) => started_secs = f64::from_bits(bits),
                _ => {}
            }
        }
        self.started_secs = started_secs;
        for (name, value) in found {
            match self.hparams.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => self.hparams.push((name, value)),
            }
        }
        Ok(())
    }
}

/// A pair of a map: the name is field 1, the value the field `number`.
fn pair(entry: &[u8], number: u32, depth: usize) -> Result<(String, Value), Malformed> {
    let (mut name, mut value) = (String::new(), Value::Null);
    for field in Fields::of(entry) {
        match field? {
            (1, Field::Bytes(bytes)) => name = text(bytes)?,
            (at, Field::Bytes(message)) if at == number => value = value_of(message, depth)?,
            _ => {}
        }
    }
    Ok((name, value))
}

/// A `google.protobuf.Value`.
fn value_of(message: &[u8], depth: usize) -> Result<Value, Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed);
    }
    let mut value = Value::Null;
    for field in Fields::of(message) {
        value = match field? {
            (1, Field::Varint(_)) => Value::Null,
            (2, Field::Fixed64(bits)) => Value::Float(f64::from_bits(bits)),
            (3, Field::Bytes(bytes)) => Value::Str(text(bytes)?),
            (4, Field::Varint(bit)) => Value::Bool(bit != 0),
            (5, Field::Bytes(pairs)) => {
                let mut map: Vec<(Value, Value)> = Vec::new();
                for field in Fields::of(pairs) {
                    if let (1, Field::Bytes(entry)) = field? {
                        let (name, value) = pair(entry, 2, depth + 1)?;
                        let name = Value::Str(name);
                        match map.iter_mut().find(|(known, _)| *known == name) {
                            Some((_, known)) => *known = value,
                            None => map.push((name, value)),
                        }
                    }
                }
                Value::Map(map)
            }
            (6, Field::Bytes(items)) => {
                let mut list = Vec::new();
                for field in Fields::of(items) {
                    if let (1, Field::Bytes(item)) = field? {
                        list.push(value_of(item, depth + 1)?);
                    }
                }
                Value::List(list)
            }
            _ => value,
        };
    }
    Ok(value)
}

fn text(bytes: &[u8]) -> Result<String, Malformed> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Malformed)
}
