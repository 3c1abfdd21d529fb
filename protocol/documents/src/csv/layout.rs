//! What headings mean beside each other and above what stands below them: a "Name" next to a surname is a given name, a
//! "Nr." next to a street is a house number.

use super::cells;
use super::column::{AddressPart, Column};
use crate::contacts::TextField;
use crate::contacts::phone::{self, Reading};
use crate::field;

/// Headings that may stand above the whole name or above the part that has no heading of its own.
const BARE_NAMES: &str = "name|nome|имя|이름|الاسم|non";
/// Headings that stand above names in some sheets, and above yes and no in others.
const KINDS_OF_PEOPLE: &str =
    "contact|member|person|volunteer|neighbor|neighbour|contacto|voluntario|voluntaria|kontakt|mitglied";
/// Headings of row numbers.
const ROW_NUMBERS: &str = "#|no.|nr.|row";

/// A sheet whose headings are known one by one.
pub(super) struct Layout<'a> {
    pub(super) headings: &'a [String],
    pub(super) columns: Vec<Option<Column>>,
    /// The cells below the headings.
    pub(super) rows: Vec<&'a [String]>,
    pub(super) country: Option<&'a str>,
}

impl Layout<'_> {
    /// What the columns hold.
    pub(super) fn settled(mut self) -> Vec<Option<Column>> {
        self.settle_numbers();
        self.settle_houses();
        self.settle_streets();
        self.settle_names();
        self.settle_unknown();
        self.columns
    }

    /// What is not 1, 2, 3 is no number of a row, but of a house or of something that belongs into the note.
    fn settle_numbers(&mut self) {
        for place in 0..self.headings.len() {
            if !self.is_among(place, ROW_NUMBERS) || self.is_counting(place) {
                continue;
            }
            let before = place.checked_sub(1).and_then(|before| self.columns.get(before)).cloned().flatten();
            let is_house = matches!(before, Some(Column::Address { part: AddressPart::Street, .. }))
                && !self.has(TextField::HouseNumber);
            self.set(place, is_house.then_some(Column::Text { field: TextField::HouseNumber }));
        }
    }

    /// "Numéro" and its like stand above houses in some sheets, and above phones in others.
    fn settle_houses(&mut self) {
        for place in (0..self.headings.len())
            .filter(|place| self.is(*place, TextField::HouseNumber))
            .collect::<Vec<_>>()
        {
            if let Some(phone @ Column::Phone { .. }) = cells::of_cells(&self.cells(place)) {
                self.set(place, Some(phone));
            }
        }
    }

    /// A street with a number in its heading is a further line of the address that has a town, unless it has a town of
    /// its own: "Home Street 2" of Outlook, "Address 1" and "Address 2" before one town.
    fn settle_streets(&mut self) {
        let parts: Vec<_> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(place, column)| match column {
                Some(Column::Address { number, part, label }) => Some((place, *number, *part, label.clone())),
                _ => None,
            })
            .collect();
        let is_line = |part: AddressPart| matches!(part, AddressPart::Street | AddressPart::Extra);
        let has_town = |number: u32, label: &str| {
            parts.iter().any(|(_, other, part, name)| *other == number && name == label && !is_line(*part))
        };
        for (place, number, part, label) in &parts {
            if *number > 0 && is_line(*part) && !has_town(*number, label) && has_town(0, label) {
                let label = label.clone();
                self.set(*place, Some(Column::Address { number: 0, part: *part, label }));
            }
        }
    }

    /// One column holds the name; others with such a heading say what somebody is.
    fn settle_names(&mut self) {
        let (has_given, has_family) = (self.has(TextField::Given), self.has(TextField::Family));
        let names: Vec<_> =
            (0..self.columns.len()).filter(|place| self.is(*place, TextField::Name)).collect();
        let sure = names.iter().find(|place| !self.is_among(**place, KINDS_OF_PEOPLE));
        let first = names.first().filter(|_| !has_given && !has_family);
        let kept = sure.or(first).copied();
        let heading = |place: usize| self.headings.get(place).map(|heading| field::fold(heading));
        let (twins, others): (Vec<_>, Vec<_>) = names
            .iter()
            .copied()
            .partition(|place| kept.is_some_and(|kept| heading(kept) == heading(*place)));
        for place in others {
            self.set(place, Some(Column::Other));
        }
        let part = match (has_given, has_family) {
            (false, true) => TextField::Given,
            (true, false) => TextField::Family,
            _ => return,
        };
        let is_part = kept.is_some_and(|kept| self.is_among(kept, BARE_NAMES) && !self.repeats_a_part(kept));
        for place in twins.into_iter().filter(|_| is_part) {
            self.set(place, Some(Column::Text { field: part }));
        }
    }

    /// Columns whose heading says nothing, by what they hold. A number keeps its heading as its label: it may be
    /// another's.
    fn settle_unknown(&mut self) {
        for place in 0..self.headings.len() {
            if self.columns.get(place).is_some_and(Option::is_some) {
                continue;
            }
            let label =
                self.headings.get(place).map(|heading| field::clean_line(heading)).unwrap_or_default();
            let column = match cells::of_cells(&self.cells(place)) {
                Some(Column::Phone { .. }) if self.has_numbers(place) => Column::Phone { label },
                Some(Column::Email { .. }) => Column::Email { label },
                Some(name @ Column::Text { .. }) if !self.has_any_name() => name,
                _ => continue,
            };
            self.set(place, Some(column));
        }
    }

    /// Whether most are numbers in the group's country: what has as many digits may number members or dates.
    fn has_numbers(&self, place: usize) -> bool {
        let Some(country) = self.country else { return true };
        let cells = self.cells(place);
        let is_number =
            |cell: &&&str| matches!(phone::read(cell, Some(country)), Reading::Number(..) | Reading::Damaged);
        cells.iter().filter(is_number).count() * 3 >= cells.len() * 2
    }

    /// Whether a column of names says what the column of given or family names says: then it is the whole name.
    fn repeats_a_part(&self, name: usize) -> bool {
        let Some(part) = (0..self.columns.len())
            .find(|place| self.is(*place, TextField::Given) || self.is(*place, TextField::Family))
        else {
            return false;
        };
        let cell = |row: &[String], place: usize| field::fold(row.get(place).map_or("", String::as_str));
        let both = self.rows.iter().map(|row| (cell(row, name), cell(row, part)));
        let both: Vec<_> = both.filter(|(name, part)| !name.is_empty() && !part.is_empty()).collect();
        let repeated =
            both.iter().filter(|(name, part)| name.split(' ').count() > 1 && name.contains(part.as_str()));
        repeated.count() * 2 > both.len()
    }

    fn is_counting(&self, place: usize) -> bool {
        let numbers: Vec<Option<usize>> =
            self.cells(place).iter().map(|cell| cell.trim_end_matches('.').parse().ok()).collect();
        let first = numbers.first().copied().flatten().unwrap_or(0);
        first <= 1 && numbers.iter().zip(first..).all(|(number, expected)| *number == Some(expected))
    }

    fn cells(&self, place: usize) -> Vec<&str> {
        let cells = self.rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.trim());
        cells.filter(|cell| !cell.is_empty()).collect()
    }

    fn is_among(&self, place: usize, words: &str) -> bool {
        let heading = self.headings.get(place).map(|heading| field::fold(heading)).unwrap_or_default();
        words.split('|').any(|word| word == heading.trim_matches([':', '*']).trim())
    }

    fn is(&self, place: usize, wanted: TextField) -> bool {
        matches!(self.columns.get(place), Some(Some(Column::Text { field })) if *field == wanted)
    }

    fn has(&self, wanted: TextField) -> bool {
        (0..self.columns.len()).any(|place| self.is(place, wanted))
    }

    fn has_any_name(&self) -> bool {
        [TextField::Name, TextField::Given, TextField::Family, TextField::Nickname, TextField::Organization]
            .into_iter()
            .any(|field| self.has(field))
    }

    fn set(&mut self, place: usize, column: Option<Column>) {
        if let Some(present) = self.columns.get_mut(place) {
            *present = column;
        }
    }
}
