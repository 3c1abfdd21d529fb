//! What a number is for, where people write that beside the number: "202-555-0143 (home)", "cell: 202-555-0144".

use crate::field;

/// The kinds that stand beside a number without a mark, each with the words for it, folded.
const KINDS: [(&str, &str); 5] = [
    ("", "tel|tel.|telephone|phone|ph|p|number|teléfono|telefono|telefon|téléphone|telefone|điện thoại"),
    ("home", "home|h|house|casa|zuhause|privat|domicile|maison|fijo|landline|lakay|dom|nhà"),
    ("work", "work|w|office|trabajo|oficina|arbeit|büro|bureau|travail|travay|praca"),
    ("mobile", "mobile|mob|m|cell|c|cel|celular|móvil|movil|handy|portable|selilè|komórka|di động"),
    ("fax", "fax"),
];
/// With fewer digits it is no number, whatever stands beside it.
const FEWEST_DIGITS: usize = 7;
/// A longer word is no kind.
const LONGEST: usize = 30;

/// A number without the word that says what it is for, and that word. Nothing, if none is beside it.
pub(crate) fn without_kind(text: &str) -> Option<(&str, String)> {
    let text = text.trim();
    let marked = |word: &str| known(word).or_else(|| any(word));
    let behind = || {
        let (number, word) = text.strip_suffix(')')?.rsplit_once('(')?;
        Some((number, marked(word)?))
    };
    let before = || {
        let (word, number) = text.strip_prefix('(')?.split_once(')')?;
        Some((number, marked(word)?))
    };
    let with_colon = || {
        let (word, number) = text.split_once(':')?;
        Some((number, marked(word)?))
    };
    let bare_behind = || {
        let start = text.trim_end_matches(|letter: char| letter.is_alphabetic()).len();
        let (number, word) = text.split_at_checked(start)?;
        Some((number.trim_end_matches([' ', '-', ',']), known(word)?))
    };
    let bare_before = || {
        let (word, number) = text.split_once(' ')?;
        Some((number, known(word)?))
    };
    let (number, kind) =
        behind().or_else(before).or_else(with_colon).or_else(bare_behind).or_else(bare_before)?;
    let number = number.trim();
    (super::digits(number).len() >= FEWEST_DIGITS && is_number(number)).then_some((number, kind))
}

/// Whether no words are left but those before an extension, or others that say what it is for.
fn is_number(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    words.all(|word| matches!(field::fold(word).as_str(), "x" | "ext" | "extension"))
        || without_kind(text).is_some()
}

fn known(word: &str) -> Option<String> {
    let word = field::fold(word);
    let is_among = |words: &str| words.split('|').any(|known| known == word);
    KINDS.iter().find(|(_, words)| is_among(words)).map(|(kind, _)| (*kind).to_owned())
}

/// Any word or two, as in "(Ben's mother)".
fn any(word: &str) -> Option<String> {
    let word = field::clean_line(word);
    let is_letter = |letter: char| letter.is_alphabetic() || matches!(letter, ' ' | '\'' | '’' | '.');
    let is_word = word.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
    (is_word && word.chars().count() <= LONGEST && word.chars().all(is_letter)).then_some(word)
}

#[cfg(test)]
mod tests {
    use crate::contacts::Phone;

    #[test]
    fn what_a_number_is_for_is_no_part_of_it() {
        for (typed, number, label) in [
            ("202-555-0143 (home)", "202-555-0143", "home"),
            ("(202) 555-0143 (Cell)", "(202) 555-0143", "mobile"),
            ("202-555-0143 casa", "202-555-0143", "home"),
            ("202-555-0143 - work", "202-555-0143", "work"),
            ("cell: 202-555-0143", "202-555-0143", "mobile"),
            ("(h) 202-555-0143", "202-555-0143", "home"),
            ("m 202-555-0143", "202-555-0143", "mobile"),
            ("Tel.: 202-555-0143", "202-555-0143", ""),
            ("+1 202 555 0143 (Ben's mother)", "+1 202 555 0143", "Ben's mother"),
        ] {
            let phone = Phone::typed(typed, Some("US"));
            let read = (phone.number.as_str(), phone.e164.as_deref(), phone.label.as_str());
            assert_eq!(read, (number, Some("+12025550143"), label), "{typed}");
        }
        for typed in [
            "202-555-O143",
            "ask Ana 2025550",
            "1-800-FLOWERS",
            "(home)",
            "911 home",
            "http://example.org/2025550143",
        ] {
            assert_eq!(Phone::typed(typed, Some("US")).number, typed);
        }
        let phone = Phone::typed("202-555-0143 x12", Some("US"));
        assert_eq!((phone.extension.as_deref(), phone.label.as_str()), (Some("12"), ""));
        // What is read once stays so.
        let mut again = Phone::typed("202-555-0143 home (Ana)", None);
        assert_eq!((again.number.as_str(), again.label.as_str()), ("202-555-0143", "Ana home"));
        let before = again.clone();
        again.read(Some("US"));
        assert_eq!((again.number, again.label), (before.number, before.label));
    }
}
