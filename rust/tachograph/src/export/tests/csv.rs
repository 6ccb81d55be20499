//! Random tables as another parser reads their CSV.

use super::model::{Entry, Row, Table, table};
use super::{epochs_csv, steps_csv};
use crate::export::{CsvOptions, value_to_json};
use crate::types::{ColumnKey, Kind, Role, Value};
use proptest::prelude::*;
use std::collections::HashSet;

fn read(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect();
    (header, rows)
}

/// Whether the cell says what the row holds; text is compared without its guard.
fn says(cell: &str, entry: Option<&Entry>, kind: Kind) -> bool {
    let plain = |text: &str| cell == text || cell.strip_prefix('\'') == Some(text);
    match entry {
        None | Some(Entry::Extra(Value::Null)) => cell.is_empty(),
        Some(Entry::Word(word)) if kind == Kind::Int => cell.parse() == Ok(*word as i64),
        Some(Entry::Word(word)) => same_float(cell, f64::from_bits(*word)),
        Some(Entry::Extra(Value::Float(number))) => same_float(cell, *number),
        Some(Entry::Extra(Value::Bool(bit))) => cell == if *bit { "True" } else { "False" },
        Some(Entry::Extra(Value::Str(text) | Value::Opaque { text, .. })) => plain(text),
        Some(Entry::Extra(Value::Time(_))) => cell.ends_with("+00:00"),
        Some(Entry::Extra(value)) => {
            let mut json = Vec::new();
            value_to_json(value, &mut json);
            cell.as_bytes() == json
        }
    }
}

fn same_float(cell: &str, number: f64) -> bool {
    cell.parse::<f64>()
        .is_ok_and(|read| read.to_bits() == number.to_bits() || read.is_nan() && number.is_nan())
}

fn cells_of(table: &Table, row: &Row, key: &ColumnKey, cell: &str) -> bool {
    says(cell, row.get(key), table.kind(key))
}

proptest! {
    #[test]
    fn epochs_are_what_went_in(table in table(&[Role::Train, Role::Val])) {
        let (header, rows) = read(&epochs_csv(&table, CsvOptions::default()));
        prop_assert_eq!(header.iter().collect::<HashSet<_>>().len(), header.len());
        prop_assert_eq!(rows.len(), table.rows.len());
        let mut keys = table.keys();
        keys.sort_by_key(|key| key.role);
        prop_assert_eq!(header.len(), 9 + keys.len());
        for (row, cells) in table.rows.iter().zip(&rows) {
            prop_assert_eq!(&cells[0], &row.label.to_string());
            for ((key, cell), name) in keys.iter().zip(&cells[9..]).zip(&header[9..]) {
                prop_assert!(cells_of(&table, row, key, cell), "{} {}", name, cell);
                let head = if key.role == Role::Train { "train_" } else { "val_" };
                prop_assert!(name.starts_with(head) && name.ends_with(&*key.name));
            }
        }
    }

    #[test]
    fn steps_are_what_went_in(table in table(&[Role::Metric])) {
        let (header, rows) = read(&steps_csv(&table));
        prop_assert_eq!(header.iter().collect::<HashSet<_>>().len(), header.len());
        prop_assert_eq!(rows.len(), table.rows.len());
        for (row, cells) in table.rows.iter().zip(&rows) {
            for (key, cell) in table.keys().iter().zip(&cells[3..]) {
                prop_assert!(cells_of(&table, row, key, cell), "{:?} {}", key, cell);
            }
        }
    }

    #[test]
    fn any_field_has_a_column_of_its_own(table in table(&[Role::Field, Role::Train, Role::Val])) {
        let (header, _) = read(&epochs_csv(&table, CsvOptions::default()));
        prop_assert_eq!(header.iter().collect::<HashSet<_>>().len(), header.len());
    }
}

#[test]
fn text_that_would_run_gets_an_apostrophe() {
    let guarded = ["=1", "+1", "-1", "@a", "\tx", "\rx", "\nx", " =1", "\u{a0}=1", "＝1"];
    for text in guarded {
        assert_eq!(CsvOptions::default().dress(text.to_owned()), format!("'{text}"));
        assert_eq!(CsvOptions { formula_guard: false, long: false }.dress(text.to_owned()), text);
    }
    for text in ["", "a=1", "1", "'=1", " a", "[=]", "😀"] {
        assert_eq!(CsvOptions::default().dress(text.to_owned()), text);
    }
}
