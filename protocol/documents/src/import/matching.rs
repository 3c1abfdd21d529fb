//! Finds out about whom a row is: a contact that is known, an earlier row, or somebody new.

use std::collections::{BTreeMap, BTreeSet};

use super::combine::Flat;
use crate::birthday;
use crate::contacts::record::Known;
use crate::contacts::{ContactId, Details};
use crate::field;
use crate::vcard::OWN_UID;

/// Somebody whom a row may be about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Person {
    /// A contact in the document.
    Contact(ContactId),
    /// A person whom a row of the file adds.
    Row(usize),
}

/// Whom a row is about, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// The same id: another card of the same person.
    Uid(Person),
    /// The same number or address, and a name that fits.
    Reach(Person),
    /// Everything it says is said there.
    Whole(Person),
    /// Nobody; these have the same number or the same id under a name that does not fit.
    Nobody(Vec<Person>),
}

/// Everybody known so far, by ids, numbers, addresses and names.
#[derive(Debug, Default)]
pub(super) struct People {
    uids: BTreeMap<String, Person>,
    reach: BTreeMap<String, Vec<Person>>,
    names: BTreeMap<String, Vec<Person>>,
    states: BTreeMap<Person, State>,
    /// What all rows of the file are called that have a number or an address.
    called: BTreeMap<String, BTreeSet<String>>,
    ids: Ids,
}

/// Whether the ids of a file are those of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ids {
    /// Cards and archives say who somebody is.
    #[default]
    OfPeople,
    /// In a sheet an id may be the number of a row, which is another person's in the next sheet.
    Loose,
}

/// What is known of one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) flat: Flat,
    pub(super) is_removed: bool,
}

impl People {
    /// Those in the document.
    pub(super) fn of(known: &[Known], ids: Ids) -> Self {
        let mut people = Self { ids, ..Self::default() };
        // Those in the list come first, so that they are found before those who were removed.
        for is_removed in [false, true] {
            for one in known.iter().filter(|one| one.is_removed == is_removed) {
                let person = Person::Contact(one.id.clone());
                people.uids.insert(format!("{OWN_UID}{}", one.id), person.clone());
                people.add(person, State { flat: one.flat.clone(), is_removed });
            }
        }
        // What was merged into another contact is that contact.
        for one in known {
            if let Some(into) = one.into.as_ref().filter(|into| known.iter().any(|other| other.id == **into))
            {
                let uids = one.flat.keys().filter_map(|key| key.strip_prefix("uid/")).map(str::to_owned);
                for uid in uids.chain([format!("{OWN_UID}{}", one.id)]) {
                    people.uids.insert(uid, Person::Contact(into.clone()));
                }
            }
        }
        people
    }

    /// Notes how the rows of the file are called, those too that are still to come.
    pub(super) fn expect<'a>(&mut self, rows: impl Iterator<Item = &'a Details>) {
        for details in rows.filter(|details| !details.name.is_empty()) {
            for key in details.to_flat().into_keys().filter(|key| is_reach(key)) {
                self.called.entry(key).or_default().insert(details.name.clone());
            }
        }
    }

    /// Adds a person, or what was added to one.
    pub(super) fn add(&mut self, person: Person, state: State) {
        for key in state.flat.keys() {
            if let Some(uid) = key.strip_prefix("uid/") {
                self.uids.entry(uid.to_owned()).or_insert_with(|| person.clone());
            } else if is_reach(key) {
                note(self.reach.entry(key.clone()).or_default(), &person);
            }
        }
        let name = field::fold(&Details::from_flat(state.flat.clone()).shown_name(None));
        note(self.names.entry(name).or_default(), &person);
        self.states.insert(person, state);
    }

    /// What is known of a person.
    pub(super) fn state(&self, person: &Person) -> State {
        self.states.get(person).cloned().unwrap_or_default()
    }

    /// Whether an entry is the id of somebody else: a card of two people made one may carry it.
    pub(super) fn is_of_another(&self, key: &str, person: &Person) -> bool {
        key.strip_prefix("uid/").and_then(|uid| self.uids.get(uid)).is_some_and(|other| other != person)
    }

    /// Whether an id of the file may be the number of a row.
    pub(super) fn has_loose_ids(&self) -> bool {
        self.ids == Ids::Loose
    }

    /// Whether there is such a person.
    pub(super) fn is_known(&self, person: &Person) -> bool {
        self.states.contains_key(person)
    }

    /// What a person is called.
    pub(super) fn name(&self, person: &Person, country: Option<&str>) -> String {
        Details::from_flat(self.state(person).flat).shown_name(country)
    }

    /// Whom this is about.
    pub(super) fn find(&self, details: &Details, flat: &Flat) -> Match {
        let mut others = Vec::new();
        for uid in &details.uids {
            let Some(person) = self.uids.get(uid) else { continue };
            if !self.has_loose_ids() || uid.starts_with(OWN_UID) || self.may_be(person, details, flat) {
                return Match::Uid(person.clone());
            }
            note(&mut others, person);
        }
        for key in flat.keys().filter(|key| is_reach(key)) {
            for person in self.reach.get(key).into_iter().flatten() {
                let other = Details::from_flat(self.state(person).flat);
                let is_sure = match person {
                    Person::Contact(_) => self.is_known_alone(key, details, &other),
                    Person::Row(_) => {
                        self.is_clear(key, &details.name, &other.name)
                            && !have_other_birthdays(details, &other)
                    }
                };
                if is_sure && is_one_person(details, &other) {
                    return Match::Reach(person.clone());
                }
                note(&mut others, person);
            }
        }
        let same_name = self.names.get(&field::fold(&details.shown_name(None)));
        for person in same_name.into_iter().flatten().filter(|person| matches!(person, Person::Contact(_))) {
            let state = self.state(person);
            if flat
                .iter()
                .all(|(key, value)| state.flat.get(key).is_some_and(|other| says(key, other, value)))
            {
                return Match::Whole(person.clone());
            }
        }
        Match::Nobody(others)
    }

    /// Whether a row with the number of somebody in the list cannot mean another there who has it: "Maria" is nobody for
    /// sure where there is a Maria Ruiz and a Maria Gil.
    fn is_known_alone(&self, key: &str, details: &Details, other: &Details) -> bool {
        if field::fold(&details.name) == field::fold(&other.name) {
            return true;
        }
        let sharing = self.reach.get(key).into_iter().flatten();
        let known =
            sharing.filter(|person| matches!(person, Person::Contact(_))).map(|person| self.state(person));
        let known = known.filter(|state| !state.is_removed).map(|state| Details::from_flat(state.flat));
        let fit: Vec<_> = known.filter(|known| is_one_person(details, known)).collect();
        fit.iter().all(|one| is_compatible(&one.name, &other.name))
    }

    /// Whether two rows with one number cannot mean different people of its household: "J. Garcia" is nobody for sure
    /// where there is a Jose and a Juan.
    fn is_clear(&self, key: &str, one: &str, other: &str) -> bool {
        /// A household, or a whole house; beyond that nobody can tell.
        const MOST: usize = 50;
        let is_clear = |name: &str| {
            let called = self.called.get(key).into_iter().flatten();
            let fit: Vec<_> = called.filter(|called| is_compatible(name, called)).take(MOST).collect();
            fit.iter().all(|one| fit.iter().all(|other| is_compatible(one, other)))
        };
        one.is_empty()
            || other.is_empty()
            || field::fold(one) == field::fold(other)
            || (is_clear(one) && is_clear(other))
    }

    /// Whether a row with the id of this person is about them: by its name, a number or an address.
    fn may_be(&self, person: &Person, details: &Details, flat: &Flat) -> bool {
        let state = self.state(person);
        if flat.keys().any(|key| is_reach(key) && state.flat.contains_key(key)) {
            return true;
        }
        let other = Details::from_flat(state.flat);
        let (name, called) = (details.shown_name(None), other.shown_name(None));
        !name.is_empty()
            && !called.is_empty()
            && is_compatible(&name, &called)
            && is_one_person(details, &other)
    }
}

