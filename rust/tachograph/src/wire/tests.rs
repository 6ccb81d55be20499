//! Framing against its published check, and the encoding of messages. TensorBoard's own reader and
//! writer are the judges of whole files, in the tests of the Python package.

use super::leveldb;
use super::proto::{
    Field, Fields, Malformed, push_bytes, push_double, push_float, push_int, push_message,
};
use super::tfrecord::{MAX_RECORD, Records};
use super::tfrecord::{masked, push_record};
use super::window::{Losses, Next, PATIENCE};
use std::io::{self, Read};

#[test]
fn checksums_are_masked_as_published() {
    // ((crc >> 15) | (crc << 17)) + 0xa282ead8 of the well-known check value of CRC-32C.
    assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    assert_eq!(masked(0xe306_9283), 0xc78a_b0e5);
}

#[test]
fn a_record_is_length_content_and_their_checksums() {
    let mut out = b"before".to_vec();
    push_record(&mut out, |out| out.extend_from_slice(b"content"));
    let record = &out[6..];
    assert_eq!(record[..8], 7u64.to_le_bytes());
    assert_eq!(record[8..12], masked(crc32c::crc32c(&record[..8])).to_le_bytes());
    assert_eq!(&record[12..19], b"content");
    assert_eq!(record[19..], masked(crc32c::crc32c(b"content")).to_le_bytes());
}

#[test]
fn messages_of_any_length_have_their_length_first() {
    for len in [0, 1, 126, 127, 128, 129, 16_383, 16_384, 70_000] {
        let mut out = Vec::new();
        push_message(&mut out, 1, |out| out.resize(out.len() + len, 7));
        let mut want = Vec::new();
        push_bytes(&mut want, 1, &vec![7; len]);
        assert_eq!(out, want, "{len}");
    }
}

#[test]
fn negative_integers_take_ten_bytes() {
    let mut out = Vec::new();
    push_int(&mut out, 2, -1);
    assert_eq!(out, [0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
}

#[test]
fn fields_come_back_as_they_were_written() {
    let mut out = Vec::new();
    push_int(&mut out, 1, -5);
    push_double(&mut out, 2, 0.1);
    push_bytes(&mut out, 3, b"text");
    push_float(&mut out, 4000, 0.5);
    push_message(&mut out, 5, |out| push_int(out, 1, 7));
    let fields: Vec<_> = Fields::of(&out).collect();
    let want = [
        (1, Field::Varint(-5i64 as u64)),
        (2, Field::Fixed64(0.1f64.to_bits())),
        (3, Field::Bytes(b"text")),
        (4000, Field::Fixed32(0.5f32.to_bits())),
        (5, Field::Bytes(&[8, 7])),
    ];
    assert_eq!(fields, want.map(Ok));
    for cut in 1..out.len() {
        let read: Vec<_> = Fields::of(&out[..cut]).collect();
        let sound = read.iter().filter(|field| field.is_ok()).count();
        assert!(read[..sound].iter().zip(want).all(|(read, want)| *read == Ok(want)), "{cut}");
        assert!(read.len() <= sound + 1);
    }
}

#[test]
fn what_is_no_field_ends_a_message() {
    for bytes in [
        &[0x00, 1][..],                                                   // number 0
        &[0x0b, 1],                                                       // a group
        &[0x0a, 5, 1],                                                    // too short
        &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],     // eleven bytes
        &[0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],          // a length of 2^64 - 1
        &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 1, 1], // a number over 32 bits
    ] {
        assert_eq!(Fields::of(bytes).collect::<Vec<_>>(), [Err(Malformed)], "{bytes:x?}");
    }
}

/// A stream that gives a few bytes at a time, and is interrupted between.
struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let n = into.len().min(self.0.len()).min(1 + self.1 % 7);
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// Every record that a stream of them gives, and how often it had none yet.
macro_rules! drained {
    ($records:expr) => {{
        let (mut found, mut waits) = (Vec::new(), 0);
        loop {
            match $records.next().unwrap() {
                Next::Record(record) => found.push(record.to_vec()),
                Next::NotYet => waits += 1,
                Next::End => break (found, waits),
            }
        }
    }};
}

fn all(source: impl Read) -> (Vec<Vec<u8>>, Losses) {
    let mut records = Records::new(source);
    let (found, _) = drained!(records);
    (found, records.losses)
}

fn ten_records() -> (Vec<u8>, Vec<Vec<u8>>) {
    let contents: Vec<Vec<u8>> = (0..10u8).map(|n| vec![n; usize::from(n) * 9]).collect();
    let mut file = Vec::new();
    for content in &contents {
        push_record(&mut file, |out| out.extend_from_slice(content));
    }
    (file, contents)
}

#[test]
fn records_come_back_however_few_bytes_a_read_gives() {
    let (file, contents) = ten_records();
    assert_eq!(all(Dripping(&file, 0)), (contents, Losses::default()));
}

#[test]
fn every_flipped_bit_costs_one_record_and_every_byte_is_accounted_for() {
    let (file, contents) = ten_records();
    for at in 0..file.len() {
        let mut broken = file.clone();
        broken[at] ^= 1 << (at % 8);
        let (found, losses) = all(&broken[..]);
        let kept: usize = found.iter().map(|content| content.len() + 16).sum();
        assert_eq!(kept as u64 + losses.bytes + losses.torn_bytes, file.len() as u64, "{at}");
        assert_eq!((found.len(), losses.places, losses.torn_bytes), (9, 1, 0), "{at}");
        assert!(found.iter().all(|content| contents.contains(content)), "{at}");
    }
}

