//! Making new files of a run: one that can be copied anywhere, and one without its damage.

use super::codec::Effort;
use super::draft::Draft;
use super::mainfile::MainFile;
use super::reader::LogReader;
use super::record::Record;
use super::report::Report;
use super::seal::{self, BLOCK_ROWS};
use super::source::MAIN_FILE;
use super::tail::TailHeader;
use super::verify::verify_reader;
use crate::types::{Table, Value};
use crate::{Error, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// The key of the record that tells what repairing cost.
pub(crate) const REPAIRED: &str = "repaired";
/// How much is copied at a time.
const PIECE: usize = 1 << 20;

/// Writes one self-contained file of a live, crashed or closed run, which must not exist yet.
/// Returns what a full look at the run found.
pub fn pack(source: &Path, target: &Path) -> Result<Report> {
    let reader = LogReader::open(source)?;
    let uuid = reader
        .uuid()
        .ok_or_else(|| Error::NotFound(format!("no readable run at {}", source.display())))?;
    let draft = Draft::of_new(target)?;
    copy_main(&reader, draft.path())?;
    let mut main = MainFile::open(draft.path(), uuid)?;
    complete(&mut main, &reader)?;
    drop(main);
    draft.publish(target, true)?;
    verify_reader(&reader)
}

/// The bytes of the file that [`pack`] would write.
pub fn pack_bytes(reader: &LogReader) -> Result<Vec<u8>> {
    let uuid = reader.uuid().ok_or_else(|| Error::NotFound("no readable run".into()))?;
    let mut main = MainFile::in_memory(uuid);
    main.fill(reader)?;
    complete(&mut main, reader)?;
    Ok(main.into_bytes())
}

/// Adds what is not sealed yet, and the index, to a copy of a run's main file.
fn complete(main: &mut MainFile, reader: &LogReader) -> Result<()> {
    if reader.index().is_some() {
        return Ok(());
    }
    main.frames = reader.frame_headers();
    main.columns = crate::store::columns_of(reader);
    let mut attempt = 1;
    for (_, tail) in reader.open_tails() {
        attempt = tail.header.attempt;
        main.append(seal::seal(tail, Effort::Small)?)?;
    }
    main.close(reader.next_seq(), attempt, reader.closed())
}

/// The sound bytes of the main file: everything up to where the last sound frame ends.
fn copy_main(reader: &LogReader, to: &Path) -> Result<()> {
    let failed = |error| Error::io("write", to, error);
    let mut file = File::create(to).map_err(failed)?;
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    while at < reader.main_end() {
        let want = PIECE.min((reader.main_end() - at) as usize);
        let n = reader.source().read_main(at, &mut piece[..want])?;
        if n == 0 {
            break;
        }
        file.write_all(&piece[..n]).map_err(failed)?;
        at += n as u64;
    }
    Ok(())
}

/// Writes what can be read of a run into a new, closed run in `target_dir`, which must not hold
/// one. The report tells what was lost.
pub fn repair(source: &Path, target_dir: &Path, uuid: [u8; 16]) -> Result<Report> {
    let reader = LogReader::open_scanning(source)?;
    let report = verify_reader(&reader)?;
    let target = target_dir.join(MAIN_FILE);
    if target.exists() {
        return Err(Error::invalid(
            "target",
            format!("{} already holds a run; choose another directory", target_dir.display()),
        ));
    }
    std::fs::create_dir_all(target_dir).map_err(|e| Error::io("create", target_dir, e))?;
    let draft = Draft::of_new(&target)?;
    let mut main = MainFile::open(draft.path(), uuid)?;
    let mut header = TailHeader {
        segment: 1,
        uuid,
        first_seq: 0,
        attempt: 1,
        created_micros: 0,
        written: false,
    };
    let mut records: Vec<_> = reader.records().cloned().collect();
    records.push((reader.next_seq(), repaired_record(&reader, &report)));
    main.append(seal::seal_records(&header, &records)?)?;
    for table in [Table::Epochs, Table::Steps] {
        for part in reader.parts(table).collect::<Vec<_>>() {
            let Some(rows) = reader.part_rows(&part, table, |_| true, true) else { continue };
            header.attempt = part.attempt;
            for start in (0..rows.label.len()).step_by(BLOCK_ROWS) {
                header.segment += 1;
                let end = (start + BLOCK_ROWS).min(rows.label.len());
                let block = seal::slice(&rows, start, end);
                main.append(seal::seal_rows(&header, table, &block)?)?;
            }
        }
    }
    main.close(reader.next_seq(), header.attempt, true)?;
    drop(main);
    draft.publish(&target, true)?;
    Ok(report)
}

fn repaired_record(reader: &LogReader, report: &Report) -> Record {
    let text = |text: &str| Value::Str(text.to_owned());
    let uuid = reader.uuid().unwrap_or_default();
    let value = Value::Map(vec![
        (text("source"), Value::Bytes(uuid.to_vec())),
        (text("rows_lost"), Value::Int(report.rows_lost as i64)),
        (text("rows_lost_known"), Value::Bool(!report.may_have_lost_more())),
        (text("damaged_places"), Value::Int(report.damage.len() as i64)),
    ]);
    Record::Put { key: REPAIRED.into(), value }
}
