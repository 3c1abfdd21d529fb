//! "Is all this still right?": who has not said so for a year, and noting that they did. Whoever does not answer is
//! dropped, by a person and never by itself.

use jiff::civil::Date;
use serde::Serialize;

use super::{Contact, ContactError, ContactId, TextField, present};
use crate::editor::Editor;
use crate::field;

/// Somebody who is to be asked whether all that is said about them is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Due {
    /// Who.
    pub contact: ContactId,
    /// What they are called.
    pub name: String,
    /// Their first number as people write it; nothing for those who must be visited.
    pub number: Option<String>,
    /// The day on which they last said so, `2026-01-31`; nothing if they never did.
    pub confirmed: Option<String>,
}

/// The listed contacts who did not say within the last year that all is right; the longest silent first.
pub fn due(contacts: &[Contact], today: Date, country: Option<&str>) -> Vec<Due> {
    let mut due: Vec<Due> = contacts
        .iter()
        .filter(|contact| contact.is_listed())
        .filter_map(|contact| {
            let confirmed = day(&contact.details.confirmed);
            let is_due = confirmed.is_none_or(|day| next(day) <= today);
            is_due.then(|| Due {
                contact: contact.id.clone(),
                name: contact.details.shown_name(country),
                number: contact.details.phones.first().map(|phone| phone.shown(country)),
                confirmed: confirmed.map(|day| day.to_string()),
            })
        })
        .collect();
    due.sort_by_cached_key(|due| (due.confirmed.clone(), field::fold(&due.name), due.contact.clone()));
    due
}

/// Notes that people said on a day that all is right.
pub fn confirm(editor: &mut Editor<'_>, contacts: &[ContactId], today: Date) -> Result<(), ContactError> {
    for contact in contacts {
        let object = present(editor, contact)?;
        editor.put(&object, TextField::Confirmed.key(), today.to_string())?;
    }
    Ok(())
}

fn day(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

/// A year later; whoever said so on 29 February is asked on 28 February.
fn next(day: Date) -> Date {
    day.with()
        .year(day.year().saturating_add(1))
        .build()
        .unwrap_or_else(|_| day.with().year(day.year().saturating_add(1)).day(28).build().unwrap_or(day))
}

#[cfg(test)]
mod tests {
    use porchlight_wire::Timestamp;

    use super::*;
    use crate::contacts::{self, Details};
    use crate::document::{Actor, Author, Document, Kind};

    #[test]
    fn whoever_was_silent_for_a_year_is_due_and_nobody_after_saying_so() {
        let author = Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
        let mut document = Document::new(Kind::Contacts);
        for (name, confirmed) in [
            ("Never", ""),
            ("Long ago", "2020-02-29"),
            ("A year ago", "2025-05-02"),
            ("Not yet", "2025-05-03"),
            ("Unreadable", "spring"),
            ("Removed", ""),
        ] {
            let details = Details { name: name.into(), confirmed: confirmed.into(), ..Details::default() };
            let (id, _) = document.edit(author, |editor| contacts::add(editor, details, None)).unwrap();
            if name == "Removed" {
                document.edit(author, |editor| contacts::remove(editor, &id, "")).unwrap();
            }
        }
        let today = Date::constant(2026, 5, 2);
        let list = due(&contacts::list(&document), today, None);
        let names: Vec<&str> = list.iter().map(|due| due.name.as_str()).collect();
        assert_eq!(names, ["Never", "Unreadable", "Long ago", "A year ago"]);
        assert_eq!(list[2].confirmed.as_deref(), Some("2020-02-29"));
        let ids: Vec<ContactId> = list.into_iter().map(|due| due.contact).collect();
        document.edit(author, |editor| confirm(editor, &ids, today)).unwrap();
        assert_eq!(due(&contacts::list(&document), today, None), []);
        assert_eq!(due(&contacts::list(&document), Date::constant(2027, 5, 2), None).len(), 5);
        let nobody = ContactId::new("nobody");
        assert!(document.edit(author, |editor| confirm(editor, &[nobody], today)).is_err());
        assert_eq!(next(Date::constant(2024, 2, 29)), Date::constant(2025, 2, 28));
    }
}
