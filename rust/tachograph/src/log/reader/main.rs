//! Walking the main file: its header, its frames, what is damaged between.

use super::LogReader;
use crate::log::frame::{FILE_HEADER, FRAME_HEADER, FrameHeader, frame_type};
use crate::log::index::{self, Index, TRAILER};
use crate::log::report::Damage;
use crate::log::scan::{self, Opening};
use crate::log::source::MAIN_FILE;
use crate::{Error, Result};
use std::path::Path;
use std::sync::Arc;

impl LogReader {
    /// Reads the file header; false while there is none.
    pub(super) fn open_main(&mut self) -> Result<bool> {
        let name = self.source.path().unwrap_or(Path::new(MAIN_FILE)).to_owned();
        match scan::open(&*self.source, &name)? {
            Opening::Header(header) => {
                self.uuid = Some(header.uuid);
                self.created_micros = header.created_micros;
                self.ro_compat = header.ro_compat;
            }
            Opening::Torn => {
                self.torn = self.source.main_len()?;
                return Ok(false);
            }
            Opening::Damaged(uuid) => {
                self.uuid = uuid;
                self.main_damage(0, FILE_HEADER as u64, "the file header's checksum is wrong");
            }
        }
        self.torn = 0;
        self.main_at = FILE_HEADER as u64;
        Ok(true)
    }

    /// Takes everything from the index of a closed file.
    pub(super) fn open_by_index(&mut self) -> Result<bool> {
        let len = self.source.main_len()?;
        let Some(uuid) = self.uuid else { return Ok(false) };
        if len < (FILE_HEADER + FRAME_HEADER + TRAILER) as u64 || !self.source.tails()?.is_empty() {
            return Ok(false);
        }
        let mut trailer = [0; TRAILER];
        self.source.read_main(len - TRAILER as u64, &mut trailer)?;
        let Some(offset) = index::decode_trailer(&trailer, &uuid) else { return Ok(false) };
        let frame = scan::frame_at(&*self.source, offset, Some(uuid))?;
        let Some(frame) = frame.filter(|f| f.kind == frame_type::INDEX && f.end() == len) else {
            return Ok(false);
        };
        let Ok(index) = scan::read_head(&*self.source, &frame).and_then(|h| Index::decode(&h))
        else {
            return Ok(false);
        };
        // The structured records are read now; if one cannot be, the careful way is taken.
        for frame in index.frames.iter().filter(|frame| frame.kind == frame_type::RECORDS) {
            if self.take_records(frame).is_err() {
                self.records.clear();
                return Ok(false);
            }
        }
        for frame in &index.frames {
            match frame.kind {
                frame_type::ROWS | frame_type::RECORDS => self.add_part(*frame),
                _ => self.foreign.push(*frame),
            }
        }
        self.frames = index.frames.len() as u64 + 1;
        self.next_seq = index.next_seq;
        self.closed = index.closed;
        self.closed_by = frame.attempt;
        self.index = Some(index);
        self.told_up_to = len;
        self.main_at = len;
        Ok(true)
    }

    pub(super) fn scan_main(&mut self) -> Result<bool> {
        let len = self.source.main_len()?;
        let before = (self.frames, self.damage.len());
        let segments = self.source.tails()?;
        self.torn = 0;
        while self.main_at < len {
            let at = self.main_at;
            let header = scan::frame_at(&*self.source, at, self.uuid)?;
            if let Some(frame) = header
                && self.follows_on(&frame, len)?
            {
                self.take_frame(&frame, segments.contains(&frame.segment))?;
                self.main_at = frame.end();
                continue;
            }
            let from = at + if header.is_some() { FRAME_HEADER as u64 } else { 1 };
            let Some(next) = scan::next_frame(&*self.source, from, len, self.uuid)? else {
                // Either a write that is still going on, or one that never finished.
                self.torn = len - at;
                break;
            };
            self.skip_to(next.offset, header);
        }
        Ok(before != (self.frames, self.damage.len()))
    }

    /// Whether the frame reaches up to the next one or the end, or else is whole.
    fn follows_on(&self, frame: &FrameHeader, len: u64) -> Result<bool> {
        if frame.end() == len {
            return Ok(true);
        }
        let next =
            frame.end() < len && scan::frame_at(&*self.source, frame.end(), self.uuid)?.is_some();
        Ok(next || scan::is_whole(&*self.source, frame)?)
    }

    /// Notes the stretch up to the next sound frame, whose header may be the only sound part.
    fn skip_to(&mut self, next: u64, header: Option<FrameHeader>) {
        let at = self.main_at;
        self.main_at = next;
        self.main_damage(at, next - at, "no sound frame stands here");
        if let (Some(frame), Some(damage)) = (header, self.damage.last_mut()) {
            damage.reason = "the frame is cut off or its content is damaged".into();
            describe(damage, &frame);
        }
    }

    fn main_damage(&mut self, offset: u64, len: u64, reason: impl Into<String>) {
        self.damage.push(Damage {
            file: MAIN_FILE.into(),
            offset,
            len,
            reason: reason.into(),
            rows: 0,
            table: None,
            labels: None,
            column: None,
        });
    }

