//! Time of the slope and volatility of a long series: `cargo bench -p tachograph --bench stats`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tachograph::stats::{moments, trend, trend_at};

const LEN: usize = 1_000_000;

/// A loss curve with noise that needs no generator.
fn losses() -> Vec<f64> {
    let noise = |row: usize| (row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / 2e7;
    (0..LEN).map(|row| 2.0 / (1.0 + row as f64 * 1e-3) + noise(row)).collect()
}

fn stats(criterion: &mut Criterion) {
    let y = losses();
    let x: Vec<f64> = (0..LEN).map(|row| row as f64 * 10.0).collect();
    let gaps: Vec<f64> =
        y.iter().enumerate().map(|(row, &y)| if row % 100 == 0 { f64::NAN } else { y }).collect();

    let mut group = criterion.benchmark_group("stats_1m");
    group.throughput(Throughput::Elements(LEN as u64));
    group.bench_function("slope_and_volatility", |b| b.iter(|| trend(black_box(&y))));
    group.bench_function("slope_and_volatility_with_nan", |b| b.iter(|| trend(black_box(&gaps))));
    group.bench_function("slope_and_volatility_over_x", |b| {
        b.iter(|| trend_at(black_box(&x), black_box(&y)));
    });
    group.bench_function("moments", |b| b.iter(|| moments(black_box(&y))));
    group.finish();
}

criterion_group!(benches, stats);
criterion_main!(benches);
