//! Random values and tables as another parser reads their JSON.

use super::model::{Entry, Row, Table, table};
use super::{epochs_jsonl, record_json, steps_json, steps_jsonl};
use crate::export::value_to_json;
use crate::types::{ColumnKey, Kind, NdArray, Role, Value, cbor};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

fn parsed(value: &Value) -> Json {
    let mut out = Vec::new();
    value_to_json(value, &mut out);
    serde_json::from_slice(&out).unwrap()
}

/// The value as a reader of the documented encoding restores it.
fn restored(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bit) => Value::Bool(*bit),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap()), Value::Int)
        }
        Json::String(text) if text == "NaN" => Value::Float(f64::NAN),
        Json::String(text) if text == "Infinity" => Value::Float(f64::INFINITY),
        Json::String(text) if text == "-Infinity" => Value::Float(f64::NEG_INFINITY),
        Json::String(text) => Value::Str(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(restored).collect()),
        Json::Object(object) => restored_object(object),
    }
}

fn restored_object(object: &Map<String, Json>) -> Value {
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    let first = object.iter().next().filter(|_| object.len() == 1);
    match first.map(|(key, value)| (key.as_str(), value)) {
        Some(("__str__" | "__datetime__", inner)) => Value::Str(text(inner)),
        Some(("__bytes__", inner)) => Value::Bytes(STANDARD.decode(text(inner)).unwrap()),
        Some(("__ndarray__", inner)) => Value::Array(NdArray {
            dtype: text(&inner["dtype"]),
            shape: inner["shape"].as_array().unwrap().iter().filter_map(Json::as_u64).collect(),
            bytes: STANDARD.decode(text(&inner["data"])).unwrap(),
        }),
        Some(("__dict__", inner)) => Value::Map(
            inner
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (restored(&pair[0]), restored(&pair[1])))
                .collect(),
        ),
        _ => Value::Map(object.iter().map(|(k, v)| (Value::Str(k.clone()), restored(v))).collect()),
    }
}

