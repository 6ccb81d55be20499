//! Files as a whole: golden small ones, random ones read back by other parsers, damage on the way.

mod csv;
mod json;
mod model;

use super::{
    CsvOptions, write_epochs_csv, write_epochs_jsonl, write_record_json, write_steps_csv,
    write_steps_json, write_steps_jsonl,
};
use crate::types::{ColumnKey, ColumnSchema, Kind, NdArray, Role, Value};
use crate::{Error, Result};
use model::{Entry, Row, Table, float, int};
use std::io::{self, Write};

fn record_json(table: &Table) -> String {
    let mut out = Vec::new();
    let head = [("experiment_name".to_owned(), Value::Str("a \"b\"".to_owned()))];
    let tail = [("best_epoch".to_owned(), Value::Int(3))];
    let chunks = table.chunks().into_iter().map(Ok);
    write_record_json(&mut out, &head, (&table.schema, &table.keys()), chunks, &tail).unwrap();
    String::from_utf8(out).unwrap()
}

fn steps_json(table: &Table) -> String {
    let mut out = Vec::new();
    let chunks = |_: &[usize]| table.chunks().into_iter().map(Ok);
    write_steps_json(&mut out, &[], (&table.schema, &table.keys()), chunks, &[]).unwrap();
    String::from_utf8(out).unwrap()
}

fn epochs_jsonl(table: &Table) -> String {
    let mut out = Vec::new();
    let chunks = table.chunks().into_iter().map(Ok);
    write_epochs_jsonl(&mut out, (&table.schema, &table.keys()), chunks).unwrap();
    String::from_utf8(out).unwrap()
}

fn steps_jsonl(table: &Table) -> String {
    let mut out = Vec::new();
    let (chunks, keys) = (table.chunks().into_iter().map(Ok), table.keys());
    write_steps_jsonl(&mut out, (&table.schema, &keys), chunks).unwrap();
    String::from_utf8(out).unwrap()
}

fn epochs_csv(table: &Table, options: CsvOptions) -> String {
    let mut out = Vec::new();
    let (chunks, keys) = (table.chunks().into_iter().map(Ok), table.keys());
    write_epochs_csv(&mut out, (&table.schema, &keys), chunks, options).unwrap();
    String::from_utf8(out).unwrap()
}

fn steps_csv(table: &Table) -> String {
    let mut out = Vec::new();
    let (chunks, keys) = (table.chunks().into_iter().map(Ok), table.keys());
    write_steps_csv(&mut out, (&table.schema, &keys), chunks, CsvOptions::default()).unwrap();
    String::from_utf8(out).unwrap()
}

fn key(role: Role, name: &str) -> ColumnKey {
    ColumnKey::new(role, name)
}

fn epochs() -> Table {
    let array = NdArray { dtype: "<f4".into(), shape: vec![1], bytes: vec![0, 0, 128, 63] };
    let predictions = Value::Map(vec![(Value::Str("y".into()), Value::Array(array))]);
    let schema = [
        (key(Role::Field, "train_loss"), Kind::Float),
        (key(Role::Train, "loss"), Kind::Float),
        (key(Role::Val, "n"), Kind::Int),
        (key(Role::Field, "val_loss"), Kind::Float),
        (key(Role::Field, "is_best"), Kind::Int),
        (key(Role::Field, "epoch"), Kind::Int),
    ];
    Table {
        schema: schema.into_iter().map(|(key, kind)| ColumnSchema { key, kind }).collect(),
        rows: vec![
            Row {
                label: 3,
                micros: 1_700_000_000_000_000,
                entries: vec![
                    (key(Role::Field, "train_loss"), float(0.5)),
                    (key(Role::Train, "loss"), float(9.0)),
                    (key(Role::Val, "n"), int(-2)),
                    (key(Role::Field, "val_loss"), float(0.0)),
                    (key(Role::Field, "is_best"), int(1)),
                    (key(Role::Field, "epoch"), int(7)),
                ],
            },
            Row {
                label: 4,
                micros: 1_700_000_000_000_001,
                entries: vec![
                    (key(Role::Field, "train_loss"), float(f64::NAN)),
                    (key(Role::Val, "n"), Entry::Extra(Value::List(vec![Value::Int(1); 2]))),
                    (key(Role::Train, "note"), Entry::Extra(Value::Str("=1,2".into()))),
                    (key(Role::Field, "sample_predictions"), Entry::Extra(predictions)),
                ],
            },
        ],
        rows_per_chunk: 1,
    }
}

#[test]
fn a_record_is_one_line_an_epoch() {
    let expected = r#"{
"experiment_name":"a \"b\"",
"epochs":[
{"epoch":3,"timestamp":"2023-11-14T22:13:20.000000+00:00","train_loss":0.5,"val_loss":0.0,"train_metrics":{"loss":9.0},"val_metrics":{"n":-2},"learning_rate":0.0,"epoch_time":0.0,"memory_usage":null,"gradient_norm":null,"is_best":true,"sample_predictions":{},"field.epoch":7},
{"epoch":4,"timestamp":"2023-11-14T22:13:20.000001+00:00","train_loss":"NaN","val_loss":null,"train_metrics":{"note":"=1,2"},"val_metrics":{"n":[1,1]},"learning_rate":0.0,"epoch_time":0.0,"memory_usage":null,"gradient_norm":null,"is_best":false,"sample_predictions":{"y":{"__ndarray__":{"dtype":"<f4","shape":[1],"data":"AACAPw=="}}},"field.epoch":null}
],
"best_epoch":3
}
"#;
    assert_eq!(record_json(&epochs()), expected);
}

