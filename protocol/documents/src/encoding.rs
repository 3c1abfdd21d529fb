//! Turns the bytes of a file into text: Unicode, and the encodings that phones and spreadsheets write beside it.

mod guess;

use std::fmt;
use std::str::FromStr;

use oem_cp::code_table::{DECODING_TABLE_CP437, DECODING_TABLE_CP850};
use serde::{Deserialize, Serialize};

use crate::letters;

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
    /// Windows-1253: Greek.
    Windows1253,
    /// Windows-1254: Turkish.
    Windows1254,
    /// Windows-1255: Hebrew.
    Windows1255,
    /// Windows-1256: Arabic.
    Windows1256,
    /// Windows-1257: the Baltic.
    Windows1257,
    /// Windows-1258: Vietnamese.
    Windows1258,
    /// Windows-874: Thai.
    Windows874,
    /// ISO 8859-2: central Europe, on other systems than Windows.
    Iso88592,
    /// ISO 8859-15: western Europe with the euro.
    Iso885915,
    /// KOI8-R: Russian.
    Koi8R,
    /// KOI8-U: Ukrainian.
    Koi8U,
    /// Mac OS Roman: what Excel on a Mac long wrote.
    MacRoman,
    /// DOS in North America.
    Cp437,
    /// DOS in western Europe.
    Cp850,
    /// DOS in Cyrillic.
    Cp866,
    /// GB 18030, with GBK and GB 2312: simplified Chinese.
    Gb18030,
    /// Big5: traditional Chinese.
    Big5,
    /// Shift JIS: Japanese.
    ShiftJis,
    /// EUC-JP: Japanese.
    EucJp,
    /// EUC-KR: Korean.
    EucKr,
}

/// The encodings with their names in the WHATWG Encoding Standard, and the others they go by, letters and digits only.
const NAMES: [(Encoding, &str, &str); 26] = [
    (Encoding::Utf8, "utf-8", "utf8"),
    (Encoding::Utf16Le, "utf-16le", "utf16|utf16le|unicode"),
    (Encoding::Utf16Be, "utf-16be", "utf16be"),
    (Encoding::Windows1252, "windows-1252", "iso88591|latin1|windows1252|cp1252|usascii|ascii|ansi"),
    (Encoding::Windows1250, "windows-1250", "windows1250|cp1250"),
    (Encoding::Windows1251, "windows-1251", "windows1251|cp1251"),
    (Encoding::Windows1253, "windows-1253", "windows1253|cp1253|iso88597|greek"),
    (Encoding::Windows1254, "windows-1254", "windows1254|cp1254|iso88599|latin5"),
    (Encoding::Windows1255, "windows-1255", "windows1255|cp1255|iso88598|iso88598i"),
    (Encoding::Windows1256, "windows-1256", "windows1256|cp1256"),
    (Encoding::Windows1257, "windows-1257", "windows1257|cp1257"),
    (Encoding::Windows1258, "windows-1258", "windows1258|cp1258"),
    (Encoding::Windows874, "windows-874", "windows874|cp874|tis620|iso885911"),
    (Encoding::Iso88592, "iso-8859-2", "iso88592|latin2"),
    (Encoding::Iso885915, "iso-8859-15", "iso885915|latin9"),
    (Encoding::Koi8R, "koi8-r", "koi8r|koi8"),
    (Encoding::Koi8U, "koi8-u", "koi8u"),
    (Encoding::MacRoman, "macintosh", "macintosh|macroman|xmacroman|mac"),
    (Encoding::Cp437, "", "cp437|ibm437"),
    (Encoding::Cp850, "", "cp850|ibm850"),
    (Encoding::Cp866, "ibm866", "cp866|ibm866"),
    (Encoding::Gb18030, "gb18030", "gb18030|gbk|gb2312|cp936|xgbk|euccn"),
    (Encoding::Big5, "big5", "big5|big5hkscs|cp950"),
    (Encoding::ShiftJis, "shift_jis", "shiftjis|sjis|xsjis|windows31j|cp932|mskanji"),
    (Encoding::EucJp, "euc-jp", "eucjp|xeucjp"),
    (Encoding::EucKr, "euc-kr", "euckr|cp949|ksc56011987|ksc5601|uhc"),
];

