//! What the rows of a sheet say about people.

use std::collections::BTreeMap;

use super::cells;
use super::column::{self, AddressPart, Column, WordList};
use super::guard::unguarded;
use super::labels;
use super::layout::Layout;
use super::sheet::{Row, Sheet};
use super::{MappedColumn, Mapping};
use crate::birthday;
use crate::contacts::phone::{self, Reading};
use crate::contacts::{Address, Details, Labelled, Messenger, Phone, TextField, language};
use crate::field;
use crate::import::{Flag, Refusal, numbers};

/// One row of a sheet.
#[derive(Debug)]
pub(crate) struct Line {
    /// Where it begins in the file, counted from 1.
    pub(crate) line: u64,
    /// What it says, or why it says nothing.
    pub(crate) details: Result<Details, Refusal>,
    /// What a person should know about it.
    pub(crate) flags: Vec<Flag>,
}

/// Reads a sheet, as it was mapped or else as it looks.
pub(crate) fn read(text: &str, chosen: Option<&Mapping>, country: Option<&str>) -> (Mapping, Vec<Line>) {
    let mut sheet = Sheet::read(text, chosen.map(|mapping| mapping.delimiter));
    sheet.rows.drain(..titles(&sheet));
    let mapping = chosen.cloned().unwrap_or_else(|| guess(&sheet, country));
    let rows = sheet.rows.iter().skip(usize::from(mapping.has_heading));
    let pairs = labels::pairs(&mapping.columns);
    let lines = rows.map(|row| line(row, &mapping, &pairs, country)).collect();
    (mapping, lines)
}

/// How many rows stand above the headings: "Maple Street, spring" and the like. They are about the sheet, and nobody.
fn titles(sheet: &Sheet) -> usize {
    const MOST: usize = 5;
    let filled = |row: &Row| row.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let is_heading = |row: &Row| {
        row.cells.iter().filter(|cell| column::known(cell).is_some()).count() > 1
            && !row.cells.iter().any(|cell| cells::is_reach(cell))
    };
    let Some(place) = sheet.rows.iter().take(MOST + 1).position(is_heading) else { return 0 };
    let (above, rest) = sheet.rows.split_at_checked(place).unwrap_or_default();
    let width = rest.first().map_or(0, filled);
    if above.iter().all(|row| filled(row) * 2 <= width) { place } else { 0 }
}

fn guess(sheet: &Sheet, country: Option<&str>) -> Mapping {
    const SAMPLES: usize = 3;
    let width = sheet.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let first = sheet.rows.first().map(|row| row.cells.clone()).unwrap_or_default();
    let mut columns: Vec<_> = first.iter().map(|cell| column::known(cell)).collect();
    // A person may have a word in a cell that is a heading elsewhere: "mobile", "Volunteer".
    let is_person = first.iter().any(|cell| cells::is_reach(cell));
    let mut has_heading = !is_person && columns.iter().any(Option::is_some);
    let below = cells::by_content(sheet.rows.iter().skip(1).map(|row| &row.cells), width);
    if has_heading {
        let rows = sheet.rows.iter().skip(1).map(|row| row.cells.as_slice()).collect();
        columns = Layout { headings: &first, columns, rows, country }.settled();
    } else if sheet.rows.len() > 1 && cells::is_heading(&first, &below) {
        has_heading = true;
        columns = below.into_iter().map(Some).collect();
    } else {
        columns =
            cells::by_content(sheet.rows.iter().map(|row| &row.cells), width).into_iter().map(Some).collect();
    }
    // Columns beyond the heading are no columns: what is in them is told of and goes to the note.
    let named = if has_heading { first.len() } else { width };
    let columns = (0..named).map(|place| {
        let cells = sheet.rows.iter().skip(usize::from(has_heading)).filter_map(|row| row.cells.get(place));
        let samples = cells.filter(|cell| !cell.trim().is_empty()).take(SAMPLES).cloned().collect();
        let heading = if has_heading { first.get(place).cloned().unwrap_or_default() } else { String::new() };
        MappedColumn {
            heading,
            column: columns.get(place).cloned().flatten().unwrap_or(Column::Other),
            samples,
        }
    });
    Mapping { delimiter: sheet.delimiter, has_heading, columns: columns.collect() }
}

