//! Cuts a file into cards and whole lines, whatever a phone did to its line ends, folds and card ends.

use crate::encoding::{self, Encoding};

/// One card as lines, not yet understood.
#[derive(Debug)]
pub(super) struct Raw {
    /// Where it begins in the file, counted from 1.
    pub(super) line: u64,
    /// The lines between BEGIN and END, unfolded.
    pub(super) lines: Vec<Line>,
    /// False if the next card began, or the file ended, before its END.
    pub(super) is_closed: bool,
    /// Whether another card stood inside it.
    pub(super) has_inner: bool,
}

/// One unfolded line of a card.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
}

/// Cuts a file into its cards. What stands outside of any card is passed over.
pub(super) fn split(bytes: &[u8]) -> Vec<Raw> {
    let mut cards = Vec::new();
    let mut open: Option<Raw> = None;
    let mut inner = 0_u32;
    for (number, line) in physical(bytes) {
        let Some(card) = &mut open else {
            if is_mark(line, b"BEGIN") {
                open = Some(Raw { line: number, lines: Vec::new(), is_closed: false, has_inner: false });
            }
            continue;
        };
        if is_mark(line, b"BEGIN") {
            if card.lines.last().is_some_and(opens_inner) || inner > 0 {
                inner = inner.saturating_add(1);
                card.has_inner = true;
            } else {
                cards.extend(open.take());
                open = Some(Raw { line: number, lines: Vec::new(), is_closed: false, has_inner: false });
            }
        } else if is_mark(line, b"END") {
            if inner > 0 {
                inner -= 1;
            } else {
                card.is_closed = true;
                cards.extend(open.take());
            }
        } else if inner == 0 {
            add(card, number, line);
        }
    }
    cards.extend(open);
    cards
}

/// Whether a file is one of cards: it begins with one, or one with a version stands somewhere in it.
pub(super) fn is_file(bytes: &[u8]) -> bool {
    let mut lines =
        physical(bytes).map(|(_, line)| line).filter(|line| !line.trim_ascii().is_empty()).peekable();
    if lines.peek().is_some_and(|line| is_mark(line, b"BEGIN")) {
        return true;
    }
    let mut is_open = false;
    lines.any(|line| {
        let has_version =
            is_open && line.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"VERSION:"));
        is_open = is_mark(line, b"BEGIN");
        has_version
    })
}

/// The lines of the file with their numbers: ended by CR LF, LF or CR, and two where a card is glued to the next.
fn physical(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = Some(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut number = 0;
    let lines = std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        number += 1;
        let end = text.iter().position(|byte| *byte == b'\r' || *byte == b'\n').unwrap_or(text.len());
        let (line, tail) = text.split_at_checked(end)?;
        rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..));
        Some((number, line))
    });
    lines.flat_map(|(number, line)| unglue(line).into_iter().flatten().map(move |piece| (number, piece)))
}

fn unglue(line: &[u8]) -> [Option<&[u8]>; 3] {
    const END: &[u8] = b"END:VCARD";
    const BEGIN: &[u8] = b"BEGIN:VCARD";
    // Lines of pictures have no colon, and they are most of many files.
    if !line.contains(&b':') {
        return [Some(line), None, None];
    }
    // Some put a blank in between.
    let glued = line.windows(END.len()).enumerate().find(|(at, window)| {
        let after = line.get(at.saturating_add(END.len())..).unwrap_or_default().trim_ascii_start();
        window.eq_ignore_ascii_case(END)
            && after.get(..BEGIN.len()).is_some_and(|start| start.eq_ignore_ascii_case(BEGIN))
    });
    let Some((at, _)) = glued else {
        return [Some(line), None, None];
    };
    let (before, glued) = line.split_at(at);
    let (end, begin) = glued.split_at(END.len());
    let begin = begin.trim_ascii_start();
    [Some(before).filter(|before| !before.is_empty()), Some(end), Some(begin)]
}

