//! Phone numbers: what was typed is kept, and E.164 is worked out beside it so that one number has one form.

mod kind;

use phonelib::{ParseError, PhoneFormat, PhoneNumber, PhoneNumberType};
use serde::{Deserialize, Serialize};

pub(crate) use self::kind::without_kind;
use crate::field;

/// One phone number of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Phone {
    /// As it was typed.
    pub number: String,
    /// The same in E.164 ("+12025550143"), if that could be told. Worked out again on each write.
    pub e164: Option<String>,
    /// Digits to dial after the call is answered.
    pub extension: Option<String>,
    /// "mobile", "home", "work", "fax", or any other words.
    pub label: String,
    /// Whether to call this one first.
    pub preferred: bool,
}

/// What could be made of a number as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A number: E.164 and the extension, if there was one.
    Number(String, Option<String>),
    /// A number without its country, and no default country to add.
    NoCountry,
    /// What a spreadsheet leaves of a long number: `4.47E+11`.
    Damaged,
    /// So short that it lacks the digits of its area, which people leave out at home.
    NoArea,
    /// Neither; perhaps a short number, perhaps a slip.
    Unclear,
}

impl Phone {
    /// A number as somebody typed it, read with the group's default country.
    pub fn typed(number: &str, country: Option<&str>) -> Self {
        let mut phone = Self { number: field::clean_line(number), ..Self::default() };
        phone.read(country);
        phone
    }

    /// Works out E.164, unless the form that came with the number agrees with its digits: a number that was read in
    /// one country must not become another one elsewhere.
    pub(crate) fn read(&mut self, country: Option<&str>) {
        self.extension = self.extension.as_deref().map(digits).filter(|digits| !digits.is_empty());
        if let Some(e164) = &self.e164
            && agrees(&self.number, e164, self.extension.as_deref())
        {
            return;
        }
        self.e164 = None;
        loop {
            if let Reading::Number(e164, extension) = read(&self.number, country) {
                self.e164 = Some(e164);
                self.extension = extension.or(self.extension.take());
                return;
            }
            let Some((number, kind)) = without_kind(&self.number) else { return };
            let number = number.to_owned();
            if field::fold(&self.label) != kind {
                self.label = [self.label.as_str(), &kind].map(str::trim).join(" ").trim().to_owned();
            }
            self.number = number;
        }
    }

    /// What makes two entries the same number: E.164 with the extension, or else the digits that were typed.
    pub fn key(&self) -> String {
        match (&self.e164, &self.extension) {
            (Some(e164), None) => e164.clone(),
            (Some(e164), Some(extension)) => format!("{e164};{extension}"),
            (None, _) => {
                let digits = digits(&self.number);
                if digits.is_empty() || matches!(read(&self.number, None), Reading::Damaged) {
                    field::fold(&self.number)
                } else {
                    digits
                }
            }
        }
    }

    /// The number as people in `country` write it; with the country code elsewhere, and as typed if it is unclear.
    pub fn shown(&self, country: Option<&str>) -> String {
        let Some(number) = self.e164.as_deref().and_then(PhoneNumber::parse) else {
            return self.number.clone();
        };
        let same =
            country.and_then(phonelib::country_by_code).is_some_and(|own| own.code == number.country().code);
        let shown = number.format(if same { PhoneFormat::National } else { PhoneFormat::International });
        match &self.extension {
            Some(extension) => format!("{shown} x{extension}"),
            None => shown,
        }
    }
}

/// What is dialled in front of a country's code has this many digits at most: 011 in North America, 0011 in Australia.
const LONGEST_WAY_OUT: usize = 4;

/// An extension has this many digits at most: what is longer behind a mark is another number.
const LONGEST_EXTENSION: usize = 6;