/// What is gathered from the cells of one row.
#[derive(Default)]
struct Reader {
    details: Details,
    flags: Vec<Flag>,
    note: Vec<String>,
    addresses: BTreeMap<(u32, String), Address>,
    /// Addresses as they are written on an envelope.
    written_out: BTreeMap<(u32, String), String>,
    address_labels: BTreeMap<u32, String>,
}

fn line(row: &Row, mapping: &Mapping, pairs: &BTreeMap<usize, usize>, country: Option<&str>) -> Line {
    let mut reader = Reader::default();
    if row.has_open_quote {
        reader.flags.push(Flag::QuoteNotClosed);
    }
    for (place, (cell, mapped)) in row.cells.iter().zip(&mapping.columns).enumerate() {
        let label =
            pairs.get(&place).and_then(|label| row.cells.get(*label)).map(|cell| unguarded(cell).trim());
        reader.cell(unguarded(cell), mapped, label.filter(|label| !label.is_empty()), country);
    }
    let extra: Vec<_> =
        row.cells.iter().skip(mapping.columns.len()).filter(|cell| !cell.trim().is_empty()).collect();
    if !extra.is_empty() {
        reader.flags.push(Flag::ExtraCells { count: extra.len() });
        reader.note.extend(extra.into_iter().cloned());
    }
    // How WhatsApp marks what people call themselves. It gives nobody an id; a list that does may mean the mark.
    if !mapping.columns.iter().any(|mapped| mapped.column == Column::Uid) {
        let name = &mut reader.details.name;
        let marked = name.trim_start_matches(['~', ' ']);
        if !marked.is_empty() {
            *name = marked.to_owned();
        }
    }
    reader.finish(row.line, country)
}

impl Reader {
    fn cell(&mut self, cell: &str, mapped: &MappedColumn, told: Option<&str>, country: Option<&str>) {
        let text = cell.trim();
        let label = |own: &str| first(told.unwrap_or(own));
        match &mapped.column {
            // They are read with what they belong to.
            Column::PhoneLabel | Column::EmailLabel | Column::LinkLabel | Column::MessengerService => {}
            Column::AddressLabel { number } => {
                self.address_labels.insert(*number, text.to_owned());
            }
            Column::Phone { label: own } => self.phones(cell, label(own), country),
            Column::Email { label: own } => {
                let (label, preferred) = label(own);
                for value in one_or(cell, emails_in) {
                    self.details.emails.push(Labelled { value, label: label.clone(), preferred });
                }
            }
            _ if text.is_empty() => {}
            Column::Link => {
                let (label, preferred) = label("");
                self.details.links.push(Labelled { value: text.to_owned(), label, preferred });
            }
            Column::Messenger { service } => {
                let service = told.unwrap_or(service).to_owned();
                self.details.messengers.push(Messenger { service, handle: text.to_owned() });
            }
            Column::PhoneTyped => self.typed(text),
            Column::Ignore => {}
            Column::Text { field } => self.text(*field, cell),
            // How Outlook writes an anniversary that nobody told.
            Column::Other if birthday::is_none(text) => {}
            Column::Other => self.beside(mapped, text),
            Column::NoDevice => match is_yes(text) {
                Some(is_yes) => self.details.no_device = is_yes,
                None => self.beside(mapped, text),
            },
            Column::Address { number, part, label } => {
                let name = (*number, label.clone());
                let text = text.replace("\r\n", "\n").replace(['\r', '\n'], ", ");
                let address = self.addresses.entry(name.clone()).or_default();
                let Some(present) = part_of(address, *part) else {
                    self.written_out.insert(name, text);
                    return;
                };
                *present = if present.is_empty() { text } else { format!("{present}, {text}") };
            }
            Column::Words { list } => self.words(*list, cell),
            Column::Uid => self.details.uids.push(text.to_owned()),
        }
    }

