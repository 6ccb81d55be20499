//! Appending frames to the main file.

use super::columns::Columns;
use super::frame::{FILE_HEADER, FRAME_HEADER, FileHeader, FrameHeader, frame_type};
use super::index::{self, Index, TRAILER};
use super::reader::LogReader;
use super::rows;
use super::seal::Sealed;
use super::sys;
use crate::{Error, Result};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a main file that lives in memory.
pub(crate) type MemoryMain = Arc<Mutex<Vec<u8>>>;

/// Where the bytes go.
pub(crate) enum Out {
    /// A file; its header is written with the first frame if it is not there.
    Disk {
        /// Shared so that it can be synced without holding up appends.
        file: Arc<File>,
        /// For messages.
        path: PathBuf,
    },
    /// Memory.
    Memory(MemoryMain),
}

/// The main file while it is written.
pub(crate) struct MainFile {
    out: Out,
    header: FileHeader,
    /// Where the next frame goes: behind the last whole one, and behind whatever an earlier
    /// process left unfinished.
    end: u64,
    /// What an earlier process left unfinished, from where to where, until a frame says so.
    gaps: Vec<(u64, u64)>,
    pub(crate) frames: Vec<FrameHeader>,
    pub(crate) columns: Columns,
}

/// Which bytes a frame of the kind `ABANDONED` speaks of.
pub(crate) fn decode_gap(head: &[u8]) -> Result<(u64, u64)> {
    let mut fields = super::bytes::Bytes::new(head);
    Ok((fields.u64()?, fields.u64()?))
}

impl MainFile {
    /// A main file in memory.
    pub(crate) fn in_memory(uuid: [u8; 16]) -> Self {
        let header = FileHeader::new(uuid, sys::wall_micros());
        let memory = Arc::new(Mutex::new(header.encode().to_vec()));
        Self::over(Out::Memory(memory), header, FILE_HEADER as u64)
    }

    /// Takes over the frames of a run, for a main file in memory.
    pub(crate) fn fill(&mut self, reader: &LogReader) -> Result<()> {
        let Out::Memory(memory) = &self.out else { return Ok(()) };
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        let size = usize::try_from(reader.main_end()).unwrap_or(usize::MAX);
        memory.resize(size.max(FILE_HEADER), 0);
        reader.source().read_main(0, &mut memory)?;
        self.end = memory.len() as u64;
        Ok(())
    }

    /// The bytes of a main file in memory.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match &self.out {
            Out::Memory(memory) => {
                std::mem::take(&mut memory.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Out::Disk { .. } => Vec::new(),
        }
    }

