//! Time of the statistics of a long series: `cargo bench -p tachograph --bench stats`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tachograph::stats::{
    Abscissa, Method, Rolled, downsample, exponential, moments, rolling, trend, trend_at,
};

const LEN: usize = 1_000_000;

/// A loss curve with noise that needs no generator.
fn losses() -> Vec<f64> {
    let noise = |row: usize| (row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / 2e7;
    (0..LEN).map(|row| 2.0 / (1.0 + row as f64 * 1e-3) + noise(row)).collect()
}

fn stats(criterion: &mut Criterion) {
    let y = losses();
    let x: Vec<f64> = (0..LEN).map(|row| row as f64 * 10.0).collect();
    let steps: Vec<i64> = (0..LEN as i64).map(|row| row * 10).collect();
    let gaps: Vec<f64> =
        y.iter().enumerate().map(|(row, &y)| if row % 100 == 0 { f64::NAN } else { y }).collect();

    let mut group = criterion.benchmark_group("stats_1m");
    group.throughput(Throughput::Elements(LEN as u64));
    // What no statistic can do without.
    group.bench_function("read_once", |b| {
        b.iter(|| {
            let mut sums = [0.0; 16];
            for chunk in black_box(&y).as_chunks::<16>().0 {
                for lane in 0..16 {
                    sums[lane] += chunk[lane];
                }
            }
            sums
        });
    });
    group.bench_function("slope_and_volatility", |b| b.iter(|| trend(black_box(&y))));
    group.bench_function("slope_and_volatility_with_nan", |b| b.iter(|| trend(black_box(&gaps))));
    group.bench_function("slope_and_volatility_over_x", |b| {
        b.iter(|| trend_at(black_box(&x), black_box(&y)));
    });
    group.bench_function("moments", |b| b.iter(|| moments(black_box(&y))));
    group.bench_function("rolling_mean_of_100", |b| {
        b.iter(|| rolling(None, black_box(&y), 100, Rolled::Mean));
    });
    group.bench_function("exponential_mean", |b| b.iter(|| exponential(black_box(&y), 0.1)));
    for (name, method) in [("minmax", Method::MinMax), ("minmaxlttb", Method::MinMaxLttb)] {
        group.bench_function(name, |b| {
            b.iter(|| downsample(Abscissa::Positions, black_box(&y), 2000, method));
        });
        group.bench_function(format!("{name}_over_steps"), |b| {
            b.iter(|| {
                downsample(Abscissa::Integers(black_box(&steps)), black_box(&y), 2000, method)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, stats);
criterion_main!(benches);
