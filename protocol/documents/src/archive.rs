//! One archive of a whole group: what the app reads (JSON) beside what people and other programs read (vCard, CSV,
//! iCalendar, Markdown, plain text), in one zip file that is the same whenever the group says the same.
//!
//! ```text
//! README.txt          porchlight.json     contacts/contacts.vcf, contacts.csv, phone-tree.txt
//! shifts/shifts.ics   notes/*.md          decisions/*.md          data/<document>.json
//! ```

pub mod report;
pub mod restore;
pub mod state;
mod zip;

use serde::{Deserialize, Serialize};

pub use self::state::{State, StateError, Writer};
pub use self::zip::{ArchiveError, Damage, File, Unpacked, pack, unpack};
use crate::document::{DocumentName, Kind};

/// Says whose archive it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `porchlight/archive`.
    pub format: String,
    /// The version of the form: 1.
    pub version: u32,
    /// The group's id in hex.
    pub group: String,
    /// What it is called.
    pub name: String,
}

impl Manifest {
    /// Of a group.
    pub fn new(group: String, name: String) -> Self {
        Self { format: MANIFEST_FORMAT.to_owned(), version: VERSION, group, name }
    }

    /// The JSON.
    pub fn to_json(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// Reads it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, StateError> {
        let manifest: Self = state::parse(bytes)?;
        match () {
            () if manifest.format != MANIFEST_FORMAT => Err(StateError::Other),
            () if manifest.version > VERSION => Err(StateError::Newer),
            () => Ok(manifest),
        }
    }
}

/// Where the JSON of a document lies.
pub fn data_path(name: &DocumentName) -> String {
    let word = name.kind.word();
    if name.key.is_empty() { format!("data/{word}.json") } else { format!("data/{word}-{}.json", name.key) }
}

/// Where the Markdown of a note or decision lies: its day and title, and the beginning of its key, since two may be
/// called the same.
pub fn text_path(name: &DocumentName, day: &str, title: &str) -> String {
    let folder = if name.kind == Kind::Decision { "decisions" } else { "notes" };
    let plain: String = title.chars().map(|l| if l.is_alphanumeric() { l } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let title: String = words.join(" ").chars().take(60).collect();
    let parts: Vec<&str> =
        [day, title.trim(), mark(name)].into_iter().filter(|part| !part.is_empty()).collect();
    format!("{folder}/{}.md", parts.join(" "))
}

/// Whether a Markdown file is the one of this document.
pub fn is_text_of(path: &str, name: &DocumentName) -> bool {
    let ending = format!("{}.md", mark(name));
    path.ends_with(&format!(" {ending}")) || path.ends_with(&format!("/{ending}"))
}

fn mark(name: &DocumentName) -> &str {
    name.key.get(..8).unwrap_or(&name.key)
}

/// Where the manifest lies.
pub const MANIFEST: &str = "porchlight.json";
/// Where the cards lie.
pub const CARDS: &str = "contacts/contacts.vcf";
/// Where the sheet lies.
pub const SHEET: &str = "contacts/contacts.csv";
/// Where the phone tree lies.
pub const TREE: &str = "contacts/phone-tree.txt";
/// Where the calendar lies.
pub const CALENDAR: &str = "shifts/shifts.ics";
/// Where the words for people lie.
pub const README: &str = "README.txt";

/// Where the JSON of a document that comes by itself would lie.
pub const LONE: &str = "data/document.json";

const MANIFEST_FORMAT: &str = "porchlight/archive";
const VERSION: u32 = 1;

/// The words for people.
pub fn readme(group: &str) -> String {
    format!(
        "All that the group \"{group}\" keeps, as files.\r\n\
         \r\n\
         KEEP THIS SAFE. It holds names and phone numbers, and nothing in it is locked.\r\n\
         \r\n\
         contacts/contacts.vcf   everybody, for the address book of a phone\r\n\
         contacts/contacts.csv   everybody, for a spreadsheet\r\n\
         contacts/phone-tree.txt who calls whom in an emergency\r\n\
         shifts/shifts.ics       all shifts, for a calendar\r\n\
         notes/                  notes and minutes, one text each\r\n\
         decisions/              decisions, with every vote\r\n\
         data/                   the same once more, for the Porchlight app\r\n\
         \r\n\
         To bring it back: open the archive as it is in the app (Group, Look after the group, Everything\r\n\
         in one file), or type\r\n\
         porchlight-device archive import FILE\r\n\
         Para recuperarlo: abre el archivo tal cual en la aplicación (Grupo, Cuidar el grupo, Todo en un\r\n\
         archivo). Guárdalo bien: contiene nombres y teléfonos, y nada en él está bajo llave.\r\n\
         In the same group nothing changes but what has been lost since. In a new group everything\r\n\
         comes back as it is now; who changed what before does not. Members are not brought in:\r\n\
         they need to be invited. Who signed up is noted by whoever brings it in, for the member or\r\n\
         contact of the same name, or for a new contact with only the name. What was removed, and old versions of texts, are not in here.\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_is_in_them_and_are_safe_everywhere() {
        let name = DocumentName::note("0123456789abcdef");
        assert_eq!(data_path(&name), "data/note-0123456789abcdef.json");
        assert_eq!(data_path(&DocumentName::contacts()), "data/contacts.json");
        let path = text_path(&name, "2026-05-02", "../May: meeting / été?\u{202e}");
        assert_eq!(path, "notes/2026-05-02 May meeting été 01234567.md");
        assert!(is_text_of(&path, &name) && is_text_of(&text_path(&name, "", "?"), &name));
        assert!(!is_text_of(&path, &DocumentName::note("5678901234567890")));
    }

    #[test]
    fn a_manifest_is_read_or_refused_with_a_place() {
        let manifest = Manifest::new("ab".into(), "Maple Street".into());
        assert_eq!(Manifest::from_json(manifest.to_json().as_bytes()), Ok(manifest.clone()));
        let newer = Manifest { version: 2, ..manifest.clone() };
        assert_eq!(Manifest::from_json(newer.to_json().as_bytes()), Err(StateError::Newer));
        let other = Manifest { format: "x".into(), ..manifest };
        assert_eq!(Manifest::from_json(other.to_json().as_bytes()), Err(StateError::Other));
        let damaged = Manifest::from_json(b"{\n  \"format\": oops");
        assert_eq!(damaged, Err(StateError::Damaged { line: 2, column: 13 }));
    }
}
