//! A folder of files as one zip file: the same files give the same bytes, and a damaged one gives what is whole in it.
//!
//! Reading goes through `rawzip`. Writing does not, since that needs an output stream, which the core has none of; and
//! it must say the sizes before each file, so that a file cut short can still be read (PKWARE APPNOTE, section 4.3.7).

use std::collections::BTreeSet;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use porchlight_wire::limits;
use rawzip::path::ZipFilePath;
use rawzip::{CompressionMethod, ZipArchive};

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it lies, with `/` between folders.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What could be read of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// The files that are whole, in their order.
    pub files: Vec<File>,
    /// Those that are not, and why.
    pub damaged: Vec<(String, Damage)>,
    /// The end of the archive is missing, so that nobody knows what else was in it.
    pub is_cut: bool,
}

/// Why one file of an archive cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It does not unpack, or its checksum is wrong.
    #[error("the file is damaged in the archive")]
    Broken,
    /// It is packed in a way that this app does not read.
    #[error("the file is packed in a way that cannot be read here, or locked with a password")]
    Method,
    /// It unpacks to more than a phone can hold.
    #[error("the file is too large")]
    TooLarge,
    /// There is another one at the same place.
    #[error("there are two files of this name")]
    Twice,
    /// Its name leads out of the archive, or is none.
    #[error("the name of the file makes no sense")]
    Name,
}

/// Packs files, in the order given.
pub fn pack(files: &[File]) -> Result<Vec<u8>, ArchiveError> {
    if files.len() > limits::MAX_ARCHIVE_FILES {
        return Err(ArchiveError::TooManyFiles);
    }
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let offset = small(bytes.len())?;
        let packed = deflate(&file.bytes);
        let (method, content) = match &packed {
            Some(packed) => (DEFLATED, packed.as_slice()),
            None => (STORED, file.bytes.as_slice()),
        };
        let name = file.path.as_bytes();
        // Version 2.0; names are UTF-8; 1980-01-01, since a time would make two exports of the same thing differ.
        let mut common = Vec::new();
        for number in [20, 1 << 11, method, 0, 0x21] {
            common.extend_from_slice(&u16::to_le_bytes(number));
        }
        for number in [rawzip::crc32(&file.bytes), small(content.len())?, small(file.bytes.len())?] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        common.extend_from_slice(&short(name.len())?.to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&FILE_MARK);
        bytes.extend_from_slice(&common);
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(content);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name);
    }
    let (start, count) = (small(bytes.len())?, short(files.len())?);
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&small(directory.len())?.to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    if bytes.len() > limits::MAX_ARCHIVE { Err(ArchiveError::TooLarge) } else { Ok(bytes) }
}

/// Unpacks what can be unpacked.
pub fn unpack(bytes: &[u8]) -> Result<Unpacked, ArchiveError> {
    if bytes.len() > limits::MAX_ARCHIVE {
        return Err(ArchiveError::TooLarge);
    }
    let mut unpacking = Unpacking::default();
    match unpacking.by_directory(bytes) {
        Ok(()) => {}
        Err(ArchiveError::NotAnArchive) if bytes.starts_with(&FILE_MARK) => {
            unpacking = Unpacking::default();
            unpacking.unpacked.is_cut = true;
            unpacking.by_marks(bytes)?;
        }
        Err(error) => return Err(error),
    }
    Ok(unpacking.unpacked)
}

/// One archive being read.
#[derive(Default)]
struct Unpacking {
    unpacked: Unpacked,
    seen: BTreeSet<String>,
    total: usize,
}

impl Unpacking {
    /// Reads the files that the directory at the end names.
    fn by_directory(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let archive = ZipArchive::from_slice(bytes).map_err(|_| ArchiveError::NotAnArchive)?;
        let mut entries = archive.entries();
        while let Some(entry) = entries.next_entry().map_err(|_| ArchiveError::NotAnArchive)? {
            if entry.is_dir() {
                continue;
            }
            let path = entry.file_path().as_bytes();
            let found = match archive.get_entry(entry.wayfinder()) {
                Ok(_) if entry.flags().is_encrypted() => Err(Damage::Method),
                Ok(found) => {
                    let claimed = found.claim_verifier();
                    let is_stored = match entry.compression_method() {
                        CompressionMethod::STORE => Ok(true),
                        CompressionMethod::DEFLATE => Ok(false),
                        _ => Err(Damage::Method),
                    };
                    is_stored.and_then(|stored| {
                        let method = if stored { STORED } else { DEFLATED };
                        let (content, _) = self.content(method, found.data())?;
                        let is_right = rawzip::crc32(&content) == claimed.crc
                            && u64::try_from(content.len()) == Ok(claimed.uncompressed_size);
                        if is_right { Ok(content) } else { Err(Damage::Broken) }
                    })
                }
                Err(_) => Err(Damage::Broken),
            };
            self.take(path, found)?;
        }
        Ok(())
    }