impl Encoding {
    /// The name in the WHATWG Encoding Standard, or as people say it where that has none.
    pub fn label(self) -> &'static str {
        match self {
            Self::Cp437 => "cp437",
            Self::Cp850 => "cp850",
            _ => NAMES.iter().find(|(encoding, ..)| *encoding == self).map_or("utf-8", |(_, label, _)| label),
        }
    }

    /// Whether letters read so may be others: only Unicode shows by itself what it is.
    pub fn is_a_guess(self) -> bool {
        !matches!(self, Self::Utf8 | Self::Utf16Le | Self::Utf16Be)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// An encoding by any of its names, as people type it.
impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, UnknownEncoding> {
        from_label(name).ok_or(UnknownEncoding)
    }
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
    let (text, encoding) = decode_whole(bytes, chosen);
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0').is_empty() {
        return Err(NotText::Empty);
    }
    // A NUL, or letters none of which make sense, never comes from a program that writes text.
    let wrong = text.chars().filter(|letter| *letter == '\0' || *letter == '\u{fffd}').count();
    // Somebody who tries one encoding after the other sees what comes of each.
    let is_nonsense = chosen.is_none() && wrong * 20 > text.chars().count();
    if text.contains('\0') || is_nonsense { Err(NotText::Binary) } else { Ok((text, encoding)) }
}

fn decode_whole(bytes: &[u8], chosen: Option<Encoding>) -> (String, Encoding) {
    let whole = |encoding| (decode_as(bytes, encoding), encoding);
    match chosen {
        Some(encoding) if encoding.is_a_guess() => {
            mostly_utf8(bytes, chosen).unwrap_or_else(|| whole(encoding))
        }
        Some(encoding) => whole(encoding),
        None => match unicode(bytes) {
            Some(encoding) => whole(encoding),
            None => mostly_utf8(bytes, None).unwrap_or_else(|| whole(guess::guess(bytes))),
        },
    }
}

/// A file in UTF-8 with some lines that are not: a program that cut a letter in two, or lines pasted from elsewhere.
/// Only those lines are read otherwise, and the encoding told is theirs.
fn mostly_utf8(bytes: &[u8], chosen: Option<Encoding>) -> Option<(String, Encoding)> {
    let lines: Vec<_> = bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')).collect();
    let (good, bad): (Vec<&[u8]>, Vec<&[u8]>) = lines
        .iter()
        .copied()
        .filter(|line| !line.is_ascii())
        .partition(|line| std::str::from_utf8(line).is_ok());
    // Who chooses another encoding for half of the lines may mean all of them.
    let is_enough = if chosen.is_some() { good.len() > bad.len() } else { good.len() >= bad.len() };
    if bad.is_empty() || !is_enough {
        return None;
    }
    let bad: Vec<_> = bad.into_iter().map(<[u8]>::to_vec).collect();
    let encoding = chosen.or_else(|| of_pieces(&bad))?;
    Some((lines.into_iter().map(|line| decode_piece(line, Some(encoding))).collect(), encoding))
}

/// Decodes a piece whose encoding is known; what is not a letter becomes U+FFFD.
pub(crate) fn decode_as(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
        Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
        Encoding::Cp437 => single(bytes, &DECODING_TABLE_CP437),
        Encoding::Cp850 => single(bytes, &DECODING_TABLE_CP850),
        other => letters::decode(bytes, other.label()),
    }
}

/// UTF-8 if it is that, or else the given encoding, or else the likeliest.
pub(crate) fn decode_piece(bytes: &[u8], otherwise: Option<Encoding>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let given = otherwise.filter(|encoding| *encoding != Encoding::Utf8);
            decode_as(bytes, given.unwrap_or_else(|| guess::guess(bytes)))
        }
    }
}

