//! Turns the bytes of a file into text: UTF-8, UTF-16 and the single-byte code pages that phones and spreadsheets use.

use serde::{Deserialize, Serialize};

/// How the letters of a file are written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, low byte first: what Excel calls "Unicode text".
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252 and ISO 8859-1: western Europe and the Americas.
    Windows1252,
    /// Windows-1250: central Europe.
    Windows1250,
    /// Windows-1251: Cyrillic.
    Windows1251,
    /// Windows-1254: Turkish.
    Windows1254,
}

/// The files that are refused unread.
const SIGNATURES: [(&[u8], NotText); 5] = [
    (b"PK\x03\x04", NotText::Zip),
    (b"\xd0\xcf\x11\xe0", NotText::OldOffice),
    (b"%PDF", NotText::Binary),
    (b"\x1f\x8b", NotText::Zip),
    (b"\xff\xd8\xff", NotText::Binary),
];

/// Decodes a whole file. Without a choice the encoding is guessed, from the mark at its start or from its bytes.
pub fn decode(bytes: &[u8], chosen: Option<Encoding>) -> Result<(String, Encoding), NotText> {
    for (signature, kind) in SIGNATURES {
        if bytes.starts_with(signature) {
            return Err(kind);
        }
    }
    let encoding = chosen.unwrap_or_else(|| guess(bytes));
    let text = decode_as(bytes, encoding);
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0').is_empty() {
        return Err(NotText::Empty);
    }
    // A NUL, or letters none of which make sense, never comes from a program that writes text.
    let wrong = text.chars().filter(|letter| *letter == '\0' || *letter == '\u{fffd}').count();
    if text.contains('\0') || wrong * 20 > text.chars().count() {
        Err(NotText::Binary)
    } else {
        Ok((text, encoding))
    }
}

/// Decodes a piece whose encoding is known; what is not a letter becomes U+FFFD.
pub(crate) fn decode_as(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
        Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
        Encoding::Windows1252 => single(bytes, &WINDOWS_1252, u32::from),
        Encoding::Windows1250 => {
            single(bytes, &WINDOWS_1250, |byte| high(&WINDOWS_1250_LETTERS, byte).unwrap_or(u32::from(byte)))
        }
        Encoding::Windows1251 => single(bytes, &WINDOWS_1251, cyrillic),
        Encoding::Windows1254 => single(bytes, &WINDOWS_1252, turkish),
    }
}

/// UTF-8 if it is that, or else the given single-byte encoding, or else the likeliest.
pub(crate) fn decode_piece(bytes: &[u8], otherwise: Option<Encoding>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => decode_as(
            bytes,
            otherwise.filter(|e| *e != Encoding::Utf8).unwrap_or_else(|| guess_single(bytes)),
        ),
    }
}

/// The encoding that a card names with CHARSET.
pub(crate) fn from_label(label: &str) -> Option<Encoding> {
    let label: String =
        label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    match label.as_str() {
        "utf8" => Some(Encoding::Utf8),
        "utf16" | "utf16le" => Some(Encoding::Utf16Le),
        "utf16be" => Some(Encoding::Utf16Be),
        "iso88591" | "latin1" | "windows1252" | "cp1252" | "usascii" | "ascii" | "iso885915" => {
            Some(Encoding::Windows1252)
        }
        "windows1250" | "cp1250" | "iso88592" => Some(Encoding::Windows1250),
        "windows1251" | "cp1251" => Some(Encoding::Windows1251),
        "windows1254" | "cp1254" | "iso88599" => Some(Encoding::Windows1254),
        _ => None,
    }
}

