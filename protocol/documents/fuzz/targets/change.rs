//! Any bytes given as a change are applied or refused, and the document can be saved and opened after it. The checksum
//! is made right, so that the fuzzer gets past it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Actor, Author, Document, Incoming, Kind};
use porchlight_wire::Timestamp;
use sha2::{Digest, Sha256};

fuzz_target!(|bytes: &[u8]| {
    let author = Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
    let mut document = Document::new(Kind::Contacts);
    let details = Details { name: "Ana".to_owned(), ..Details::default() };
    document.edit(author, |editor| contacts::add(editor, details, None)).expect("added");
    let mut change = b"\x85\x6f\x4a\x83\0\0\0\0".to_vec();
    change.extend_from_slice(bytes);
    let digest = Sha256::digest(&change[8..]);
    change[4..8].copy_from_slice(&digest[..4]);
    let before = document.heads();
    let applied = Incoming::parse(&change).is_ok_and(|incoming| document.apply(incoming).is_ok());
    assert!(applied || document.heads() == before);
    let opened = Document::load(Kind::Contacts, &document.save()).expect("opened");
    assert_eq!(contacts::all(&opened), contacts::all(&document));
});
