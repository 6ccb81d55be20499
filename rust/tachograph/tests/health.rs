//! The rules of health: each failure is told, each limit is exclusive, and healthy runs are silent.

use tachograph::health::{Code, Finding, Split, Thresholds, Watch};
use tachograph::types::{ColumnKey, Role};

/// Noise that a seed repeats.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        // xorshift64*, Vigna 2016
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (one, other) = (self.uniform(), self.uniform());
        (-2.0 * one.ln()).sqrt() * (2.0 * std::f64::consts::PI * other).cos()
    }
}

/// What is met in rows of steps under these names.
fn steps<const N: usize>(
    names: [&str; N],
    rows: impl IntoIterator<Item = [f64; N]>,
) -> Vec<Finding> {
    steps_with(Thresholds::default(), names, rows)
}

fn steps_with<const N: usize>(
    limits: Thresholds,
    names: [&str; N],
    rows: impl IntoIterator<Item = [f64; N]>,
) -> Vec<Finding> {
    let mut watch = Watch::new(limits);
    let plan = watch.plan(&names.map(|name| ColumnKey::new(Role::Metric, name)));
    for (step, row) in rows.into_iter().enumerate() {
        watch.step(step as i64, &plan, |place| Some(row[place]));
    }
    watch.take()
}

fn one<const N: usize>(name: &str, values: [f64; N]) -> Vec<Finding> {
    steps([name], values.map(|value| [value]))
}

type Epoch<'a> = Vec<(Role, &'a str, f64)>;

fn epochs<'a>(rows: impl IntoIterator<Item = Epoch<'a>>) -> Vec<Finding> {
    let mut watch = Watch::new(Thresholds::default());
    for (epoch, row) in (1..).zip(rows) {
        watch.epoch(epoch, &row);
    }
    watch.take()
}

fn train<'a>(name: &'a str, values: &[f64]) -> Vec<Epoch<'a>> {
    values.iter().map(|&value| vec![(Role::Train, name, value)]).collect()
}

fn losses(train: &[f64], val: &[f64]) -> Vec<Epoch<'static>> {
    let pairs = train.iter().zip(val);
    pairs
        .map(|(&train, &val)| {
            vec![(Role::Field, "train_loss", train), (Role::Field, "val_loss", val)]
        })
        .collect()
}

fn told(found: &[Finding]) -> Vec<(&str, Option<i64>)> {
    found.iter().map(|one| (one.code.as_str(), one.step.or(one.epoch))).collect()
}

// ---- steps

#[test]
fn exploding_gradients_are_told_once_they_stay() {
    let calm = std::iter::repeat_n([1.0], 30);
    let found = steps(["grad_norm"], calm.clone().chain([[500.0]; 40]));
    assert_eq!(told(&found), [("gradient_spike", Some(30)), ("exploding_gradients", Some(34))]);
    assert_eq!((found[1].value, found[1].threshold), (500.0, 100.0));
    // Four in a row are too few.
    let found =
        steps(["grad_norm"], calm.chain([[99.0], [500.0], [500.0], [500.0], [500.0], [9.0]]));
    assert!(!told(&found).iter().any(|(code, _)| *code == "exploding_gradients"));
}

#[test]
fn limits_are_exclusive() {
    assert_eq!(one("grad_norm", [100.0; 50]), []);
    assert_eq!(one("grad_norm", [1e-6; 50]), []);
    assert_eq!(told(&one("grad_norm", [100.1; 50])), [("exploding_gradients", Some(9))]);
    assert_eq!(told(&one("grad_norm", [9e-7; 50])), [("vanishing_gradients", Some(9))]);
    for (value, code) in [(100.0, None), (100.1, Some(Code::ExplodingGradients))] {
        let found = epochs(train("grad_norm_mean", &[value]));
        assert_eq!(found.first().map(|one| one.code), code);
    }
    for (value, code) in [(1e-6, None), (9e-7, Some(Code::VanishingGradients))] {
        let found = epochs(train("grad_norm_mean", &[value]));
        assert_eq!(found.first().map(|one| one.code), code);
    }
    for (last, n) in [(10.0, 0), (10.001, 1)] {
        let found = epochs(train("grad_norm_mean", &[1.0, 1.0, 1.0, 1.0, 1.0, last]));
        assert_eq!(found.len(), n);
    }
}

#[test]
fn large_norms_that_a_training_begins_with_are_none() {
    let falling = (0..60).map(|step| [800.0 * 0.8_f64.powi(step) + 1.0]);
    assert_eq!(steps(["grad_norm"], falling), []);
}

