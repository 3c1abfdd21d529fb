//! "Is all this still right?": who has not said so for a year, and noting that they did. Whoever does not answer is
//! dropped, by a person and never by itself.

use jiff::ToSpan;
use jiff::civil::Date;
use porchlight_wire::Timestamp;
use serde::Serialize;

use super::{Contact, ContactError, ContactId, TextField, present, record};
use crate::document::Document;
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

/// The listed contacts who did not say within the last year that all is right; of those who never did, whom nobody added
/// or changed in it. The longest silent first.
pub fn due(document: &Document, today: Date, country: Option<&str>) -> Vec<Due> {
    let reader = document.automerge();
    let is_fresh = |contact: &Contact| record::is_written(reader, &contact.id, |time| is_within(time, today));
    let mut due: Vec<Due> = super::list(document)
        .iter()
        .filter(|contact| contact.is_listed())
        .filter_map(|contact| {
            let confirmed = day(&contact.details.confirmed);
            // An edit does not say that all the rest is right, where somebody once said so.
            let is_due = confirmed.map_or_else(|| !is_fresh(contact), |day| next(day) <= today);
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

/// Whether that was within the year before a day, by the clock of whoever wrote it. One that is years ahead says nothing.
fn is_within(time: Timestamp, today: Date) -> bool {
    let Ok(millis) = i64::try_from(time.millis()) else { return false };
    let Ok(moment) = jiff::Timestamp::from_millisecond(millis) else { return false };
    let day = jiff::tz::Offset::UTC.to_datetime(moment).date();
    // Where it is tomorrow already.
    next(day) > today && day <= today.saturating_add(2.days())
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
    use super::*;
    use crate::contacts::{self, Details};
    use crate::document::{Actor, Author, Document, Kind};

    #[test]
    fn whoever_was_added_or_changed_within_the_year_is_not_due() {
        let day = |day: i64| Timestamp::from_millis(u64::try_from(day * 24 * 3_600_000).unwrap());
        let at = |time| Author { actor: Actor::from_bytes([1; 16]), time };
        // 2 May 2026.
        let (today, now) = (Date::constant(2026, 5, 2), 20_575);
        let mut document = Document::new(Kind::Contacts);
        let mut add = |name: &str, time| {
            let details = Details { name: name.into(), ..Details::default() };
            document.edit(at(time), |editor| contacts::add(editor, details, None)).unwrap().0
        };
        add("Just now", day(now));
        add("In the spring", day(now - 364));
        let changed = add("Long ago", day(now - 700));
        add("Forgotten", day(now - 366));
        add("By a clock that was years ahead", day(now + 900));
        let names = |document: &Document| -> Vec<String> {
            due(document, today, None).into_iter().map(|due| due.name).collect()
        };
        assert_eq!(names(&document), ["By a clock that was years ahead", "Forgotten", "Long ago"]);
        let before = contacts::get(&document, &changed).unwrap().details;
        let after = Details { note: "Moved to the second floor".into(), ..before.clone() };
        document
            .edit(at(day(now - 3)), |editor| contacts::update(editor, &changed, &before, after, None))
            .unwrap();
        assert_eq!(names(&document), ["By a clock that was years ahead", "Forgotten"]);
    }

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
        let list = due(&document, today, None);
        let names: Vec<&str> = list.iter().map(|due| due.name.as_str()).collect();
        assert_eq!(names, ["Never", "Unreadable", "Long ago", "A year ago"]);
        assert_eq!(list[2].confirmed.as_deref(), Some("2020-02-29"));
        let ids: Vec<ContactId> = list.into_iter().map(|due| due.contact).collect();
        document.edit(author, |editor| confirm(editor, &ids, today)).unwrap();
        assert_eq!(due(&document, today, None), []);
        assert_eq!(due(&document, Date::constant(2027, 5, 2), None).len(), 5);
        let nobody = ContactId::new("nobody");
        assert!(document.edit(author, |editor| confirm(editor, &[nobody], today)).is_err());
        assert_eq!(next(Date::constant(2024, 2, 29)), Date::constant(2025, 2, 28));
    }
}
