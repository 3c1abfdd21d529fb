//! Writes contacts as a sheet that spreadsheets open well and that comes back without a change.

use super::guard::guarded;
use super::read::stands_for_nothing;
use crate::contacts::{Contact, Details, Phone, TextField, language};
use crate::vcard::OWN_UID;

/// What to write between cells: spreadsheets expect the one that fits their language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delimiter {
    /// As in English.
    #[default]
    Comma,
    /// Where the comma stands in numbers: most of Europe and South America.
    Semicolon,
}

/// Writes contacts as one sheet: UTF-8 with the mark that Excel wants at its start, CR LF after every row.
pub fn write(contacts: &[Contact], delimiter: Delimiter) -> Vec<u8> {
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new()
        .delimiter(match delimiter {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
        })
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(&mut bytes);
    let columns = columns(contacts);
    // Writing into memory does not fail.
    let _ = writer.write_record(columns.iter().map(|column| column.heading.as_str()));
    for contact in contacts {
        let _ = writer.write_record(columns.iter().map(|column| guarded(&(column.cell)(contact))));
    }
    drop(writer);
    bytes
}

struct Column {
    heading: String,
    cell: Box<dyn Fn(&Contact) -> String>,
}

fn column(heading: impl Into<String>, cell: impl Fn(&Contact) -> String + 'static) -> Column {
    Column { heading: heading.into(), cell: Box::new(cell) }
}

/// The columns that these contacts need; the name and the first number always.
fn columns(contacts: &[Contact]) -> Vec<Column> {
    let mut columns = vec![column("Name", |contact| contact.details.name.clone())];
    let texts = |columns: &mut Vec<Column>, fields: &[(TextField, &str)]| {
        for (field, heading) in fields.iter().copied() {
            columns.push(column(heading, move |contact| contact.details.text(field).to_owned()));
        }
    };
    texts(&mut columns, &BEFORE);
    let most = |count: fn(&Details) -> usize| {
        contacts.iter().map(|contact| count(&contact.details)).max().unwrap_or(0)
    };
    for place in 0..most(|details| details.phones.len()).max(1) {
        phone_columns(&mut columns, place);
    }
    for place in 0..most(|details| details.emails.len()) {
        let email = move |contact: &Contact| contact.details.emails.get(place).cloned().unwrap_or_default();
        let number = place.saturating_add(1);
        columns.push(column(format!("Email {number} label"), move |c| {
            label(&email(c).label, email(c).preferred)
        }));
        columns.push(column(format!("Email {number}"), move |contact| one(email(contact).value)));
    }
    for place in 0..most(|details| details.messengers.len()) {
        let messenger =
            move |contact: &Contact| contact.details.messengers.get(place).cloned().unwrap_or_default();
        let number = place.saturating_add(1);
        columns
            .push(column(format!("Messenger {number} service"), move |contact| messenger(contact).service));
        columns.push(column(format!("Messenger {number}"), move |contact| messenger(contact).handle));
    }
    columns.extend([
        column("Speaks", |contact| languages(&contact.details.speaks)),
        column("Prefers", |contact| languages(&contact.details.prefers)),
        column("Interprets", |contact| languages(&contact.details.interprets)),
        column("Skills", |contact| words(&contact.details.skills)),
        column("Equipment", |contact| words(&contact.details.equipment)),
        column("Tags", |contact| words(&contact.details.tags)),
        column(
            "No device",
            |contact| if contact.details.no_device { "yes".to_owned() } else { String::new() },
        ),
    ]);
    texts(&mut columns, &AFTER);
    for place in 0..most(|details| details.addresses.len()) {
        address_columns(&mut columns, place);
    }
    for place in 0..most(|details| details.links.len()) {
        let link = move |contact: &Contact| contact.details.links.get(place).cloned().unwrap_or_default();
        let number = place.saturating_add(1);
        columns.push(column(format!("Link {number} label"), move |contact| {
            label(&link(contact).label, link(contact).preferred)
        }));
        columns.push(column(format!("Link {number}"), move |contact| link(contact).value));
    }
    columns.push(column("ID", |contact| {
        contact.details.uids.first().cloned().unwrap_or_else(|| format!("{OWN_UID}{}", contact.id))
    }));
    columns.push(column("Other IDs", |contact| exact(contact.details.uids.iter().skip(1), "\n")));
    // A name beside one of its parts alone would be taken for the other part.
    let has_parts = contacts.iter().any(|c| !c.details.given.is_empty() || !c.details.family.is_empty());
    columns.retain(|column| {
        let heading = column.heading.as_str();
        ALWAYS.contains(&heading)
            || (has_parts && PARTS.contains(&heading))
            || contacts.iter().any(|c| !(column.cell)(c).is_empty())
    });
    columns
}

