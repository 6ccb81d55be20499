//! How classes fare beside each other.

use super::advice::number;
use super::episode::Streak;
use super::epoch_values::{EpochValues, OfClass};
use super::epochs::{Met, QUIET};
use super::finding::{Code, Split};
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// Of one split.
#[derive(Clone, Debug, Default)]
pub(super) struct EpochClasses {
    dominance: Streak,
    gap: Streak,
}

impl EpochClasses {
    pub(super) fn push(
        &mut self,
        values: &EpochValues<'_>,
        split: Split,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        // Data held back tell more, and the same is not told of both.
        if split == Split::Train && !values.classes(Split::Val).is_empty() {
            return;
        }
        let classes = values.classes(split);
        self.look_for_dominance(&classes, values, split, limits, met);
        self.look_for_gap(&classes, split, limits, met);
    }

    fn look_for_dominance(
        &mut self,
        classes: &[OfClass<'_>],
        values: &EpochValues<'_>,
        split: Split,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let mut by_recall: Vec<_> =
            classes.iter().filter_map(|one| Some((one.recall?, one.class))).collect();
        by_recall.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (Some(&(low, weak)), Some(&(high, strong))) = (by_recall.first(), by_recall.last())
        else {
            return;
        };
        let apart = high - low;
        if apart <= limits.class_dominance {
            return self.dominance.good(QUIET);
        }
        if self.dominance.bad(apart, count(limits.sustained_epochs)) {
            let recall = format!("class_{weak}_recall");
            let metric = match values.metric(split, &recall) {
                Some(_) => recall,
                None => format!("class_{weak}_acc"),
            };
            let how = format!(
                "is {} while that of class {strong} is {}, for {} epochs",
                number(low),
                number(high),
                self.dominance.length()
            );
            let hit = Hit::new(Code::ClassDominance, apart, limits.class_dominance, how);
            met.push((metric, Some(split), hit));
        }
    }

    fn look_for_gap(
        &mut self,
        classes: &[OfClass<'_>],
        split: Split,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let gaps = classes.iter().filter_map(|one| Some((one.precision?, one.recall?, one.class)));
        let apart = |(precision, recall): (f64, f64)| (precision - recall).abs();
        let widest =
            gaps.max_by(|one, other| apart((one.0, one.1)).total_cmp(&apart((other.0, other.1))));
        let Some((precision, recall, class)) = widest else { return };
        let gap = apart((precision, recall));
        if gap <= limits.precision_recall_gap {
            return self.gap.good(QUIET);
        }
        if self.gap.bad(gap, count(limits.sustained_epochs)) {
            let how = format!(
                "is {} and the recall {}, for {} epochs",
                number(precision),
                number(recall),
                self.gap.length()
            );
            let hit = Hit::new(Code::PrecisionRecallGap, gap, limits.precision_recall_gap, how);
            met.push((format!("class_{class}_precision"), Some(split), hit));
        }
    }
}
