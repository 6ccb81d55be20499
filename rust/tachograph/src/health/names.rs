//! What a column of steps is watched for, told from its name.

/// What a column of steps holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
    /// A loss; a whole one is what the training reduces, others are terms of it or play against
    /// each other, and may rise in health.
    Loss {
        /// Whether it is the whole loss.
        is_whole: bool,
        /// Whether it is of the data that are trained on.
        is_training: bool,
    },
    /// The norm of all gradients.
    GradientNorm,
    /// The norm of the gradients of one layer or group.
    LayerNorm,
    /// How many gradients were NaN or infinite.
    NonFiniteGradients,
    /// Norm of the update over norm of the weights.
    UpdateRatio,
    /// Mean confidence of wrong predictions.
    WrongConfidence,
    /// By what gradients are scaled in mixed precision.
    GradientScale,
}

const SEPARATORS: [char; 5] = [' ', '.', '_', '/', '-'];

/// Words of which the name of a whole loss consists.
const WHOLE: [&str; 28] = [
    "loss",
    "nll",
    "ppl",
    "perplexity",
    "train",
    "training",
    "val",
    "valid",
    "validation",
    "eval",
    "evaluation",
    "test",
    "total",
    "mean",
    "avg",
    "average",
    "running",
    "smoothed",
    "batch",
    "step",
    "epoch",
    "cross",
    "entropy",
    "ce",
    "mse",
    "mae",
    "bce",
    "lm",
];

/// What makes another norm of a gradient's: after clipping, of updates, a statistic of norms.
const OTHERS: [&str; 7] = ["applied", "clip", "ratio", "std", "param", "count", "min"];

/// What a column of this name is watched for; `None` for nothing.
pub(super) fn watched(name: &str) -> Option<Watched> {
    let name = name.to_ascii_lowercase();
    let last = name.rsplit('/').next().unwrap_or(&name);
    let has = |part: &str| name.contains(part);
    // Steps that were left out are counted where gradients are scaled.
    if has("scale") && (has("loss") || has("grad") || has("amp")) || has("step_skipped") {
        return Some(Watched::GradientScale);
    }
    if last == "update_ratio" {
        return Some(Watched::UpdateRatio);
    }
    if last == "confidence_wrong_mean" {
        return Some(Watched::WrongConfidence);
    }
    if has("grad") && has("nonfinite") {
        return Some(Watched::NonFiniteGradients);
    }
    if has("grad") && has("norm") {
        return gradient(&name);
    }
    is_loss(&name)
        .then(|| Watched::Loss { is_whole: is_whole(&name), is_training: !is_validation(&name) })
}

fn gradient(name: &str) -> Option<Watched> {
    // What stands behind "norm/" is whose norm it is.
    let behind_grad = name.find("grad").map_or("", |at| &name[at..]);
    if behind_grad.find("norm/").is_some_and(|at| behind_grad.len() > at + "norm/".len()) {
        return Some(Watched::LayerNorm);
    }
    let is_other = OTHERS.iter().any(|word| name.contains(word));
    (!is_other).then_some(Watched::GradientNorm)
}

/// The losses of the overview's rules: "loss" that is no scale or weight of one, or a known name.
pub(super) fn is_loss(lower: &str) -> bool {
    let is_no_loss = |behind: &str| {
        let behind = behind.strip_prefix(SEPARATORS).unwrap_or(behind);
        behind.starts_with("scal") || behind.starts_with("weight")
    };
    lower.match_indices("loss").any(|(at, found)| !is_no_loss(&lower[at + found.len()..]))
        || words(lower).any(|word| matches!(word, "nll" | "perplexity" | "ppl"))
}

fn is_whole(lower: &str) -> bool {
    words(lower).all(|word| WHOLE.contains(&word))
}

/// Whether a column tells of data held back.
pub(super) fn is_validation(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    words(&name).any(|word| {
        matches!(word, "val" | "valid" | "validation" | "eval" | "evaluation" | "test" | "dev")
    })
}

fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(SEPARATORS).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_their_names() {
        let whole = Some(Watched::Loss { is_whole: true, is_training: true });
        let of_val = Some(Watched::Loss { is_whole: true, is_training: false });
        let term = Some(Watched::Loss { is_whole: false, is_training: true });
        for (name, expected) in [
            ("loss", whole),
            ("train_loss", whole),
            ("val/loss", of_val),
            ("Train Loss", whole),
            ("perplexity", whole),
            ("kl_loss", term),
            ("g_loss", term),
            ("loss_scale", Some(Watched::GradientScale)),
            ("loss_weight", None),
            ("step_skipped", Some(Watched::GradientScale)),
            ("grad_nonfinite", Some(Watched::NonFiniteGradients)),
            ("glossary", term),
            ("grad_norm", Some(Watched::GradientNorm)),
            ("gradient_norm", Some(Watched::GradientNorm)),
            ("train/grad_norm", Some(Watched::GradientNorm)),
            ("grad_2.0_norm_total", Some(Watched::GradientNorm)),
            ("grad_norm/head.weight", Some(Watched::LayerNorm)),
            ("grad_2.0_norm/head.weight", Some(Watched::LayerNorm)),
            ("grad_norm_applied", None),
            ("grad_norm_std", None),
            ("grad_norm_nonfinite", Some(Watched::NonFiniteGradients)),
            ("update_ratio", Some(Watched::UpdateRatio)),
            ("update_ratio/head", None),
            ("confidence_wrong_mean", Some(Watched::WrongConfidence)),
            ("confidence_mean", None),
            ("acc", None),
            ("lr", None),
        ] {
            assert_eq!(watched(name), expected, "{name}");
        }
    }
}
