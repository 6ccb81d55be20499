//! Counts and moments of a classifier's predictions.

use super::running::Running;
use super::softmax::{tops_of_doubles, tops_of_singles};

/// A number that a classifier gives a class.
pub trait Logit: Sized {
    /// Which class of each row is the largest, the first of equal ones, and how large its softmax
    /// is. None of a row with NaN, or whose largest is infinite: there is no softmax.
    fn tops(logits: &[Self], classes: usize) -> Vec<Option<(usize, f64)>>;
}

impl Logit for f32 {
    fn tops(logits: &[Self], classes: usize) -> Vec<Option<(usize, f64)>> {
        tops_of_singles(logits, classes)
    }
}

impl Logit for f64 {
    fn tops(logits: &[Self], classes: usize) -> Vec<Option<(usize, f64)>> {
        tops_of_doubles(logits, classes)
    }
}

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
        for (top, &label) in T::tops(logits, self.classes).into_iter().zip(labels) {
            if label == self.ignored {
                self.aside.ignored += 1;
                continue;
            }
            samples += 1;
            match usize::try_from(label) {
                Ok(class) if class < self.classes => self.add_sample(top, class),
                _ => self.aside.out_of_range += 1,
            }
        }
        if let Some(loss) = loss {
            self.losses.add(loss, samples);
        }
    }

    fn add_sample(&mut self, top: Option<(usize, f64)>, class: usize) {
        let Some((predicted, confidence)) = top else {
            self.aside.nonfinite += 1;
            return;
        };
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
