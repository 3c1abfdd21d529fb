//! One line of a card: group, name, parameters and value, of any version.

use base64ct::{Base64Unpadded, Encoding as _};

use crate::encoding::{self, Encoding};

/// One line of a card, taken apart. The value is decoded but not unescaped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// The group that ties lines together ("item1"), in lower case.
    pub(super) group: Option<String>,
    /// The name, in capitals.
    pub(super) name: String,
    parameters: Vec<(String, String)>,
    /// The value as it stands in the line, after base64 and quoted-printable. A mark that quoted-printable hid is escaped:
    /// it is one of the text, as in `Smith=3B Jr;Ana`.
    pub(super) value: String,
}

impl Property {
    /// Takes a line apart. `None` if it has no name or no colon. `otherwise` is the encoding of what is neither Unicode
    /// nor tells its own.
    pub(super) fn parse(line: &str, otherwise: Option<Encoding>) -> Option<Self> {
        let mut property = Self::take_apart(line)?;
        if let Some(bytes) = property.packed() {
            property.value = encoding::decode_piece(&bytes, property.named().or(otherwise));
        }
        Some(property)
    }

    /// What a line says in a form that hides its letters, where it does not tell how they are written.
    pub(super) fn untold(line: &str) -> Option<Vec<u8>> {
        let property = Self::take_apart(line)?;
        if property.named().is_some() { None } else { property.packed() }
    }

    fn named(&self) -> Option<Encoding> {
        self.first("CHARSET").and_then(encoding::from_label).filter(|encoding| encoding.is_a_guess())
    }

    fn take_apart(line: &str) -> Option<Self> {
        let colon = unquoted(line, ':').or_else(|| line.find(':'))?;
        let (head, value) = (line.get(..colon)?, line.get(colon.saturating_add(1)..)?);
        let mut pieces = pieces(head, ';', Guard::Quotes).into_iter();
        let name = pieces.next()?.trim();
        let (group, name) = match name.rsplit_once('.') {
            Some((group, name)) => (Some(group.to_ascii_lowercase()), name),
            None => (None, name),
        };
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        {
            return None;
        }
        let parameters = pieces.flat_map(parameter).collect();
        Some(Self { group, name: name.to_ascii_uppercase(), parameters, value: value.to_owned() })
    }

    /// The values of a parameter. A bare one such as 2.1's `CELL` is a TYPE.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.parameters.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value as one text.
    pub(super) fn text(&self) -> String {
        unescape(&self.value)
    }

    /// The parts of a value with semicolons, each a text.
    pub(super) fn parts(&self) -> Vec<String> {
        pieces(&self.value, ';', Guard::Backslash).into_iter().map(unescape).collect()
    }

    /// The parts of a value with semicolons, where a comma within a part stands between several words.
    pub(super) fn parts_of_words(&self) -> Vec<String> {
        let words = |part| {
            pieces(part, ',', Guard::Backslash).into_iter().map(unescape).collect::<Vec<_>>().join(" ")
        };
        pieces(&self.value, ';', Guard::Backslash).into_iter().map(words).collect()
    }

    /// The parts of a value with commas, each a text.
    pub(super) fn list(&self) -> Vec<String> {
        pieces(&self.value, ',', Guard::Backslash).into_iter().map(unescape).collect()
    }

    /// The bytes that the value stands for, if it is in base64 or quoted-printable.
    fn packed(&self) -> Option<Vec<u8>> {
        // Pictures are not kept; decoding megabytes of them would only cost time.
        if matches!(self.name.as_str(), "PHOTO" | "LOGO" | "SOUND" | "KEY") {
            return None;
        }
        let is = |wanted: &[&str]| {
            self.all("ENCODING")
                .chain(self.all("TYPE"))
                .any(|v| wanted.iter().any(|w| v.eq_ignore_ascii_case(w)))
        };
        if is(&["QUOTED-PRINTABLE"]) {
            Some(quoted_printable(&self.value))
        } else if is(&["B", "BASE64"]) {
            unpacked(&self.value)
        } else {
            None
        }
    }
}

/// Base64 as phones write it: with blanks from folding in between, padded or not.
fn unpacked(value: &str) -> Option<Vec<u8>> {
    let digits: String = value.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
    Base64Unpadded::decode_vec(&digits).ok()
}

/// Takes `NAME=value,value` apart; quotes go, RFC 6868's `^n`, `^^` and `^'` are undone.
fn parameter(text: &str) -> Vec<(String, String)> {
    if let Some(label) = custom(text) {
        return vec![("TYPE".to_owned(), label)];
    }
    let (name, values) = match text.split_once('=') {
        Some((name, values)) => (name.trim().to_ascii_uppercase(), values),
        None if text.trim().is_empty() => return Vec::new(),
        None => (bare(text).to_owned(), text),
    };
    let value = |value: &str| uncaret(&value.trim().replace('"', ""));
    if name == "TYPE" {
        // Some write TYPE="cell,voice" or TYPE=cell\\,voice where TYPE=cell,voice is meant.
        let values = values.replace(['"', '\\'], "");
        return values.split(',').map(|one| (name.clone(), value(one))).collect();
    }
    pieces(values, ',', Guard::Quotes).into_iter().map(|one| (name.clone(), value(one))).collect()
}

/// What somebody called a number, as Android writes it in 2.1: `X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=41)`.
fn custom(text: &str) -> Option<String> {
    const START: &str = "X-CUSTOM(";
    let text = text.trim();
    let start = text.get(..START.len())?;
    let inner = text.get(START.len()..)?.strip_suffix(')').filter(|_| start.eq_ignore_ascii_case(START))?;
    let (how, label) = inner.rsplit_once(',').unwrap_or(("", inner));
    let is_packed = how.to_ascii_uppercase().contains("QUOTED-PRINTABLE");
    let charset = how.split(',').find_map(|part| part.trim().strip_prefix("CHARSET="));
    let bytes = if is_packed { quoted_printable(label) } else { label.as_bytes().to_vec() };
    Some(encoding::decode_piece(&bytes, charset.and_then(encoding::from_label)))
}