/// Whether a number as typed is this one: whole, behind what is dialled to leave the country, or the end of it without
/// the country and without what is dialled at home.
pub(crate) fn agrees(text: &str, e164: &str, extension: Option<&str>) -> bool {
    let typed = digits(text);
    if let Reading::Number(read, read_extension) = read(text, None) {
        return read == e164 && (read_extension.is_none() || read_extension.as_deref() == extension);
    }
    // As people write it at home, with what they dial there: 044 in Mexico, 15 in Argentina.
    let country = PhoneNumber::parse(e164).map(|number| number.country().code);
    if let Some(country) = country
        && let Reading::Number(read, read_extension) = self::read(text, Some(country))
        && read == e164
    {
        return read_extension.is_none() || read_extension.as_deref() == extension;
    }
    let bare = typed.trim_start_matches('0');
    let whole = format!("{e164}{}", extension.unwrap_or_default());
    let abroad = [e164, whole.as_str()].iter().any(|number| {
        typed
            .strip_suffix(number.trim_start_matches('+'))
            .is_some_and(|way_out| way_out.len() <= LONGEST_WAY_OUT)
    });
    if abroad {
        return true;
    }
    [bare, bare.strip_prefix('8').unwrap_or(bare)]
        .iter()
        .any(|national| national.len() >= 5 && (e164.ends_with(national) || whole.ends_with(national)))
}

/// Makes what it can of a number as it was typed.
pub fn read(typed: &str, country: Option<&str>) -> Reading {
    let plain = plain(typed);
    if is_damaged(&plain) {
        return Reading::Damaged;
    }
    let bare = plain.trim().strip_prefix("tel:").unwrap_or(plain.trim());
    let international = bare.starts_with('+') || bare.starts_with("00");
    if !international && country.is_none() {
        return if digits(bare).len() >= 5 { Reading::NoCountry } else { Reading::Unclear };
    }
    let parsed = match country {
        Some(country) => PhoneNumber::try_parse_with_country(bare, country),
        None => PhoneNumber::try_parse(bare),
    };
    match parsed {
        Ok(number) if number.extension().is_some_and(|extension| extension.len() > LONGEST_EXTENSION) => {
            Reading::Unclear
        }
        Ok(number) if has_stray_letters(bare, number.extension()) => Reading::Unclear,
        Ok(number) if !international && lacks_area(bare, &number, country) => Reading::NoArea,
        Ok(number) => Reading::Number(number.e164().to_owned(), number.extension().map(str::to_owned)),
        Err(ParseError::UnknownCountry) => Reading::NoCountry,
        Err(_) => mexican(bare, country).unwrap_or(Reading::Unclear),
    }
}

/// Whether letters stand in a number that nobody spelled as a word: an O typed for a zero is no six. One word of several
/// letters, as in 1-800-FLOWERS, is meant to be dialled by the letters on the keys.
fn has_stray_letters(typed: &str, extension: Option<&str>) -> bool {
    const SHORTEST_WORD: usize = 3;
    // What stands before an extension is how people write that one follows.
    let base = match extension.and_then(|extension| typed.rfind(extension)) {
        Some(place) => typed.get(..place).unwrap_or(typed),
        None => typed,
    };
    let is_end = |letter: char| extension.is_some() && !letter.is_ascii_digit();
    let base = base.trim_end_matches(is_end);
    let mut words = base
        .split(|letter: char| !letter.is_alphabetic() && !matches!(letter, '-' | ' ' | '.'))
        .map(|word| word.chars().filter(|letter| letter.is_alphabetic()).count())
        .filter(|letters| *letters > 0);
    words.next().is_some_and(|first| first < SHORTEST_WORD || words.next().is_some())
}

/// Whether a number without the digits of its country also lacks those of its area. With the zero that is dialled before
/// an area it has them; numbers for services have none anywhere.
fn lacks_area(typed: &str, number: &PhoneNumber, country: Option<&str>) -> bool {
    let whole =
        WHOLE.iter().find(|(code, _)| country.is_some_and(|country| country.eq_ignore_ascii_case(code)));
    let Some((_, fewest)) = whole else { return false };
    let is_of_a_place = matches!(
        number.phone_type(),
        PhoneNumberType::FixedLine
            | PhoneNumberType::Mobile
            | PhoneNumberType::FixedLineOrMobile
            | PhoneNumberType::Unknown
    );
    is_of_a_place && !digits(typed).starts_with('0') && number.national_number().len() < *fewest
}

