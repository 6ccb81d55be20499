//! What the hparams plugin keeps of a session.
//!
//! After `tensorboard/plugins/hparams/plugin_data.proto`; the reverse of what exports write.

use crate::types::Value;
use crate::wire::proto::{Field, Fields, Malformed};
use std::collections::HashMap;

/// How deep values may nest.
const MAX_DEPTH: usize = 32;

/// Names and values of hyperparameters, each name once, with its last value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hparams {
    pairs: Vec<(String, Value)>,
    places: HashMap<String, usize>,
}

impl Hparams {
    /// The pairs, in the order in which the names were met.
    pub fn pairs(&self) -> &[(String, Value)] {
        &self.pairs
    }

    /// Takes in what a summary's metadata holds; whether it told of a session. How one ended says
    /// nothing of its rows.
    pub(super) fn learn(&mut self, content: &[u8]) -> Result<bool, Malformed> {
        for field in Fields::of(content) {
            match field? {
                (3, Field::Bytes(start)) => {
                    self.start(start)?;
                    return Ok(true);
                }
                (4, Field::Bytes(_)) => return Ok(true),
                _ => {}
            }
        }
        Ok(false)
    }

    fn start(&mut self, message: &[u8]) -> Result<(), Malformed> {
        let mut found = Vec::new();
        for field in Fields::of(message) {
            if let (1, Field::Bytes(entry)) = field? {
                found.push(pair(entry, 2, 0)?);
            }
        }
        for (name, value) in found {
            self.set(name, value);
        }
        Ok(())
    }

    fn set(&mut self, name: String, value: Value) {
        if let Some(&at) = self.places.get(&name) {
            self.pairs[at].1 = value;
        } else {
            self.places.insert(name.clone(), self.pairs.len());
            self.pairs.push((name, value));
        }
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
                let mut map = Hparams::default();
                for field in Fields::of(pairs) {
                    if let (1, Field::Bytes(entry)) = field? {
                        let (name, value) = pair(entry, 2, depth + 1)?;
                        map.set(name, value);
                    }
                }
                Value::Map(map.pairs.into_iter().map(|(name, it)| (Value::Str(name), it)).collect())
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
