//! Comparisons of two runs, one line a case.

use crate::stats::{Better, Monitored, RunOutcome, compare};

const INF: f64 = f64::INFINITY;

fn outcome(val: Option<f64>, train: Option<f64>, epoch: Option<i64>) -> RunOutcome {
    RunOutcome {
        best_val_loss: val,
        best_train_loss: train,
        best_epoch: epoch,
        ..RunOutcome::default()
    }
}

#[test]
fn verdicts() {
    use Better::{First, Second, Tie};
    use Monitored::{Train, Val};
    type Losses = (Option<f64>, Option<f64>);
    type Verdict = Option<(Better, Monitored, f64)>;
    let cases: [(Losses, Losses, Verdict); 10] = [
        ((Some(0.25), Some(0.9)), (Some(0.5), Some(0.1)), Some((First, Val, 0.25))),
        ((Some(0.5), None), (Some(0.25), None), Some((Second, Val, 0.25))),
        ((Some(0.5), Some(0.1)), (Some(0.5), Some(0.2)), Some((Tie, Val, 0.0))),
        ((None, Some(0.5)), (Some(0.1), Some(0.75)), Some((First, Train, 0.25))),
        ((None, Some(0.5)), (None, Some(0.5)), Some((Tie, Train, 0.0))),
        ((Some(f64::NAN), Some(1.0)), (Some(0.1), Some(0.5)), Some((Second, Train, 0.5))),
        ((Some(INF), Some(1.0)), (Some(0.1), Some(INF)), None),
        ((None, None), (Some(0.1), Some(0.2)), None),
        ((None, None), (None, None), None),
        ((Some(-INF), None), (Some(-INF), None), Some((Tie, Val, 0.0))),
    ];
    for (first, second, verdict) in cases {
        let result = compare(&outcome(first.0, first.1, None), &outcome(second.0, second.1, None));
        let (better, compared) = (verdict.map(|v| v.0), verdict.map(|v| v.1));
        assert_eq!((result.better, result.compared), (better, compared), "{first:?} {second:?}");
        assert_eq!(result.loss_difference, verdict.map(|v| v.2), "{first:?} {second:?}");
        let mirrored =
            compare(&outcome(second.0, second.1, None), &outcome(first.0, first.1, None));
        assert_eq!(mirrored.loss_difference, result.loss_difference);
    }
}

#[test]
fn epochs_and_totals_stand_side_by_side() {
    let first = RunOutcome {
        total_epochs: 5,
        total_time_secs: 2.5,
        ..outcome(Some(0.5), None, Some(i64::MIN))
    };
    let second = outcome(None, None, Some(i64::MAX));
    let result = compare(&first, &second);
    assert_eq!(result.epoch_difference, Some(u64::MAX));
    assert_eq!((result.total_epochs, result.total_time_secs), ([5, 0], [2.5, 0.0]));
    assert_eq!(result.best_val_loss, [Some(0.5), None]);
    assert_eq!(compare(&first, &RunOutcome::default()).epoch_difference, None);
}
