//! An entry of a list in one text, so that it is replaced as a whole and never mixed from two.

use std::collections::BTreeMap;

use crate::field;

/// An entry of a list in one string, so that it is replaced as a whole: its text, then named parts, each after a unit
/// separator (U+001F). Parts of names that are not known yet stay where they are until the entry is rewritten.
pub(crate) struct Item {
    pub(crate) text: String,
    pub(crate) parts: BTreeMap<String, String>,
}

const SEPARATOR: char = '\u{1f}';

impl Item {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: field::clean_line(text), parts: BTreeMap::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let value = field::clean_line(value);
        if !value.is_empty() {
            self.parts.insert(name.to_owned(), value);
        }
        self
    }

    pub(crate) fn get(&self, name: &str) -> String {
        self.parts.get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn write(&self) -> String {
        let mut written = self.text.clone();
        for (name, value) in &self.parts {
            written.push(SEPARATOR);
            written.push_str(name);
            written.push('=');
            written.push_str(value);
        }
        written
    }

    pub(crate) fn read(written: &str) -> Self {
        let mut pieces = written.split(SEPARATOR);
        let text = pieces.next().unwrap_or_default().to_owned();
        let parts = pieces.filter_map(|piece| piece.split_once('='));
        Self { text, parts: parts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }
}

/// The lists in which the entries of a newer card take the place of those of the older one.
fn is_replaced(key: &str) -> bool {
    key.split_once('/')
        .is_some_and(|(list, _)| matches!(list, "phone" | "email" | "messenger" | "link" | "address"))
}

/// Marks an entry as one that came with a card which has an id, if that is of interest.
pub(crate) fn from_card(key: &str, item: &str) -> String {
    if is_replaced(key) { Item::read(item).with("from", "card").write() } else { item.to_owned() }
}

/// Whether an entry came with a card and was not touched since.
pub(crate) fn is_from_card(item: &str) -> bool {
    item.contains(SEPARATOR) && Item::read(item).get("from") == "card"
}

/// One entry of two that say the same number or address. The words of the first stay, and parts it lacks are added; a
/// newer card may also change parts.
pub(crate) fn joined_item(key: &str, ours: &str, theirs: &str, is_newer: bool) -> String {
    if !is_replaced(key) {
        return ours.to_owned();
    }
    let mut joined = Item::read(ours);
    let is_address = key.starts_with("address/");
    for (name, value) in Item::read(theirs).parts {
        if is_address && name != "label" {
            // The same words in other fields: the two must not be mixed.
            continue;
        }
        if is_newer || !joined.parts.contains_key(&name) {
            joined.parts.insert(name, value);
        }
    }
    joined.write()
}

/// What to show of a text or an entry: without its parts; what stands in its key if it has no text.
pub(crate) fn shown_item(key: &str, item: &str) -> String {
    let item = Item::read(item);
    match (item.text.is_empty(), key.split_once('/')) {
        (true, Some((_, key))) => key.to_owned(),
        _ => item.text,
    }
}