    /// Makes or opens the main file at `path`; an existing one is only ever added to.
    pub(crate) fn open(path: &Path, uuid: [u8; 16]) -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| Error::io("open", path, error))?;
        let len = file.metadata().map_err(|error| Error::io("stat", path, error))?.len();
        let header = FileHeader::new(uuid, sys::wall_micros());
        let out = Out::Disk { file: Arc::new(file), path: path.to_owned() };
        let main = Self::over(out, header, len.max(FILE_HEADER as u64));
        if len < FILE_HEADER as u64 || main.has_no_header()? {
            main.write_header()?;
        }
        Ok(main)
    }

    /// Whether a power failure left zeros where the header was to be written.
    fn has_no_header(&self) -> Result<bool> {
        let Out::Disk { file, path } = &self.out else { return Ok(false) };
        let mut bytes = [0; FILE_HEADER];
        sys::read_exact_at(file, &mut bytes, 0).map_err(|error| Error::io("read", path, error))?;
        Ok(bytes == [0; FILE_HEADER])
    }

    fn write_header(&self) -> Result<()> {
        let Out::Disk { file, path } = &self.out else { return Ok(()) };
        sys::write_all_at(file, &self.header.encode(), 0)
            .map_err(|error| Error::io("write", path, error))
    }

    fn over(out: Out, header: FileHeader, end: u64) -> Self {
        Self { out, header, end, gaps: Vec::new(), frames: Vec::new(), columns: Columns::default() }
    }

    pub(crate) fn out(&self) -> &Out {
        &self.out
    }

    /// How far whole frames reach.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Notes stretches that an earlier process left unfinished. Their rows are in the tail segments
    /// still, so that they must not be taken for damage later.
    pub(crate) fn note_gaps(&mut self, gaps: Vec<(u64, u64)>) {
        self.gaps = gaps;
    }

    /// Says which bytes an earlier process left unfinished.
    fn say_gaps(&mut self) -> Result<()> {
        while let Some(&(from, to)) = self.gaps.last() {
            let head = [from.to_le_bytes(), to.to_le_bytes()].concat();
            let header = FrameHeader {
                kind: frame_type::ABANDONED,
                payload_len: head.len() as u32,
                ..self.frame_header(0, 0, &head)
            };
            self.reserve((FRAME_HEADER + head.len()) as u64)?;
            self.write(self.end, &[&header.encode(), &head])?;
            self.end = header.end();
            self.gaps.pop();
        }
        Ok(())
    }

    /// Writes the bytes of a frame once more as they are. A sync that failed leaves the kernel
    /// believing that they are on the disk; now the next sync is about them again.
    pub(crate) fn write_again(&self, frame: &FrameHeader) -> Result<()> {
        let Out::Disk { file, path } = &self.out else { return Ok(()) };
        let mut bytes = vec![0; (frame.end() - frame.offset) as usize];
        sys::read_exact_at(file, &mut bytes, frame.offset)
            .and_then(|()| sys::write_all_at(file, &bytes, frame.offset))
            .map_err(|error| Error::io("write", path, error))
    }

    /// The header of a frame at the end that holds no rows.
    fn frame_header(&self, next_seq: u64, attempt: u32, head: &[u8]) -> FrameHeader {
        FrameHeader {
            kind: 0,
            table: 0,
            features: 0,
            offset: self.end,
            uuid: self.header.uuid,
            seq_first: next_seq,
            payload_len: 0,
            head_len: head.len() as u32,
            rows: 0,
            attempt,
            segment: 0,
            part: 0,
            parts: 0,
            label_min: 0,
            label_max: 0,
            head_crc: crc32c::crc32c(head),
        }
    }

    /// Appends the frames of one segment. After an error nothing has changed for readers, and the
    /// same frames can be appended again.
    pub(crate) fn append(&mut self, sealed: Vec<Sealed>) -> Result<()> {
        self.say_gaps()?;
        let total: usize =
            sealed.iter().map(|frame| FRAME_HEADER + frame.head.len() + frame.chunks.len()).sum();
        self.reserve(total as u64)?;
        for frame in sealed {
            let header = FrameHeader { offset: self.end, uuid: self.header.uuid, ..frame.header };
            self.write(self.end, &[&header.encode(), &frame.head, &frame.chunks])?;
            self.end = header.end();
            self.note(&header, &frame.head)?;
            if !self
                .frames
                .iter()
                .rev()
                .any(|have| have.segment == header.segment && have.part == header.part)
            {
                self.frames.push(header);
            }
        }
        Ok(())
    }

    fn note(&mut self, header: &FrameHeader, head: &[u8]) -> Result<()> {
        let Some(table) = header.rows_table() else { return Ok(()) };
        for entry in rows::decode_head(head)? {
            if let Some(column) = entry.column() {
                self.columns.add(table, column);
            }
        }
        Ok(())
    }

    /// Appends the index that closes the file.
    pub(crate) fn close(&mut self, next_seq: u64, attempt: u32, closed: bool) -> Result<()> {
        self.say_gaps()?;
        let index =
            Index { frames: self.frames.clone(), columns: self.columns.clone(), next_seq, closed };
        let head = index.encode()?;
        let payload_len = u32::try_from(head.len() + TRAILER)
            .map_err(|_| Error::invalid("index", "over 4 GiB"))?;
        let header = FrameHeader {
            kind: frame_type::INDEX,
            payload_len,
            ..self.frame_header(next_seq, attempt, &head)
        };
        let trailer = index::encode_trailer(self.end, payload_len, &self.header.uuid);
        self.reserve((FRAME_HEADER + head.len() + TRAILER) as u64)?;
        self.write(self.end, &[&header.encode(), &head, &trailer])?;
        self.end = header.end();
        Ok(())
    }

    fn reserve(&self, len: u64) -> Result<()> {
        match &self.out {
            Out::Disk { file, path } => sys::reserve(file, self.end, len)
                .map_err(|error| Error::io("reserve space in", path, error)),
            Out::Memory(_) => Ok(()),
        }
    }

    fn write(&mut self, at: u64, parts: &[&[u8]]) -> Result<()> {
        match &self.out {
            Out::Disk { file, path } => {
                // One call in most cases, so that a reader seldom meets half a frame.
                let bytes = parts.concat();
                sys::write_all_at(file, &bytes, at).map_err(|error| {
                    // Half a frame, which the next one might not cover. Where it cannot be taken
                    // back, readers find it unfinished.
                    drop(file.set_len(at));
                    Error::io("write", path, error)
                })
            }
            Out::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                memory.truncate(at as usize);
                for part in parts {
                    memory.extend_from_slice(part);
                }
                Ok(())
            }
        }
    }
}
