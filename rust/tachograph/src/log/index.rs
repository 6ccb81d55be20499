//! The index that closes a file: every frame's header again, the columns of each table, a trailer.

use super::bytes::Bytes;
use super::columns::{Columns, FoundColumn};
use super::frame::{FRAME_HEADER, FrameHeader};
use crate::types::{ColumnKey, Kind, Role, Table, Value, cbor};
use crate::{Error, Result};
use std::collections::HashMap;

/// Bytes of the trailer, the last of a closed file.
pub(crate) const TRAILER: usize = 32;
const TRAILER_MAGIC: [u8; 4] = *b"TCHE";

/// What the index says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Index {
    /// Every frame before the index, in file order, superseded ones left out.
    pub(crate) frames: Vec<FrameHeader>,
    /// The columns of each table.
    pub(crate) columns: Columns,
    /// The place of the row that would come next.
    pub(crate) next_seq: u64,
    /// Whether the writer closed the run, or a copy was made of a run that was not closed.
    pub(crate) closed: bool,
}

impl Index {
    /// The payload without the trailer: what the frame's head checksum covers.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.frames.len() * FRAME_HEADER + 256);
        out.extend_from_slice(&(self.frames.len() as u32).to_le_bytes());
        for frame in &self.frames {
            out.extend_from_slice(&frame.encode());
        }
        let (mut numbers, mut structured) = (Vec::new(), Vec::new());
        for (table, columns) in self.columns.tables() {
            let mut before = 0;
            for column in columns {
                let entry = |last: i64| {
                    Value::List(vec![
                        Value::Int(*table as i64),
                        Value::Int(column.key.role as i64),
                        Value::Str(column.key.name.to_string()),
                        Value::Int(last),
                    ])
                };
                if column.is_structured {
                    structured.push(entry(before));
                }
                if let Some(kind) = column.kind {
                    numbers.push(entry(kind as i64));
                    before += 1;
                }
            }
        }
        let about = Value::List(vec![
            Value::List(numbers),
            Value::List(structured),
            Value::Int(self.next_seq as i64),
            Value::Bool(self.closed),
        ]);
        cbor::encode(&about, &mut out)?;
        Ok(out)
    }

    /// The reverse of [`Index::encode`], for a payload whose checksum was found right.
    pub(crate) fn decode(head: &[u8]) -> Result<Self> {
        let mut fields = Bytes::new(head);
        let n = fields.u32()? as usize;
        if n > head.len() / FRAME_HEADER {
            return Err(Error::corrupt(0, "more frames are announced than fit"));
        }
        let mut index = Self::default();
        for _ in 0..n {
            let bytes = fields.take(FRAME_HEADER)?;
            let mut offset = [0; 8];
            offset.copy_from_slice(&bytes[8..16]);
            index.frames.push(FrameHeader::decode(bytes, u64::from_le_bytes(offset))?);
        }
        let about = cbor::decode(fields.take(fields.remaining())?)?;
        let bad = || Error::corrupt(0, "the index has an unknown form");
        let Value::List(parts) = about else { return Err(bad()) };
        let Ok([Value::List(numbers), Value::List(structured), next, closed]) =
            <[Value; 4]>::try_from(parts)
        else {
            return Err(bad());
        };
        let (Value::Int(next), Value::Bool(closed)) = (next, closed) else { return Err(bad()) };
        index.next_seq = next as u64;
        index.closed = closed;
        index.columns = merged(numbers, structured).ok_or_else(bad)?;
        Ok(index)
    }
}

/// One list of columns from those of numbers and those of structured values.
fn merged(numbers: Vec<Value>, structured: Vec<Value>) -> Option<Columns> {
    let mut places: Vec<(Table, usize, FoundColumn)> = Vec::new();
    let mut before: HashMap<Table, usize> = HashMap::new();
    for column in numbers {
        let (table, key, kind) = column_of(column)?;
        let kind = Kind::from_u8(u8::try_from(kind?).ok()?)?;
        let at = before.entry(table).or_default();
        *at += 1;
        places.push((table, *at, FoundColumn::numbers(key, kind)));
    }
    for column in structured {
        let (table, key, before) = column_of(column)?;
        // Where nothing says how many come before it, all do.
        let before = before.map_or(Some(usize::MAX), |before| usize::try_from(before).ok())?;
        places.push((table, before, FoundColumn::structured(key)));
    }
    // The sort is stable: the structured column that has two columns of numbers before it comes
    // behind the second of them.
    places.sort_by_key(|(_, at, _)| *at);
    let mut columns = Columns::default();
    for (table, _, column) in places {
        columns.add(table, column);
    }
    Some(columns)
}

