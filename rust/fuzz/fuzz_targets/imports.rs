//! Files of other recorders: whatever stands in them, reading neither panics nor takes memory for
//! what is announced, counts what it passes on, and accounts for no more bytes than there are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use tachograph::import::{Columns, EventFiles, EventOptions, WandbFile};
use tempfile::NamedTempFile;

thread_local! {
    static FILE: RefCell<Option<NamedTempFile>> = const { RefCell::new(None) };
}

/// The CRC-32 of zip files, bit by bit.
fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// Pieces, each behind its length in one byte.
fn pieces(mut data: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((&len, rest)) = data.split_first() {
        let (piece, rest) = rest.split_at(rest.len().min(len.into()));
        pieces.push(piece);
        data = rest;
    }
    pieces
}

/// The data as a file: as it is, or its pieces in framing whose checksums are right.
fn file_of(form: u8, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    match form {
        0 => file.extend_from_slice(data),
        1 => {
            for piece in pieces(data) {
                let length = (piece.len() as u64).to_le_bytes();
                for part in [&length[..], &masked(&length), piece, &masked(piece)] {
                    file.extend_from_slice(part);
                }
            }
        }
        2 => {
            file.extend_from_slice(b":W&B\xe1\xbe\x00");
            file.extend_from_slice(data);
        }
        _ => {
            file.extend_from_slice(b":W&B\xe1\xbe\x00");
            for piece in pieces(data) {
                let Some((kind, content)) = piece.split_first() else { continue };
                let kind = if *kind == 0 { 1 } else { kind % 6 };
                let crc = crc32(std::iter::once(kind).chain(content.iter().copied()));
                file.extend_from_slice(&crc.to_le_bytes());
                file.extend_from_slice(&(content.len() as u16).to_le_bytes());
                file.push(kind);
                file.extend_from_slice(content);
            }
        }
    }
    file
}

fn write(file: &mut File, content: &[u8]) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(content)
}

fn check(columns: &Columns, scalars: u64) {
    let mut n = 0;
    for column in &columns.0 {
        assert_eq!(column.steps.len(), column.words.len());
        assert_eq!(column.steps.len(), column.wall_micros.len());
        n += column.words.len() as u64;
    }
    assert_eq!(n, scalars);
}

fuzz_target!(|data: &[u8]| {
    let Some((&form, data)) = data.split_first() else { return };
    let content = file_of(form % 4, data);
    FILE.with_borrow_mut(|file| {
        let file = file.get_or_insert_with(|| NamedTempFile::new().expect("a temporary file"));
        write(file.as_file_mut(), &content).expect("room for a temporary file");
        let path = file.path().to_owned();
        let mut columns = Columns::default();
        let (mut told, mut progress) = (0, 0);
        let mut tell = |bytes| {
            assert!(bytes >= told);
            told = bytes;
            progress += 1;
            Ok(())
        };
        let counts = if form % 4 < 2 {
            let merge_within_micros = u64::from(form >> 2) * 100_000;
            let mut files = EventFiles::new(vec![path], EventOptions { merge_within_micros });
            while files.read(&mut columns, &mut tell).unwrap_or(false) {}
            files.report().counts
        } else {
            let mut run = WandbFile::new(path);
            run.read(&mut columns, &mut tell).expect("a file with the right mark");
            run.report().counts
        };
        check(&columns, counts.scalars);
        assert!(counts.damaged_bytes + counts.torn_bytes <= content.len() as u64);
        assert!(counts.damaged_places > 0 || counts.damaged_bytes == 0);
        assert_eq!(told, content.len() as u64);
        assert!(progress > 0);
    });
});