fn guess(bytes: &[u8]) -> Encoding {
    match bytes {
        [0xff, 0xfe, ..] => return Encoding::Utf16Le,
        [0xfe, 0xff, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let sample = bytes.get(..4096).unwrap_or(bytes);
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    // Without a mark: every second byte of text in a Latin alphabet is zero.
    if sample.len() >= 4 && zeros(1) * 3 > sample.len() && zeros(0) == 0 {
        return Encoding::Utf16Le;
    }
    if sample.len() >= 4 && zeros(0) * 3 > sample.len() && zeros(1) == 0 {
        return Encoding::Utf16Be;
    }
    if std::str::from_utf8(bytes).is_ok() { Encoding::Utf8 } else { guess_single(bytes) }
}

/// Whole words of letters above 0xC0 are Cyrillic; Latin alphabets have such letters one by one.
fn guess_single(bytes: &[u8]) -> Encoding {
    let (mut in_runs, mut alone, mut run) = (0, 0, 0);
    for byte in bytes.iter().chain(b" ") {
        if *byte >= 0xc0 {
            run += 1;
        } else {
            if run >= 3 {
                in_runs += run
            } else {
                alone += run
            }
            run = 0;
        }
    }
    if in_runs > alone {
        Encoding::Windows1251
    } else if bytes.split(|byte| !is_central_letter(*byte)).any(is_central_word) {
        Encoding::Windows1250
    } else {
        Encoding::Windows1252
    }
}

/// What are letters of Polish in Windows-1250 and signs such as ³ and £ in Windows-1252.
const POLISH: [u8; 8] = [0x8f, 0x9f, 0xa3, 0xa5, 0xaf, 0xb3, 0xb9, 0xbf];

fn is_central_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0xc0 || POLISH.contains(&byte) || matches!(byte, 0x8c | 0x9c)
}

/// Whether such a sign stands in a word, where only a letter can; ¿ begins questions, and ³ follows units.
fn is_central_word(word: &[u8]) -> bool {
    word.len() >= 3
        && word.iter().enumerate().any(|(at, byte)| POLISH.contains(byte) && (at > 0 || *byte != 0xbf))
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| join(*pair)))
        .map(|letter| letter.unwrap_or('\u{fffd}'))
        .collect()
}

fn single(bytes: &[u8], low: &[u16; 32], high: impl Fn(u8) -> u32) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            0..0x80 => char::from(*byte),
            0x80..0xa0 => {
                let code = low.get(usize::from(*byte - 0x80)).copied().unwrap_or(0xfffd);
                char::from_u32(u32::from(code)).unwrap_or('\u{fffd}')
            }
            _ => char::from_u32(high(*byte)).unwrap_or('\u{fffd}'),
        })
        .collect()
}

fn high(letters: &[u16; 96], byte: u8) -> Option<u32> {
    letters.get(usize::from(byte.checked_sub(0xa0)?)).copied().map(u32::from)
}

fn cyrillic(byte: u8) -> u32 {
    match byte {
        0xc0.. => 0x410 + u32::from(byte - 0xc0),
        0xa8 => 0x401,
        0xb8 => 0x451,
        0xa1 => 0x40e,
        0xa2 => 0x45e,
        0xa3 => 0x408,
        0xa5 => 0x490,
        0xaa => 0x404,
        0xaf => 0x407,
        0xb2 => 0x406,
        0xb3 => 0x456,
        0xb4 => 0x491,
        0xb9 => 0x2116,
        0xba => 0x454,
        0xbc => 0x458,
        0xbd => 0x405,
        0xbe => 0x455,
        0xbf => 0x457,
        other => u32::from(other),
    }
}

fn turkish(byte: u8) -> u32 {
    match byte {
        0xd0 => 0x11e,
        0xdd => 0x130,
        0xde => 0x15e,
        0xf0 => 0x11f,
        0xfd => 0x131,
        0xfe => 0x15f,
        other => u32::from(other),
    }
}