#[test]
fn gradients_of_a_loss_that_is_gone_may_vanish() {
    let solved = (0..200).map(|step| {
        let left = 0.8_f64.powi(step);
        [2.3 * left, left]
    });
    assert_eq!(steps(["loss", "grad_norm"], solved), []);
    // Nothing is left of them while the loss stays.
    let stuck = (0..200).map(|step| [2.3, 0.8_f64.powi(step)]);
    assert_eq!(told(&steps(["loss", "grad_norm"], stuck)), [("vanishing_gradients", Some(66))]);
}

#[test]
fn a_value_that_is_not_finite_is_told_at_the_first_and_once() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for name in ["loss", "kl_loss", "grad_norm"] {
            let found = steps([name], (0..100).map(|step| [if step < 7 { 0.5 } else { value }]));
            assert_eq!(told(&found), [("not_finite", Some(7))], "{name}");
        }
    }
    assert_eq!(told(&one("grad_norm_nonfinite", [0.0, 0.0, 3.0, 3.0])), [("not_finite", Some(2))]);
    // The norm and the count say the same.
    let found = steps(["grad_norm", "grad_nonfinite"], [[1.0, 0.0], [f64::NAN, 3.0]]);
    assert_eq!(told(&found), [("not_finite", Some(1))]);
    // It is told again once it was gone, and not for ever.
    let often =
        steps(["loss"], (0..3000).map(|step| [if step % 40 == 39 { f64::NAN } else { 1.0 }]));
    assert_eq!(often.len(), 20);
}

#[test]
fn scaled_gradients_may_overflow_now_and_then() {
    let names = ["loss_scale", "grad_norm"];
    let overflows = |step: i32| step < 4 || step % 500 == 0;
    let rows = (0..3000).map(|step| [65_536.0, if overflows(step) { f64::INFINITY } else { 1.0 }]);
    assert_eq!(steps(names, rows), []);
    let skipped = (0..3000).map(|step| {
        let lost = f64::from(u8::from(overflows(step)));
        [1.0 / (1.0 - lost), 5.0 * lost, lost]
    });
    assert_eq!(steps(["grad_norm", "grad_nonfinite", "step_skipped"], skipped), []);
    let lost = (0..50).map(|_| [65_536.0, f64::NAN]);
    assert_eq!(told(&steps(names, lost)), [("not_finite", Some(9))]);
}

#[test]
fn a_loss_that_leaps_and_comes_back_is_a_spike() {
    let mut noise = Noise(7);
    let loss = |step: i32, noise: &mut Noise| {
        0.3 + 2.0 * (-f64::from(step) / 50.0).exp() + 0.02 * noise.normal()
    };
    let rows: Vec<_> =
        (0..400).map(|step| [if step == 300 { 6.0 } else { loss(step, &mut noise) }]).collect();
    assert_eq!(told(&steps(["loss"], rows)), [("loss_spike", Some(300))]);
}

#[test]
fn a_loss_that_rises_and_stays_has_diverged() {
    let mut noise = Noise(3);
    let rows: Vec<_> = (0..600)
        .map(|step| {
            let fall = 2.3 * (-f64::from(step) / 60.0).exp() + 0.2;
            let rise = if step < 400 { 0.0 } else { 0.02 * f64::from(step - 400) };
            [fall + rise + 0.02 * noise.normal()]
        })
        .collect();
    let found = steps(["train/loss"], rows);
    assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::Divergence]);
    assert!(found[0].value > found[0].threshold && found[0].split == Some(Split::Train));
}

#[test]
fn a_layer_without_gradients_is_dead_only_beside_others() {
    let names = ["grad_norm/first", "grad_norm/second"];
    let found = steps(names, [[1.0, 0.0]; 200]);
    assert_eq!(told(&found), [("dead_layer", Some(49))]);
    assert_eq!(found[0].metric, "grad_norm/second");
    assert_eq!(steps(names, [[0.0, 0.0]; 200]), []);
    assert_eq!(steps(names, (0..400).map(|step| [1.0, f64::from(step % 50) / 50.0])), []);
}

