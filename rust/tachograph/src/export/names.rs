//! Names that no two columns of a file share.

use crate::types::{ColumnKey, Role};
use std::collections::HashSet;

/// A name as it is wanted: `head`, then `name`; on a collision `again` goes between them, as often
/// as it takes.
pub(super) struct Wish<'a> {
    pub(super) head: &'static str,
    pub(super) again: &'static str,
    pub(super) name: &'a str,
}

impl<'a> Wish<'a> {
    /// The key's own name; on a collision its role and a dot go before it.
    pub(super) fn plain(key: &'a ColumnKey) -> Self {
        let again = match key.role {
            Role::Field => "field.",
            Role::Metric => "metric.",
            Role::Train => "train.",
            Role::Val => "val.",
        };
        Self { head: "", again, name: &key.name }
    }

    fn text(&self, times: usize) -> String {
        format!("{}{}{}", self.head, self.again.repeat(times), self.name)
    }
}

/// The names given out so far.
pub(super) struct Names(HashSet<String>);

impl Names {
    /// With names that are not to be given out.
    pub(super) fn reserving<'a>(reserved: impl IntoIterator<Item = &'a str>) -> Self {
        Self(reserved.into_iter().map(str::to_owned).collect())
    }

    /// Gives a name to each wish. Wishes without collision are served first, so that a metric keeps
    /// its plain name whatever others are called. `dress` is applied to a name before it is compared.
    pub(super) fn grant(
        &mut self,
        wishes: &[Wish<'_>],
        dress: impl Fn(String) -> String,
    ) -> Vec<String> {
        let mut granted: Vec<Option<String>> = wishes
            .iter()
            .map(|wish| {
                let text = dress(wish.text(0));
                self.0.insert(text.clone()).then_some(text)
            })
            .collect();
        for (place, wish) in granted.iter_mut().zip(wishes) {
            let mut times = 0;
            while place.is_none() {
                times += 1;
                let text = dress(wish.text(times));
                *place = self.0.insert(text.clone()).then_some(text);
            }
        }
        granted.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, Wish};

    fn grant(reserved: &[&str], wanted: &[(&'static str, &str)]) -> Vec<String> {
        let wishes: Vec<Wish<'_>> =
            wanted.iter().map(|&(head, name)| Wish { head, again: "metric_", name }).collect();
        Names::reserving(reserved.iter().copied()).grant(&wishes, |text| text)
    }

    #[test]
    fn a_reserved_name_is_avoided() {
        assert_eq!(grant(&["train_loss"], &[("train_", "loss")]), ["train_metric_loss"]);
    }

    #[test]
    fn a_plain_name_is_kept_whatever_comes_before_it() {
        assert_eq!(
            grant(&["train_loss"], &[("train_", "loss"), ("train_", "metric_loss")]),
            ["train_metric_metric_loss", "train_metric_loss"]
        );
    }
}
