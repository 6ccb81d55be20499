//! A repaired run holds all that could be read, in blocks that can be read again.

use tachograph::log::{BulkColumn, LogReader, Options, Writer, pack, repair, verify};
use tachograph::store::View;
use tachograph::types::{ColumnKey, Kind, Role, Table};

#[test]
fn a_tail_of_more_rows_than_a_block_may_have_is_repaired_whole() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let writer = Writer::create(Some(&run), [7; 16], Options::default()).unwrap();
    let key = ColumnKey::new(Role::Metric, "x");
    let id = writer.layout(Table::Steps, std::slice::from_ref(&key)).unwrap();
    let n = (1 << 20) + 77;
    let labels: Vec<i64> = (0..n).collect();
    let words: Vec<u64> = labels.iter().map(|&label| (label as f64).to_bits()).collect();
    let column = BulkColumn { kind: Kind::Float, words: &words, validity: None };
    assert!(writer.append_bulk(id, &labels, &[column]).unwrap());

    // The writer still runs: what it has not sealed yet stands in the tail.
    let mended = dir.path().join("mended");
    let packed = dir.path().join("packed.tacho");
    assert!(repair(&run, &mended, [8; 16]).unwrap().is_sound());
    assert!(pack(&run, &packed).unwrap().is_sound());
    for path in [&mended, &packed] {
        let reader = LogReader::open(path).unwrap();
        let view = View::new(&reader, Table::Steps, false);
        assert_eq!(view.series(&key).words, words, "{}", path.display());
        assert!(verify(path).unwrap().is_sound());
    }
}
