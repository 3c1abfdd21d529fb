//! What an Entry holds once it is opened: Changes, and what their author had seen.
//!
//! ```text
//! payload   = { 0: [* document], ? 1: [* claim], 2: cursor, 3: roster head (32), 4: clock (ms) }
//! document  = { 0: kind (text), 1: key (text), 2: [* raw Automerge change (bytes)] }
//! claim     = [ index of its document in this payload, hash of its Change (32) ]
//! plaintext = method (1: 0 stored, 1 zlib) length (4, big-endian) content, zeros up to a Padmé size
//! ```
//! The payload is compressed as a whole; each Change inside is uncompressed, so that alike ones share their bytes.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use porchlight_wire::record::Cursor;
use porchlight_wire::{Hash, Timestamp, limits};
use thiserror::Error;

const STORED: u8 = 0;
const ZLIB: u8 = 1;
const HEAD: usize = 5;

/// Middle of the road: most of what zlib can save, at a tenth of the time of its best.
const LEVEL: u32 = 6;

/// The sealed content of an Entry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Payload {
    /// The Changes, document by document, in the order they were made.
    #[n(0)]
    pub(crate) documents: Vec<DocumentChanges>,
    /// Those of the Changes whose order among everybody's decides something.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub(crate) claims: Vec<Claim>,
    /// How far the author had read at sealing.
    #[n(2)]
    pub(crate) cursor: Cursor,
    /// The last RosterChange the author had seen.
    #[n(3)]
    pub(crate) roster: Hash,
    /// The author's clock: shows a wrong one, decides nothing.
    #[n(4)]
    pub(crate) clock: Timestamp,
}

/// Changes of one Document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DocumentChanges {
    /// The word of its Kind; unknown ones are kept.
    #[n(0)]
    pub(crate) kind: String,
    /// Its key among the Documents of that Kind.
    #[n(1)]
    pub(crate) key: String,
    /// Raw Automerge changes.
    #[n(2)]
    pub(crate) changes: Vec<ByteVec>,
}

/// A Change whose order decides something: taking a place in a shift, a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Claim {
    /// Its Document, by its index in the payload.
    #[n(0)]
    pub(crate) document: u32,
    /// The Change's hash.
    #[n(1)]
    pub(crate) change: Hash,
}

impl Payload {
    /// The plaintext to seal: compressed if that helps, and padded.
    pub(crate) fn to_plaintext(&self) -> Result<Vec<u8>, PayloadError> {
        let mut content = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(self, &mut content);
        if content.len() > limits::MAX_PAYLOAD {
            return Err(PayloadError::TooLarge);
        }
        let (method, content) = match packed(&content, Compression::new(LEVEL)) {
            Some(packed) => (ZLIB, packed),
            None => (STORED, content),
        };
        let length = u32::try_from(content.len()).map_err(|_| PayloadError::TooLarge)?;
        let mut plaintext = Vec::with_capacity(padme(HEAD + content.len()));
        plaintext.push(method);
        plaintext.extend_from_slice(&length.to_be_bytes());
        plaintext.extend_from_slice(&content);
        plaintext.resize(padme(plaintext.len()), 0);
        Ok(plaintext)
    }

    /// Reads an opened plaintext; never unpacks more than [`limits::MAX_PAYLOAD`].
    pub(crate) fn from_plaintext(plaintext: &[u8]) -> Result<Self, PayloadError> {
        let (head, rest) = plaintext.split_at_checked(HEAD).ok_or(PayloadError::Malformed)?;
        let &[method, a, b, c, d] = head else { return Err(PayloadError::Malformed) };
        let length =
            usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| PayloadError::Malformed)?;
        let content = rest.get(..length).ok_or(PayloadError::Malformed)?;
        match method {
            STORED => decode(content),
            ZLIB => decode(&unpacked(content)?),
            _ => Err(PayloadError::Malformed),
        }
    }
}

