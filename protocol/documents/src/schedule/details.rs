//! What a shift is about: its name and place, how many are needed, and what they should be able to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contacts::language;
use crate::field;

/// What is said about a shift or a series, apart from when it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub place: String,
    /// Anything to know.
    pub note: String,
    /// What to bring.
    pub bring: String,
    /// What people do there ("driver", "dispatch").
    pub role: String,
    /// The line of shifts that should cover all hours without a gap ("night watch"); empty for none.
    pub line: String,
    /// How many people are needed, who are also the most that can be confirmed; 0 for as many as like.
    pub needs: u32,
    /// Languages of which each should be spoken by somebody there (BCP 47).
    pub languages: Vec<String>,
    /// Skills of which each should be had by somebody there.
    pub skills: Vec<String>,
}

/// The texts, by the key under which documents hold them.
const TEXTS: [&str; 6] = ["title", "place", "note", "bring", "role", "line"];
const NEEDS: &str = "needs";
const LANGUAGE: &str = "language/";
const SKILL: &str = "skill/";
/// More people than this are never needed at once.
const MOST_NEEDED: u32 = 1_000;

/// What entries of the sets say.
pub(crate) const YES: &str = "yes";
pub(crate) const NO: &str = "no";

impl Details {
    /// The texts by key, cleaned, with the most letters that are stored of each.
    fn texts(&self) -> impl Iterator<Item = (&'static str, String, usize)> {
        let texts = [&self.title, &self.place, &self.note, &self.bring, &self.role, &self.line];
        TEXTS.into_iter().zip(texts).map(|(key, text)| match key {
            "note" | "bring" => (key, field::clean_text(text), field::TEXT_LIMIT),
            _ => (key, field::clean_line(text), field::LINE_LIMIT),
        })
    }

    /// The keys of texts of which more is lost than is stored.
    pub(crate) fn too_long(&self) -> Vec<&'static str> {
        let is_cut = |text: &str, limit: usize| text.len() > limit && text.chars().count() > limit;
        self.texts().filter(|(_, text, limit)| is_cut(text, *limit)).map(|(key, ..)| key).collect()
    }

    /// As it is stored: by key, cleaned, without what is empty.
    pub(crate) fn to_flat(&self) -> BTreeMap<String, String> {
        let mut flat = BTreeMap::new();
        for (key, text, limit) in self.texts() {
            let text: String = text.chars().take(limit).collect();
            if !text.is_empty() {
                flat.insert(key.to_owned(), text);
            }
        }
        if self.needs > 0 {
            flat.insert(NEEDS.to_owned(), self.needs.min(MOST_NEEDED).to_string());
        }
        for code in &self.languages {
            let code = language::read(code).replace('/', " ");
            if !code.is_empty() {
                flat.insert(format!("{LANGUAGE}{code}"), YES.to_owned());
            }
        }
        for skill in &self.skills {
            let skill: String = field::fold(skill).replace('/', " ").chars().take(100).collect();
            if !skill.is_empty() {
                flat.insert(format!("{SKILL}{skill}"), YES.to_owned());
            }
        }
        flat
    }

    /// Cleaned as it would be stored.
    #[must_use]
    pub fn tidy(&self) -> Self {
        Self::from_flat(self.to_flat().iter().map(|(key, text)| (key.as_str(), text.as_str())))
    }

    /// From what is stored; fields of newer versions are passed over.
    pub(crate) fn from_flat<'a>(flat: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut details = Self::default();
        for (key, text) in flat {
            match key {
                "title" => details.title = text.to_owned(),
                "place" => details.place = text.to_owned(),
                "note" => details.note = text.to_owned(),
                "bring" => details.bring = text.to_owned(),
                "role" => details.role = text.to_owned(),
                "line" => details.line = text.to_owned(),
                NEEDS => details.needs = text.parse().unwrap_or(0).min(MOST_NEEDED),
                _ if text != YES => {}
                _ => {
                    if let Some(code) = key.strip_prefix(LANGUAGE) {
                        details.languages.push(code.to_owned());
                    } else if let Some(skill) = key.strip_prefix(SKILL) {
                        details.skills.push(skill.to_owned());
                    }
                }
            }
        }
        details
    }

    /// These with what somebody changed in a form that showed `before`; everything else is as it is here.
    #[must_use]
    pub fn changed(&self, before: &Self, after: &Self) -> Self {
        let mut flat = self.to_flat();
        flat.extend(before.difference(after));
        Self::from_flat(flat.iter().map(|(key, text)| (key.as_str(), text.as_str())))
    }

    /// What to write so that `self` becomes `after`. Nothing is ever deleted: a text is cleared, an entry is told off,
    /// so that a date of a series can say that it has none of what the series has.
    pub(crate) fn difference(&self, after: &Self) -> BTreeMap<String, String> {
        let (before, after) = (self.to_flat(), after.to_flat());
        let mut writes: BTreeMap<String, String> = before
            .keys()
            .filter(|key| !after.contains_key(*key))
            .map(|key| (key.clone(), if is_entry(key) { NO } else { "" }.to_owned()))
            .collect();
        writes.extend(after.into_iter().filter(|(key, text)| before.get(key) != Some(text)));
        writes
    }
}

/// Whether a key is that of an entry of a set.
pub(crate) fn is_entry(key: &str) -> bool {
    key.starts_with(LANGUAGE) || key.starts_with(SKILL)
}

/// Whether two versions of a field should be shown to people, and both be kept until somebody picks.
pub(crate) fn is_text(key: &str) -> bool {
    TEXTS.contains(&key) || key == NEEDS
}