/// The encoding of pieces that do not say theirs, if any needs one: what all of them together are likeliest in.
pub(crate) fn of_pieces(pieces: &[Vec<u8>]) -> Option<Encoding> {
    let unread: Vec<_> = pieces.iter().filter(|piece| std::str::from_utf8(piece).is_err()).cloned().collect();
    if unread.is_empty() { None } else { Some(guess::guess(&unread.join(&b'\n'))) }
}

/// The encoding that a card names with CHARSET.
pub(crate) fn from_label(label: &str) -> Option<Encoding> {
    let label: String =
        label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_named = |names: &str| names.split('|').any(|name| name == label);
    NAMES.iter().find(|(_, _, names)| is_named(names)).map(|(encoding, ..)| *encoding)
}

/// Which form of Unicode this is, if any.
fn unicode(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Encoding::Utf16Be),
        _ => {}
    }
    let sample = bytes.get(..4096).unwrap_or(bytes);
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    // Without a mark: every second byte of text in a Latin alphabet is zero.
    if sample.len() >= 4 && zeros(1) * 3 > sample.len() && zeros(0) == 0 {
        return Some(Encoding::Utf16Le);
    }
    if sample.len() >= 4 && zeros(0) * 3 > sample.len() && zeros(1) == 0 {
        return Some(Encoding::Utf16Be);
    }
    std::str::from_utf8(bytes).is_ok().then_some(Encoding::Utf8)
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| join(*pair)))
        .map(|letter| letter.unwrap_or('\u{fffd}'))
        .collect()
}

fn single(bytes: &[u8], table: &[char; 128]) -> String {
    let letter = |byte: &u8| match byte.checked_sub(0x80) {
        Some(high) => table.get(usize::from(high)).copied().unwrap_or('\u{fffd}'),
        None => char::from(*byte),
    };
    bytes.iter().map(letter).collect()
}

/// A name that no encoding goes by here. Show which there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no encoding is known by this name, as are utf-8, windows-1252, koi8-r and gb18030")]
pub struct UnknownEncoding;

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
        assert_eq!(decode_as(b"\x82 \x9b", Encoding::Cp437), "é ¢");
        assert_eq!(
            (from_label("GB2312"), from_label("Shift_JIS")),
            (Some(Encoding::Gb18030), Some(Encoding::ShiftJis))
        );
        assert_eq!(from_label("x-unheard-of"), None);
        assert_eq!(decode_as(b"\xa3\xf3d\x9f", Encoding::Windows1250), "Łódź");
        assert_eq!(decode_as(b"Ay\xfee", Encoding::Windows1254), "Ayşe");
    }

    #[test]
    fn a_broken_line_costs_no_other() {
        let read = |bytes: &[u8], chosen| decode(bytes, chosen).unwrap();
        let names = "José\nZoë\nŻaneta\n".repeat(3);
        let cut = [names.as_bytes(), b"Ana,caf\xc3"].concat();
        let (text, encoding) = read(&cut, None);
        assert!(text.starts_with(&names) && text.contains("\nAna,caf"), "{text}");
        assert!(encoding.is_a_guess());
        let pasted = [names.as_bytes(), b"Jos\xe9 Mu\xf1oz\r\n", names.as_bytes()].concat();
        let expected = format!("{names}José Muñoz\r\n{names}");
        assert_eq!(read(&pasted, None), (expected.clone(), Encoding::Windows1252));
        assert_eq!(read(&pasted, Some(Encoding::Windows1252)).0, expected);
        let half = b"Name\nJos\xc3\xa9\nZo\xeb\n";
        assert_eq!(read(half, None), ("Name\nJosé\nZoë\n".into(), Encoding::Windows1252));
        assert_eq!(read(half, Some(Encoding::Windows1252)).0, "Name\nJosÃ©\nZoë\n");
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
