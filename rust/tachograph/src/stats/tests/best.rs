//! The best-epoch rules, one line a case.

use crate::stats::{BestTracker, Monitored};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// An epoch: label, train loss, validation loss.
type Epoch = (i64, f64, Option<f64>);
/// Row, label and loss of the best.
type Winner = Option<(usize, i64, f64)>;

fn train_only(losses: &[f64]) -> Vec<Epoch> {
    losses.iter().enumerate().map(|(row, &loss)| (row as i64, loss, None)).collect()
}

/// Flags as T and F, then row, label and loss of the best.
fn follow(history: &[Epoch]) -> (String, Winner) {
    let mut tracker = BestTracker::new();
    let flags = history
        .iter()
        .map(|&(epoch, train, val)| if tracker.push(epoch, train, val) { 'T' } else { 'F' })
        .collect();
    (flags, tracker.best().map(|best| (best.row, best.epoch, best.loss)))
}

#[test]
fn one_series() {
    // Losses, flags, row and loss of the best.
    type Case<'a> = (&'a [f64], &'a str, Option<(usize, f64)>);
    let cases: [Case; 11] = [
        (&[], "", None),
        (&[1.0, 0.9, 0.95, 0.85], "TTFT", Some((3, 0.85))),
        (&[0.5, 0.5, 0.4, 0.4], "TFTF", Some((2, 0.4))),
        (&[NAN, 2.0, 3.0], "FTF", Some((1, 2.0))),
        (&[2.0, NAN, 1.0], "TFT", Some((2, 1.0))),
        (&[NAN, NAN], "FF", None),
        (&[INF, INF], "FF", None),
        (&[INF, 5.0, INF], "FTF", Some((1, 5.0))),
        (&[1.0, -INF, -2.0], "TTF", Some((1, -INF))),
        (&[0.0, -0.0, -1.0], "TFT", Some((2, -1.0))),
        (&[f64::MAX, INF], "TF", Some((0, f64::MAX))),
    ];
    for (losses, flags, best) in cases {
        let expected = best.map(|(row, loss)| (row, row as i64, loss));
        assert_eq!(follow(&train_only(losses)), (flags.to_owned(), expected), "train {losses:?}");
        let as_val: Vec<Epoch> = train_only(losses).iter().map(|e| (e.0, 0.0, Some(e.1))).collect();
        assert_eq!(follow(&as_val), (flags.to_owned(), expected), "val {losses:?}");
    }
}

#[test]
fn validation_takes_over() {
    let cases: [(&[Epoch], &str, Winner); 6] = [
        (&[(0, 0.1, None), (1, 0.2, Some(0.3))], "TT", Some((1, 1, 0.3))),
        (&[(0, 0.1, Some(0.3)), (1, 0.01, None), (2, 0.1, Some(0.2))], "TFT", Some((2, 2, 0.2))),
        (&[(0, 0.1, None), (1, 0.2, Some(NAN)), (2, 0.05, None)], "TFT", Some((2, 2, 0.05))),
        (&[(0, 0.1, None), (1, 0.2, Some(INF)), (2, 0.3, Some(9.0))], "TFT", Some((2, 2, 9.0))),
        (&[(0, NAN, Some(0.4)), (1, 0.1, Some(NAN))], "TF", Some((0, 0, 0.4))),
        (&[(0, 0.1, Some(NAN)), (1, 0.1, Some(INF))], "FF", None),
    ];
    for (history, flags, best) in cases {
        assert_eq!(follow(history), (flags.to_owned(), best), "{history:?}");
    }
}

#[test]
fn labels_are_kept() {
    let losses = [0.5, 0.1, 0.9];
    for labels in [[1, 2, 3], [10, 11, 12], [4, 8, 100], [-3, -2, -1], [7, 7, 7], [9, 5, 1]] {
        let history: Vec<Epoch> =
            labels.into_iter().zip(losses).map(|(l, v)| (l, v, None)).collect();
        assert_eq!(follow(&history).1, Some((1, labels[1], 0.1)));
    }
}

#[test]
fn no_epoch_is_best_at_first() {
    assert_eq!((BestTracker::new().best(), BestTracker::new().best_loss()), (None, INF));
    let mut tracker = BestTracker::new();
    tracker.push(7, 0.5, Some(0.25));
    assert_eq!((tracker.n_epochs(), tracker.best_loss()), (1, 0.25));
    assert_eq!(tracker.best().map(|best| best.monitored), Some(Monitored::Val));
}
