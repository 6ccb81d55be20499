//! The columns of a table side by side, as CSV and data frames have them.

use super::fields::{FIELDS, STEP_FIELDS, field_keys};
use super::names::{Names, Wish};
use super::rows::Places;
use crate::store::{ATTEMPT, EPOCH};
use crate::types::{ColumnKey, ColumnSchema, Role, Table};

/// What an epoch's row begins with, and with its attempt.
const EPOCH_LEADS: [&str; 2] = ["epoch", "timestamp"];
const ATTEMPTED: [&str; 3] = ["epoch", ATTEMPT, "timestamp"];
/// What a step's row begins with, and with its epoch.
const IN_EPOCHS: [&str; 4] = ["step", ATTEMPT, EPOCH, "wall_time"];

/// A column after the leading ones.
pub(super) struct Column {
    /// A name that no other column has.
    pub(super) name: String,
    /// Its place among [`Places`].
    pub(super) place: usize,
    /// What stands where nothing was recorded, as CSV has it.
    pub(super) absent: &'static str,
    /// Whether its numbers mean true and false.
    pub(super) truth: bool,
}

/// What a row of the table begins with; an epoch's attempt or a step's epoch where that is wanted.
pub(super) fn leads(table: Table, with_more: bool) -> &'static [&'static str] {
    match table {
        Table::Epochs if with_more => &ATTEMPTED,
        Table::Epochs => &EPOCH_LEADS,
        Table::Steps if with_more => &IN_EPOCHS,
        Table::Steps => &STEP_FIELDS,
    }
}

/// A place for each column of the table.
pub(super) fn places(table: Table, schema: &[ColumnSchema], keys: &[ColumnKey]) -> Places {
    match table {
        Table::Epochs => Places::new(&field_keys(), schema, keys),
        Table::Steps => Places::new(&[], schema, keys),
    }
}

/// The columns after the leading ones, in order. `dress` is applied to names.
///
/// Steps: the metrics. Epochs: the fields of the record but the sample predictions, the training
/// metrics, the validation metrics, other fields.
pub(super) fn columns(
    table: Table,
    places: &Places,
    dress: impl Fn(String) -> String,
) -> Vec<Column> {
    let mut columns = Vec::new();
    // A metric called `epoch` keeps its name: where there is one, it is what the name asks for.
    let mut reserved: Vec<&str> = leads(table, table == Table::Epochs).to_vec();
    let (mut wishes, mut wished) = (Vec::new(), Vec::new());
    match table {
        Table::Steps => {
            wishes.extend(places.keys().iter().map(Wish::plain));
            wished.extend(0..wishes.len());
        }
        Table::Epochs => {
            for (place, field) in FIELDS.iter().enumerate() {
                if field.name != "sample_predictions" {
                    reserved.push(field.name);
                    let (name, absent) = (field.name.to_owned(), field.absent_csv);
                    columns.push(Column { name, place, absent, truth: field.truth });
                }
            }
            for role in [Some(Role::Train), Some(Role::Val), None] {
                for (place, key) in places.keys().iter().enumerate().skip(FIELDS.len()) {
                    let wish = match key.role {
                        Role::Train => Wish { head: "train_", again: "metric_", name: &key.name },
                        Role::Val => Wish { head: "val_", again: "metric_", name: &key.name },
                        Role::Field | Role::Metric => Wish::plain(key),
                    };
                    if role == Some(key.role) || (role.is_none() && wish.head.is_empty()) {
                        wishes.push(wish);
                        wished.push(place);
                    }
                }
            }
        }
    }
    let names = Names::reserving(reserved).grant(&wishes, dress);
    columns.extend(names.into_iter().zip(wished).map(|(name, place)| Column {
        name,
        place,
        absent: "",
        truth: false,
    }));
    columns
}
