//! How sure predictions are, right or wrong.

use super::advice::number;
use super::episode::Streak;
use super::epoch_values::EpochValues;
use super::epochs::{Met, QUIET};
use super::finding::{Code, Split};
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// Epochs before which predictions may stay next to chance.
const BEGINNING: usize = 5;
/// Of fewer wrong predictions the mean says nothing.
const FEW_ERRORS: f64 = 0.01;

/// Of one split.
#[derive(Clone, Debug, Default)]
pub(super) struct EpochConfidence {
    n: usize,
    sure: Streak,
    unsure: Streak,
}

impl EpochConfidence {
    pub(super) fn push(
        &mut self,
        values: &EpochValues<'_>,
        split: Split,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let is_told_of_val =
            |name| split == Split::Train && values.metric(Split::Val, name).is_some();
        let of_wrong = values.metric(split, "confidence_wrong_mean");
        let of_wrong = of_wrong
            .filter(|found| found.value.is_finite() && !is_told_of_val("confidence_wrong_mean"));
        if let Some(found) = of_wrong {
            let errors =
                ["acc", "accuracy"].into_iter().find_map(|name| values.metric(split, name));
            let has_few = errors.is_some_and(|acc| 1.0 - acc.value < FEW_ERRORS);
            if found.value <= limits.overconfident || has_few {
                self.sure.good(QUIET);
            } else if self.sure.bad(found.value, count(limits.sustained_epochs)) {
                let how = format!(
                    "is {}, above {} for {} epochs",
                    number(found.value),
                    number(limits.overconfident),
                    self.sure.length()
                );
                let hit = Hit::new(Code::Overconfident, found.value, limits.overconfident, how);
                met.push((found.name.to_owned(), Some(split), hit));
            }
        }
        let of_all = values.metric(split, "confidence_mean");
        let of_all =
            of_all.filter(|found| found.value.is_finite() && !is_told_of_val("confidence_mean"));
        let Some(found) = of_all else { return };
        self.n += 1;
        let n_classes = values.classes(split).len();
        let chance = if n_classes > 1 { 1.0 / n_classes as f64 } else { 0.0 };
        let limit = chance + limits.underconfident * (1.0 - chance);
        if found.value >= limit || limits.underconfident == 0.0 {
            self.unsure.good(QUIET);
        } else if self.unsure.bad(found.value, count(limits.sustained_epochs).max(BEGINNING)) {
            let how = format!(
                "is {}, below {} for {} epochs",
                number(found.value),
                number(limit),
                self.unsure.length()
            );
            let hit = Hit::new(Code::Underconfident, found.value, limit, how);
            met.push((found.name.to_owned(), Some(split), hit));
        }
    }
}