#[test]
fn weights_that_never_move_are_frozen_and_those_of_a_decayed_rate_are_not() {
    assert_eq!(told(&one("update_ratio", [1e-9; 300])), [("weights_frozen", Some(99))]);
    assert_eq!(one("update_ratio", [1e-6; 300]), []);
    let cosine = (0..10_000).map(|step| {
        let share = f64::from(step) / 10_000.0;
        [1e-3 * f64::midpoint(1.0, (std::f64::consts::PI * share).cos())]
    });
    assert_eq!(steps(["update_ratio"], cosine), []);
    let cut_off = (0..400).map(|step| [if step < 200 { 1e-3 } else { 0.0 }]);
    assert_eq!(told(&steps(["update_ratio"], cut_off)), [("weights_frozen", Some(299))]);
}

#[test]
fn weights_that_each_step_rewrites_are_erratic() {
    assert_eq!(told(&one("update_ratio", [0.9; 100])), [("weights_erratic", Some(49))]);
    assert_eq!(one("update_ratio", [0.3; 100]), []);
}

#[test]
fn wrong_predictions_made_with_confidence_are_told() {
    assert_eq!(told(&one("confidence_wrong_mean", [0.97; 80])), [("overconfident", Some(49))]);
    assert_eq!(one("confidence_wrong_mean", [0.9; 80]), []);
    assert_eq!(one("confidence_wrong_mean", [f64::NAN; 80]), []);
}

// ---- epochs

#[test]
fn what_steps_told_their_epoch_does_not_repeat() {
    let mut watch = Watch::new(Thresholds::default());
    let plan = watch.plan(&[ColumnKey::new(Role::Metric, "grad_norm")]);
    for epoch in 0..4 {
        (0..50).for_each(|step| watch.step(epoch * 50 + step, &plan, |_| Some(1e4)));
        watch.epoch(epoch, &[(Role::Field, "gradient_norm", 1e4)]);
    }
    assert_eq!(told(&watch.take()), [("exploding_gradients", Some(9))]);
}

#[test]
fn the_highest_norm_counts_from_the_second_epoch() {
    assert_eq!(epochs(train("grad_norm_max", &[500.0, 50.0, 50.0])), []);
    let found = epochs(train("grad_norm_max", &[500.0, 500.0]));
    assert_eq!(told(&found), [("exploding_gradients", Some(2))]);
}

#[test]
fn an_epoch_counts_gradients_that_are_not_finite() {
    let found = epochs(train("grad_norm_nonfinite", &[0.0, 0.0, 2.0, 5.0]));
    assert_eq!(told(&found), [("not_finite", Some(3))]);
}

#[test]
fn a_validation_loss_that_rises_while_the_other_falls_is_overfitting() {
    let mut noise = Noise(11);
    let train: Vec<f64> = (0..40).map(|epoch| 2.0 * (-f64::from(epoch) / 8.0).exp()).collect();
    let val: Vec<f64> = (0..40)
        .map(|epoch| {
            let rise = 0.03 * f64::from((epoch - 12).max(0));
            1.5 * (-f64::from(epoch) / 4.0).exp() + 0.6 + rise + 0.01 * noise.normal()
        })
        .collect();
    let found = epochs(losses(&train, &val));
    let codes: Vec<_> = found.iter().map(|one| (one.code, one.split)).collect();
    assert_eq!(codes, [(Code::Overfitting, Some(Split::Val))]);
    // The training loss rises with it: that is no overfitting.
    let found = epochs(losses(&val, &val));
    assert!(!found.iter().any(|one| one.code == Code::Overfitting));
}

#[test]
fn a_loss_that_stays_level_is_a_plateau_and_one_that_is_gone_is_not() {
    let stuck: Vec<f64> = (0..60).map(|epoch: i32| 1.0 + 1.3 * 0.5_f64.powi(epoch)).collect();
    let found = epochs(losses(&stuck, &stuck));
    assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::Plateau]);
    let done: Vec<f64> = (0..60).map(|epoch: i32| 0.01 + 2.3 * 0.5_f64.powi(epoch)).collect();
    assert_eq!(epochs(losses(&done, &done)), []);
}

#[test]
fn a_training_loss_that_rises_over_epochs_has_diverged() {
    let train: Vec<f64> = (0..40)
        .map(|epoch| 2.0 * 0.7_f64.powi(epoch.min(15)) + 0.1 + 0.3 * f64::from((epoch - 15).max(0)))
        .collect();
    let found = epochs(losses(&train, &train));
    assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::Divergence]);
}