    /// `beside`: the segment whose content this is still stands beside the main file, which is
    /// the case until the frame is known to be on the disk.
    fn take_frame(&mut self, frame: &FrameHeader, beside: bool) -> Result<()> {
        self.frames += 1;
        self.closed = false;
        self.index = None;
        let taken = match frame.kind {
            _ if frame.features != 0 => {
                Err(Error::corrupt(frame.offset, "the frame needs a newer version of tachograph"))
            }
            frame_type::ROWS => self.take_rows(frame, beside),
            frame_type::RECORDS => self.take_records(frame),
            frame_type::INDEX => self.take_index(frame),
            frame_type::ABANDONED => self.take_abandoned(frame),
            _ => {
                self.foreign.push(*frame);
                return Ok(());
            }
        };
        match taken {
            Ok(()) => {
                self.told_up_to = frame.end();
                if matches!(frame.kind, frame_type::ROWS | frame_type::RECORDS) {
                    self.add_part(*frame);
                }
                Ok(())
            }
            Err(error @ Error::Io { .. }) => Err(error),
            Err(error) => {
                let len = frame.end() - frame.offset;
                self.main_damage(frame.offset, len, error.to_string());
                if beside {
                    // Half a frame, as a power failure leaves it. Its segment holds the same.
                    self.superseded.push((frame.offset, frame.end()));
                } else if let Some(damage) = self.damage.last_mut() {
                    describe(damage, frame);
                }
                Ok(())
            }
        }
    }

    fn take_rows(&self, frame: &FrameHeader, beside: bool) -> Result<()> {
        let entries = Arc::new(scan::read_entries(&*self.source, frame)?);
        if beside {
            scan::check_chunks(&*self.source, frame, &entries)?;
        }
        self.lazy().entries.insert(frame.offset, entries);
        Ok(())
    }

    fn take_records(&mut self, frame: &FrameHeader) -> Result<()> {
        if self.has_part(frame) {
            return Ok(());
        }
        let records = crate::log::seal::decode_records(&scan::read_head(&*self.source, frame)?)?;
        self.records.entry(frame.segment).or_default().extend(records);
        Ok(())
    }

    fn take_index(&mut self, frame: &FrameHeader) -> Result<()> {
        let index = Index::decode(&scan::read_head(&*self.source, frame)?)?;
        let mut trailer = [0; TRAILER];
        self.source.read_main(frame.end() - TRAILER as u64, &mut trailer)?;
        if self.uuid.and_then(|uuid| index::decode_trailer(&trailer, &uuid)) != Some(frame.offset) {
            let at = frame.end() - TRAILER as u64;
            self.main_damage(at, TRAILER as u64, "the trailer's checksum is wrong");
        }
        self.next_seq = self.next_seq.max(index.next_seq);
        // A frame whose own header was lost is still described by the index.
        for lost in index.frames.iter().filter(|lost| lost.offset < frame.offset) {
            if self.has_part(lost) {
                continue;
            }
            let restored = match lost.kind {
                frame_type::ROWS => self.take_rows(lost, false),
                frame_type::RECORDS => self.take_records(lost),
                _ => continue,
            };
            let place = |damage: &&mut Damage| {
                damage.offset <= lost.offset && lost.offset < damage.offset + damage.len.max(1)
            };
            let damage = self.damage.iter_mut().find(place);
            if restored.is_ok() && Some(lost.uuid) == self.uuid {
                if let Some(damage) = damage {
                    damage.reason = "a frame's header is damaged; the index restored it".into();
                    damage.rows = 0;
                }
                self.add_part(*lost);
            } else if let Some(damage) = damage {
                describe(damage, lost);
            }
        }
        self.closed = index.closed;
        self.closed_by = frame.attempt;
        self.index = Some(index);
        Ok(())
    }

    /// What the frame speaks of holds nothing that is not elsewhere: it is no damage.
    fn take_abandoned(&mut self, frame: &FrameHeader) -> Result<()> {
        let (from, to) = crate::log::mainfile::decode_gap(&scan::read_head(&*self.source, frame)?)?;
        if from > to || to > frame.offset {
            return Err(Error::corrupt(
                frame.offset,
                "no bytes before the frame that it speaks of",
            ));
        }
        self.damage.retain(|damage| damage.offset < from || damage.offset + damage.len > to);
        for segment in self.segments.values_mut() {
            segment.have.retain(|frame| frame.offset < from || frame.offset >= to);
        }
        self.abandoned += to - from;
        Ok(())
    }

    fn has_part(&self, frame: &FrameHeader) -> bool {
        self.segments
            .get(&frame.segment)
            .is_some_and(|segment| segment.have.iter().any(|have| have.part == frame.part))
    }

    fn add_part(&mut self, frame: FrameHeader) {
        self.next_seq = self.next_seq.max(frame.seq_first + u64::from(frame.rows));
        let segment = self.segments.entry(frame.segment).or_default();
        segment.parts = segment.parts.max(frame.parts);
        match segment.have.iter_mut().find(|have| have.part == frame.part) {
            None => {
                segment.have.push(frame);
                segment.have.sort_by_key(|frame| frame.part);
            }
            // The first sound one counts.
            Some(have) if have.offset != frame.offset => {
                if !scan::is_whole(&*self.source, have).unwrap_or(false) {
                    *have = frame;
                }
            }
            Some(_) => {}
        }
    }
}

/// Says which rows a damaged frame held.
fn describe(damage: &mut Damage, frame: &FrameHeader) {
    damage.table = frame.rows_table();
    if damage.table.is_some() {
        damage.rows += u64::from(frame.rows);
        damage.labels = Some((frame.label_min, frame.label_max));
    }
}
