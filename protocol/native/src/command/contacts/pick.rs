//! Which contact is meant: by id, by the beginning of one, or by the whole name.

use porchlight_documents::contacts::Contact;

use crate::command::Failure;
use crate::command::desk::SHORTEST_ID;
use crate::command::words::plain;

/// The one contact that is meant, among all.
pub(crate) fn pick(contacts: Vec<Contact>, wanted: &str) -> Result<Contact, Failure> {
    let typed = wanted.trim().to_lowercase();
    let exact = |contact: &Contact| contact.id.as_str() == typed;
    let close = |contact: &Contact| {
        let starts = typed.len() >= SHORTEST_ID && contact.id.as_str().starts_with(&typed);
        let called = contact.is_listed() && contact.details.shown_name(None).to_lowercase() == typed;
        starts || called
    };
    if let Some(contact) = contacts.iter().find(|contact| exact(contact)) {
        return Ok(contact.clone());
    }
    let mut meant: Vec<Contact> = contacts.into_iter().filter(close).collect();
    match (meant.pop(), meant.as_slice()) {
        (Some(contact), []) => Ok(contact),
        (None, _) => {
            let shown: String = plain(wanted).chars().take(40).collect();
            Err(Failure::WhichContact(format!(
                "there is no contact '{shown}'; 'contacts list' shows their ids"
            )))
        }
        (Some(last), others) => {
            let ids: Vec<&str> = others.iter().chain([&last]).map(|contact| contact.id.as_str()).collect();
            Err(Failure::WhichContact(format!(
                "several contacts fit; say which by its id: {}",
                ids.join(", ")
            )))
        }
    }
}
