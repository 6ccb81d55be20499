//! What is said of a finding: short numbers, and what to do.

use super::finding::Code;

/// A number with three significant digits, for people.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return if value.is_nan() { "NaN".into() } else { format!("{value}") };
    }
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return trimmed_exponent(&format!("{value:.2e}"));
    }
    if size >= 100.0 {
        return format!("{value:.0}");
    }
    let digits = if size >= 10.0 {
        1
    } else if size >= 1.0 {
        2
    } else {
        4
    };
    trimmed(&format!("{value:.digits$}")).to_owned()
}

/// The digits without zeros at their end.
fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

fn trimmed_exponent(digits: &str) -> String {
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    format!("{}e{exponent}", trimmed(mantissa))
}

/// What to do about it, in one sentence.
pub(super) fn advice(code: Code) -> &'static str {
    match code {
        Code::ExplodingGradients => {
            "Clip the gradient norm (torch.nn.utils.clip_grad_norm_), lower the learning rate, or \
             look for inputs and targets that are not normalised."
        }
        Code::VanishingGradients => {
            "Look for saturated activations, missing normalisation or residual connections, and \
             for a graph cut by detach or no_grad."
        }
        Code::GradientSpike => {
            "Look at the batch of this step; clip gradients, or warm the learning rate up longer, \
             if spikes come back."
        }
        Code::NotFinite => {
            "Find the first operation that gives it (torch.autograd.set_detect_anomaly), check the \
             batch for NaN, lower the learning rate, and go on from the last good checkpoint."
        }
        Code::LossSpike => {
            "Look at the batch of this step; a lower learning rate or clipped gradients keep one \
             batch from doing so much."
        }
        Code::Divergence => {
            "Go back to a checkpoint from before the rise and lower the learning rate."
        }
        Code::Plateau => {
            "Lower the learning rate or stop here: further epochs like these change nothing."
        }
        Code::Overfitting => {
            "Stop at the best validation loss, or regularise: more data, augmentation, weight \
             decay, dropout."
        }
        Code::Overconfident => {
            "Calibrate: label smoothing, weight decay, temperature scaling on validation data."
        }
        Code::Underconfident => {
            "Check that the model can learn at all: overfit a single batch, raise the learning \
             rate, look at the labels."
        }
        Code::DeadLayer => {
            "Check that the layer takes part in the loss, is not cut off by detach, and has \
             activations that are not dead (ReLU with large negative biases)."
        }
        Code::WeightsFrozen => {
            "Check that the optimiser has these parameters and that the learning rate is not next \
             to nothing."
        }
        Code::WeightsErratic => "Lower the learning rate, or warm it up longer.",
        Code::ClassDominance => {
            "Balance the classes: weights in the loss, a balanced sampler, or more data of the \
             weak class."
        }
        Code::PrecisionRecallGap => {
            "Move the decision threshold, or weigh the classes: one of the two errors is made far \
             more often."
        }
        Code::MemoryGrowth => {
            "Look for tensors kept across steps (a loss summed up without .item() or .detach(), \
             lists that grow), and for caches without a limit."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (-2.345, "-2.35"),
            (0.5, "0.5"),
            (0.0123, "0.0123"),
            (12.34, "12.3"),
            (100.0, "100"),
            (1234.5, "1234"),
            (1e-6, "1e-6"),
            (2.13e-8, "2.13e-8"),
            (3e9, "3e9"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn each_advice_is_one_sentence() {
        for &code in Code::ALL {
            let advice = advice(code);
            assert!(
                advice.ends_with('.') && !advice[..advice.len() - 1].contains(". "),
                "{advice}"
            );
        }
    }
}