/// Undoes RFC 6868, by which parameters hold line breaks and quotes.
fn uncaret(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let meant = match (letter, letters.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                plain.push(letter);
                continue;
            }
        };
        plain.push(meant);
        letters.next();
    }
    plain
}

fn bare(text: &str) -> &'static str {
    match text.trim().to_ascii_uppercase().as_str() {
        "QUOTED-PRINTABLE" | "BASE64" | "8BIT" | "7BIT" => "ENCODING",
        _ => "TYPE",
    }
}

/// What protects a mark from being one.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    /// A backslash before it, as in values.
    Backslash,
    /// Quotes around it, as in parameters.
    Quotes,
}

fn pieces(text: &str, mark: char, guard: Guard) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let (mut is_escaped, mut is_quoted) = (false, false);
    for (place, letter) in text.char_indices() {
        if letter == mark && !is_escaped && !is_quoted {
            pieces.push(text.get(start..place).unwrap_or_default());
            start = place.saturating_add(letter.len_utf8());
        }
        match guard {
            Guard::Backslash => is_escaped = letter == '\\' && !is_escaped,
            Guard::Quotes => is_quoted ^= letter == '"',
        }
    }
    pieces.push(text.get(start..).unwrap_or_default());
    pieces
}

fn unquoted(text: &str, mark: char) -> Option<usize> {
    let mut is_quoted = false;
    for (place, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            letter if letter == mark && !is_quoted => return Some(place),
            _ => {}
        }
    }
    None
}

/// Undoes backslashes. One before any other letter stays, as in a path that nobody escaped.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = if letter == '\\' { letters.peek().copied() } else { None };
        match next {
            Some('n' | 'N') => plain.push('\n'),
            Some(next @ ('\\' | ',' | ';' | ':')) => plain.push(next),
            _ => {
                plain.push(letter);
                continue;
            }
        }
        letters.next();
    }
    plain
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    // Some write every byte as a code, those between the parts as well.
    let is_all_code = text.split('=').all(|code| matches!(code.trim_end().len(), 0 | 2));
    let (mut place, mut is_escaped) = (0, false);
    while let Some(byte) = bytes.get(place) {
        let decoded = match (byte, bytes.get(place.saturating_add(1)..place.saturating_add(3))) {
            (b'=', Some(digits)) => std::str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        if matches!(decoded, Some(b';' | b',')) && !is_escaped && !is_all_code {
            plain.push(b'\\');
        }
        let byte = decoded.unwrap_or(*byte);
        is_escaped = byte == b'\\' && !is_escaped;
        plain.push(byte);
        place = place.saturating_add(if decoded.is_some() { 3 } else { 1 });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Property {
        Property::parse(line, None).unwrap()
    }

    #[test]
    fn lines_are_taken_apart() {
        let property = parse("item1.tel;type=\"cell,voice\";PREF;x-y=a:+1:2");
        assert_eq!((property.group.as_deref(), property.name.as_str()), (Some("item1"), "TEL"));
        assert_eq!(property.all("TYPE").collect::<Vec<_>>(), ["cell", "voice", "PREF"]);
        assert_eq!(property.value, "+1:2");
        let property = parse("ADR;LABEL=\"5 Elm: rear^nTown ^^n ^'x^'\":;;5 Elm\\, rear;Town");
        assert_eq!(property.first("LABEL"), Some("5 Elm: rear\nTown ^n \"x\""));
        assert_eq!(property.parts(), ["", "", "5 Elm, rear", "Town"]);
        assert_eq!(parse("TEL;X=\"a;b:c,d\";TYPE=cell:1").first("X"), Some("a;b:c,d"));
        assert_eq!(parse("NOTE;X=\"open:text").value, "text");
        let property = parse("TEL;X-Custom(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=C3=93scar):1");
        assert_eq!((property.first("TYPE"), property.value.as_str()), (Some("Óscar"), "1"));
        assert_eq!(parse("TEL;X-CUSTOM(Bell tower):1").first("TYPE"), Some("Bell tower"));
        assert_eq!(parse(r"N:Díaz\, Jr;Ana,Luz").parts_of_words(), ["Díaz, Jr", "Ana Luz"]);
    }

    #[test]
    fn lines_without_sense_are_none() {
        for line in ["", "FN no colon", ":value", "F N:x", "é:x", ";TYPE=x:y", "."] {
            assert_eq!(Property::parse(line, None), None, "{line}");
        }
    }

    #[test]
    fn escapes_are_undone_once() {
        assert_eq!(parse(r"NOTE:a\; b\, c\\n d\nE\Nf \q C:\temp").text(), "a; b, c\\n d\nE\nf \\q C:\\temp");
        assert_eq!(parse(r"CATEGORIES:a\,b,c\\,d").list(), ["a,b", r"c\", "d"]);
        assert_eq!(parse(r"NOTE:end\").text(), r"end\");
    }

    #[test]
    fn values_are_decoded() {
        assert_eq!(parse("N;ENCODING=QUOTED-PRINTABLE:=C3=96z;a=3D=zz=").value, "Öz;a==zz=");
        assert_eq!(parse("N;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:J=F6rg").value, "Jörg");
        assert_eq!(parse("FN;ENCODING=B;CHARSET=UTF-8:Wm/Dqw==").value, "Zoë");
        assert_eq!(parse("FN;ENCODING=B:no base64!").value, "no base64!");
    }
}