fn is_reach(key: &str) -> bool {
    key.starts_with("phone/") || key.starts_with("email/")
}

fn note(people: &mut Vec<Person>, person: &Person) {
    if !people.contains(person) {
        people.push(person.clone());
    }
}

fn says(key: &str, other: &str, value: &str) -> bool {
    key.contains('/') || other == value
}

/// Whether two whom one number reaches can be one person, by all that is said of their names.
fn is_one_person(one: &Details, other: &Details) -> bool {
    if !is_compatible(&one.name, &other.name) {
        return false;
    }
    let (mut name, mut other_name) = (words(&one.name), words(&other.name));
    name.sort();
    other_name.sort();
    // Some books have given and family names the other way round.
    let is_same_name = name.len() > 1 && name == other_name;
    let fits = |one: &str, other: &str| have_words_in_common(words(one), words(other));
    is_same_name || (fits(&one.given, &other.given) && fits(&one.family, &other.family))
}

/// Whether two rows of one name were born on different days: mother and daughter.
fn have_other_birthdays(one: &Details, other: &Details) -> bool {
    let days = [one, other].map(|details| birthday::canonical(&details.birthday));
    matches!(days, [Some(one), Some(other)] if one != other)
}

/// Whether two names can be one person's: one is missing, or every word of the shorter one is a word of the longer
/// one, or its first letter.
fn is_compatible(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    // An initial says too little alone: "D." is not every Dana.
    let is_bare = |words: &[String]| !words.is_empty() && words.iter().all(|word| is_initial(word));
    if is_bare(&one) || is_bare(&other) {
        return one.is_empty() || other.is_empty() || one == other;
    }
    have_words_in_common(one, other)
}

fn words(name: &str) -> Vec<String> {
    let folded = field::fold(name);
    let words = folded.split(|letter: char| !letter.is_alphanumeric() && letter != '\'');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn have_words_in_common(mut short: Vec<String>, mut long: Vec<String>) -> bool {
    if short.len() > long.len() {
        std::mem::swap(&mut short, &mut long);
    }
    short.iter().all(|word| {
        let place = long.iter().position(|other| {
            word == other
                || (is_initial(word) && other.starts_with(word.as_str()))
                || (is_initial(other) && word.starts_with(other.as_str()))
        });
        place.map(|place| long.swap_remove(place)).is_some()
    })
}

fn is_initial(word: &str) -> bool {
    word.chars().count() == 1 && word.chars().all(|letter| letter.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_or_not() {
        for (one, other, expected) in [
            ("Noor Haddad", "N. Haddad", true),
            ("Haddad, Noor", "noor haddad", true),
            ("Rosa", "Rosa Díaz", true),
            ("Rosa M. Díaz", "Rosa Díaz", true),
            ("", "Rosa Díaz", true),
            ("Ana Ruiz", "Luis Ruiz", false),
            ("A. Ruiz", "Luis Ruiz", false),
            ("N.", "Noor", false),
            ("Noor Haddad", "Nora Haddad", false),
            ("陈美", "陈美丽", false),
        ] {
            assert_eq!(is_compatible(one, other), expected, "{one} / {other}");
            assert_eq!(is_compatible(other, one), expected, "{other} / {one}");
        }
    }
}
