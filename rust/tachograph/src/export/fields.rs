//! What rows say beside their metrics.

use crate::types::{ColumnKey, Role};

/// A field and how it is written.
pub(super) struct Field {
    /// Its name in files.
    pub(super) name: &'static str,
    /// What JSON holds if it was not recorded: the default of the record.
    pub(super) absent: &'static str,
    /// What CSV holds then.
    pub(super) absent_csv: &'static str,
    /// Whether its numbers mean true and false.
    pub(super) truth: bool,
}

const fn field(name: &'static str, absent: &'static str, absent_csv: &'static str) -> Field {
    Field { name, absent, absent_csv, truth: false }
}

/// The fields in the order of the record; epoch and timestamp come before them.
pub(super) const FIELDS: [Field; 8] = [
    field("train_loss", "null", ""),
    field("val_loss", "null", ""),
    field("learning_rate", "0.0", "0.0"),
    field("epoch_time", "0.0", "0.0"),
    field("memory_usage", "null", ""),
    field("gradient_norm", "null", ""),
    Field { name: "is_best", absent: "false", absent_csv: "False", truth: true },
    field("sample_predictions", "{}", ""),
];

/// In JSON the metrics stand before this field.
pub(super) const AFTER_METRICS: usize = 2;

/// The names of an epoch's object in JSON that no column of [`FIELDS`] fills.
pub(super) const COMPOSED: [&str; 4] = ["epoch", "timestamp", "train_metrics", "val_metrics"];

/// What a step's row says beside its metrics.
pub(super) const STEP_FIELDS: [&str; 3] = ["step", "attempt", "wall_time"];

/// The keys of [`FIELDS`].
pub(super) fn field_keys() -> Vec<ColumnKey> {
    FIELDS.iter().map(|field| ColumnKey::new(Role::Field, field.name)).collect()
}