#[test]
fn epochs_are_one_line_each_in_csv() {
    let expected = "epoch,timestamp,train_loss,val_loss,learning_rate,epoch_time,memory_usage,\
        gradient_norm,is_best,train_metric_loss,train_note,val_n,field.epoch\r\n\
        3,2023-11-14T22:13:20.000000+00:00,0.5,0.0,0.0,0.0,,,True,9.0,,-2,7\r\n\
        4,2023-11-14T22:13:20.000001+00:00,NaN,,0.0,0.0,,,False,,\"'=1,2\",\"[1,1]\",\r\n";
    assert_eq!(epochs_csv(&epochs(), CsvOptions::default()), expected);
    let unguarded = epochs_csv(&epochs(), CsvOptions { formula_guard: false, long: false });
    assert_eq!(unguarded, expected.replace("'=", "="));
}

#[test]
fn a_table_without_rows_has_its_header() {
    let empty = Table { rows: Vec::new(), ..epochs() };
    assert_eq!(epochs_csv(&empty, CsvOptions::default()).lines().count(), 1);
    assert_eq!(
        record_json(&empty),
        "{\n\"experiment_name\":\"a \\\"b\\\"\",\n\"epochs\":[],\n\"best_epoch\":3\n}\n"
    );
    let nothing = Table { schema: Vec::new(), ..empty };
    assert_eq!(steps_csv(&nothing), "step,attempt,wall_time\r\n");
    let steps = "{\n\"steps\":{\n\"step\":[],\n\"attempt\":[],\n\"wall_time\":[],\n\"metrics\":{\n}\n}\n}\n";
    assert_eq!(steps_json(&nothing), steps);
}

fn steps() -> Table {
    let names = ["loss", "step", "metric.step", "=x"];
    let entries = |n: usize| {
        names[..n].iter().map(|name| (key(Role::Metric, name), float(-1.5))).collect::<Vec<_>>()
    };
    let mut last = entries(2);
    last.push((key(Role::Metric, "w"), Entry::Extra(Value::Str("+1".into()))));
    Table {
        schema: names
            .iter()
            .map(|name| ColumnSchema { key: key(Role::Metric, name), kind: Kind::Float })
            .collect(),
        rows: vec![
            Row { label: 1, micros: 0, entries: entries(4) },
            Row { label: 2, micros: 1, entries: last },
        ],
        rows_per_chunk: 5,
    }
}

#[test]
fn steps_are_lists_in_json() {
    let expected = r#"{
"steps":{
"step":[1,2],
"attempt":[1,1],
"wall_time":["1970-01-01T00:00:00.000000+00:00","1970-01-01T00:00:00.000001+00:00"],
"metrics":{
"loss":[-1.5,-1.5],
"step":[-1.5,-1.5],
"metric.step":[-1.5,null],
"=x":[-1.5,null],
"w":[null,"+1"]
}
}
}
"#;
    assert_eq!(steps_json(&steps()), expected);
}

#[test]
fn steps_are_lines_in_csv() {
    let expected = "step,attempt,wall_time,loss,metric.metric.step,metric.step,'=x,w\r\n\
        1,1,1970-01-01T00:00:00.000000+00:00,-1.5,-1.5,-1.5,-1.5,\r\n\
        2,1,1970-01-01T00:00:00.000001+00:00,-1.5,-1.5,,,'+1\r\n";
    assert_eq!(steps_csv(&steps()), expected);
}

#[test]
fn a_structured_value_without_a_column_is_refused() {
    let table = epochs();
    let chunks = table.chunks().into_iter().map(Ok);
    let mut out = Vec::new();
    let result = write_epochs_csv(&mut out, (&table.schema, &[]), chunks, CsvOptions::default());
    assert!(matches!(result, Err(Error::Invalid { argument, .. }) if argument == "keys"));
}

#[test]
fn steps_that_change_between_passes_are_refused() {
    let table = Table { rows_per_chunk: 1, ..steps() };
    for lengths in [[1, 2], [2, 1], [0, 2], [2, 0]] {
        let pass = std::cell::Cell::new(0);
        let chunks = |_: &[usize]| {
            let len = lengths[pass.replace(1)];
            table.chunks().into_iter().take(len).map(Ok)
        };
        let result =
            write_steps_json(&mut Vec::new(), &[], (&table.schema, &table.keys()), chunks, &[]);
        assert!(matches!(result, Err(Error::Invalid { argument, .. }) if argument == "chunks"));
    }
}

#[test]
fn chunks_that_do_not_fit_are_refused() {
    let table = epochs();
    let write = |damage: fn(&mut crate::types::Chunk)| {
        let mut chunk = table.chunks().remove(0);
        damage(&mut chunk);
        let (columns, chunk) = ((&table.schema[..], &table.keys()[..]), std::iter::once(Ok(chunk)));
        write_record_json(&mut Vec::new(), &[], columns, chunk, &[])
    };
    assert!(write(|_| {}).is_ok());
    assert!(write(|chunk| chunk.wall_micros.clear()).is_err());
    assert!(write(|chunk| chunk.columns[0].words.clear()).is_err());
    assert!(write(|chunk| chunk.columns[0].index = 99).is_err());
    assert!(write(|chunk| chunk.extras.push((9, key(Role::Train, "x"), Value::Null))).is_err());
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn errors_of_the_stream_and_of_the_chunks_come_through() {
    let table = epochs();
    let chunks = table.chunks().into_iter().map(Ok);
    let result = write_record_json(&mut Full, &[], (&table.schema, &table.keys()), chunks, &[]);
    let Err(Error::Io { source, .. }) = result else { panic!("no I/O error") };
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);

    let failing = std::iter::once(Result::Err(Error::NotFound("segment".into())));
    let result = write_record_json(&mut Vec::new(), &[], (&table.schema, &[]), failing, &[]);
    assert!(matches!(result, Err(Error::NotFound(_))));
}
