//! What takes large tables to know of the world's letters, given from outside: a browser has the tables, a computer carries
//! them with the feature `letters`.

use std::sync::OnceLock;

/// What is known of letters.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    /// Bytes as text, by the name that the WHATWG Encoding Standard has for how they are written. What is no letter
    /// becomes U+FFFD.
    pub decode: fn(&[u8], &str) -> String,
    /// The text with each letter and its marks in one (Unicode's form NFC).
    pub compose: fn(&str) -> String,
}

static GIVEN: OnceLock<Letters> = OnceLock::new();

/// Gives what is known of letters, once and before anything else, to a program that does not carry it.
pub fn give(letters: Letters) {
    // Whatever was given first stays: it knows the same.
    let _ = GIVEN.set(letters);
}

/// The bytes as text.
pub(crate) fn decode(bytes: &[u8], label: &str) -> String {
    match GIVEN.get().copied().or(CARRIED) {
        Some(letters) => (letters.decode)(bytes, label),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The text with each letter in one.
pub(crate) fn composed(text: String) -> String {
    // No mark and no part of a letter comes before these, and most texts have none.
    const FIRST_MARK: char = '\u{300}';
    if text.chars().all(|letter| letter < FIRST_MARK) {
        return text;
    }
    match GIVEN.get().copied().or(CARRIED) {
        Some(letters) => (letters.compose)(&text),
        None => text,
    }
}

#[cfg(feature = "letters")]
const CARRIED: Option<Letters> = Some(Letters {
    decode: |bytes, label| {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    },
    compose: |text| unicode_normalization::UnicodeNormalization::nfc(text).collect(),
});

#[cfg(not(feature = "letters"))]
const CARRIED: Option<Letters> = None;