fn is_mark(line: &[u8], word: &[u8]) -> bool {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        // The rest of a folded line, whatever it says.
        return false;
    }
    let Some((name, value)) = line.trim_ascii().split_once_byte(b':') else { return false };
    name.trim_ascii().eq_ignore_ascii_case(word) && value.trim_ascii().eq_ignore_ascii_case(b"VCARD")
}

/// Whether a card that begins now stands inside this one: vCard 2.1's AGENT.
fn opens_inner(line: &Line) -> bool {
    let Some((name, value)) = line.bytes.split_once_byte(b':') else { return false };
    let name = name.split(|byte| *byte == b';').next().unwrap_or_default();
    let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    name.eq_ignore_ascii_case(b"AGENT") && value.trim_ascii().is_empty()
}

fn add(card: &mut Raw, number: u64, line: &[u8]) {
    let is_old = card.lines.iter().any(|line| is_version(&line.bytes, b"2.1"));
    if let Some(last) = card.lines.last_mut() {
        if is_quoted_printable(&last.bytes) && last.bytes.ends_with(b"=") {
            last.bytes.pop();
            last.bytes.extend_from_slice(line);
            return;
        }
        if is_quoted_printable(&last.bytes) && is_code(line) {
            // Old phones break within their codes and do not say so.
            last.bytes.extend_from_slice(line);
            return;
        }
        if let [b' ' | b'\t', rest @ ..] = line {
            // A fold of vCard 2.1 stands before a blank that belongs to the text; later ones add the blank.
            if is_old && !is_base64(&last.bytes) && !rest.is_empty() {
                last.bytes.push(b' ');
            }
            last.bytes.extend_from_slice(rest);
            return;
        }
        if is_base64(&last.bytes) && !line.is_empty() && line.iter().all(|byte| is_base64_digit(*byte)) {
            last.bytes.extend_from_slice(line);
            return;
        }
        if is_note(&last.bytes) && is_prose(line) {
            // A note of several lines that nobody folded.
            last.bytes.extend_from_slice(b"\\n");
            last.bytes.extend_from_slice(line);
            return;
        }
    }
    if !line.trim_ascii().is_empty() {
        card.lines.push(Line { number, bytes: line.to_vec() });
    }
}

fn is_version(line: &[u8], version: &[u8]) -> bool {
    line.split_once_byte(b':')
        .is_some_and(|(name, value)| name.eq_ignore_ascii_case(b"VERSION") && value.trim_ascii() == version)
}

fn is_quoted_printable(line: &[u8]) -> bool {
    has_parameter(line, &[b"QUOTED-PRINTABLE"])
}

fn is_base64(line: &[u8]) -> bool {
    has_parameter(line, &[b"BASE64", b"B"])
}

fn has_parameter(line: &[u8], values: &[&[u8]]) -> bool {
    let Some((head, _)) = line.split_once_byte(b':') else { return false };
    head.split(|byte| *byte == b';').skip(1).any(|parameter| {
        let value = parameter.split_once_byte(b'=').map_or(parameter, |(_, value)| value);
        values.iter().any(|wanted| value.eq_ignore_ascii_case(wanted))
    })
}

