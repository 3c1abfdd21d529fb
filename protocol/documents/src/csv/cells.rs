//! What a column of a sheet holds by its cells, where no heading tells.

use super::column::{AddressPart, Column, WordList};
use crate::contacts::phone::{self, Reading};
use crate::contacts::{TextField, language};

/// What the columns of a sheet hold, by their cells: for a sheet without headings.
pub(super) fn by_content<'a>(
    rows: impl Iterator<Item = &'a Vec<String>> + Clone,
    width: usize,
) -> Vec<Column> {
    let cells = |place: usize| -> Vec<&str> {
        let cells = rows.clone().filter_map(move |row| row.get(place)).map(|cell| cell.trim());
        cells.filter(|cell| !cell.is_empty()).collect()
    };
    let found: Vec<_> = (0..width).map(|place| of_cells(&cells(place))).collect();
    let is_name = |place: &usize| matches!(found.get(*place), Some(Some(Column::Text { .. })));
    let name = (0..width).find(is_name);
    let street =
        (0..width).find(|place| name.is_some_and(|name| *place < name) && are_streets(&cells(*place)));
    // Where no column holds words alone, the first with words in it tells the people apart.
    let has_words = |place: &usize| found.get(*place) == Some(&None) && most(&cells(*place), has_letters);
    let name = name.or_else(|| (0..width).find(has_words));
    let column = |(place, found): (usize, Option<Column>)| match found {
        _ if name == Some(place) => Column::Text { field: TextField::Name },
        _ if street == Some(place) => {
            Column::Address { number: 0, part: AddressPart::Street, label: String::new() }
        }
        Some(Column::Text { .. }) | None => Column::Other,
        Some(column) => column,
    };
    found.into_iter().enumerate().map(column).collect()
}

/// What one column holds, by its cells that are not empty. Words are taken for names.
pub(super) fn of_cells(cells: &[&str]) -> Option<Column> {
    let most = |is| most(cells, is);
    if most(is_email) {
        Some(Column::Email { label: String::new() })
    } else if most(is_number) {
        Some(Column::Phone { label: String::new() })
    } else if most(is_language) {
        Some(Column::Words { list: WordList::Speaks })
    } else if most(is_word) {
        Some(Column::Text { field: TextField::Name })
    } else {
        None
    }
}

fn most(cells: &[&str], is: fn(&str) -> bool) -> bool {
    !cells.is_empty() && cells.iter().filter(|cell| is(cell)).count() * 3 >= cells.len() * 2
}

/// Whether a cell holds a number or an address, which no heading does.
pub(super) fn is_reach(cell: &str) -> bool {
    is_email(cell.trim()) || is_number(cell.trim())
}

/// Whether a first row stands above such columns as their heading: it holds no number where numbers follow.
pub(super) fn is_heading(first: &[String], below: &[Column]) -> bool {
    let mut told = first.iter().zip(below).filter_map(|(cell, column)| match column {
        Column::Email { .. } => Some(!is_email(cell.trim())),
        Column::Phone { .. } => Some(!cell.trim().is_empty() && !is_number(cell.trim())),
        _ => None,
    });
    told.next().is_some_and(|first| first && told.all(|other| other))
}

fn is_email(cell: &str) -> bool {
    cell.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !cell.contains(' '))
}

fn is_number(cell: &str) -> bool {
    let digits = phone::digits(cell).len();
    !is_date(cell)
        && (matches!(phone::read(cell, None), Reading::Number(..) | Reading::Damaged)
            || ((7..=15).contains(&digits)
                && (!has_letters(cell)
                    || phone::without_kind(cell).is_some_and(|(rest, _)| !has_letters(rest)))))
}

/// `2026-11-27`, `27.11.2026`, `1/5/26`
fn is_date(cell: &str) -> bool {
    let is_between = |letter: char| matches!(letter, '-' | '.' | '/');
    let lengths: Vec<_> = cell.split(is_between).map(str::len).collect();
    cell.chars().all(|letter| letter.is_ascii_digit() || is_between(letter))
        && matches!(lengths.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4])
}

fn is_language(cell: &str) -> bool {
    let words = language::words(cell);
    !words.is_empty() && words.iter().all(|word| language::is_name_or_tag(word))
}

/// No name has digits in it; a house or a room has.
fn is_word(cell: &str) -> bool {
    has_letters(cell) && phone::digits(cell).is_empty()
}

fn has_letters(cell: &str) -> bool {
    cell.chars().any(char::is_alphabetic)
}

/// Whether most of them are a street and a number, which stands before it or after it.
fn are_streets(cells: &[&str]) -> bool {
    most(cells, |cell| {
        let words: Vec<_> = cell.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        let is_house = |word: &&&str| {
            word.starts_with(|letter: char| letter.is_ascii_digit()) && phone::digits(word).len() <= 5
        };
        let is_street = |word: &&&str| word.chars().filter(|letter| letter.is_alphabetic()).count() >= 2;
        words.len() > 1
            && words.iter().any(|word| is_house(&word))
            && words.iter().any(|word| is_street(&word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_no_languages() {
        let name = Column::Text { field: TextField::Name };
        let columns = |cells: &[&str]| {
            let rows: Vec<Vec<String>> = cells.iter().map(|cell| vec![(*cell).to_owned()]).collect();
            by_content(rows.iter(), 1).remove(0)
        };
        assert_eq!(columns(&["Ana", "Ben", "Li"]), name);
        assert_eq!(columns(&["Om", "Ha", "Ida"]), name);
        assert_eq!(columns(&["ana", "ben", "bo"]), name);
        let speaks = Column::Words { list: WordList::Speaks };
        assert_eq!(columns(&["es", "vi, en", "zh-Hant"]), speaks);
        assert_eq!(columns(&["Spanish", "Tiếng Việt", "Arabic/English"]), speaks);
    }

    #[test]
    fn columns_are_known_by_what_they_hold() {
        let rows = [
            ["Ana Ruiz", "202 555 0143", "ana@example.org", "es, en", "5"],
            ["Ben", "", "b@example.org", "en", "6"],
        ];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let columns = by_content(rows.iter(), 5);
        assert_eq!(columns[0], Column::Text { field: TextField::Name });
        assert_eq!(columns[1], Column::Phone { label: String::new() });
        assert_eq!(columns[2], Column::Email { label: String::new() });
        assert_eq!(columns[3], Column::Words { list: WordList::Speaks });
        assert_eq!(columns[4], Column::Other);
        let heading = ["Imię", "Numer", "Poczta", "", ""].map(str::to_owned);
        assert!(is_heading(&heading, &columns));
        assert!(!is_heading(&rows[0], &columns));
    }
}
