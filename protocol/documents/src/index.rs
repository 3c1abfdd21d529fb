//! The group's index: its name, country, language and time zone, what its members are called, and its circles.

pub(crate) mod circles;
mod origins;

use std::collections::BTreeMap;

use automerge::{AutomergeError, ObjId, ROOT, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef};
use porchlight_wire::MemberId;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::editor::Editor;
use crate::field;

pub use self::circles::{Circle, circle, circles, drop_circle, set_circle, taken_off};
pub use self::origins::{origins, set_origin};

/// What a group says about itself. Each part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What the group is called.
    pub name: String,
    /// ISO 3166-1 alpha-2 code in capitals ("US"): how phone numbers without a country are read.
    pub country: Option<String>,
    /// BCP 47 language tag ("es-MX"): in what language and with which dates things are printed.
    pub locale: Option<String>,
    /// IANA time zone ("America/Chicago"): what the hours of shifts mean.
    pub zone: Option<String>,
}

/// How a member appears to the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What the member wants to be called.
    pub name: String,
    /// The id of the entry in the contact list that is about this member.
    pub contact: Option<String>,
}

/// What the group says about itself.
pub fn group(document: &Document) -> Group {
    let reader = document.automerge();
    container(reader, "group").map_or_else(Group::default, |object| read_group(reader, &object))
}

fn read_group(reader: &impl ReadDoc, object: &ObjId) -> Group {
    Group {
        name: text(reader, object, "name").unwrap_or_default(),
        country: text(reader, object, "country"),
        locale: text(reader, object, "locale"),
        zone: text(reader, object, "zone"),
    }
}

/// Writes what the group says about itself, as far as it differs.
pub fn set_group(editor: &mut Editor<'_>, group: &Group) -> Result<(), IndexError> {
    let name = named(&group.name)?;
    let country = match group.country.as_deref().map(str::trim).filter(|country| !country.is_empty()) {
        Some(country) => Some(country_code(country)?),
        None => None,
    };
    let object = container(editor.reader(), "group").ok_or(IndexError::NotAnIndex)?;
    set(editor, &object, "name", Some(&name))?;
    set(editor, &object, "country", country.as_deref())?;
    set(editor, &object, "locale", group.locale.as_deref())?;
    set(editor, &object, "zone", group.zone.as_deref())
}

/// What is to be changed of what a group says about itself. What is `None` stays; an empty text takes away what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupChange {
    /// See [`Group::name`]; cannot be taken away.
    pub name: Option<String>,
    /// See [`Group::country`].
    pub country: Option<String>,
    /// See [`Group::locale`].
    pub locale: Option<String>,
    /// See [`Group::zone`].
    pub zone: Option<String>,
}

/// Changes what the group says about itself.
pub fn change_group(editor: &mut Editor<'_>, change: &GroupChange) -> Result<(), IndexError> {
    let object = container(editor.reader(), "group").ok_or(IndexError::NotAnIndex)?;
    let mut group = read_group(editor.reader(), &object);
    if let Some(name) = &change.name {
        group.name.clone_from(name);
    }
    let parts = [
        (&mut group.country, &change.country),
        (&mut group.locale, &change.locale),
        (&mut group.zone, &change.zone),
    ];
    for (part, wanted) in parts {
        if let Some(wanted) = wanted {
            *part = Some(wanted.clone());
        }
    }
    set_group(editor, &group)
}

/// All members that have a profile. Who really is a member is in the roster, not here.
pub fn profiles(document: &Document) -> BTreeMap<MemberId, Profile> {
    let reader = document.automerge();
    let Some(object) = container(reader, "members") else { return BTreeMap::new() };
    let mut profiles = BTreeMap::<_, Profile>::new();
    for item in reader.map_range(&object, ..) {
        let Some((member, part)) = item.key.split_once('/') else { continue };
        let Some(member) = MemberId::from_hex(member) else { continue };
        let ValueRef::Scalar(ScalarValueRef::Str(value)) = &item.value else { continue };
        let profile = profiles.entry(member).or_default();
        match part {
            "name" => profile.name = value.to_string(),
            "contact" => profile.contact = Some(value.to_string()),
            _ => {}
        }
    }
    profiles
}

