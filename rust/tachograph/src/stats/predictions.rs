//! Counts and moments of a classifier's predictions.

use super::running::Running;

/// A number that a classifier gives a class.
pub trait Logit: Copy + PartialOrd + Into<f64> {
    /// `1 / sum(exp(each - top))`: the softmax's largest value, computed in this type. NaN where
    /// there is no softmax.
    fn confidence(logits: &[Self], top: Self) -> f64;

    /// Whether it is NaN.
    fn is_nan(self) -> bool;
}

macro_rules! logit {
    ($type:ty) => {
        impl Logit for $type {
            fn confidence(logits: &[Self], top: Self) -> f64 {
                let sum: Self = logits.iter().map(|logit| (logit - top).exp()).sum();
                f64::from(1.0 / sum)
            }

            fn is_nan(self) -> bool {
                self.is_nan()
            }
        }
    };
}

logit!(f32);
logit!(f64);

/// Samples that stand in no cell of the confusion matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// With a label, but logits that have no softmax.
    pub nonfinite: i64,
    /// With a label of no class.
    pub out_of_range: i64,
    /// With the label of those that do not count.
    pub ignored: i64,
}

/// What is known of the losses of batches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BatchLosses {
    /// The sum of losses, each times its samples; not finite where one of them is not.
    pub weighted: f64,
    /// The sum of samples.
    pub samples: f64,
    /// Batches that came with a loss, those without samples among them.
    pub batches: usize,
    /// The losses of batches with samples; what is not finite is counted there.
    pub losses: Running,
}

/// What the predictions of many samples come to, in memory that does not grow with them.
///
/// ```
/// let mut predictions = tachograph::stats::Predictions::new(2, 15, -100);
/// predictions.add(&[2.0, 0.0, 3.0, 0.0], &[0, 1], None);
/// assert_eq!(predictions.confusion, [1, 0, 1, 0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    ignored: i64,
    classes: usize,
    /// The confusion matrix by rows: samples by label (row) and predicted class (column).
    pub confusion: Vec<i64>,
    /// Those left out of it.
    pub aside: Aside,
    /// Samples by confidence, those predicted right and those predicted wrong. Bin `b` of `n` holds
    /// confidences in `(b / n, (b + 1) / n]`.
    pub bin_samples: Vec<[i64; 2]>,
    /// The sums of their confidences.
    pub bin_sums: Vec<[f64; 2]>,
    /// Confidences: the largest of the softmax.
    pub confidences: Running,
    /// What came with the batches.
    pub losses: BatchLosses,
}

impl Predictions {
    /// None yet, of so many classes and calibration bins; samples labelled `ignored` do not count.
    pub fn new(classes: usize, bins: usize, ignored: i64) -> Self {
        Self {
            ignored,
            classes,
            confusion: vec![0; classes * classes],
            aside: Aside::default(),
            bin_samples: vec![[0; 2]; bins],
            bin_sums: vec![[0.0; 2]; bins],
            confidences: Running::default(),
            losses: BatchLosses::default(),
        }
    }

    /// Takes in a batch: for each label as many logits as there are classes, and the batch's mean
    /// loss.
    pub fn add<T: Logit>(&mut self, logits: &[T], labels: &[i64], loss: Option<f64>) {
        let mut samples = 0_usize;
        for (logits, &label) in logits.chunks_exact(self.classes.max(1)).zip(labels) {
            if label == self.ignored {
                self.aside.ignored += 1;
                continue;
            }
            samples += 1;
            match usize::try_from(label) {
                Ok(class) if class < self.classes => self.add_sample(logits, class),
                _ => self.aside.out_of_range += 1,
            }
        }
        if let Some(loss) = loss {
            self.losses.add(loss, samples);
        }
    }

    fn add_sample<T: Logit>(&mut self, logits: &[T], class: usize) {
        let Some((predicted, top)) = first_largest(logits) else {
            self.aside.nonfinite += 1;
            return;
        };
        let confidence = T::confidence(logits, top);
        if confidence.is_nan() {
            self.aside.nonfinite += 1;
            return;
        }
        self.confusion[class * self.classes + predicted] += 1;
        self.confidences.push(0.0, confidence);
        let bins = self.bin_samples.len();
        let above = (confidence * bins as f64).ceil() as usize;
        let bin = above.saturating_sub(1).min(bins.saturating_sub(1));
        let wrong = usize::from(predicted != class);
        if let (Some(samples), Some(sums)) =
            (self.bin_samples.get_mut(bin), self.bin_sums.get_mut(bin))
        {
            samples[wrong] += 1;
            sums[wrong] += confidence;
        }
    }
}

impl BatchLosses {
    fn add(&mut self, loss: f64, samples: usize) {
        self.batches += 1;
        if samples > 0 {
            // The mean of no samples is 0/0 and says nothing.
            self.weighted += loss * samples as f64;
            self.samples += samples as f64;
            self.losses.push(0.0, loss);
        }
    }
}

/// The largest value and where it first stands; none where there is a NaN, or no value.
fn first_largest<T: Logit>(logits: &[T]) -> Option<(usize, T)> {
    let mut found = (0, *logits.first()?);
    for (class, &logit) in logits.iter().enumerate() {
        if logit.is_nan() {
            return None;
        }
        if logit > found.1 {
            found = (class, logit);
        }
    }
    Some(found)
}
