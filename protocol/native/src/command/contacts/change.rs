//! Changes to the contact list: `add`, `edit`, `remove`, `keep`, `resolve`.

use porchlight_documents::contacts::{self, Contact, Details, TextField};

use super::fields::{Fields, take_out};
use super::page::Page;
use super::pick::pick;
use super::{Book, Edit, Remove, Resolve, Settlement};
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::words::plain;

/// Adds a contact.
pub(super) fn add(desk: &Desk, book: &mut Book, fields: Fields) -> Result<(), Failure> {
    let country = book.country()?;
    let mut details = Details::default();
    fields.write(&mut details, country.as_deref());
    let id = book.edit(|editor| contacts::add(editor, details, country.as_deref()))?;
    let contact = book.contact(&id)?;
    Page::of(book, contact, "Added")?.print(desk)
}

/// Changes what was named and nothing else.
pub(super) fn edit(desk: &Desk, book: &mut Book, wanted: Edit) -> Result<(), Failure> {
    if wanted.fields == Fields::default() && wanted.without.is_empty() {
        return Err(Failure::Usage("say what to change, such as --note TEXT; see --help".to_owned()));
    }
    let contact = pick(book.read(contacts::all)?, &wanted.id)?;
    let country = book.country()?;
    let mut after = contact.details.clone();
    for value in &wanted.without {
        if !take_out(&mut after, value, country.as_deref()) {
            return Err(Failure::Usage(format!(
                "nothing in the lists of this contact is '{}'",
                plain(value)
            )));
        }
    }
    wanted.fields.write(&mut after, country.as_deref());
    let (id, before) = (contact.id, contact.details);
    book.edit(|editor| contacts::update(editor, &id, &before, after, country.as_deref()))?;
    let contact = book.contact(&id)?;
    Page::of(book, contact, "Changed")?.print(desk)
}

/// Removes a contact.
pub(super) fn remove(desk: &Desk, book: &mut Book, wanted: &Remove) -> Result<(), Failure> {
    let contact = pick(book.read(contacts::all)?, &wanted.id)?;
    book.edit(|editor| contacts::remove(editor, &contact.id, &wanted.reason))?;
    let contact = book.contact(&contact.id)?;
    Page::of(book, contact, "Removed")?.print(desk)
}

/// Keeps a contact that was removed.
pub(super) fn keep(desk: &Desk, book: &mut Book, wanted: &str) -> Result<(), Failure> {
    let contact = pick(book.read(contacts::all)?, wanted)?;
    book.edit(|editor| contacts::keep(editor, &contact.id))?;
    let contact = book.contact(&contact.id)?;
    Page::of(book, contact, "Kept")?.print(desk)
}

/// Settles a text of which there are several versions.
pub(super) fn resolve(desk: &Desk, book: &mut Book, wanted: &Resolve) -> Result<(), Failure> {
    let contact = pick(book.read(contacts::all)?, &wanted.id)?;
    let field = TextField::from_key(wanted.field.trim());
    let field =
        field.ok_or_else(|| Failure::Usage(format!("there is no text '{}'", plain(&wanted.field))))?;
    let text = settled(&contact, field, &wanted.answer)?;
    book.edit(|editor| contacts::settle(editor, &contact.id, field, &text))?;
    let contact = book.contact(&contact.id)?;
    Page::of(book, contact, "Settled")?.print(desk)
}

fn settled(contact: &Contact, field: TextField, answer: &Settlement) -> Result<String, Failure> {
    if let Some(text) = &answer.text {
        return Ok(text.clone());
    }
    let conflict = contact.conflicts.iter().find(|conflict| conflict.field == field);
    let Some(conflict) = conflict else {
        return Err(Failure::WhichContact(format!("there is only one version of {}", field.key())));
    };
    let Some(number) = answer.version else { return Ok(conflict.both()) };
    let version = number.checked_sub(1).and_then(|place| conflict.versions.get(place));
    let count = conflict.versions.len();
    let missing = || Failure::Usage(format!("{} has the versions 1 to {count}, not {number}", field.key()));
    Ok(version.ok_or_else(missing)?.text.clone())
}