fn column_of(value: Value) -> Option<(Table, ColumnKey, Option<i64>)> {
    let Value::List(parts) = value else { return None };
    let (Some(Value::Int(table)), Some(Value::Int(role)), Some(Value::Str(name))) =
        (parts.first(), parts.get(1), parts.get(2))
    else {
        return None;
    };
    let table = Table::from_u8(u8::try_from(*table).ok()?)?;
    let role = Role::from_u8(u8::try_from(*role).ok()?)?;
    let kind = match parts.get(3) {
        Some(Value::Int(kind)) => Some(*kind),
        _ => None,
    };
    Some((table, ColumnKey::new(role, name.as_str()), kind))
}

/// The trailer of an index frame at `offset` of its file.
pub(crate) fn encode_trailer(offset: u64, payload_len: u32, uuid: &[u8; 16]) -> [u8; TRAILER] {
    let mut out = [0; TRAILER];
    out[..8].copy_from_slice(&offset.to_le_bytes());
    out[8..12].copy_from_slice(&payload_len.to_le_bytes());
    out[16..24].copy_from_slice(&uuid[..8]);
    out[24..28].copy_from_slice(&TRAILER_MAGIC);
    let crc = crc32c::crc32c(&out[..28]);
    out[28..].copy_from_slice(&crc.to_le_bytes());
    out
}

/// Where the index frame stands, if these are the last bytes of a closed file.
pub(crate) fn decode_trailer(data: &[u8], uuid: &[u8; 16]) -> Option<u64> {
    let data: &[u8; TRAILER] = data.try_into().ok()?;
    let mut fields = Bytes::new(data);
    let offset = fields.u64().ok()?;
    fields.take(20).ok()?;
    let sound = data[24..28] == TRAILER_MAGIC
        && data[16..24] == uuid[..8]
        && fields.u32().ok()? == crc32c::crc32c(&data[..28]);
    sound.then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, last: Option<i64>) -> Value {
        let parts = [Value::Int(2), Value::Int(1), Value::Str(name.to_owned())];
        Value::List(parts.into_iter().chain(last.map(Value::Int)).collect())
    }

    #[test]
    fn an_index_comes_back() {
        let key = |name: &str| ColumnKey::new(Role::Metric, name);
        let mut columns = Columns::default();
        for column in [
            FoundColumn::structured(key("note")),
            FoundColumn::numbers(key("loss"), Kind::Int),
            FoundColumn::structured(key("mixed")),
            FoundColumn::structured(key("text")),
            FoundColumn::numbers(key("mixed"), Kind::Float),
            FoundColumn::structured(key("loss")),
            FoundColumn::numbers(key("lr"), Kind::Float),
            FoundColumn::structured(key("end")),
        ] {
            columns.add(Table::Steps, column.clone());
            columns.add(Table::Epochs, column);
        }
        let index = Index { frames: vec![], columns, next_seq: 12, closed: true };
        assert_eq!(Index::decode(&index.encode().unwrap()).unwrap(), index);
        let numbers = vec![entry("a", Some(1)), entry("b", Some(0))];
        let early = merged(numbers, vec![entry("text", None), entry("a", None)]).unwrap();
        let keys = early.of_table(Table::Steps);
        assert_eq!(keys.keys, [key("a"), key("b"), key("text")], "as the first writers had it");
        assert_eq!(keys.extra_keys, [key("a"), key("text")]);
        let trailer = encode_trailer(99, 7, &[3; 16]);
        assert_eq!(decode_trailer(&trailer, &[3; 16]), Some(99));
        assert_eq!(decode_trailer(&trailer, &[4; 16]), None);
        for at in 0..TRAILER {
            let mut bad = trailer;
            bad[at] ^= 1;
            assert_eq!(decode_trailer(&bad, &[3; 16]), None, "byte {at}");
        }
    }
}