/// Whether it begins with a letter in quoted-printable, which is no name of a property.
fn is_code(line: &[u8]) -> bool {
    matches!(line, [b'=', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

fn is_note(line: &[u8]) -> bool {
    let name = line.split(|byte| matches!(byte, b';' | b':')).next().unwrap_or_default();
    name.rsplit(|byte| *byte == b'.').next().is_some_and(|name| name.eq_ignore_ascii_case(b"NOTE"))
}

/// Whether it is no property, not even a name that lost its colon.
fn is_prose(line: &[u8]) -> bool {
    let word = line.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    let is_name = word.eq_ignore_ascii_case(b"FN") || word.eq_ignore_ascii_case(b"N");
    !line.trim_ascii().is_empty() && !line.contains(&b':') && !is_name
}

fn is_base64_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

trait SplitOnceByte {
    fn split_once_byte(&self, at: u8) -> Option<(&[u8], &[u8])>;
}

impl SplitOnceByte for [u8] {
    fn split_once_byte(&self, at: u8) -> Option<(&[u8], &[u8])> {
        let place = self.iter().position(|byte| *byte == at)?;
        Some((self.get(..place)?, self.get(place.saturating_add(1)..)?))
    }
}

impl Line {
    /// The line as text: UTF-8, or else the encoding it names itself, or else the given one.
    pub(super) fn text(&self, otherwise: Option<Encoding>) -> String {
        encoding::decode_piece(&self.bytes, self.named().or(otherwise))
    }

    /// The encoding that it names itself.
    pub(super) fn named(&self) -> Option<Encoding> {
        let encoding = self.bytes.split(|byte| matches!(byte, b';' | b':')).find_map(|parameter| {
            let (name, value) = parameter.split_once_byte(b'=')?;
            let value = std::str::from_utf8(value).ok()?;
            name.eq_ignore_ascii_case(b"CHARSET").then(|| encoding::from_label(value))?
        });
        encoding.filter(|encoding| encoding.is_a_guess())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards(text: &str) -> Vec<(u64, Vec<String>, bool)> {
        let lines = |raw: &Raw| raw.lines.iter().map(|line| line.text(None)).collect();
        split(text.as_bytes()).iter().map(|raw| (raw.line, lines(raw), raw.is_closed)).collect()
    }

    fn lines(text: &str) -> Vec<String> {
        cards(&format!("BEGIN:VCARD\n{text}\nEND:VCARD")).remove(0).1
    }

    #[test]
    fn cards_are_cut_apart() {
        let text = "junk\r\nBEGIN:VCARD\rA:1\rEND:VCARDbegin:vcard\nB:2\n\nEND:VCARD\r\nBEGIN: vcard \r\nC:3\r\nBEGIN:VCARD\nD:4";
        let line = |line: &str| vec![line.to_owned()];
        let expected = [
            (2, line("A:1"), true),
            (4, line("B:2"), true),
            (8, line("C:3"), false),
            (10, line("D:4"), false),
        ];
        assert_eq!(cards(text), expected);
        assert!(cards("nothing here").is_empty());
        assert!(cards("").is_empty());
    }

    #[test]
    fn a_card_within_a_card_is_passed_over() {
        let text = "N:1\nAGENT:\nBEGIN:VCARD\nN:inner\nEND:VCARD\nTEL:2";
        assert_eq!(lines(text), ["N:1", "AGENT:", "TEL:2"]);
    }

    #[test]
    fn lines_are_unfolded_as_their_version_says() {
        assert_eq!(lines("NOTE:one \n two\n\tthree"), ["NOTE:one twothree"]);
        assert_eq!(lines("VERSION:2.1\nNOTE:one\n two"), ["VERSION:2.1", "NOTE:one two"]);
        assert_eq!(
            lines("N;ENCODING=QUOTED-PRINTABLE:=D1=\n=8C;x=\n y"),
            ["N;ENCODING=QUOTED-PRINTABLE:=D1=8C;x y"]
        );
        assert_eq!(lines("PHOTO;ENCODING=b:AB\n CD\nEF==\n\nN:1"), ["PHOTO;ENCODING=b:ABCDEF==", "N:1"]);
        assert_eq!(lines("PHOTO;BASE64:AB\nCD\nTEL:1"), ["PHOTO;BASE64:ABCD", "TEL:1"]);
    }

    #[test]
    fn a_letter_cut_by_a_fold_is_whole_again() {
        let mut bytes =
            b"BEGIN:VCARD\r\nFN:Zo\xc3\r\n \xab\r\nFN;CHARSET=windows-1251:\xcf\r\nEND:VCARD".to_vec();
        let all = split(&bytes);
        assert_eq!(
            (all[0].lines[0].text(None), all[0].lines[1].text(None)),
            ("FN:Zoë".into(), "FN;CHARSET=windows-1251:П".into())
        );
        bytes.clear();
        assert!(split(&bytes).is_empty());
    }
}