/// How many digits a person's number has at least with its area, where it is often written without. Source: the
/// national numbering plans that ITU-T lists for E.164.
const WHOLE: [(&str, usize); 34] = [
    ("AT", 10),
    ("AU", 9),
    ("BD", 9),
    ("BG", 8),
    ("BR", 10),
    ("BY", 9),
    ("CN", 10),
    ("CO", 10),
    ("CU", 8),
    ("DE", 10),
    ("EG", 9),
    ("FI", 8),
    ("GB", 9),
    ("HR", 8),
    ("ID", 9),
    ("IE", 8),
    ("IL", 8),
    ("IN", 10),
    ("IR", 10),
    ("JP", 9),
    ("KR", 9),
    ("NL", 9),
    ("NZ", 8),
    ("PH", 9),
    ("PK", 9),
    ("PL", 9),
    ("PY", 8),
    ("RS", 8),
    ("SE", 8),
    ("SK", 9),
    ("TR", 10),
    ("TW", 9),
    ("VN", 9),
    ("ZA", 9),
];

/// Mexico dropped its prefixes 1 (after +52), 01, 044 and 045 in 2019; address books still hold them.
fn mexican(typed: &str, country: Option<&str>) -> Option<Reading> {
    let all = digits(typed);
    let abroad = all.strip_prefix("00").unwrap_or(&all);
    let national = match abroad.strip_prefix("521") {
        Some(rest) if typed.starts_with('+') || typed.starts_with("00") => rest,
        _ if country == Some("MX") => {
            ["044", "045", "01"].iter().find_map(|prefix| all.strip_prefix(prefix))?
        }
        _ => return None,
    };
    let number = PhoneNumber::try_parse(&format!("+52{national}")).ok()?;
    Some(Reading::Number(number.e164().to_owned(), None))
}

/// Digits of other scripts become ASCII ones, the many dashes and blanks become one of each.
fn plain(typed: &str) -> String {
    typed
        .chars()
        .filter_map(|letter| match letter {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
            '\u{ff0b}' => Some('+'),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => None,
            letter if letter.is_whitespace() => Some(' '),
            letter => Some(digit(letter).unwrap_or(letter)),
        })
        .collect()
}

/// A decimal digit of any of the scripts that phones and spreadsheets write numbers in, as ASCII.
fn digit(letter: char) -> Option<char> {
    const ZEROS: [u32; 17] = [
        0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50,
        0xed0, 0x17e0, 0xff10,
    ];
    ZEROS
        .iter()
        .filter_map(|zero| u32::from(letter).checked_sub(*zero))
        .find(|value| *value < 10)
        .and_then(|value| char::from_digit(value, 10))
}

/// The ASCII digits of a number, and nothing else.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter_map(digit).collect()
}