    /// What has no place of its own goes to the note, under its heading.
    fn beside(&mut self, mapped: &MappedColumn, text: &str) {
        let heading = mapped.heading.trim();
        self.note.push(if heading.is_empty() { text.to_owned() } else { format!("{heading}: {text}") });
    }

    fn text(&mut self, field: TextField, cell: &str) {
        let present = self.details.text_mut(field);
        if present.is_empty() {
            cell.clone_into(present);
        } else if field == TextField::Note {
            *present = format!("{present}\n{cell}");
        } else {
            *present = format!("{present} {}", cell.trim());
        }
    }

    fn phones(&mut self, cell: &str, (label, preferred): (String, bool), country: Option<&str>) {
        for number in one_or(cell, |text| numbers_in(text, country)) {
            let mut phone = Phone { label: label.clone(), preferred, ..Phone::default() };
            phone.number = number;
            phone.read(country);
            self.details.phones.push(phone);
        }
    }

    /// What was typed stands beside the number; somebody may have changed one in the spreadsheet and not the other.
    fn typed(&mut self, text: &str) {
        let Some(phone) = self.details.phones.last_mut() else { return };
        let agrees = match &phone.e164 {
            Some(e164) => phone::agrees(text, e164, phone.extension.as_deref()),
            None => phone::digits(text) == phone::digits(&phone.number),
        };
        if agrees {
            text.clone_into(&mut phone.number);
        }
    }

    fn words(&mut self, list: WordList, cell: &str) {
        let details = &mut self.details;
        let is_exact = cell.contains('\n');
        let words = |marks: &[char]| -> Vec<String> {
            let marks: &[char] = if is_exact { &['\n'] } else { marks };
            cell.split(marks)
                .flat_map(|text| if is_exact { vec![text] } else { text.split(":::").collect() })
                .map(|word| if is_exact { word.trim() } else { word.trim().trim_start_matches("* ") })
                .map(str::to_owned)
                .collect()
        };
        let languages = || if is_exact { words(&['\n']) } else { language::read_list(cell) };
        match list {
            WordList::Speaks => details.speaks.extend(languages()),
            WordList::Prefers => details.prefers.extend(languages()),
            WordList::Interprets => details.interprets.extend(languages()),
            WordList::Skills => details.skills.extend(words(&[',', ';'])),
            WordList::Equipment => details.equipment.extend(words(&[',', ';'])),
            WordList::Tags => details.tags.extend(words(&[',', ';'])),
            WordList::Uids => details.uids.extend(words(&['\n'])),
        }
    }

    fn finish(mut self, line: u64, country: Option<&str>) -> Line {
        for ((number, label), mut address) in self.addresses {
            if address == Address::default() {
                address.street = self.written_out.remove(&(number, label.clone())).unwrap_or_default();
            }
            let label = self.address_labels.remove(&number).unwrap_or(label);
            self.details.addresses.push(Address { label, ..address });
        }
        if !self.note.is_empty() {
            let own = std::mem::take(&mut self.details.note);
            let all = std::iter::once(own).filter(|note| !note.trim().is_empty()).chain(self.note);
            self.details.note = all.collect::<Vec<_>>().join("\n");
        }
        let day = field::clean_line(&self.details.birthday);
        if birthday::is_none(&day) {
            self.details.birthday.clear();
        } else if !day.is_empty() && birthday::canonical(&day).is_none() {
            self.flags.push(Flag::BirthdayUnreadable { text: day });
        }
        for field in TextField::ALL {
            if field.is_cut(self.details.text(*field)) {
                self.flags.push(Flag::CutShort { field: *field });
            }
        }
        let has_name = !field::clean_line(&self.details.name).is_empty();
        let details = self.details.tidy(country);
        self.flags.extend(numbers::flags(&details, country));
        if details.is_empty() {
            return Line { line, details: Err(Refusal::Nothing), flags: self.flags };
        }
        if !has_name && details.given.is_empty() && details.family.is_empty() {
            self.flags.push(Flag::NameMade);
        }
        Line { line, details: Ok(details), flags: self.flags }
    }
}

