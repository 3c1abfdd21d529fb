//! How single values are cleaned before they are written, so that what is stored is what people see.

use crate::letters;

/// The longest single line, in characters.
pub(crate) const LINE_LIMIT: usize = 1_000;
/// The longest text of several lines, in characters.
pub(crate) const TEXT_LIMIT: usize = 20_000;

/// One line without control characters, with single blanks, none at its ends, each letter in one with its marks: a Mac
/// takes é apart, a phone does not.
pub(crate) fn clean_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|letter: char| letter.is_whitespace() || is_unwanted(letter)) {
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    letters::composed(line)
}

/// Several lines: line ends become `\n`, control characters go, blanks at the ends of lines and of the text go,
/// letters are put together.
pub(crate) fn clean_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let mut clean = String::with_capacity(text.len());
    for line in text.split('\n') {
        let line: String = line
            .chars()
            .filter(|letter| !is_unwanted(*letter))
            .map(|l| if l == '\t' { ' ' } else { l })
            .collect();
        clean.push_str(line.trim_end());
        clean.push('\n');
    }
    letters::composed(clean.trim().to_owned())
}

/// Two values that a person would call the same have the same folded form: case, width of blanks and marks of
/// direction do not count.
pub(crate) fn fold(text: &str) -> String {
    clean_line(text).to_lowercase()
}

/// Control characters and the invisible marks that spreadsheets and phones leave behind. Joiners stay: some scripts
/// and emoji need them.
fn is_unwanted(letter: char) -> bool {
    (letter.is_control() && letter != '\t')
        || matches!(letter, '\u{feff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_texts_are_cleaned() {
        assert_eq!(clean_line(" \u{feff}Ana \t Maria\r\n\u{202a}Ruiz\u{202c} "), "Ana Maria Ruiz");
        assert_eq!(clean_line("क्‍ष"), "क्‍ष");
        assert_eq!(clean_text("one  \r\ntwo\rthree\u{0}\n\n"), "one\ntwo\nthree");
        assert_eq!(clean_text("  "), "");
        assert_eq!(fold(" First  Aid "), "first aid");
    }

    #[test]
    fn letters_that_were_taken_apart_are_put_together() {
        assert_eq!(clean_line("Jose\u{301} Nun\u{303}ez"), "José Nuñez");
        assert_eq!(clean_text("Zoe\u{308}\nNguye\u{302}\u{303}n"), "Zoë\nNguyễn");
        assert_eq!(fold("JOSE\u{301}"), fold("josé"));
        assert_eq!(clean_line("\u{1100}\u{1161}"), "가");
    }
}
