//! The rules over epochs, one after the other.

use super::epoch_classes::EpochClasses;
use super::epoch_confidence::EpochConfidence;
use super::epoch_gradients::EpochGradients;
use super::epoch_losses::EpochLosses;
use super::epoch_memory::EpochMemory;
use super::epoch_values::EpochValues;
use super::epoch_weights::EpochWeights;
use super::finding::Split;
use super::thresholds::Thresholds;
use super::watch::{Hit, OfSteps};

/// What a rule has met, with the column's name and its split.
pub(super) type Met = Vec<(String, Option<Split>, Hit)>;

/// Epochs without trouble that end it.
pub(super) const QUIET: u32 = 2;

#[derive(Clone, Debug, Default)]
pub(super) struct Epochs {
    losses: EpochLosses,
    gradients: EpochGradients,
    weights: EpochWeights,
    confidence: [EpochConfidence; 2],
    classes: [EpochClasses; 2],
    memory: EpochMemory,
}

impl Epochs {
    pub(super) fn push(
        &mut self,
        values: &EpochValues<'_>,
        of_steps: &OfSteps,
        limits: &Thresholds,
    ) -> Met {
        let mut met = Met::new();
        self.losses.push(values, of_steps, limits, &mut met);
        let is_solved = self.losses.is_solved();
        self.gradients.push(values, of_steps, is_solved, limits, &mut met);
        self.weights.push(values, limits, &mut met);
        // Data held back tell more, and the same is not told of both.
        for (at, split) in [Split::Val, Split::Train].into_iter().enumerate() {
            self.confidence[at].push(values, split, limits, &mut met);
            self.classes[at].push(values, split, limits, &mut met);
        }
        self.memory.push(values, limits, &mut met);
        met
    }
}
