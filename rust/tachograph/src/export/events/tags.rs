//! What the curves of a run are called.

use crate::export::names::{Names, Wish};
use crate::types::{ColumnKey, ColumnSchema, Role};

/// The tags of the fields of an epoch; other fields are no curves.
const FIELDS: [(&str, &str); 6] = [
    ("train_loss", "Loss/train"),
    ("val_loss", "Loss/val"),
    ("learning_rate", "Learning_Rate"),
    ("epoch_time", "Epoch_Time"),
    ("memory_usage", "Memory_Usage_MB"),
    ("gradient_norm", "Gradient_Norm"),
];

/// The tag of each column of the epochs.
pub(super) fn of_epochs(schema: &[ColumnSchema]) -> Vec<Option<String>> {
    schema.iter().map(|column| epoch_tag(&column.key)).collect()
}

fn epoch_tag(key: &ColumnKey) -> Option<String> {
    match key.role {
        Role::Train => Some(format!("Metrics/train_{}", key.name)),
        Role::Val => Some(format!("Metrics/val_{}", key.name)),
        Role::Field => {
            let field = FIELDS.iter().find(|(name, _)| *name == &*key.name);
            field.map(|(_, tag)| (*tag).to_owned())
        }
        Role::Metric => None,
    }
}

/// The tag of each column of the steps: its name, unless an epoch's curve is called so.
pub(super) fn of_steps(schema: &[ColumnSchema], epochs: &[Option<String>]) -> Vec<Option<String>> {
    let wishes: Vec<Wish<'_>> = schema.iter().map(|column| Wish::plain(&column.key)).collect();
    let taken = epochs.iter().flatten().map(String::as_str);
    let tags = Names::reserving(taken).grant(&wishes, |name| name);
    tags.into_iter().map(Some).collect()
}