fn classes(rows: usize, values: &[(&'static str, f64)]) -> Vec<Epoch<'static>> {
    let row: Epoch<'static> =
        values.iter().map(|&(name, value)| (Role::Val, name, value)).collect();
    vec![row; rows]
}

#[test]
fn a_class_that_is_learned_at_the_cost_of_another_dominates() {
    let apart = [("class_0_recall", 0.98), ("class_1_recall", 0.1), ("class_1_precision", 0.4)];
    let found = epochs(classes(9, &apart));
    assert_eq!(told(&found), [("class_dominance", Some(3))]);
    assert_eq!((found[0].metric.as_str(), found[0].split), ("class_1_recall", Some(Split::Val)));
    assert_eq!(epochs(classes(2, &apart)), []);
    assert_eq!(epochs(classes(9, &[("class_0_acc", 0.75), ("class_1_acc", 0.25)])), []);
    assert_eq!(epochs(classes(9, &[("class_0_acc", 0.9), ("class_1_acc", f64::NAN)])), []);
}

#[test]
fn precision_and_recall_far_apart_are_told() {
    let apart = [("class_a_b_precision", 0.95), ("class_a_b_recall", 0.3)];
    let found = epochs(classes(5, &apart));
    assert_eq!(told(&found), [("precision_recall_gap", Some(3))]);
    assert_eq!(found[0].metric, "class_a_b_precision");
}

#[test]
fn confidence_is_told_where_it_is_misplaced() {
    let sure = [("confidence_wrong_mean", 0.97), ("acc", 0.8)];
    assert_eq!(told(&epochs(classes(5, &sure))), [("overconfident", Some(3))]);
    // Of a few wrong predictions the mean says nothing.
    assert_eq!(epochs(classes(5, &[("confidence_wrong_mean", 0.97), ("acc", 0.999)])), []);
    let unsure = [("confidence_mean", 0.52), ("class_0_acc", 0.5), ("class_1_acc", 0.5)];
    assert_eq!(told(&epochs(classes(8, &unsure))), [("underconfident", Some(5))]);
    assert_eq!(epochs(classes(8, &[("confidence_mean", 0.52)])), []);
}

#[test]
fn weights_of_epochs_are_frozen_or_erratic() {
    let still = epochs(train("weight_change_l2", &[1e-9; 6]));
    assert_eq!(told(&still), [("weights_frozen", Some(3))]);
    let swings = [0.01, 0.5, 0.02, 0.6, 0.01, 0.7];
    assert_eq!(told(&epochs(train("weight_change_l2", &swings))), [("weights_erratic", Some(5))]);
    assert_eq!(epochs(train("weight_change_l2", &[0.5, 0.2, 0.1, 0.05, 0.02, 0.01])), []);
    assert_eq!(told(&epochs(train("weight_change_l2", &[3.0; 8]))), [("weights_erratic", Some(6))]);
}

#[test]
fn memory_that_leaks_is_told_and_caches_are_not() {
    let leak: Vec<f64> = (0..20).map(|epoch| 1000.0 + 60.0 * f64::from(epoch)).collect();
    assert_eq!(
        told(&epochs(train("cuda_memory_allocated_mb", &leak))),
        [("memory_growth", Some(10))]
    );
    let caches: Vec<f64> = (0..20).map(|epoch| 2000.0 - 1000.0 * 0.5_f64.powi(epoch)).collect();
    assert_eq!(epochs(train("cuda_memory_allocated_mb", &caches)), []);
    let crumbs: Vec<f64> = (0..20).map(|epoch| 100.0 + f64::from(epoch)).collect();
    assert_eq!(epochs(train("host_memory_mb", &crumbs)), []);
}

// ---- parameters

#[test]
fn a_limit_that_nothing_passes_turns_its_rule_off() {
    let off = Thresholds::with([
        ("exploding_gradients", f64::INFINITY),
        ("gradient_spike", f64::INFINITY),
    ]);
    assert_eq!(steps_with(off.unwrap(), ["grad_norm"], [[1e9]; 100]), []);
    let off = Thresholds::with([("vanishing_gradients", 0.0)]);
    assert_eq!(steps_with(off.unwrap(), ["grad_norm"], [[0.0]; 100]), []);
}

#[test]
fn parameters_are_checked_by_name_and_value() {
    for (name, value) in [("exploding", 1.0), ("divergence", -1.0), ("divergence", f64::NAN)] {
        let error = Thresholds::with([(name, value)]).unwrap_err().to_string();
        assert!(error.starts_with("thresholds: ") && error.contains(name), "{error}");
    }
}

// ---- healthy runs

/// Losses and gradient norms of trainings that go well.
fn healthy(kind: usize, noise: &mut Noise, n: usize) -> Vec<[f64; 3]> {
    let mut drift = 0.0;
    (0..n)
        .map(|step| {
            let share = step as f64 / n as f64;
            let fall = (-8.0 * share).exp();
            drift = 0.95 * drift + 0.05 * noise.normal();
            let normal = noise.normal();
            match kind {
                // a classifier
                0 => {
                    [2.2 * fall + 0.1 + 0.03 * normal.abs(), 1.0 + fall + 0.2 * normal.abs(), 1e-3]
                }
                // batches of one sample: noise that multiplies
                1 => {
                    let one = (1.5 * normal).exp();
                    [(2.3 * fall + 0.05) * one, (3.0 * fall + 0.1) * one, 1e-3 * one]
                }
                // negative losses, as likelihoods of densities are
                2 => [-80.0 * (1.0 - fall) + 2.0 * normal, 20.0 + 3.0 * normal.abs(), 1e-4],
                // about zero, as of policies
                3 => [0.05 * normal + drift, 0.5 + 0.1 * normal.abs(), 1e-4],
                // cosine restarts
                4 => {
                    let cycle = (share * 5.0).fract();
                    let rate = f64::midpoint(1.0, (std::f64::consts::PI * cycle).cos());
                    let loss = 2.2 * fall + 0.05 + 0.15 * rate;
                    [
                        loss * (1.0 + 0.05 * normal),
                        0.3 + rate + 0.05 * normal.abs(),
                        1e-3 * rate + 1e-9,
                    ]
                }
                // warm-up, then a fall
                5 => {
                    let warm = (share * 20.0).min(1.0);
                    [2.3 - 2.0 * warm * (1.0 - fall) + 0.05 * normal, 0.2 + 2.0 * warm, 1e-3 * warm]
                }
                // constant
                6 => [std::f64::consts::LN_2, 0.5, 1e-3],
                // nothing left to learn
                7 => [0.0, 0.0, 1e-3],
                // no learning at all, and noise
                _ => [2.3 + 0.4 * normal, 1.0 + 0.5 * normal.abs(), 1e-3],
            }
        })
        .collect()
}

#[test]
fn healthy_runs_are_silent() {
    for kind in 0..9 {
        for seed in 1..=40_u64 {
            let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + kind as u64);
            let n = [30, 300, 3000, 20_000][(seed % 4) as usize];
            let rows = healthy(kind, &mut noise, n);
            let found = steps(["loss", "grad_norm", "update_ratio"], rows);
            assert_eq!(told(&found), [], "kind {kind}, seed {seed}, {n} steps");
        }
    }
}

#[test]
fn epochs_of_healthy_runs_are_silent() {
    for kind in [0, 1, 2, 4, 5, 7] {
        for seed in 1..=40_u64 {
            let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + kind as u64);
            let n_epochs = [3, 10, 40, 150][(seed % 4) as usize];
            let rows = healthy(kind, &mut noise, n_epochs * 50);
            let rows: Vec<Epoch<'_>> = rows
                .chunks(50)
                .map(|steps| {
                    let mean = |at: usize| steps.iter().map(|row| row[at]).sum::<f64>() / 50.0;
                    let val = mean(0) + 0.1 * mean(0).abs() * (1.0 + 0.3 * noise.normal());
                    vec![
                        (Role::Field, "train_loss", mean(0)),
                        (Role::Field, "val_loss", val),
                        (Role::Field, "gradient_norm", mean(1)),
                        (Role::Field, "memory_usage", 1500.0 + 5.0 * noise.normal()),
                        (Role::Train, "weight_change_l2", 50.0 * mean(2)),
                    ]
                })
                .collect();
            let mut found = epochs(rows);
            // That a loss is level is true, and no trouble.
            found.retain(|one| one.code != Code::Plateau);
            assert_eq!(told(&found), [], "kind {kind}, seed {seed}, {n_epochs} epochs");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_values_give_few_findings_that_passed_their_limits(
        bits in proptest::collection::vec(proptest::num::f64::ANY, 0..600),
        name in proptest::sample::select(vec![
            "loss", "grad_norm", "grad_norm/a", "update_ratio", "confidence_wrong_mean",
            "grad_norm_nonfinite", "loss_scale",
        ]),
    ) {
        let found = steps([name], bits.iter().map(|&value| [value]));
        proptest::prop_assert!(found.len() <= 60);
        for one in found {
            proptest::prop_assert!(one.message.starts_with(name) && !one.advice.is_empty());
            proptest::prop_assert!((one.step.unwrap() as usize) < bits.len());
        }
    }
}
