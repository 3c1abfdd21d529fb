//! What the closure of `Document::edit` writes with: one Automerge transaction that skips writes which change nothing.

use std::collections::BTreeMap;

use automerge::hydrate::{self, Value};
use automerge::transaction::{Transactable, Transaction};
use automerge::{AutomergeError, ObjId, ObjType, ReadDoc, ScalarValue};
use sha2::{Digest, Sha256};

use crate::document::Author;

/// One edit in the making. The modules for contacts and the index write with it.
#[derive(Debug)]
pub struct Editor<'a> {
    transaction: Transaction<'a>,
    author: Author,
    sequence: u64,
    fresh: u64,
    claims: bool,
}

impl<'a> Editor<'a> {
    pub(crate) fn new(transaction: Transaction<'a>, author: Author, sequence: u64) -> Self {
        Self { transaction, author, sequence, fresh: 0, claims: false }
    }

    /// Who makes this edit, and when.
    pub fn author(&self) -> Author {
        self.author
    }

    /// Says that the order of this edit among those of others decides something: taking a place, a vote.
    pub fn claim(&mut self) {
        self.claims = true;
    }

    pub(crate) fn claims(&self) -> bool {
        self.claims
    }

    pub(crate) fn into_transaction(self) -> Transaction<'a> {
        self.transaction
    }

    /// The document with what was written so far.
    pub(crate) fn reader(&self) -> &Transaction<'a> {
        &self.transaction
    }

    pub(crate) fn transaction(&mut self) -> &mut Transaction<'a> {
        &mut self.transaction
    }

    /// The container at a key: the one that every document of this kind begins with, or a new one.
    pub(crate) fn container(
        &mut self,
        object: &ObjId,
        key: &str,
        kind: ObjType,
    ) -> Result<ObjId, AutomergeError> {
        match self.transaction.get(object, key)? {
            Some((automerge::Value::Object(there), id)) if there == kind => Ok(id),
            _ => self.transaction.put_object(object, key, kind),
        }
    }

    /// A key that no other device and no other edit makes: 16 letters and digits from a hash of the actor, the number
    /// of its change and a count.
    pub(crate) fn fresh_key(&mut self) -> String {
        self.fresh = self.fresh.saturating_add(1);
        let mut hasher = Sha256::new();
        hasher.update(self.author.actor.as_bytes());
        hasher.update(self.sequence.to_be_bytes());
        hasher.update(self.fresh.to_be_bytes());
        let mut bytes = [0; 10];
        for (byte, hashed) in bytes.iter_mut().zip(hasher.finalize()) {
            *byte = hashed;
        }
        key_of(bytes)
    }

    /// Writes a value, unless it is the only one there already. Writing settles a conflict.
    pub(crate) fn put(
        &mut self,
        object: &ObjId,
        key: &str,
        value: impl Into<ScalarValue>,
    ) -> Result<(), AutomergeError> {
        let value = value.into();
        let present = self.transaction.get_all(object, key)?;
        if let [(automerge::Value::Scalar(only), _)] = present.as_slice()
            && only.as_ref() == &value
        {
            return Ok(());
        }
        self.transaction.put(object, key, value)
    }

    /// Puts a new map of texts at a key, many times quicker than one by one.
    pub(crate) fn put_texts(
        &mut self,
        object: &ObjId,
        key: &str,
        texts: &BTreeMap<String, String>,
    ) -> Result<ObjId, AutomergeError> {
        let texts = texts.iter().map(|(key, text)| (key.as_str(), Value::Scalar(text.as_str().into())));
        #[expect(clippy::disallowed_types, reason = "Automerge takes no other map, and sorts it")]
        let map = hydrate::Map::from(texts.collect::<std::collections::HashMap<_, _>>());
        self.transaction.batch_create_object(object, key, &Value::Map(map), false)
    }

    /// Writes a value even if it is there already: the writing itself says something.
    pub(crate) fn put_again(&mut self, object: &ObjId, key: &str, value: &str) -> Result<(), AutomergeError> {
        self.delete(object, key)?;
        self.transaction.put(object, key, value)
    }

    /// Puts a new map that holds one running text at a place in a list, and gives the map.
    pub(crate) fn insert_text(
        &mut self,
        list: &ObjId,
        place: usize,
        key: &str,
        text: &str,
    ) -> Result<ObjId, AutomergeError> {
        let map = self.transaction.insert_object(list, place, ObjType::Map)?;
        let object = self.transaction.put_object(&map, key, ObjType::Text)?;
        self.transaction.splice_text(&object, 0, 0, text)?;
        Ok(map)
    }

    /// Takes letters out of a running text and puts others in their place. Places count Unicode code points.
    pub(crate) fn splice(
        &mut self,
        text: &ObjId,
        place: usize,
        taken: usize,
        put: &str,
    ) -> Result<(), AutomergeError> {
        let taken = isize::try_from(taken).unwrap_or(isize::MAX);
        self.transaction.splice_text(text, place, taken, put)
    }

    /// Takes a key away, if it is there.
    pub(crate) fn delete(&mut self, object: &ObjId, key: &str) -> Result<(), AutomergeError> {
        if self.transaction.get(object, key)?.is_none() {
            return Ok(());
        }
        self.transaction.delete(object, key)
    }
}

/// 16 letters and digits.
pub(crate) fn key_of(bytes: [u8; 10]) -> String {
    let number = bytes.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    (0..16).rev().map(|place| base32(number >> (place * 5))).collect()
}

/// The lowest five bits as one of 32 letters and digits that are hard to confuse (Crockford's choice).
fn base32(bits: u128) -> char {
    let index = usize::try_from(bits & 31).unwrap_or(0);
    b"0123456789abcdefghjkmnpqrstvwxyz".get(index).copied().map_or('0', char::from)
}
