//! Lines of a calendar file: folded by octets, with parameters, escaped (RFC 5545, section 3.1).

use std::borrow::Cow;

/// One line taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// In the file, counted from 1.
    pub(super) number: u64,
    /// In capitals.
    pub(super) name: String,
    parameters: Vec<(String, String)>,
    /// As it stands, still escaped.
    pub(super) value: String,
}

/// Longer lines than this are cut: no text is as long.
const LONGEST: usize = 100_000;

impl Line {
    fn parse(number: u64, text: &str) -> Option<Self> {
        let mut is_quoted = false;
        let colon = text.char_indices().find(|(_, letter)| {
            is_quoted ^= *letter == '"';
            *letter == ':' && !is_quoted
        });
        let (at, _) = colon.or_else(|| text.char_indices().find(|(_, letter)| *letter == ':'))?;
        let at = before_date(text, at).unwrap_or(at);
        let (head, value) = (text.get(..at)?, text.get(at + 1..)?);
        let mut pieces = head.split(';');
        let name = pieces.next()?.trim().to_ascii_uppercase();
        let parameters = pieces.filter_map(|piece| piece.split_once('='));
        let parameters = parameters.map(|(name, value)| {
            (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned())
        });
        Some(Self { number, name, parameters: parameters.collect(), value: value.to_owned() })
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value as a text.
    pub(super) fn text(&self) -> String {
        unescape(&self.value)
    }
}

/// Where the value of a line begins that names a zone with colons in it without the quotes that RFC 5545 (section 3.2)
/// wants: before the date. `TZID=GMT-05:00:20261006T170000`, `TZID=tzone://Microsoft/Utc:20261006T170000`
fn before_date(text: &str, first: usize) -> Option<usize> {
    let head = text.get(..first)?.to_ascii_uppercase();
    let (_, zone) = head.split_once(";TZID=")?;
    if zone.contains(['"', ';']) {
        return None;
    }
    let is_date = |rest: &str| {
        let day = rest.trim_start().get(..10).unwrap_or(rest.trim_start()).replace('-', "");
        day.get(..8).is_some_and(|day| day.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let colons = text.char_indices().skip_while(|(at, _)| *at < first).filter(|(_, letter)| *letter == ':');
    colons.map(|(at, _)| at).find(|at| text.get(at + 1..).is_some_and(is_date))
}

/// The same bytes, with each fold that cuts a letter in two moved behind the letter: programs that fold by octets do
/// that, and RFC 5545 (section 3.1) lets them. The lines keep their numbers.
pub(super) fn with_whole_letters(bytes: &[u8]) -> Cow<'_, [u8]> {
    // Other encodings have no such letters.
    if std::str::from_utf8(bytes).is_ok() || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
    {
        return Cow::Borrowed(bytes);
    }
    let (mut whole, mut folds, mut rest) = (Vec::with_capacity(bytes.len()), Vec::new(), bytes);
    while let Some((first, after)) = rest.split_first() {
        let fold =
            [&b"\r\n "[..], b"\r\n\t", b"\n ", b"\n\t"].into_iter().find(|fold| rest.starts_with(fold));
        match fold.filter(|_| missing(&whole) > 0) {
            Some(fold) => {
                folds.extend_from_slice(fold);
                rest = rest.get(fold.len()..).unwrap_or_default();
            }
            None => {
                whole.push(*first);
                rest = after;
                if missing(&whole) == 0 {
                    whole.append(&mut folds);
                }
            }
        }
    }
    if std::str::from_utf8(&whole).is_ok() { Cow::Owned(whole) } else { Cow::Borrowed(bytes) }
}

/// How many bytes the last letter lacks.
fn missing(bytes: &[u8]) -> usize {
    let followers = bytes.iter().rev().take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    let lead = bytes.len().checked_sub(followers + 1).and_then(|place| bytes.get(place));
    let length: usize = match lead {
        Some(0xc2..=0xdf) => 1,
        Some(0xe0..=0xef) => 2,
        Some(0xf0..=0xf4) => 3,
        _ => 0,
    };
    length.saturating_sub(followers)
}

/// The lines of a file, unfolded; those without a colon are passed over.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut whole: Vec<(u64, String)> = Vec::new();
    for (number, piece) in (1..).zip(text.replace("\r\n", "\n").replace('\r', "\n").split('\n')) {
        match (piece.strip_prefix([' ', '\t']), whole.last_mut()) {
            (Some(rest), Some((_, last))) if last.len() < LONGEST => last.push_str(rest),
            (Some(_), Some(_)) => {}
            _ => whole.push((number, piece.to_owned())),
        }
    }
    whole.into_iter().filter_map(|(number, text)| Line::parse(number, &text)).collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

/// A text as a value.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            '\r' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Adds one line, folded so that none is longer than 75 octets and no letter is cut.
pub(super) fn add(file: &mut String, line: &str) {
    let mut length = 0;
    for letter in line.chars() {
        if length + letter.len_utf8() > 75 {
            file.push_str("\r\n ");
            length = 1;
        }
        file.push(letter);
        length += letter.len_utf8();
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_by_octets_and_come_back() {
        let text = format!("Đồng hồ; a, b\\c\n{}", "ñ🙂e".repeat(60));
        let mut file = String::new();
        add(&mut file, &format!("SUMMARY:{}", escape(&text)));
        assert!(file.split("\r\n").all(|line| line.len() <= 75));
        let lines = lines(&file);
        assert_eq!((lines.len(), lines[0].text()), (1, text));
    }

    #[test]
    fn letters_that_a_fold_cuts_in_two_are_whole_again() {
        let text = "Đêm 🙂 trực ở nhà thờ, ñandú";
        let line = format!("SUMMARY:{}", escape(text));
        // A fold at every place in turn, and everywhere at once.
        for fold in ["\r\n ", "\n ", "\r\n\t"] {
            let all: Vec<u8> =
                line.bytes().flat_map(|byte| [&[byte][..], fold.as_bytes()].concat()).collect();
            let mut files = vec![all];
            for place in 1..line.len() {
                let (head, tail) = line.as_bytes().split_at(place);
                files.push([head, fold.as_bytes(), tail].concat());
            }
            for file in files {
                let whole = String::from_utf8(with_whole_letters(&file).into_owned()).unwrap();
                assert_eq!(lines(&whole)[0].text(), text);
            }
        }
        // Bytes that are no letters in any case stay as they are.
        for bytes in [&b"A\xe9\r\n B"[..], b"\xff\xfe\n \x80", b"\x80\n \x80"] {
            assert_eq!(with_whole_letters(bytes), bytes);
        }
    }

    #[test]
    fn a_zone_may_have_colons_without_quotes() {
        for (line, zone, value) in [
            ("DTSTART;TZID=GMT-05:00:20261006T170000", "GMT-05:00", "20261006T170000"),
            (
                "DTSTART;TZID=tzone://Microsoft/Utc:20261006T170000",
                "tzone://Microsoft/Utc",
                "20261006T170000",
            ),
            (
                "DTSTART;TZID=(UTC-05:00) Eastern Time:2026-10-06T17:00:00",
                "(UTC-05:00) Eastern Time",
                "2026-10-06T17:00:00",
            ),
            (
                "EXDATE;TZID=Europe/Berlin:20261006T170000,20261013T170000",
                "Europe/Berlin",
                "20261006T170000,20261013T170000",
            ),
            ("DTSTART;TZID=Europe/Berlin:20261006:20261007", "Europe/Berlin", "20261006:20261007"),
            ("DTSTART;TZID=Europe/Berlin:soon:later", "Europe/Berlin", "soon:later"),
            ("DTSTART;TZID=\"A:20261006\":20261007", "A:20261006", "20261007"),
        ] {
            let lines = lines(line);
            let told = (lines[0].parameter("TZID"), lines[0].value.as_str());
            assert_eq!(told, (Some(zone), value), "{line}");
        }
    }

    #[test]
    fn parameters_may_be_quoted() {
        let lines = lines("DTSTART;TZID=\"Etc/A:B\";VALUE=DATE-TIME:20260101T000000\r\nno colon\n X\n");
        assert_eq!(lines.len(), 1);
        assert_eq!(
            (lines[0].parameter("TZID"), lines[0].value.as_str()),
            (Some("Etc/A:B"), "20260101T000000")
        );
    }
}