#[test]
fn a_record_too_long_to_look_at_is_passed_over() {
    let mut file = Vec::new();
    push_record(&mut file, |out| out.push(1));
    let length = (MAX_RECORD + 1).to_le_bytes();
    let head = [&length[..], &masked(crc32c::crc32c(&length)).to_le_bytes()].concat();
    let long = head.chain(io::repeat(0).take(MAX_RECORD + 1 + 4));
    let mut records = Records::new(file.chain(long).chain(&file[..]));
    let (found, _) = drained!(records);
    assert_eq!((found.len(), records.too_long, records.losses), (2, 1, Losses::default()));
    let cut = head.chain(io::repeat(0).take(1000));
    let mut records = Records::new(cut);
    assert_eq!(records.next().unwrap(), Next::End);
    assert_eq!(records.losses, Losses { torn_bytes: 1012, ..Losses::default() });
    assert_eq!(records.too_long, 0);
}

#[test]
fn lengths_that_lead_nowhere_do_not_make_a_reader_run_for_ever() {
    // A megabyte of sound heads, each of which announces most of what follows.
    let length = (1u64 << 20).to_le_bytes();
    let head = [&length[..], &masked(crc32c::crc32c(&length)).to_le_bytes()].concat();
    let mut file = vec![1];
    while file.len() < 3 << 20 {
        file.extend_from_slice(&head);
    }
    let (found, losses) = all(&file[..]);
    assert!(found.is_empty());
    assert_eq!(losses.bytes + losses.torn_bytes, file.len() as u64);
}

#[test]
fn who_asks_has_a_word_while_damage_is_passed_over() {
    let (file, contents) = ten_records();
    let n = 5 * PATIENCE + 7;
    let garbage = || io::repeat(b'x').take(n);
    let mut records = Records::new(garbage().chain(&file[..]));
    let (found, waits) = drained!(records);
    assert_eq!((&found, waits), (&contents, 5));
    assert_eq!(records.losses, Losses { places: 1, bytes: n, torn_bytes: 0 });

    let mark = leveldb::WANDB_MARK.to_vec();
    let mut records = leveldb::Records::new(mark.chain(garbage())).unwrap().unwrap();
    let (found, waits) = drained!(records);
    assert_eq!(found.len(), 0);
    assert!(waits >= 4, "{waits}"); // a word each 33 blocks of 32 KiB
}

/// A piece of a record, as it stands in a file of W&B.
fn piece(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(&[kind]);
    crc.update(content);
    let mut out = crc.sum().to_le_bytes().to_vec();
    out.extend_from_slice(&(content.len() as u16).to_le_bytes());
    out.push(kind);
    out.extend_from_slice(content);
    out
}

fn pieced(pieces: &[Vec<u8>]) -> (Vec<Vec<u8>>, Losses, u64) {
    let file = [leveldb::WANDB_MARK.to_vec(), pieces.concat()].concat();
    let mut records = leveldb::Records::new(&file[..]).unwrap().unwrap();
    let (found, _) = drained!(records);
    (found, records.losses, records.too_long)
}

#[test]
fn pieces_of_unknown_kind_or_without_their_fellows_are_no_record() {
    let lost = |pieces: &[Vec<u8>]| {
        let (found, losses, _) = pieced(pieces);
        (found, losses.places)
    };
    let whole = [piece(2, b"a"), piece(3, b"b"), piece(4, b"c"), piece(1, b"d")];
    assert_eq!(lost(&whole), (vec![b"abc".to_vec(), b"d".to_vec()], 0));
    let lonely = [piece(3, b"b"), piece(4, b"c"), piece(2, b"a"), piece(1, b"d")];
    assert_eq!(lost(&lonely), (vec![b"d".to_vec()], 2));
    assert_eq!(lost(&[piece(1, b"a"), piece(9, b"b"), piece(1, b"c")]), (vec![b"a".to_vec()], 1));
    assert!(leveldb::Records::new(&b":W&"[..]).unwrap().is_none());
}

/// A file's first block, from its beginning to its end.
fn first_block(content: u8) -> Vec<u8> {
    piece(1, &vec![content; (32 << 10) - 7 - 7])
}

#[test]
fn a_block_of_zeros_is_damage_where_sound_pieces_follow_and_torn_where_none_does() {
    let zeros = vec![0; 32 << 10];
    let before = first_block(1);
    let after = piece(1, b"a");
    let kept = vec![vec![1; before.len() - 7], b"a".to_vec()];
    let lost = Losses { places: 1, bytes: 64 << 10, torn_bytes: 0 };
    let file = [before.clone(), zeros.clone(), zeros.clone(), after];
    assert_eq!(pieced(&file), (kept.clone(), lost, 0));
    let torn = Losses { torn_bytes: (64 << 10) + 9, ..Losses::default() };
    let file = [before, zeros.clone(), zeros, vec![0; 9]];
    assert_eq!(pieced(&file), (kept[..1].to_vec(), torn, 0));
}

#[test]
fn a_record_that_is_too_long_to_put_together_is_passed_over_whole() {
    let block = |kind| piece(kind, &vec![7; (32 << 10) - 7]);
    let mut file = vec![first_block(1), block(2)];
    file.resize_with(2100, || block(3));
    file.extend([block(4), piece(1, b"a")]);
    let (found, losses, too_long) = pieced(&file);
    assert_eq!((found.len(), losses, too_long), (2, Losses::default(), 1));
}
