//! Rows of many threads are all kept, each thread's in its order.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use support::{metric, with};
use tachograph::log::{BulkColumn, LogReader, Mechanism, Writer, verify};
use tachograph::store::View;
use tachograph::types::{Kind, Table};

const THREADS: u64 = 64;
const ROWS: u64 = 3000;

fn log(writer: &Writer, thread: u64) {
    // Some threads share a layout and some have one of their own.
    let name = format!("n{}", thread % 5);
    let id = writer.layout(Table::Steps, &[metric("thread"), metric(&name)]).unwrap();
    let float = |n: u64| (n as f64).to_bits();
    let mut n = 0;
    while n < ROWS {
        if n % 100 == 50 {
            let labels = [1i64; 10];
            let threads = [float(thread); 10];
            let numbers: Vec<u64> = (n..n + 10).map(float).collect();
            let column = |words| BulkColumn { kind: Kind::Float, words, validity: None };
            assert!(
                writer.append_bulk(id, &labels, &[column(&threads), column(&numbers)]).unwrap()
            );
            n += 10;
        } else {
            assert!(writer.append_floats(id, None, &[float(thread), float(n)]).unwrap());
            n += 1;
        }
        if n % 1000 == 0 && thread == 3 {
            writer.sync().unwrap();
        }
    }
}

fn check(reader: &LogReader) {
    let view = View::new(reader, Table::Steps, true);
    let seq = view.row_index().seq;
    assert_eq!(seq, (0..(THREADS * ROWS) as i64).collect::<Vec<_>>());
    let threads = view.series(&metric("thread")).words;
    let mut next = vec![0.0; THREADS as usize];
    let mut numbers = vec![f64::NAN; threads.len()];
    for group in 0..5 {
        let series = view.series_with_rows(&metric(&format!("n{group}")));
        for (row, word) in series.rows.into_iter().zip(series.words) {
            assert!(numbers[row as usize].is_nan());
            numbers[row as usize] = f64::from_bits(word);
        }
    }
    for (thread, number) in threads.into_iter().zip(numbers) {
        let thread = f64::from_bits(thread) as usize;
        assert_eq!(number.to_bits(), f64::to_bits(next[thread]), "thread {thread}");
        next[thread] += 1.0;
    }
    assert!(next.iter().all(|&next| next as u64 == ROWS));
}

#[test]
fn many_threads_log_at_once() {
    for mechanism in [Mechanism::Map, Mechanism::Write] {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::create(Some(dir.path()), [7; 16], with(mechanism)).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let writer = &writer;
                scope.spawn(move || log(writer, thread));
            }
        });
        assert_eq!(writer.status().steps, THREADS * ROWS);
        check(&LogReader::open(dir.path()).unwrap());
        assert!(writer.close(None).unwrap());
        assert!(verify(dir.path()).unwrap().is_sound());
        check(&LogReader::open(dir.path()).unwrap());
    }
}

#[test]
fn closing_while_threads_log_ends_them_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::create(Some(dir.path()), [7; 16], with(Mechanism::Map)).unwrap();
    let id = writer.layout(Table::Steps, &[metric("loss")]).unwrap();
    let logged = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..usize::MAX)
                        .take_while(|_| writer.append_floats(id, None, &[7]).is_ok())
                        .count()
                })
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(writer.close(None).unwrap());
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    let report = verify(dir.path()).unwrap();
    assert!(report.is_sound() && report.rows == logged as u64, "{logged} {report:?}");
}
