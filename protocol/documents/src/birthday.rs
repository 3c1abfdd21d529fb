//! Birthdays as cards and sheets write them; the year may be missing, and is never made up.

/// A birthday in the form that is kept: `1990-01-31`, or `--01-31` without the year. `None` if it is no date.
///
/// Address books that cannot leave the year out write 1604 (the leap year that Apple chose); nobody alive was born then.
pub(crate) fn canonical(text: &str) -> Option<String> {
    without_year(text, None)
}

/// The same, where the card says which year stands for none.
pub(crate) fn without_year(text: &str, none: Option<u16>) -> Option<String> {
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let (year, rest) = match date.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => {
            let (year, rest) = date.split_at_checked(4)?;
            (Some(year.parse::<u16>().ok().filter(|_| digits(year))?), rest)
        }
    };
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let (month, day) = rest.split_at_checked(2)?;
    let day = day.strip_prefix('-').unwrap_or(day);
    if !digits(month) || !digits(day) || day.len() != 2 {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    let year = year.filter(|year| *year != 1604 && Some(*year) != none);
    if !is_day(year, month, day) {
        return None;
    }
    Some(match year {
        Some(year) => format!("{year:04}-{month:02}-{day:02}"),
        None => format!("--{month:02}-{day:02}"),
    })
}

/// Whether nothing is told, as some address books write it: `0/0/00`, `0000-00-00`.
pub(crate) fn is_none(text: &str) -> bool {
    let parts: Vec<_> = text.split(['-', '/', '.']).map(str::trim).collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|digit| digit == b'0'))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_day(year: Option<u16>, month: u8, day: u8) -> bool {
    let is_leap = year.is_none_or(|y| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year.is_none_or(|year| year > 1800) && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_zeros_is_none() {
        for (text, expected) in [
            ("0/0/00", true),
            ("0000-00-00", true),
            ("00.00.0000", true),
            ("1/1/00", false),
            ("--", false),
            ("", false),
        ] {
            assert_eq!(is_none(text), expected, "{text}");
        }
    }

    #[test]
    fn all_spellings_of_a_day() {
        for (text, expected) in [
            ("1990-01-31", Some("1990-01-31")),
            ("19900131", Some("1990-01-31")),
            ("1990-01-31T00:00:00Z", Some("1990-01-31")),
            ("--0412", Some("--04-12")),
            ("--04-12", Some("--04-12")),
            ("1604-04-12", Some("--04-12")),
            ("16040229", Some("--02-29")),
            ("--0229", Some("--02-29")),
            ("2000-02-29", Some("2000-02-29")),
            ("1999-02-29", None),
            ("1990-13-01", None),
            ("1990-01", None),
            ("1990", None),
            ("---12", None),
            ("19-nonsense", None),
            ("12 April", None),
            ("0000-00-00", None),
            ("١٩٩٠", None),
            ("", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }
}