/// Whether it is a number in scientific notation, as spreadsheets write long ones.
fn is_damaged(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let numeric = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    numeric(exponent)
        && match whole.split_once(['.', ',']) {
            Some((before, after)) => numeric(before) && numeric(after),
            None => numeric(whole),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_agrees_with_what_was_dialled_for_it_from_anywhere() {
        for typed in ["+31 10 000", "0031 10000", "011 31 10000", "0011 3110000", "010 3110000"] {
            assert!(agrees(typed, "+3110000", None), "{typed}");
        }
        for typed in ["011 31 10001", "99999 3110000", "10001"] {
            assert!(!agrees(typed, "+3110000", None), "{typed}");
        }
        assert!(agrees("011 31 10000 5", "+3110000", Some("5")));
        for typed in ["044 55 1234 5678", "045 55 1234 5678", "01 55 1234 5678", "+52 1 55 1234 5678"] {
            assert!(agrees(typed, "+525512345678", None), "{typed}");
            assert!(!agrees(typed, "+525512345679", None), "{typed}");
        }
    }

    #[test]
    fn numbers_are_read_with_the_country() {
        let cases = [
            (Some("US"), "(202) 555-0181", "+12025550181"),
            (Some("US"), "1.202.555.0181", "+12025550181"),
            (None, "+1 (202) 555\u{2011}0143", "+12025550143"),
            (Some("US"), "٢٠٢٥٥٥٠١٤٣", "+12025550143"),
            (Some("GB"), "０２０ ７９４６ ００１８", "+442079460018"),
            (Some("US"), "011 44 20 7946 0018", "+442079460018"),
            (Some("GB"), "+44 (0)20 7946 0018", "+442079460018"),
            (None, "0049 30 23125003", "+493023125003"),
            (None, "tel:+1-202-555-0143", "+12025550143"),
            (Some("MX"), "044 55 1234 5678", "+525512345678"),
            (Some("US"), "+52 1 55 1234 5678", "+525512345678"),
            (Some("MX"), "55 1234 5678", "+525512345678"),
            (Some("VN"), "0912345678", "+84912345678"),
        ];
        for (country, typed, e164) in cases {
            assert_eq!(read(typed, country), Reading::Number(e164.into(), None), "{typed}");
        }
        let extended = Reading::Number("+12025550143".into(), Some("12".into()));
        assert_eq!(read("202-555-0143 x12", Some("US")), extended);
    }

    #[test]
    fn nothing_is_guessed() {
        for typed in ["(202) 555-0181", "12025550173", "02079460018"] {
            assert_eq!(read(typed, None), Reading::NoCountry, "{typed}");
        }
        for typed in ["4.47E+11", "4,47E+11", "1.2e12", "5E+9", "+4.9e10"] {
            assert_eq!(read(typed, Some("US")), Reading::Damaged, "{typed}");
        }
        for typed in ["", "911", "ask Ana", "Eve 1", "2025550143 or 2025550144", "2025550125;2025550126"] {
            assert_eq!(read(typed, Some("US")), Reading::Unclear, "{typed}");
        }
    }

    #[test]
    fn a_number_without_its_area_is_not_taken_for_another() {
        for (country, typed) in [
            ("BR", "98765-4325"),
            ("BR", "3456-7890"),
            ("DE", "4567890"),
            ("IN", "2345 6789"),
            ("AU", "9876 5432"),
            ("PL", "123 45 67"),
            ("PH", "8123 4567"),
        ] {
            assert_eq!(read(typed, Some(country)), Reading::NoArea, "{country} {typed}");
            let phone = Phone::typed(typed, Some(country));
            assert_eq!((phone.number.as_str(), phone.e164), (typed, None));
        }
        for (country, typed, e164) in [
            ("BR", "(11) 98765-4325", "+5511987654325"),
            ("BR", "4004-1234", "+5540041234"),
            ("BR", "+55 11 3456-7890", "+551134567890"),
            ("DE", "030 23125", "+493023125"),
            ("DE", "3023125003", "+493023125003"),
            ("AU", "02 9876 5432", "+61298765432"),
            ("AU", "412 345 678", "+61412345678"),
        ] {
            assert_eq!(read(typed, Some(country)), Reading::Number(e164.into(), None), "{country} {typed}");
        }
    }

    #[test]
    fn letters_are_digits_only_where_a_word_was_spelled() {
        for typed in ["202-555-O192", "2O2-555-OI92", "202 555 01l2", "+1 202 555 O192", "202 555 O192 x12"] {
            assert_eq!(read(typed, Some("US")), Reading::Unclear, "{typed}");
            assert_eq!(Phone::typed(typed, Some("US")).e164, None);
        }
        for typed in ["1-800-FLOWERS", "1 800 FLO-WERS"] {
            assert_eq!(read(typed, Some("US")), Reading::Number("+18003569377".into(), None), "{typed}");
        }
        for typed in
            ["202-555-0143 ext. 12", "202-555-0143 extension 12", "202-555-0143 x12", "202-555-0143;ext=12"]
        {
            let expected = Reading::Number("+12025550143".into(), Some("12".into()));
            assert_eq!(read(typed, Some("US")), expected, "{typed}");
        }
    }

    #[test]
    fn a_stale_form_does_not_survive_another_number() {
        let mut phone = Phone { e164: Some("+12025550181".into()), ..Phone::typed("(202) 555-0182", None) };
        phone.read(None);
        assert_eq!(phone.e164, None);
        phone = Phone { e164: Some("+12025550181".into()), ..Phone::typed("(202) 555-0181", None) };
        phone.read(None);
        assert_eq!(phone.e164.as_deref(), Some("+12025550181"));
    }

    #[test]
    fn numbers_are_shown_by_country() {
        let phone = Phone::typed("+12025550181", None);
        assert_eq!(phone.shown(Some("US")), "(202) 555-0181");
        assert_eq!(phone.shown(Some("MX")), "+1 202 555 0181");
        assert_eq!(phone.shown(None), "+1 202 555 0181");
        assert_eq!(Phone::typed("911", Some("US")).shown(Some("US")), "911");
    }
}