/// What members were called before, in this Group: what was written for a name is still for whoever had it.
pub fn former_names(document: &Document) -> BTreeMap<MemberId, Vec<String>> {
    let reader = document.automerge();
    let Some(object) = container(reader, "members") else { return BTreeMap::new() };
    let mut names = BTreeMap::<_, Vec<String>>::new();
    for item in reader.map_range(&object, ..) {
        let Some((member, part)) = item.key.split_once('/') else { continue };
        let (Some(member), Some(name)) = (MemberId::from_hex(member), part.strip_prefix(FORMERLY)) else {
            continue;
        };
        names.entry(member).or_default().push(name.to_owned());
    }
    names
}

/// One member's profile; empty if there is none.
pub fn profile(document: &Document, member: &MemberId) -> Profile {
    let reader = document.automerge();
    let Some(object) = container(reader, "members") else { return Profile::default() };
    Profile {
        name: text(reader, &object, &format!("{member}/name")).unwrap_or_default(),
        contact: text(reader, &object, &format!("{member}/contact")),
    }
}

/// Writes one member's profile, as far as it differs.
pub fn set_profile(editor: &mut Editor<'_>, member: &MemberId, profile: &Profile) -> Result<(), IndexError> {
    let name = named(&profile.name)?;
    let object = container(editor.reader(), "members").ok_or(IndexError::NotAnIndex)?;
    set(editor, &object, &format!("{member}/name"), Some(&name))?;
    set(editor, &object, &format!("{member}/contact"), profile.contact.as_deref())
}

/// Calls a member something else; the rest of the profile stays.
pub fn rename_member(editor: &mut Editor<'_>, member: &MemberId, name: &str) -> Result<(), IndexError> {
    let name = named(name)?;
    let object = container(editor.reader(), "members").ok_or(IndexError::NotAnIndex)?;
    let key = format!("{member}/name");
    // All of them, where two people gave one without knowing of each other.
    let before: Vec<String> = texts(editor.reader(), &object, &key);
    for before in before.iter().filter(|before| **before != name) {
        set(editor, &object, &format!("{member}/{FORMERLY}{before}"), Some("yes"))?;
    }
    set(editor, &object, &key, Some(&name))
}

fn container(reader: &impl ReadDoc, name: &str) -> Option<ObjId> {
    match reader.get(ROOT, name) {
        Ok(Some((Value::Object(_), object))) => Some(object),
        _ => None,
    }
}

