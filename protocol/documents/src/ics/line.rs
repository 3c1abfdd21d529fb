//! Lines of a calendar file: folded by octets, with parameters, escaped (RFC 5545, section 3.1).

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
    fn parameters_may_be_quoted() {
        let lines = lines("DTSTART;TZID=\"Etc/A:B\";VALUE=DATE-TIME:20260101T000000\r\nno colon\n X\n");
        assert_eq!(lines.len(), 1);
        assert_eq!(
            (lines[0].parameter("TZID"), lines[0].value.as_str()),
            (Some("Etc/A:B"), "20260101T000000")
        );
    }
}
