//! The values of an epoch, by column.

use super::finding::Split;
use crate::types::Role;

/// The columns of an epoch.
pub(super) struct EpochValues<'a>(&'a [(Role, &'a str, f64)]);

/// What an epoch says of a class.
#[derive(Clone, Debug)]
pub(super) struct OfClass<'a> {
    /// The class as its columns name it.
    pub(super) class: &'a str,
    pub(super) recall: Option<f64>,
    pub(super) precision: Option<f64>,
}

/// A value with the column that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<'a> {
    pub(super) name: &'a str,
    pub(super) value: f64,
}

impl<'a> EpochValues<'a> {
    pub(super) fn new(values: &'a [(Role, &'a str, f64)]) -> Self {
        Self(values)
    }

    fn get(&self, role: Role, name: &str) -> Option<Measured<'a>> {
        let found = self.0.iter().find(|(have, called, _)| *have == role && *called == name);
        found.map(|&(_, name, value)| Measured { name, value })
    }

    /// A metric of a split.
    pub(super) fn metric(&self, split: Split, name: &str) -> Option<Measured<'a>> {
        self.get(role(split), name)
    }

    /// A field of the record itself.
    pub(super) fn field(&self, name: &str) -> Option<Measured<'a>> {
        self.get(Role::Field, name)
    }

    /// The loss of a split: the record's own, or a metric called `loss`.
    pub(super) fn loss(&self, split: Split) -> Option<Measured<'a>> {
        let own = match split {
            Split::Train => "train_loss",
            Split::Val => "val_loss",
        };
        self.field(own).or_else(|| self.metric(split, "loss"))
    }

    /// What is said of each class of a split, in the order in which they come; undefined values are
    /// left out.
    pub(super) fn classes(&self, split: Split) -> Vec<OfClass<'a>> {
        let mut classes: Vec<OfClass<'a>> = Vec::new();
        for &(have, name, value) in self.0 {
            let Some((class, what)) = name
                .strip_prefix("class_")
                .and_then(|behind| behind.rsplit_once('_'))
                .filter(|(_, what)| matches!(*what, "acc" | "recall" | "precision"))
            else {
                continue;
            };
            if have != role(split) {
                continue;
            }
            let at = classes.iter().position(|one| one.class == class).unwrap_or_else(|| {
                classes.push(OfClass { class, recall: None, precision: None });
                classes.len() - 1
            });
            let value = Some(value).filter(|value| value.is_finite());
            match what {
                "precision" => classes[at].precision = value,
                // Where both are there they are equal.
                _ => classes[at].recall = value.or(classes[at].recall),
            }
        }
        classes
    }
}

fn role(split: Split) -> Role {
    match split {
        Split::Train => Role::Train,
        Split::Val => Role::Val,
    }
}
