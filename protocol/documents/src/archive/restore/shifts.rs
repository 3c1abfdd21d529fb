//! What an archive says of shifts: what is missing comes, and who comes to them is noted under whoever that is here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::report::{Outcome, Part, Reason, Row};
use super::super::state::{self, State};
use super::{Restore, entry, here, shown};
use crate::contacts::{self, ContactError, ContactId, Details};
use crate::document::Document;
use crate::editor::Editor;
use crate::ledger::Ledger;
use crate::schedule::act;

/// Who the people of another group are here: `m.…` and `c.…` to the same, or why they are nobody.
pub type People = BTreeMap<String, Result<String, Reason>>;

/// What series are called, by their keys.
pub type Titles = BTreeMap<String, String>;

/// What the series of a plan are called.
pub fn series_titles(plan: &State) -> Titles {
    let titles = plan.map("series").into_iter().filter_map(|(key, value)| {
        let series = key.strip_suffix("/title")?;
        Some((series.to_owned(), state::text(&value)?.to_owned()))
    });
    titles.collect()
}

/// What the series here are called.
pub fn titles_here(plan: &Document) -> Titles {
    let name = crate::schedule::plan();
    State::of(plan, &name, &Ledger::new()).as_ref().map(series_titles).unwrap_or_default()
}

/// The members and contacts of whom a plan or a month says anything.
pub fn people_named(state: &State) -> BTreeSet<String> {
    let keys = PEOPLE.iter().flat_map(|(map, _)| state.map(map)).map(|(key, _)| key);
    let parts = keys.flat_map(|key| key.split('/').map(str::to_owned).collect::<Vec<_>>());
    parts.filter(|part| part.starts_with("m.") || part.starts_with("c.")).collect()
}

/// Adds somebody of whom an archive knows the name alone.
pub fn add_person(editor: &mut Editor<'_>, id: &ContactId, name: &str) -> Result<ContactId, ContactError> {
    let details = Details { name: name.to_owned(), ..Details::default() }.tidy(None);
    if details.is_empty() {
        return Err(ContactError::Empty);
    }
    contacts::add_flat(editor, &details.to_flat(), Some(id))
}

/// Shifts of one document: the plan or a month. `titles` are those of all series.
pub fn shifts(document: &Document, state: &State, people: &People, titles: &Titles) -> Restore {
    let mut restore = Restore::default();
    let here = here(document);
    let mut names: Vec<String> = state.content.keys().cloned().collect();
    // Series and shifts first, so that people read about them first.
    names.sort_by_key(|name| !matches!(name.as_str(), "series" | "shifts" | "places"));
    for map in names {
        let mut items = BTreeMap::<String, Told>::new();
        let mut order = Vec::new();
        for (key, value) in state.entries(&map) {
            let name = key.split('/').next().unwrap_or_default().to_owned();
            let item = items.entry(name.clone()).or_insert_with(|| {
                order.push(name.clone());
                Told::default()
            });
            let key = match with_people(&key, people) {
                Ok(key) => key,
                Err(why) => {
                    item.left_out = Some(why);
                    continue;
                }
            };
            if key.ends_with("/title") || key.ends_with("/name") {
                item.title = state::text(&value).map(str::to_owned);
            }
            match entry(&here, &map, &key) {
                None => {
                    item.come.push(field_of(&key));
                    let value = shown(value);
                    restore.put(&map, &key, if map == "acts" { noted(value) } else { value });
                }
                Some(ours) if state::text(ours) != state::text(&value) => item.differ.push(field_of(&key)),
                Some(_) => item.same = item.same.saturating_add(1),
            }
        }
        // In which months a shift can be seen goes with the shift.
        for name in order.into_iter().filter(|_| map != "away") {
            let Some(item) = items.remove(&name) else { continue };
            let part = PEOPLE.iter().find(|(with, _)| *with == map).map(|(_, part)| *part);
            let part = part.or((map == "settings").then_some(Part::Settings));
            let title = item.title.clone().or_else(|| title_of(state, &here, &name, titles));
            let row = Row {
                name: title.unwrap_or_default(),
                day: day_of(state, &here, &name),
                part,
                outcome: Outcome::Unchanged,
            };
            restore.tell(&row, item);
        }
    }
    restore
}

#[derive(Default)]
struct Told {
    title: Option<String>,
    come: Vec<String>,
    differ: Vec<String>,
    same: usize,
    left_out: Option<Reason>,
}

impl Restore {
    fn tell(&mut self, row: &Row, item: Told) {
        let mut add = |outcome| self.rows.push(Row { outcome, ..row.clone() });
        if let Some(why) = item.left_out {
            add(Outcome::LeftOut { why });
        }
        // The fields of a shift have names; what people said of one has none.
        let fields = |fields: Vec<String>| if row.part.is_none() { fields } else { Vec::new() };
        match () {
            () if !item.come.is_empty() && item.same == 0 && item.differ.is_empty() => add(Outcome::Added),
            () if !item.come.is_empty() => {
                add(Outcome::Changed { with: String::new(), fields: fields(item.come) });
            }
            () if !item.differ.is_empty() => add(Outcome::Kept { fields: fields(item.differ) }),
            () if item.same > 0 => add(Outcome::Unchanged),
            () => {}
        }
    }
}

/// The maps in whose keys people stand, and what they are about.
const PEOPLE: [(&str, Part); 4] = [
    ("acts", Part::SignUps),
    ("stays", Part::Stays),
    ("checks", Part::Checks),
    ("handovers", Part::HandOver),
];

/// What somebody said of coming, as somebody else notes it down later.
fn noted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(act::noted(&text)),
        other => other,
    }
}

/// A key of a schedule with the people in it as they are known here, or why one is not.
fn with_people(key: &str, people: &People) -> Result<String, Reason> {
    let parts = key.split('/').map(|part| match people.get(part) {
        Some(here) => here.clone(),
        None => Ok(part.to_owned()),
    });
    Ok(parts.collect::<Result<Vec<_>, Reason>>()?.join("/"))
}

fn field_of(key: &str) -> String {
    key.split('/').nth(1).unwrap_or(key).to_owned()
}

/// What the shift or series of this key is called.
fn title_of(state: &State, here: &Map<String, Value>, item: &str, titles: &Titles) -> Option<String> {
    let mut own = ["shifts", "series"].into_iter().filter_map(|map| field(state, here, map, item, "title"));
    let series = item.split('@').next().unwrap_or(item);
    own.next().or_else(|| titles.get(series).cloned())
}

/// The day of the shift of this key: where it was moved to, if it was.
fn day_of(state: &State, here: &Map<String, Value>, item: &str) -> Option<String> {
    let when = field(state, here, "shifts", item, "when");
    let when = when.or_else(|| Some(item.split_once('@')?.1.to_owned()));
    when?.get(..10).map(str::to_owned)
}

fn field(state: &State, here: &Map<String, Value>, map: &str, item: &str, field: &str) -> Option<String> {
    let key = format!("{item}/{field}");
    let there = state.content.get(map).and_then(|map| map.get(&key));
    there.or_else(|| entry(here, map, &key)).and_then(state::text).map(str::to_owned)
}