/// What the encoding may forget: the type of objects, the bits of a NaN, that a time is one, and
/// that a key was no text. Big integers are left to other tests, as this parser rounds them.
fn reduced(value: &Value, keys_stay: bool) -> Value {
    match value {
        Value::BigInt(_) => Value::Null,
        Value::Float(number) if number.is_nan() => Value::Float(f64::NAN),
        Value::Opaque { text, .. } => Value::Str(text.clone()),
        Value::Time(_) => restored(&parsed(value)),
        Value::List(items) => {
            Value::List(items.iter().map(|item| reduced(item, keys_stay)).collect())
        }
        Value::Map(pairs) => {
            let json = parsed(value);
            let is_marked = json.as_object().unwrap().len() == 1 && json.get("__dict__").is_some();
            let keys_stay = keys_stay || is_marked;
            Value::Map(
                pairs
                    .iter()
                    .map(|(key, value)| (reduced_key(key, keys_stay), reduced(value, false)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn reduced_key(key: &Value, keys_stay: bool) -> Value {
    if keys_stay || matches!(key, Value::Str(_) | Value::Opaque { .. }) {
        return reduced(key, true);
    }
    let text = parsed(&Value::Map(vec![(key.clone(), Value::Null)]));
    Value::Str(text.as_object().unwrap().keys().next().unwrap().clone())
}

fn without_big(value: &Value) -> Value {
    match value {
        Value::BigInt(_) => Value::Null,
        Value::List(items) => Value::List(items.iter().map(without_big).collect()),
        Value::Map(pairs) => {
            Value::Map(pairs.iter().map(|(k, v)| (without_big(k), without_big(v))).collect())
        }
        other => other.clone(),
    }
}

fn word_json(kind: Kind, word: u64) -> Json {
    let number = f64::from_bits(word);
    match kind {
        Kind::Int => json!(word as i64),
        Kind::Float if number.is_nan() => json!("NaN"),
        Kind::Float if number.is_finite() => json!(number),
        Kind::Float if number > 0.0 => json!("Infinity"),
        Kind::Float => json!("-Infinity"),
    }
}

fn cell_json(table: &Table, row: &Row, key: &ColumnKey) -> Option<Json> {
    Some(match row.get(key)? {
        Entry::Word(word) => word_json(table.kind(key), *word),
        Entry::Extra(value) => parsed(value),
    })
}

fn epoch_json(table: &Table, row: &Row, seen: &[ColumnKey]) -> Map<String, Json> {
    let field = |name: &str| {
        cell_json(table, row, &ColumnKey::new(Role::Field, name)).filter(|json| !json.is_null())
    };
    let metrics = |role: Role| {
        let own = seen.iter().filter(|key| key.role == role);
        own.filter_map(|key| Some((key.name.to_string(), cell_json(table, row, key)?)))
            .collect::<Map<_, _>>()
    };
    let best = match row.get(&ColumnKey::new(Role::Field, "is_best")) {
        Some(Entry::Word(word)) => {
            let kind = table.kind(&ColumnKey::new(Role::Field, "is_best"));
            json!(kind.to_f64(*word) != 0.0)
        }
        _ => field("is_best").unwrap_or(json!(false)),
    };
    let mut object = Map::new();
    object.insert("epoch".into(), json!(row.label));
    object.insert("train_loss".into(), field("train_loss").unwrap_or(Json::Null));
    object.insert("val_loss".into(), field("val_loss").unwrap_or(Json::Null));
    object.insert("train_metrics".into(), metrics(Role::Train).into());
    object.insert("val_metrics".into(), metrics(Role::Val).into());
    object.insert("is_best".into(), best);
    object.insert("sample_predictions".into(), field("sample_predictions").unwrap_or(json!({})));
    object
}

proptest! {
    #[test]
    fn every_value_is_restored(value in cbor::tests::value()) {
        let value = without_big(&value);
        let text = format!("{:?}", restored(&parsed(&value)));
        prop_assert_eq!(text, format!("{:?}", reduced(&value, false)));
    }

    #[test]
    fn records_are_what_went_in(table in table(&[Role::Field, Role::Train, Role::Val])) {
        let text = record_json(&table);
        let json: Json = serde_json::from_str(&text).unwrap();
        let epochs = json["epochs"].as_array().unwrap();
        prop_assert_eq!(epochs.len(), table.rows.len());
        let keys = table.keys();
        for (epoch, row) in epochs.iter().zip(&table.rows) {
            let expected = epoch_json(&table, row, &keys);
            for (name, value) in &expected {
                prop_assert_eq!(epoch[name].to_string(), value.to_string(), "{}", name);
            }
        }
        // The parser drops repeated names, so that each line is as long as its object.
        for (line, epoch) in text.lines().skip(3).zip(epochs) {
            let names = |text: &str| text.matches("\":").count();
            prop_assert_eq!(names(line), names(&epoch.to_string()));
        }
    }

    #[test]
    fn steps_are_what_went_in(table in table(&[Role::Metric])) {
        let json: Json = serde_json::from_str(&steps_json(&table)).unwrap();
        let steps = &json["steps"];
        let labels: Vec<i64> = table.rows.iter().map(|row| row.label).collect();
        prop_assert_eq!(&steps["step"], &json!(labels));
        let names: Vec<String> = steps["metrics"].as_object().unwrap().keys().cloned().collect();
        let keys = table.keys();
        let expected: Vec<String> = keys.iter().map(|key| key.name.to_string()).collect();
        prop_assert_eq!(names, expected);
        for key in &keys {
            let expected: Vec<Json> = table
                .rows
                .iter()
                .map(|row| cell_json(&table, row, key).unwrap_or(Json::Null))
                .collect();
            prop_assert_eq!(steps["metrics"][&*key.name].to_string(), json!(expected).to_string());
        }
    }
}

proptest! {
    /// Each line is what the whole document has in its place.
    #[test]
    fn lines_of_epochs_are_the_objects_of_the_document(
        table in table(&[Role::Field, Role::Train, Role::Val]),
    ) {
        let document: Json = serde_json::from_str(&record_json(&table)).unwrap();
        let lines: Vec<Json> =
            epochs_jsonl(&table).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&document["epochs"], &Json::Array(lines));
    }

    #[test]
    fn lines_of_steps_hold_what_the_lists_of_the_document_hold(table in table(&[Role::Metric])) {
        let document: Json = serde_json::from_str(&steps_json(&table)).unwrap();
        let steps = &document["steps"];
        let text = steps_jsonl(&table);
        prop_assert_eq!(text.lines().count(), table.rows.len());
        for (at, line) in text.lines().enumerate() {
            let line: Map<String, Json> = serde_json::from_str(line).unwrap();
            let mut members = 3;
            for name in ["step", "attempt", "wall_time"] {
                prop_assert_eq!(&line[name], &steps[name][at]);
            }
            for (name, list) in steps["metrics"].as_object().unwrap() {
                let recorded = table.rows[at].entries.iter().any(|(key, _)| *key.name == **name);
                members += usize::from(recorded);
                let has_own_name = !["step", "attempt", "wall_time"].contains(&name.as_str());
                if recorded && has_own_name {
                    prop_assert_eq!(&line[name], &list[at]);
                }
            }
            prop_assert_eq!(line.len(), members);
        }
    }
}