    /// Reads the files one after the other from the start, as far as they go.
    fn by_marks(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let mut rest = bytes;
        while let Some(head) = rest.strip_prefix(&FILE_MARK) {
            let number = |at: usize| {
                let pair = head.get(at..at.saturating_add(2));
                pair.and_then(|pair| pair.try_into().ok()).map(u16::from_le_bytes)
            };
            let wide = |at: usize| {
                let four = head.get(at..at.saturating_add(4));
                four.and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
            };
            let (Some(method), Some(crc), Some(size), Some(name), Some(extra)) =
                (number(4), wide(10), wide(14), number(22), number(24))
            else {
                break;
            };
            let name = usize::from(name);
            let (Some(path), Some(data)) = (
                head.get(26..26_usize.saturating_add(name)),
                head.get(26_usize.saturating_add(name).saturating_add(extra.into())..),
            ) else {
                break;
            };
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let found = match data.get(..size) {
                Some(data) if method == STORED || method == DEFLATED => {
                    self.content(method, data).and_then(|(content, _)| {
                        if rawzip::crc32(&content) == crc { Ok(content) } else { Err(Damage::Broken) }
                    })
                }
                Some(_) => Err(Damage::Method),
                None => Err(Damage::Broken),
            };
            if !path.ends_with(b"/") {
                self.take(path, found)?;
            }
            rest = data.get(size..).unwrap_or_default();
        }
        Ok(())
    }

    fn content(&self, method: u16, data: &[u8]) -> Result<(Vec<u8>, usize), Damage> {
        let room = limits::MAX_ARCHIVE_UNPACKED.saturating_sub(self.total).min(limits::MAX_ARCHIVE_FILE);
        match method {
            STORED if data.len() > room => Err(Damage::TooLarge),
            STORED => Ok((data.to_vec(), data.len())),
            _ => inflate(data, room),
        }
    }

    fn take(&mut self, path: &[u8], found: Result<Vec<u8>, Damage>) -> Result<(), ArchiveError> {
        let count = self.unpacked.files.len().saturating_add(self.unpacked.damaged.len());
        if count >= limits::MAX_ARCHIVE_FILES {
            return Err(ArchiveError::TooManyFiles);
        }
        let normal = ZipFilePath::from_bytes(path).try_normalize();
        let (path, found) = match normal {
            Ok(path) if self.seen.contains(path.as_str()) => (path.as_str().to_owned(), Err(Damage::Twice)),
            Ok(path) if !path.as_str().is_empty() => (path.as_str().to_owned(), found),
            _ => (String::from_utf8_lossy(path).into_owned(), Err(Damage::Name)),
        };
        self.seen.insert(path.clone());
        match found {
            Ok(bytes) => {
                self.total = self.total.saturating_add(bytes.len());
                self.unpacked.files.push(File { path, bytes });
            }
            Err(damage) => self.unpacked.damaged.push((path, damage)),
        }
        Ok(())
    }
}

/// The bytes packed, if that makes them fewer.
fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(bytes.len().saturating_sub(1));
    let mut packer = Compress::new(Compression::new(LEVEL), false);
    let status = packer.compress_vec(bytes, &mut packed, FlushCompress::Finish).ok()?;
    (status == Status::StreamEnd).then_some(packed)
}

/// Unpacks step by step, so that a few bytes that claim to be many cost no more than what is allowed.
fn inflate(packed: &[u8], most: usize) -> Result<(Vec<u8>, usize), Damage> {
    let mut unpacker = Decompress::new(false);
    let mut unpacked = Vec::new();
    loop {
        unpacked.reserve(unpacked.len().clamp(4096, most.saturating_add(1).max(4096)));
        let (read, written) = (unpacker.total_in(), unpacked.len());
        let rest = usize::try_from(read).ok().and_then(|read| packed.get(read..)).unwrap_or_default();
        let status = unpacker.decompress_vec(rest, &mut unpacked, FlushDecompress::Finish);
        let status = status.map_err(|_| Damage::Broken)?;
        if unpacked.len() > most {
            return Err(Damage::TooLarge);
        }
        match status {
            Status::StreamEnd => {
                return Ok((unpacked, usize::try_from(unpacker.total_in()).unwrap_or(packed.len())));
            }
            _ if unpacker.total_in() == read && unpacked.len() == written => return Err(Damage::Broken),
            _ => {}
        }
    }
}