/// The bytes 0x80 to 0x9F, from the index of the WHATWG Encoding Standard.
const WINDOWS_1252: [u16; 32] = [
    0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d,
    0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a,
    0x153, 0x9d, 0x17e, 0x178,
];
const WINDOWS_1250: [u16; 32] = [
    0x20ac, 0x81, 0x201a, 0x83, 0x201e, 0x2026, 0x2020, 0x2021, 0x88, 0x2030, 0x160, 0x2039, 0x15a, 0x164,
    0x17d, 0x179, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x98, 0x2122, 0x161, 0x203a,
    0x15b, 0x165, 0x17e, 0x17a,
];
const WINDOWS_1251: [u16; 32] = [
    0x402, 0x403, 0x201a, 0x453, 0x201e, 0x2026, 0x2020, 0x2021, 0x20ac, 0x2030, 0x409, 0x2039, 0x40a, 0x40c,
    0x40b, 0x40f, 0x452, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x98, 0x2122, 0x459, 0x203a,
    0x45a, 0x45c, 0x45b, 0x45f,
];
/// The bytes 0xA0 to 0xFF of Windows-1250.
const WINDOWS_1250_LETTERS: [u16; 96] = [
    0xa0, 0x2c7, 0x2d8, 0x141, 0xa4, 0x104, 0xa6, 0xa7, 0xa8, 0xa9, 0x15e, 0xab, 0xac, 0xad, 0xae, 0x17b,
    0xb0, 0xb1, 0x2db, 0x142, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0x105, 0x15f, 0xbb, 0x13d, 0x2dd, 0x13e, 0x17c,
    0x154, 0xc1, 0xc2, 0x102, 0xc4, 0x139, 0x106, 0xc7, 0x10c, 0xc9, 0x118, 0xcb, 0x11a, 0xcd, 0xce, 0x10e,
    0x110, 0x143, 0x147, 0xd3, 0xd4, 0x150, 0xd6, 0xd7, 0x158, 0x16e, 0xda, 0x170, 0xdc, 0xdd, 0x162, 0xdf,
    0x155, 0xe1, 0xe2, 0x103, 0xe4, 0x13a, 0x107, 0xe7, 0x10d, 0xe9, 0x119, 0xeb, 0x11b, 0xed, 0xee, 0x10f,
    0x111, 0x144, 0x148, 0xf3, 0xf4, 0x151, 0xf6, 0xf7, 0x159, 0x16f, 0xfa, 0x171, 0xfc, 0xfd, 0x163, 0x2d9,
];

/// Why a file is not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotText {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// A zip archive, or a spreadsheet in a modern office format, which is one too.
    #[error("the file is an archive or a spreadsheet; unpack it, or save the sheet as CSV")]
    Zip,
    /// A spreadsheet or a letter of an old office program.
    #[error("the file is an old office document; save the sheet as CSV")]
    OldOffice,
    /// A picture, a document, or something else that is not text.
    #[error("the file is not text")]
    Binary,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_guessed() {
        let word = |bytes: &[u8]| decode(bytes, None).unwrap();
        assert_eq!(word("\u{feff}Zoë".as_bytes()), ("Zoë".into(), Encoding::Utf8));
        assert_eq!(word(b"J\xfcrgen Gro\xdf \x80"), ("Jürgen Groß €".into(), Encoding::Windows1252));
        assert_eq!(word(b"\xcf\xf0\xe8\xe2\xe5\xf2"), ("Привет".into(), Encoding::Windows1251));
        assert_eq!(word(b"Micha\xb3 z \xa3odzi"), ("Michał z Łodzi".into(), Encoding::Windows1250));
        assert_eq!(
            word(b"\xbfCu\xe1ntos m\xb3 por \xa3100?"),
            ("¿Cuántos m³ por £100?".into(), Encoding::Windows1252)
        );
        assert_eq!(word(b"\xff\xfeZ\0o\0\xeb\0"), ("Zoë".into(), Encoding::Utf16Le));
        assert_eq!(word(b"\0N\0a\0m\0e"), ("Name".into(), Encoding::Utf16Be));
        assert_eq!(decode_as(b"\xa3\xf3d\x9f", Encoding::Windows1250), "Łódź");
        assert_eq!(decode_as(b"Ay\xfee", Encoding::Windows1254), "Ayşe");
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let cases: [(&[u8], NotText); 6] = [
            (b"", NotText::Empty),
            (b" \r\n", NotText::Empty),
            (b"PK\x03\x04\x14\0", NotText::Zip),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", NotText::OldOffice),
            (b"\xff\xd8\xff\xe0JFIF", NotText::Binary),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0", NotText::Binary),
        ];
        for (bytes, expected) in cases {
            assert_eq!(decode(bytes, None), Err(expected));
        }
    }
}
