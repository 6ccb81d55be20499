//! How classes fare beside each other.

use super::advice::number;
use super::episode::Streak;
use super::epoch_values::{EpochValues, OfClass};
use super::epochs::{Met, QUIET};
use super::finding::{Code, Split};
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// While the mean recall climbs by more than this share of its highest, classes are still being
/// learned, one after the other.
const CLIMB: f64 = 0.05;

/// Of one split.
#[derive(Clone, Debug, Default)]
pub(super) struct EpochClasses {
    highest: f64,
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
        let climbs = self.climbs(&classes);
        self.look_for_dominance(&classes, climbs, values, split, limits, met);
        self.look_for_gap(&classes, climbs, split, limits, met);
    }

    fn climbs(&mut self, classes: &[OfClass<'_>]) -> bool {
        let recalls: Vec<f64> = classes.iter().filter_map(|one| one.recall).collect();
        let mean = recalls.iter().sum::<f64>() / recalls.len().max(1) as f64;
        let climbs = self.highest > 0.0 && mean > (1.0 + CLIMB) * self.highest;
        self.highest = self.highest.max(mean);
        climbs
    }

    fn look_for_dominance(
        &mut self,
        classes: &[OfClass<'_>],
        climbs: bool,
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
        if !climbs && self.dominance.bad(apart, count(limits.sustained_epochs)) {
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
        climbs: bool,
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
        if !climbs && self.gap.bad(gap, count(limits.sustained_epochs)) {
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

#[cfg(test)]
mod tests {
    use crate::health::{Thresholds, Watch};
    use crate::types::Role;

    #[test]
    fn classes_that_are_being_learned_are_no_trouble_and_those_left_behind_are() {
        let first_told = |recalls: &[f64]| {
            let mut watch = Watch::new(Thresholds::default());
            for (epoch, &weak) in recalls.iter().enumerate() {
                let values =
                    [(Role::Val, "class_0_recall", 1.0), (Role::Val, "class_1_recall", weak)];
                watch.epoch(epoch as i64, &values);
            }
            watch.take().first().and_then(|finding| finding.epoch)
        };

        assert_eq!(first_told(&[0.0, 0.12, 0.3, 0.45, 0.8, 0.9]), None);
        assert_eq!(first_told(&[0.1, 0.1, 0.1]), Some(2));
        assert_eq!(first_told(&[0.0, 0.2, 0.2, 0.2]), Some(3));
    }
}
