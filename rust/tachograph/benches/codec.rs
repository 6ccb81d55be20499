//! Bytes a value and speed of the column codecs on ten curves as training records them.
//!
//! `cargo bench --bench codec` prints the table, then times encoding and decoding.
#![expect(clippy::print_stderr, reason = "the table is for the eyes of whoever runs it")]
#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::f64::consts::{PI, TAU};
use std::hint::black_box;
use tachograph::log::codec::{Effort, decode, encode};
use tachograph::types::Kind;

const ROWS: usize = 1_000_000;
const BLOCK: usize = 37_000;

/// splitmix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    fn binomial(&mut self, n: u32, p: f64) -> f64 {
        f64::from((0..n).map(|_| u32::from(self.uniform() < p)).sum::<u32>())
    }
}

type Column = (&'static str, Kind, Vec<u64>);

fn curves() -> Vec<Column> {
    let mut random = Random(0);
    let n = ROWS as f64;
    let mut columns = Vec::new();
    let mut floats = |name, value: &mut dyn FnMut(&mut Random, f64) -> f64| {
        let words = (0..ROWS).map(|t| value(&mut random, t as f64).to_bits()).collect();
        columns.push((name, Kind::Float, words));
    };
    let single = |value: f64| f64::from(value as f32);
    let p = |t: f64| (0.5 + t / n / 2.2).clamp(0.0, 1.0);
    floats("loss", &mut |r, t| single(2.0 * (-t / 2e5).exp() + 0.3 + 0.05 * r.normal()));
    floats("val loss", &mut |r, t| single(2.2 * (-t / 2e5).exp() + 0.35 + 0.03 * r.normal()));
    floats("grad norm", &mut |r, _| single((0.4 * r.normal()).exp()));
    floats("acc /256", &mut |r, t| r.binomial(256, p(t)) / 256.0);
    floats("acc /100", &mut |r, t| r.binomial(100, p(t)) / 100.0);
    floats("lr cosine", &mut |_, t| 0.0005 * (1.0 + (PI * t / n).cos()));
    floats("lr steps", &mut |_, t| 0.1 * 0.5f64.powf((t / 2e5).floor()));
    floats("seconds", &mut |r, _| single(0.05 + 0.002 * r.normal()));
    let integers = |value: fn(u64) -> u64| (0..ROWS as u64).map(value).collect();
    columns.push(("tokens", Kind::Int, integers(|t| 8192 * t)));
    columns.push(("memory", Kind::Int, integers(|t| 4096 + t / 1000 % 7)));
    columns
}

/// Columns beside the ten, for which the table tells the size too.
fn others() -> Vec<Column> {
    let mut random = Random(1);
    let words = |value: &mut dyn FnMut(usize) -> f64| -> Vec<u64> {
        (0..ROWS).map(|t| value(t).to_bits()).collect()
    };
    let mut average = 1.8;
    let mut wall = 1_760_000_000_000_000u64;
    let mut time = || {
        wall += (50_000.0 + 2_000.0 * random.normal()) as u64;
        wall
    };
    let walls = (0..ROWS).map(|_| time()).collect();
    vec![
        ("wall us", Kind::Int, walls),
        (
            "ema f64",
            Kind::Float,
            words(&mut |_| {
                average = 0.99 * average + 0.01 * f64::from((1.8 + 0.09 * random.normal()) as f32);
                average
            }),
        ),
        ("loss f64", Kind::Float, words(&mut |_| 1.8 + 0.09 * random.normal())),
        (
            "loss bf16",
            Kind::Float,
            words(&mut |_| {
                let single = (1.8 + 0.09 * random.normal()) as f32;
                f64::from(f32::from_bits(single.to_bits() & 0xffff_0000))
            }),
        ),
        (
            "loss, 1% NaN",
            Kind::Float,
            words(&mut |t| match t % 100 {
                0 => f64::NAN,
                _ => f64::from((1.8 + 0.09 * random.normal()) as f32),
            }),
        ),
        ("acc /384", Kind::Float, words(&mut |_| random.binomial(384, 0.7) / 384.0)),
        ("seconds, us", Kind::Float, words(&mut |_| (5e4 + 2e3 * random.normal()).round() / 1e6)),
    ]
}

fn coded(column: &Column, effort: Effort) -> Vec<(usize, Vec<u8>)> {
    let code = |block: &[u64]| {
        let mut bytes = Vec::new();
        encode(block, column.1, effort, &mut bytes);
        (block.len(), bytes)
    };
    column.2.chunks(BLOCK).map(code).collect()
}

fn bytes_a_value(column: &Column, effort: Effort) -> (f64, u8) {
    let blocks = coded(column, effort);
    let bytes: usize = blocks.iter().map(|(_, bytes)| bytes.len()).sum();
    (bytes as f64 / column.2.len() as f64, blocks[blocks.len() / 2].1[0])
}

fn table(columns: &[Column]) {
    let mut sums = [0.0; 2];
    eprintln!("{:14} {:>9} {:>9}   codec", "bytes a value", "small", "fast");
    for column in columns {
        let [small, fast] = [Effort::Small, Effort::Fast].map(|e| bytes_a_value(column, e));
        eprintln!("{:14} {:9.4} {:9.4}   {}, {}", column.0, small.0, fast.0, small.1, fast.1);
        sums = [sums[0] + small.0, sums[1] + fast.0];
    }
    let n = columns.len() as f64;
    eprintln!("{:14} {:9.4} {:9.4}\n", "mean", sums[0] / n, sums[1] / n);
}

fn speed(criterion: &mut Criterion) {
    let columns = curves();
    table(&columns);
    let others = others();
    table(&others);
    for column in columns.iter().chain(&others) {
        let mut group = criterion.benchmark_group(column.0);
        group.throughput(Throughput::Bytes(8 * ROWS as u64)).sample_size(10);
        for effort in [Effort::Small, Effort::Fast] {
            group.bench_function(format!("encode {effort:?}"), |bencher| {
                bencher.iter_with_large_drop(|| coded(column, effort));
            });
            let blocks = coded(column, effort);
            let mut words = vec![0; BLOCK];
            group.bench_function(format!("decode {effort:?}"), |bencher| {
                bencher.iter(|| {
                    for (len, bytes) in &blocks {
                        decode(bytes, &mut words[..*len]).unwrap();
                        black_box(&words);
                    }
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(std::time::Duration::from_millis(200))
        .measurement_time(std::time::Duration::from_millis(500));
    targets = speed
}
criterion_main!(benches);