/// What is in a cell: one thing if it ends with a line end, as our own sheets write what others would take for several.
fn one_or(cell: &str, several: impl FnOnce(&str) -> Vec<String>) -> Vec<String> {
    let text = cell.trim();
    if cell.ends_with('\n') && !text.contains('\n') { vec![text.to_owned()] } else { several(text) }
}

/// The numbers in a cell. Several may stand in one, but a mark that could belong to one number parts nothing unless
/// both sides are numbers.
fn numbers_in(text: &str, country: Option<&str>) -> Vec<String> {
    if text.is_empty() || stands_for_nothing(text) {
        return Vec::new();
    }
    if matches!(phone::read(text, country), Reading::Number(..) | Reading::Damaged) {
        return vec![text.to_owned()];
    }
    let joined = [" or ", " o ", " oder ", " ou ", " and ", " y ", ":::"]
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, "\n"));
    // A bracket closes the words behind a number, or the digits of its area.
    for joined in [joined.as_str(), &joined.replace(") ", ")\n")] {
        for mark in [['\n', ';'].as_slice(), &['\n', ';', ','], &['\n', ';', ',', '/']] {
            let parts: Vec<_> = joined.split(mark).map(str::trim).filter(|part| !part.is_empty()).collect();
            let is_number = |part: &&str| phone::digits(part).len() >= 7;
            if parts.len() > 1 && parts.iter().all(is_number) {
                return parts.into_iter().map(str::to_owned).collect();
            }
        }
    }
    vec![text.to_owned()]
}

/// Whether people write this where there is no number.
pub(super) fn stands_for_nothing(text: &str) -> bool {
    const WORDS: [&str; 6] = ["n/a", "#n/a", "na", "n.a.", "none", "null"];
    WORDS.contains(&field::fold(text).as_str()) || !text.chars().any(char::is_alphanumeric)
}

/// The addresses in a cell; what does not look like several is one.
fn emails_in(text: &str) -> Vec<String> {
    let parts: Vec<_> = text.split([',', ';', '\n', ' ']).flat_map(|text| text.split(":::")).collect();
    let parts: Vec<_> = parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts.iter().all(|part| part.contains('@')) {
        parts.into_iter().map(|part| part.trim_matches(['<', '>']).to_owned()).collect()
    } else {
        Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect()
    }
}

/// Our own sheets write "(first)" behind the label of what is to be used first; Google's begin with a star.
fn first(label: &str) -> (String, bool) {
    let label = label.trim();
    let (label, is_first) = match label.strip_suffix("(first)").or_else(|| label.strip_prefix("* ")) {
        Some(label) => (label.trim(), true),
        None => (label, false),
    };
    (label.to_owned(), is_first)
}

/// Whether a cell says yes or no; nothing if it says something else, which may be either.
fn is_yes(text: &str) -> Option<bool> {
    const YES: &str =
        "yes|y|x|true|t|1|ja|j|oui|o|sí|si|s|sim|tak|wi|có|да|نعم|是|ok|✓|✔|☑|wahr|vrai|verdadero|verdadeiro";
    const NO: &str = "no|n|false|f|0|nein|non|não|nao|nie|không|нет|لا|否|-|–|—|falsch|faux|falso|☐|✗";
    let text = field::fold(text);
    let is_among = |words: &str| words.split('|').any(|word| word == text);
    if is_among(YES) { Some(true) } else { is_among(NO).then_some(false) }
}

/// Where a part stands; nothing for all of it.
fn part_of(address: &mut Address, part: AddressPart) -> Option<&mut String> {
    Some(match part {
        AddressPart::Street => &mut address.street,
        AddressPart::Extra => &mut address.extra,
        AddressPart::PostBox => &mut address.post_box,
        AddressPart::Town => &mut address.town,
        AddressPart::Region => &mut address.region,
        AddressPart::Postcode => &mut address.postcode,
        AddressPart::Country => &mut address.country,
        AddressPart::Whole => return None,
    })
}
