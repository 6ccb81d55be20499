//! What is logged comes back, from a live run, a closed one, a resumed one and a packed one.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use tachograph::log::{
    BulkColumn, Durability, LogReader, Mechanism, MixedRow, Options, Record, Writer, pack, repair,
    verify,
};
use tachograph::store::View;
use tachograph::types::{Bitmap, ColumnKey, Kind, Role, Table, Value};

fn metric(name: &str) -> ColumnKey {
    ColumnKey::new(Role::Metric, name)
}

fn floats(reader: &LogReader, name: &str) -> (Vec<i64>, Vec<f64>) {
    let view = View::new(reader, Table::Steps, false);
    let series = view.series(&metric(name));
    assert!(!series.is_int);
    (series.labels, series.words.into_iter().map(f64::from_bits).collect())
}

fn log(writer: &Writer, steps: std::ops::Range<i64>, scale: f64) {
    let id = writer.layout(Table::Steps, &[metric("loss"), metric("lr")]).unwrap();
    for step in steps {
        let loss = (step as f64).mul_add(0.25, scale);
        assert!(writer.append_floats(id, Some(step), &[loss.to_bits(), 0.1f64.to_bits()]).unwrap());
    }
}

fn mechanisms() -> [Options; 3] {
    [
        Options::default(),
        Options { mechanism: Some(Mechanism::Write), ..Options::default() },
        Options { durability: Durability::Process, ..Options::default() },
    ]
}

#[test]
fn rows_come_back_live_closed_resumed_packed_and_repaired() {
    for options in mechanisms() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let writer = Writer::create(Some(&run), [7; 16], options.clone()).unwrap();
        log(&writer, 0..50_000, 1.0);
        let mut live = LogReader::open(&run).unwrap();
        let (steps, loss) = floats(&live, "loss");
        assert_eq!((steps.len(), loss[49_999]), (50_000, 12_500.75));
        assert!(!live.closed());
        log(&writer, 50_000..50_010, 1.0);
        assert!(live.refresh().unwrap());
        assert_eq!(floats(&live, "loss").0.len(), 50_010);
        assert!(writer.close(None).unwrap());
        live.refresh().unwrap();
        assert_eq!(floats(&live, "loss").0, (0..50_010).collect::<Vec<_>>());
        assert!(live.closed());

        let closed = LogReader::open(&run).unwrap();
        assert!(closed.closed() && closed.report().is_sound());
        assert_eq!(closed.report().rows, 50_010);
        assert_eq!(floats(&closed, "lr").1, vec![0.1; 50_010]);
        let names: Vec<_> =
            std::fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!names.iter().any(|name| name.to_string_lossy().contains("tail")), "{names:?}");

        let writer = Writer::resume(&run, options).unwrap();
        assert_eq!((writer.attempt(), writer.next_step()), (2, 50_010));
        log(&writer, 40_000..40_100, 5.0);
        drop(writer);
        let resumed = LogReader::open(&run).unwrap();
        let (steps, loss) = floats(&resumed, "loss");
        assert_eq!(steps, (0..40_100).collect::<Vec<_>>());
        assert_eq!((loss[39_999], loss[40_000]), (10_000.75, 10_005.0));
        assert_eq!(View::new(&resumed, Table::Steps, true).len(), 50_110);
        let view = View::new(&resumed, Table::Steps, false);
        for (mut whole, second) in view.chunks().zip(view.chunks_of(vec![1])) {
            whole.columns.retain(|column| column.index == 1);
            assert_eq!(whole, second);
        }

        let file = dir.path().join("one.tacho");
        pack(&run, &file).unwrap();
        assert_eq!(floats(&LogReader::open(&file).unwrap(), "loss").0, steps);
        let mended = dir.path().join("mended");
        assert!(repair(&run, &mended, [8; 16]).unwrap().is_sound());
        assert_eq!(floats(&LogReader::open(&mended).unwrap(), "loss").1, loss);
        let report = verify(&mended).unwrap();
        assert!(report.is_sound() && report.closed, "{report:?}");
    }
}

#[test]
fn a_run_in_memory_reads_like_any_other() {
    let writer = Writer::create(None, [1; 16], Options::default()).unwrap();
    log(&writer, 0..100_000, 0.0);
    let mut reader = writer.reader().unwrap();
    assert_eq!(floats(&reader, "loss").0.len(), 100_000);
    assert!(writer.close(None).unwrap());
    reader.refresh().unwrap();
    assert_eq!(floats(&reader, "loss").0.len(), 100_000);
}

