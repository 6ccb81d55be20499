//! The messages of a run file, as `wandb/proto/wandb_internal.proto` has them.

use super::json;
use crate::types::Kind;
use crate::wire::proto::{Field, Fields, Malformed};
use std::borrow::Cow;

/// A key and a value in one of the forms that items of history and configuration have.
pub(super) struct Item<'a> {
    /// The name; the parts of a nested one are joined by dots.
    pub(super) name: Cow<'a, [u8]>,
    pub(super) content: ItemContent<'a>,
}

/// The value of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ItemContent<'a> {
    Json(&'a [u8]),
    Number(Kind, u64),
    Other(&'static str),
}

impl<'a> Item<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut name = Cow::Borrowed(&[][..]);
        let mut content = ItemContent::Other("null");
        let mut is_nested = false;
        for field in Fields::of(message) {
            match field? {
                (1, Field::Bytes(key)) if !is_nested => name = Cow::Borrowed(key),
                (2, Field::Bytes(part)) => {
                    if is_nested {
                        let whole = name.to_mut();
                        whole.push(b'.');
                        whole.extend_from_slice(part);
                    } else {
                        name = Cow::Borrowed(part);
                        is_nested = true;
                    }
                }
                (4, Field::Varint(bit)) => {
                    content = ItemContent::Number(Kind::Int, u64::from(bit != 0));
                }
                (5, Field::Varint(bits)) => {
                    let (kind, word) = json::integer(bits as i64);
                    content = ItemContent::Number(kind, word);
                }
                (6, Field::Fixed64(bits)) => content = ItemContent::Number(Kind::Float, bits),
                (7, Field::Bytes(_)) => content = ItemContent::Other("text"),
                (8 | 16, Field::Bytes(text)) => content = ItemContent::Json(text),
                _ => {}
            }
        }
        Ok(Self { name, content })
    }

    /// The number that it holds, or the kind of what it holds instead.
    pub(super) fn number(&self) -> Result<(Kind, u64), &'static str> {
        match self.content {
            ItemContent::Json(text) => json::number(text),
            ItemContent::Number(kind, word) => Ok((kind, word)),
            ItemContent::Other(kind) => Err(kind),
        }
    }
}

/// The step that a history record states beside its items.
pub(super) fn step(message: &[u8]) -> Result<i64, Malformed> {
    let mut step = 0;
    for field in Fields::of(message) {
        if let (1, Field::Varint(number)) = field? {
            step = number as i64;
        }
    }
    Ok(step)
}

/// A change of the configuration: the parts of a name, and the value as JSON, `None` where it is
/// taken away.
pub(super) fn config_item(
    message: &[u8],
    is_removed: bool,
) -> Result<(Vec<String>, Option<String>), Malformed> {
    let (mut key, mut path, mut json) = (None, Vec::new(), None);
    for field in Fields::of(message) {
        match field? {
            (1, Field::Bytes(name)) => key = Some(text(name)?),
            (2, Field::Bytes(part)) => path.push(text(part)?),
            (16, Field::Bytes(value)) => json = Some(text(value)?),
            _ => {}
        }
    }
    if path.is_empty() {
        path.extend(key);
    }
    if path.is_empty() || (json.is_none() && !is_removed) {
        return Err(Malformed);
    }
    Ok((path, json.filter(|_| !is_removed)))
}

pub(super) fn text(bytes: &[u8]) -> Result<String, Malformed> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Malformed)
}
