//! Values of epochs that were changed after they were logged, as their readers see them.

use crate::log::{Amendments, Columns, FoundColumn, scalar};
use crate::types::{Bitmap, Chunk, ChunkColumn, ColumnKey, ColumnSchema, Kind, Role, Table, Value};

/// The name under which a row's wall time is amended.
const TIMESTAMP: &str = "timestamp";

/// Notes columns that only amendments have.
pub(super) fn extend_columns(amendments: &Amendments, table: Table, columns: &mut Columns) {
    for (key, amended) in amendments.columns() {
        if is_timestamp(key) {
            continue;
        }
        let (kind, is_structured) = (amended.kind(), amended.has_structured());
        if kind.is_some() || is_structured {
            columns.add(table, FoundColumn { key: key.clone(), kind, is_structured });
        }
    }
}

/// Changes the rows of a chunk.
pub(super) fn apply(amendments: &Amendments, chunk: &mut Chunk, schema: &[ColumnSchema]) {
    if amendments.is_empty() {
        return;
    }
    let seq = std::mem::take(&mut chunk.seq);
    let is_changed = |row: usize, key: &ColumnKey| {
        amendments.of(key).is_some_and(|amended| amended.get(seq[row]).is_some())
    };
    chunk.extras.retain(|(row, key, _)| !is_changed(*row, key));
    for (key, amended) in amendments.columns() {
        let index = schema.iter().position(|column| column.key == *key);
        let is_time = is_timestamp(key);
        for (row, value) in amended.within(&seq) {
            if is_time {
                if let Value::Int(micros) | Value::Time(micros) = value {
                    chunk.wall_micros[row] = *micros;
                }
                continue;
            }
            let scalar = scalar(value);
            if scalar.is_none() && *value != Value::Null {
                chunk.extras.push((row, key.clone(), value.clone()));
            }
            if let Some(index) = index {
                set(chunk, index, schema[index].kind, row, scalar);
            }
        }
    }
    chunk.extras.sort_by_key(|(row, ..)| *row);
    chunk.seq = seq;
}

/// Changes wall times.
pub(super) fn apply_times(amendments: &Amendments, seq: &[u64], wall: &mut [u64]) {
    let timestamp = ColumnKey::new(Role::Field, TIMESTAMP);
    let Some(amended) = amendments.of(&timestamp) else { return };
    for (row, value) in amended.within(seq) {
        if let Value::Int(micros) | Value::Time(micros) = value {
            wall[row] = *micros as u64;
        }
    }
}

fn is_timestamp(key: &ColumnKey) -> bool {
    key.role == Role::Field && &*key.name == TIMESTAMP
}

/// Sets or clears one cell.
fn set(chunk: &mut Chunk, index: usize, kind: Kind, row: usize, value: Option<(Kind, u64)>) {
    let n = chunk.rows();
    let at = match chunk.columns.binary_search_by_key(&index, |column| column.index) {
        Ok(at) => at,
        Err(at) => {
            let validity = Some(Bitmap::filled(n, false));
            chunk.columns.insert(at, ChunkColumn { index, kind, words: vec![0; n], validity });
            at
        }
    };
    let column = &mut chunk.columns[at];
    match value {
        Some((from, word)) => {
            let float = kind == Kind::Float && from == Kind::Int;
            column.words[row] = if float { Kind::Int.to_f64(word).to_bits() } else { word };
            if let Some(bits) = &mut column.validity {
                bits.set(row, true);
            }
        }
        None => {
            column.validity.get_or_insert_with(|| Bitmap::filled(n, true)).set(row, false);
        }
    }
}
