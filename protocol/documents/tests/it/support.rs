//! A contact list on one device, for tests.

use porchlight_documents::contacts::{self, Contact, ContactError, ContactId, Details};
use porchlight_documents::csv::{self, Delimiter};
use porchlight_documents::import::{self, Choices, ImportError, Options, Preview, Report};
use porchlight_documents::vcard::{self, Version};
use porchlight_documents::{Actor, Author, Document, Editor, Kind};
use porchlight_wire::Timestamp;

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A contact list, and the country of its group.
pub(crate) struct List {
    pub(crate) document: Document,
    pub(crate) country: Option<String>,
    author: Author,
}

impl List {
    pub(crate) fn new(country: Option<&str>) -> Self {
        let author = Author { actor: Actor::from_bytes([5; 16]), time: Timestamp::from_millis(0) };
        Self { document: Document::new(Kind::Contacts), country: country.map(str::to_owned), author }
    }

    pub(crate) fn options(&self) -> Options {
        Options { country: self.country.clone(), ..Options::default() }
    }

    pub(crate) fn try_preview(&self, bytes: &[u8]) -> Result<Preview, ImportError> {
        import::preview(&self.document, bytes, &self.options())
    }

    pub(crate) fn preview(&self, bytes: &[u8]) -> Preview {
        self.try_preview(bytes).unwrap()
    }

    pub(crate) fn import(&mut self, bytes: &[u8]) -> Report {
        self.import_as(bytes, &self.options(), &Choices::new())
    }

    pub(crate) fn import_as(&mut self, bytes: &[u8], options: &Options, choices: &Choices) -> Report {
        let preview = import::preview(&self.document, bytes, options).unwrap();
        self.edit(|editor| import::apply(editor, &preview, choices))
    }

    pub(crate) fn edit<T>(&mut self, f: impl FnOnce(&mut Editor<'_>) -> Result<T, ContactError>) -> T {
        self.document.edit(self.author, f).unwrap().0
    }

    pub(crate) fn change(&mut self, id: &ContactId, f: impl FnOnce(&mut Details)) {
        let before = contacts::get(&self.document, id).unwrap().details;
        let mut after = before.clone();
        f(&mut after);
        let country = self.country.clone();
        self.edit(|editor| contacts::update(editor, id, &before, after, country.as_deref()));
    }

    pub(crate) fn contacts(&self) -> Vec<Contact> {
        contacts::list(&self.document)
    }

    pub(crate) fn only(&self) -> Details {
        let mut contacts = self.contacts();
        assert_eq!(contacts.len(), 1);
        contacts.remove(0).details
    }

    /// What the contacts say, without the ids that files give them.
    pub(crate) fn people(&self) -> Vec<Details> {
        let people = self.contacts().into_iter().map(|contact| {
            let uids =
                contact.details.uids.iter().filter(|uid| !uid.starts_with("porchlight-")).cloned().collect();
            Details { uids, ..contact.details }
        });
        let mut people: Vec<_> = people.collect();
        people.sort_by_cached_key(|details| format!("{details:?}"));
        people
    }

    /// The list as a vCard 3.0, a vCard 4.0 and a CSV file.
    pub(crate) fn exports(&self) -> [Vec<u8>; 3] {
        let contacts = self.contacts();
        [
            vcard::write(&contacts, Version::V3).into_bytes(),
            vcard::write(&contacts, Version::V4).into_bytes(),
            csv::write(&contacts, Delimiter::Comma),
        ]
    }
}