fn text(reader: &impl ReadDoc, object: &ObjId, key: &str) -> Option<String> {
    match reader.get(object, key) {
        Ok(Some((Value::Scalar(value), _))) => match value.as_ref() {
            ScalarValue::Str(text) => Some(text.to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn texts(reader: &impl ReadDoc, object: &ObjId, key: &str) -> Vec<String> {
    let all = reader.get_all(object, key).unwrap_or_default();
    let texts = all.into_iter().filter_map(|(value, _)| match value {
        Value::Scalar(value) => value.as_str().map(str::to_owned),
        Value::Object(_) => None,
    });
    texts.collect()
}

fn set(editor: &mut Editor<'_>, object: &ObjId, key: &str, value: Option<&str>) -> Result<(), IndexError> {
    match value.map(field::clean_line).filter(|value| !value.is_empty()) {
        Some(value) => editor.put(object, key, value)?,
        None => editor.delete(object, key)?,
    }
    Ok(())
}

/// After a member's id, before a name that they had.
const FORMERLY: &str = "was/";

fn named(name: &str) -> Result<String, IndexError> {
    let name = field::clean_line(name);
    if name.is_empty() {
        return Err(IndexError::NoName);
    }
    if name.chars().count() > field::LINE_LIMIT { Err(IndexError::LongName) } else { Ok(name) }
}

/// Checks and capitalizes a two-letter country code.
pub fn country_code(text: &str) -> Result<String, IndexError> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(IndexError::BadCountry(text.to_owned()))
    }
}

/// Why something was not written into the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A group or a member without a name.
    #[error("a name is needed")]
    NoName,
    /// A name nobody could read.
    #[error("the name is too long")]
    LongName,
    /// Not a country code.
    #[error("“{0}” is not a two-letter country code such as US or MX")]
    BadCountry(String),
    /// The document has no index in it: the caller opened another kind.
    #[error("this document is not a group's index")]
    NotAnIndex,
    /// Automerge refused.
    #[error("the index could not be written")]
    Write(#[from] AutomergeError),
}

#[cfg(test)]
mod tests {
    use porchlight_wire::Timestamp;

    use super::*;
    use crate::document::{Actor, Author, Incoming, Kind};

    fn author(device: u8) -> Author {
        Author { actor: Actor::from_bytes([device; 16]), time: Timestamp::from_millis(0) }
    }

    fn willow() -> Group {
        Group { name: "Willow Street".into(), country: Some("us".into()), ..Group::default() }
    }

    #[test]
    fn what_members_were_called_is_known_also_where_two_renamed_one() {
        let hal = MemberId::from_bytes([7; 16]);
        let (mut one, mut two) = (Document::new(Kind::Index), Document::new(Kind::Index));
        let name = |document: &mut Document, device: u8, name: &str| {
            let edited = document.edit(author(device), |editor| rename_member(editor, &hal, name)).unwrap();
            edited.1.map(|change| change.as_bytes().to_vec())
        };
        let take = |document: &mut Document, change: Option<Vec<u8>>| {
            document.apply(Incoming::parse(&change.unwrap()).unwrap()).unwrap();
        };
        let first = name(&mut one, 1, "Hal");
        take(&mut two, first);
        assert!(former_names(&one).is_empty());
        let (a, b) = (name(&mut one, 1, "Harold / Hal"), name(&mut two, 2, "Harry"));
        take(&mut two, a);
        take(&mut one, b);
        let last = name(&mut one, 1, "Harold");
        take(&mut two, last);
        assert_eq!(profile(&one, &hal).name, "Harold");
        let names: Vec<String> = ["Hal", "Harold / Hal", "Harry"].map(str::to_owned).into();
        assert_eq!(former_names(&one), BTreeMap::from([(hal, names)]));
        assert_eq!(former_names(&two), former_names(&one));
        assert_eq!(profiles(&two).len(), 1);
    }

    #[test]
    fn what_is_written_is_read() {
        let mut document = Document::new(Kind::Index);
        assert_eq!(group(&document), Group::default());
        document.edit(author(1), |editor| set_group(editor, &willow())).unwrap();
        let expected = Group { country: Some("US".into()), ..willow() };
        assert_eq!(group(&document), expected);
        let (_, again) = document.edit(author(1), |editor| set_group(editor, &expected)).unwrap();
        assert_eq!(again, None);
        let (ana, ben) = (MemberId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let named = |name: &str| Profile { name: name.into(), contact: None };
        document.edit(author(1), |editor| set_profile(editor, &ana, &named(" Ana\n"))).unwrap();
        let linked = Profile { contact: Some("c1".into()), ..named("Ben") };
        document.edit(author(1), |editor| set_profile(editor, &ben, &linked)).unwrap();
        assert_eq!(profiles(&document), BTreeMap::from([(ana, named("Ana")), (ben, linked)]));
        assert_eq!(profile(&document, &ana), named("Ana"));
        assert_eq!(profile(&document, &MemberId::from_bytes([3; 16])), Profile::default());
    }

    #[test]
    fn two_devices_offline_name_their_members_and_agree() {
        let (mut one, mut two) = (Document::new(Kind::Index), Document::new(Kind::Index));
        let (ana, ben) = (MemberId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let named = |name: &str| Profile { name: name.into(), contact: None };
        let (_, a) = one.edit(author(1), |editor| set_profile(editor, &ana, &named("Ana"))).unwrap();
        let (_, b) = two.edit(author(2), |editor| set_profile(editor, &ben, &named("Ben"))).unwrap();
        one.apply(Incoming::parse(b.unwrap().as_bytes()).unwrap()).unwrap();
        two.apply(Incoming::parse(a.unwrap().as_bytes()).unwrap()).unwrap();
        assert_eq!(profiles(&one), profiles(&two));
        assert_eq!(profiles(&one).len(), 2);
    }

    #[test]
    fn names_and_countries_are_checked() {
        let mut document = Document::new(Kind::Index);
        let nameless = document.edit(author(1), |editor| set_group(editor, &Group::default()));
        assert!(matches!(nameless, Err(IndexError::NoName)));
        let nowhere = Group { country: Some("U.S.A.".into()), ..willow() };
        let refused = document.edit(author(1), |editor| set_group(editor, &nowhere));
        assert!(matches!(refused, Err(IndexError::BadCountry(_))));
        assert_eq!(document.heads(), Document::new(Kind::Index).heads());
        let mut contacts = Document::new(Kind::Contacts);
        let refused = contacts.edit(author(1), |editor| set_group(editor, &willow()));
        assert!(matches!(refused, Err(IndexError::NotAnIndex)));
    }
}