#[test]
fn integers_gaps_and_structured_values_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let writer = Writer::create(Some(&run), [7; 16], Options::default()).unwrap();
    let keys = [metric("n"), metric("x"), metric("late")];
    let id = writer.layout(Table::Steps, &keys).unwrap();
    let extra = (metric("text"), Value::Str("hello".into()));
    for step in 0..10u64 {
        let late = u64::from(step >= 7);
        let row = MixedRow {
            words: &[step << 40, f64::NAN.to_bits() | step, 7],
            present: &[0b011 | late << 2],
            ints: &[0b101],
            extras: if step == 3 { std::slice::from_ref(&extra) } else { &[] },
        };
        assert_eq!(writer.append_mixed(id, None, None, &row).unwrap(), Some(step));
    }
    let big = (1u64 << 60) + 1;
    let only_n = writer.layout(Table::Steps, &keys[..1]).unwrap();
    let row = MixedRow { words: &[big], present: &[1], ints: &[1], extras: &[] };
    writer.append_mixed(only_n, Some(-4), Some(123), &row).unwrap();
    let refused = writer.append_floats(only_n, None, &[0]).unwrap_err();
    assert!(refused.to_string().starts_with("n: a float"), "{refused}");
    writer.put(Record::Put { key: "config".into(), value: Value::Int(5) }).unwrap();
    for closed in [false, true] {
        if closed {
            assert!(writer.close(None).unwrap());
        }
        let reader = LogReader::open(&run).unwrap();
        let view = View::new(&reader, Table::Steps, false);
        let n = view.series(&metric("n"));
        assert!(n.is_int);
        assert_eq!(n.words.last(), Some(&big));
        assert_eq!(n.labels.last(), Some(&-4));
        let x = view.series(&metric("x")).words;
        assert_eq!(x, (0..10).map(|step| f64::NAN.to_bits() | step).collect::<Vec<_>>());
        assert_eq!(view.series_with_rows(&metric("late")).rows, [7, 8, 9]);
        assert_eq!(view.structured(&extra.0), [(3, extra.1.clone())]);
        assert_eq!(view.row_index().wall_micros.last(), Some(&123));
        assert_eq!(tachograph::store::records(&reader)[0], ("config".into(), Value::Int(5)));
    }
}

#[test]
fn many_rows_at_once_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let memory = Some(Mechanism::Memory);
    for (n, mechanism) in [(10, None), (1000, None), (300_000, None), (300_000, memory)] {
        let run = dir.path().join(format!("run-{n}-{mechanism:?}"));
        let path = (mechanism != memory).then_some(run.as_path());
        let writer = Writer::create(path, [7; 16], Options::default()).unwrap();
        let id = writer.layout(Table::Steps, &[metric("a"), metric("b")]).unwrap();
        log(&writer, 0..5, 0.0);
        let labels: Vec<i64> = (5..n + 5).collect();
        let a: Vec<u64> = labels.iter().map(|&x| (x as f64).sqrt().to_bits()).collect();
        let b: Vec<u64> = labels.iter().map(|&x| x as u64).collect();
        let mut valid = Bitmap::filled(b.len(), true);
        valid.set(3, false);
        let columns = [
            BulkColumn { kind: Kind::Float, words: &a, validity: None },
            BulkColumn { kind: Kind::Int, words: &b, validity: Some(&valid) },
        ];
        assert!(writer.append_bulk(id, &labels, &columns).unwrap());
        log(&writer, n + 5..n + 9, 0.0);
        let mut reader = writer.reader().unwrap();
        for _ in 0..2 {
            let view = View::new(&reader, Table::Steps, false);
            assert_eq!(view.len() as i64, n + 9);
            assert_eq!(view.row_index().labels, (0..n + 9).collect::<Vec<_>>());
            assert_eq!(view.series(&metric("a")).words, a);
            let b = view.series(&metric("b"));
            assert!(b.is_int && b.labels.len() as i64 == n - 1);
            writer.close(None).unwrap();
            reader.refresh().unwrap();
        }
        assert!(reader.report().is_sound(), "{:?}", reader.report());
    }
}

#[test]
fn rows_that_bring_their_own_time_come_back_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let writer = Writer::create(Some(&run), [7; 16], Options::default()).unwrap();
    let id = writer.layout(Table::Steps, &[metric("a"), metric("b")]).unwrap();
    let n = 100_000;
    let labels: Vec<i64> = (0..n).collect();
    let walls: Vec<i64> = labels.iter().map(|&label| 5_000_000 - label * label % 977).collect();
    let a: Vec<u64> = labels.iter().map(|&x| (x as f64).sqrt().to_bits()).collect();
    let b: Vec<u64> = labels.iter().map(|&x| x as u64).collect();
    let mut valid = Bitmap::filled(b.len(), true);
    (0..b.len()).step_by(3).for_each(|at| valid.set(at, false));
    let columns = [
        BulkColumn { kind: Kind::Float, words: &a, validity: None },
        BulkColumn { kind: Kind::Int, words: &b, validity: Some(&valid) },
    ];
    assert!(writer.append_bulk_at(id, &labels, &walls, &columns).unwrap());
    assert!(writer.append_bulk_at(id, &[], &[], &[]).unwrap());
    assert!(writer.append_floats_at(id, -7, -1, &[1, 2]).is_ok_and(|kept| kept));
    let refused = writer.append_bulk_at(id, &labels, &walls[1..], &columns).unwrap_err();
    assert!(refused.to_string().contains("99999 times for 100000 rows"), "{refused}");
    assert!(writer.close(None).unwrap());
    let reader = LogReader::open(&run).unwrap();
    let view = View::new(&reader, Table::Steps, false);
    let index = view.row_index();
    assert_eq!(index.labels.len() as i64, n + 1);
    assert_eq!(index.wall_micros[..labels.len()], walls);
    assert_eq!((index.labels.last(), index.wall_micros.last()), (Some(&-7), Some(&-1)));
    assert_eq!(view.series(&metric("a")).words[..a.len()], a);
    let b = view.series_with_rows(&metric("b"));
    assert!(!b.is_int && b.rows.iter().take(a.len()).all(|&row| row % 3 != 0 || row == n));
    assert!(reader.report().is_sound());
}
