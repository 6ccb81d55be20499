//! The attempts of a run, and what it says of itself.

use crate::log::{LogReader, Record, int_field};
use crate::types::{Table, Value};
use std::collections::BTreeMap;

/// One process's span of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// What it said when it began.
    pub about: Option<Value>,
    /// When it was closed, microseconds since 1970-01-01 UTC.
    pub ended_micros: Option<i64>,
    /// Rows of both tables.
    pub rows: u64,
    /// Rows that it could not keep.
    pub dropped: u64,
    /// The smallest and the largest step.
    pub steps: Option<(i64, i64)>,
}

/// The attempts in order.
pub fn attempts(reader: &LogReader) -> Vec<Attempt> {
    let mut all: BTreeMap<u32, Attempt> = BTreeMap::new();
    let mut get = |number: u32, change: &mut dyn FnMut(&mut Attempt)| {
        change(all.entry(number).or_insert_with(|| Attempt { number, ..Attempt::default() }));
    };
    let number = |map: &Value| int_field(map, "attempt").and_then(|n| u32::try_from(n).ok());
    for (_, record) in reader.records() {
        match record {
            Record::Started(map) => {
                get(number(map).unwrap_or(1), &mut |one| one.about = Some(map.clone()));
            }
            Record::Ended(map) => {
                get(number(map).unwrap_or(1), &mut |one| {
                    one.ended_micros = int_field(map, "ended");
                });
            }
            Record::Dropped(attempt, rows) => get(*attempt, &mut |one| one.dropped += rows),
            _ => {}
        }
    }
    for table in [Table::Epochs, Table::Steps] {
        for part in reader.parts(table) {
            get(part.attempt, &mut |one| {
                one.rows += part.rows as u64;
                if table == Table::Steps {
                    let (min, max) = one.steps.unwrap_or((part.label_min, part.label_max));
                    one.steps = Some((min.min(part.label_min), max.max(part.label_max)));
                }
            });
        }
    }
    all.into_values().collect()
}

/// The structured records: the last value of each key, in the order in which the keys came up.
pub fn records(reader: &LogReader) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = Vec::new();
    for (_, record) in reader.records() {
        if let Record::Put { key, value } = record {
            match all.iter_mut().find(|(have, _)| have == key) {
                Some((_, have)) => *have = value.clone(),
                None => all.push((key.clone(), value.clone())),
            }
        }
    }
    all
}