const ALWAYS: [&str; 2] = ["Name", "Phone 1"];
const PARTS: [&str; 2] = ["Given name", "Family name"];
const BEFORE: [(TextField, &str); 6] = [
    (TextField::Given, "Given name"),
    (TextField::Middle, "Middle name"),
    (TextField::Family, "Family name"),
    (TextField::Prefix, "Name prefix"),
    (TextField::Suffix, "Name suffix"),
    (TextField::Nickname, "Nickname"),
];
const AFTER: [(TextField, &str); 12] = [
    (TextField::Organization, "Organization"),
    (TextField::Unit, "Unit"),
    (TextField::Title, "Title"),
    (TextField::Area, "Area"),
    (TextField::HouseNumber, "House number"),
    (TextField::Availability, "Availability"),
    (TextField::EmergencyName, "Emergency contact"),
    (TextField::EmergencyPhone, "Emergency phone"),
    (TextField::Birthday, "Birthday"),
    (TextField::Confirmed, "Confirmed"),
    (TextField::Revision, "Revision"),
    (TextField::Note, "Note"),
];

fn phone_columns(columns: &mut Vec<Column>, place: usize) {
    let phone = move |contact: &Contact| contact.details.phones.get(place).cloned().unwrap_or_default();
    let number = place.saturating_add(1);
    columns
        .push(column(format!("Phone {number} label"), move |c| label(&phone(c).label, phone(c).preferred)));
    columns.push(column(format!("Phone {number}"), move |contact| grouped(&phone(contact))));
    columns.push(column(format!("Phone {number} typed"), move |contact| {
        let phone = phone(contact);
        if phone.number == grouped(&phone).trim_end() { String::new() } else { phone.number }
    }));
}

fn address_columns(columns: &mut Vec<Column>, place: usize) {
    let address = move |contact: &Contact| contact.details.addresses.get(place).cloned().unwrap_or_default();
    let number = place.saturating_add(1);
    columns.extend([
        column(format!("Address label {number}"), move |contact| address(contact).label),
        column(format!("Street {number}"), move |contact| address(contact).street),
        column(format!("Extra {number}"), move |contact| address(contact).extra),
        column(format!("PO box {number}"), move |contact| address(contact).post_box),
        column(format!("Town {number}"), move |contact| address(contact).town),
        column(format!("Region {number}"), move |contact| address(contact).region),
        column(format!("Postcode {number}"), move |contact| address(contact).postcode),
        column(format!("Country {number}"), move |contact| address(contact).country),
    ]);
}

/// A number with blanks, so that no spreadsheet takes it for a sum or drops its zeros.
fn grouped(phone: &Phone) -> String {
    let shown = phone.shown(None);
    let is_bare = shown.len() > 3 && shown.bytes().all(|byte| byte.is_ascii_digit());
    if phone.e164.is_some() || !is_bare {
        return one(shown);
    }
    let digits: Vec<char> = shown.chars().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// A cell with one number or address in it, marked as such if it looks like several, or like none.
fn one(text: String) -> String {
    let looks_like_several = text.contains([',', ';', '/']) || text.contains(":::") || text.contains(' ');
    let is_number = text
        .chars()
        .all(|letter| letter.is_ascii_digit() || matches!(letter, ' ' | '+' | '-' | '(' | ')' | '.' | 'x'));
    let is_marked = looks_like_several && !is_number || !text.is_empty() && stands_for_nothing(&text);
    if is_marked { format!("{text}\n") } else { text }
}

fn label(label: &str, is_first: bool) -> String {
    match (label.is_empty(), is_first) {
        (_, false) => label.to_owned(),
        (true, true) => "(first)".to_owned(),
        (false, true) => format!("{label} (first)"),
    }
}

fn languages(values: &[String]) -> String {
    if language::read_list(&values.join(", ")) == values {
        values.join(", ")
    } else {
        exact(values.iter(), "\n")
    }
}

fn words(values: &[String]) -> String {
    if values
        .iter()
        .any(|value| value.contains([',', ';']) || value.contains(":::") || value.starts_with("* "))
    {
        exact(values.iter(), "\n")
    } else {
        values.join(", ")
    }
}

/// One value in each line of the cell, with a line end behind the last: then nothing else parts them.
fn exact<'a>(values: impl Iterator<Item = &'a String>, end: &str) -> String {
    values.map(|value| format!("{value}{end}")).collect()
}