/// The content packed, if that makes it smaller.
fn packed(content: &[u8], level: Compression) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(content.len().saturating_sub(1));
    let status = Compress::new(level, true).compress_vec(content, &mut packed, FlushCompress::Finish);
    (status.ok()? == Status::StreamEnd).then_some(packed)
}

/// Unpacks step by step, so that a few bytes that claim to be many cost no more than what they unpack to.
fn unpacked(packed: &[u8]) -> Result<Vec<u8>, PayloadError> {
    let mut unpacker = Decompress::new(true);
    let mut unpacked = Vec::new();
    loop {
        if unpacked.len() > limits::MAX_PAYLOAD {
            return Err(PayloadError::TooLarge);
        }
        unpacked.reserve(unpacked.len().clamp(4096, limits::MAX_PAYLOAD + 1));
        let (read, written) = (unpacker.total_in(), unpacked.len());
        let rest = usize::try_from(read).ok().and_then(|read| packed.get(read..)).unwrap_or_default();
        let status = unpacker.decompress_vec(rest, &mut unpacked, FlushDecompress::Finish);
        match status.map_err(|_| PayloadError::Malformed)? {
            Status::StreamEnd if unpacked.len() <= limits::MAX_PAYLOAD => return Ok(unpacked),
            _ if unpacker.total_in() == read && unpacked.len() == written => {
                return Err(PayloadError::Malformed);
            }
            _ => {}
        }
    }
}

fn decode(content: &[u8]) -> Result<Payload, PayloadError> {
    minicbor::decode(content).map_err(|_| PayloadError::Malformed)
}

/// The next Padmé size: at most 12 % more, and only O(log log) bits of the length remain visible.
///
/// Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PETS 2019.
pub(crate) fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let bits = exponent.ilog2() + 1;
    let mask = (1_usize << (exponent - bits.min(exponent))) - 1;
    (length + mask) & !mask
}

/// Why a payload cannot be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PayloadError {
    /// Over the limit, or it does not unpack within it.
    #[error("the content is too large or damaged")]
    TooLarge,
    /// Not the form this version knows.
    #[error("the content cannot be read")]
    Malformed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(change: Vec<u8>) -> Payload {
        Payload {
            documents: vec![DocumentChanges {
                kind: "contacts".to_owned(),
                key: String::new(),
                changes: vec![change.into()],
            }],
            claims: vec![Claim { document: 0, change: Hash::from_bytes([6; 32]) }],
            cursor: Cursor::START,
            roster: Hash::ZERO,
            clock: Timestamp::from_millis(5),
        }
    }

    #[test]
    fn a_payload_survives_and_its_length_is_padded() {
        for size in [0, 1, 100, 5_000] {
            let payload = payload(vec![7; size]);
            let plaintext = payload.to_plaintext().unwrap();
            assert_eq!(plaintext.len(), padme(plaintext.len()));
            assert_eq!(Payload::from_plaintext(&plaintext), Ok(payload));
        }
    }

    #[test]
    fn padme_sizes_grow_by_at_most_an_eighth() {
        assert_eq!([9, 100, 1000, 1025].map(padme), [10, 104, 1024, 1088]);
        assert!((2..5_000).all(|n| padme(n) >= n && padme(n) <= n + n / 8 + 1));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let bomb = packed(&vec![0; limits::MAX_PAYLOAD + 1], Compression::best()).unwrap();
        let mut plaintext = vec![ZLIB];
        plaintext.extend_from_slice(&u32::try_from(bomb.len()).unwrap().to_be_bytes());
        plaintext.extend_from_slice(&bomb);
        assert_eq!(Payload::from_plaintext(&plaintext), Err(PayloadError::TooLarge));
        let cut = &packed(&vec![0; 50_000], Compression::best()).unwrap()[..20];
        assert_eq!(unpacked(cut), Err(PayloadError::Malformed));
        assert_eq!(unpacked(b"no zlib"), Err(PayloadError::Malformed));
        assert_eq!(Payload::from_plaintext(&[0, 0, 0, 0, 9]), Err(PayloadError::Malformed));
        assert_eq!(Payload::from_plaintext(&[]), Err(PayloadError::Malformed));
    }
}