fn small(length: usize) -> Result<u32, ArchiveError> {
    u32::try_from(length).map_err(|_| ArchiveError::TooLarge)
}

fn short(length: usize) -> Result<u16, ArchiveError> {
    u16::try_from(length).map_err(|_| ArchiveError::TooManyFiles)
}

const FILE_MARK: [u8; 4] = *b"PK\x03\x04";
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const LEVEL: u32 = 6;

/// Why an archive cannot be read or written at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The bytes are no zip file.
    #[error("the file is no archive (.zip)")]
    NotAnArchive,
    /// It is larger than any group's.
    #[error("the archive is larger than {} MB", limits::MAX_ARCHIVE / 1024 / 1024)]
    TooLarge,
    /// It has more files than any group's.
    #[error("the archive has more than {} files", limits::MAX_ARCHIVE_FILES)]
    TooManyFiles,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: &[u8]) -> File {
        File { path: path.to_owned(), bytes: bytes.to_vec() }
    }

    fn some() -> Vec<File> {
        vec![
            file("README.txt", b"short"),
            file("notes/Fête.md", &b"many words ".repeat(500)),
            file("empty", b""),
        ]
    }

    #[test]
    fn what_is_packed_is_unpacked_and_packs_to_the_same_bytes() {
        let packed = pack(&some()).unwrap();
        assert!(packed.len() < 1_000, "{} bytes", packed.len());
        let unpacked = unpack(&packed).unwrap();
        assert_eq!((&unpacked.files, unpacked.is_cut), (&some(), false));
        assert_eq!(unpacked.damaged, []);
        assert_eq!(pack(&unpacked.files).unwrap(), packed);
        assert_eq!(unpack(&pack(&[]).unwrap()).unwrap(), Unpacked::default());
    }

    #[test]
    fn an_archive_that_was_cut_gives_the_files_before_the_cut() {
        let packed = pack(&some()).unwrap();
        let second = packed.windows(4).rposition(|window| window == FILE_MARK).unwrap();
        let unpacked = unpack(&packed[..second + 2]).unwrap();
        assert_eq!((unpacked.files, unpacked.is_cut), (some()[..2].to_vec(), true));
        let unpacked = unpack(&packed[..second - 5]).unwrap();
        assert_eq!(unpacked.files, some()[..1]);
        assert_eq!(unpacked.damaged, [("notes/Fête.md".to_owned(), Damage::Broken)]);
        for end in 0..packed.len() {
            let _ = unpack(&packed[..end]);
        }
    }

    #[test]
    fn one_broken_file_is_named_and_the_others_are_read() {
        let mut packed = pack(&some()).unwrap();
        let at = packed.windows(5).position(|window| window == b"short").unwrap();
        packed[at] ^= 1;
        let unpacked = unpack(&packed).unwrap();
        assert_eq!(unpacked.files, some()[1..]);
        assert_eq!(unpacked.damaged, [("README.txt".to_owned(), Damage::Broken)]);
    }

    #[test]
    fn names_that_lead_out_or_come_twice_and_bombs_are_refused() {
        let bomb = file("bomb", &vec![0; limits::MAX_ARCHIVE_FILE + 1]);
        let all = [file("../up", b"x"), file("a", b"1"), file("a", b"2"), bomb, file("b", b"3")];
        let unpacked = unpack(&pack(&all).unwrap()).unwrap();
        let damages: Vec<Damage> = unpacked.damaged.iter().map(|(_, damage)| *damage).collect();
        assert!(damages.contains(&Damage::Twice) && damages.contains(&Damage::TooLarge), "{damages:?}");
        assert!(unpacked.files.iter().all(|file| !file.path.contains("..")));
        assert!(unpacked.files.contains(&file("b", b"3")));
    }

    #[test]
    fn what_is_no_archive_is_said() {
        for bytes in [&b""[..], b"BEGIN:VCARD", b"PK", &[0; 100]] {
            assert_eq!(unpack(bytes), Err(ArchiveError::NotAnArchive));
        }
        assert_eq!(pack(&vec![file("a", b""); 70_000]), Err(ArchiveError::TooManyFiles));
    }
}
