//! How fast epochs become text.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::io::Write;
use std::iter;
use tachograph::Result;
use tachograph::export::{CsvOptions, write_epochs_csv, write_record_json};
use tachograph::types::{Chunk, ChunkColumn, ColumnKey, ColumnSchema, Kind, Role};

const N_EPOCHS: usize = 100_000;
const N_METRICS: usize = 20;

/// Epochs with all fields and metrics whose floats have all of their digits.
fn epochs() -> (Vec<ColumnSchema>, Chunk) {
    let fields = ["train_loss", "val_loss", "learning_rate", "epoch_time", "gradient_norm"];
    let fields = fields.map(|name| ColumnKey::new(Role::Field, name));
    let metrics = (0..N_METRICS).map(|at| {
        let role = if at % 2 == 0 { Role::Train } else { Role::Val };
        ColumnKey::new(role, format!("metric_{}", at / 2))
    });
    let schema: Vec<ColumnSchema> = fields
        .into_iter()
        .chain(metrics)
        .map(|key| ColumnSchema { key, kind: Kind::Float })
        .collect();
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let columns = (0..schema.len())
        .map(|index| ChunkColumn {
            index,
            kind: Kind::Float,
            words: iter::repeat_with(|| noise().to_bits()).take(N_EPOCHS).collect(),
            validity: None,
        })
        .collect();
    let chunk = Chunk {
        attempt: 1,
        seq: (0..N_EPOCHS as u64).collect(),
        label: (0..N_EPOCHS as i64).collect(),
        wall_micros: (0..N_EPOCHS as i64).map(|at| 1_700_000_000_000_000 + at * 999_983).collect(),
        columns,
        extras: Vec::new(),
    };
    (schema, chunk)
}

fn export(criterion: &mut Criterion) {
    let (schema, chunk) = epochs();
    let json = |out: &mut dyn Write, chunk: Chunk| -> Result<()> {
        write_record_json(out, &[], (&schema, &[]), iter::once(Ok(chunk)), &[])
    };
    let csv = |out: &mut dyn Write, chunk: Chunk| -> Result<()> {
        write_epochs_csv(out, (&schema, &[]), iter::once(Ok(chunk)), CsvOptions::default())
    };
    let mut group = criterion.benchmark_group("export");
    group.sample_size(20);
    let mut run = |name: &str, write: &dyn Fn(&mut dyn Write, Chunk) -> Result<()>| {
        let mut text = Vec::new();
        assert!(write(&mut text, chunk.clone()).is_ok());
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || chunk.clone(),
                |chunk| write(&mut std::io::sink(), chunk),
                criterion::BatchSize::LargeInput,
            );
        });
    };
    run("record_json", &json);
    run("epochs_csv", &csv);
    group.finish();
}

criterion_group!(benches, export);
criterion_main!(benches);
