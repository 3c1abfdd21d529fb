//! The places where shifts are, so that nobody types them twice; and what the group decided about its shifts.

use serde::{Deserialize, Serialize};

use super::cell::Fields;
use super::details::{NO, YES};
use super::edit::put;
use super::{Schedule, ScheduleError};
use crate::editor::Editor;
use crate::field;

/// One place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Place {
    /// Which; empty for a new one.
    pub id: String,
    /// What it is called, as shifts name it.
    pub name: String,
    /// Cross streets, or how to get there.
    pub area: String,
    /// Anything to know.
    pub note: String,
}

/// What the group decided about its shifts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// So many hours before an unfilled shift those who like are reminded.
    pub reminders: Vec<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { reminders: vec![72, 24, 2] }
    }
}

/// Adds a place, or writes what differs.
pub fn write(editor: &mut Editor<'_>, place: &Place) -> Result<String, ScheduleError> {
    let line = |text: &str| field::clean_line(text).chars().take(field::LINE_LIMIT).collect::<String>();
    let name = line(&place.name);
    if name.is_empty() {
        return Err(ScheduleError::NoTitle);
    }
    let id = if place.id.is_empty() { editor.fresh_key() } else { place.id.replace(['/', '@'], "") };
    for (key, text) in [("name", name), ("area", line(&place.area)), ("note", line(&place.note))] {
        put(editor, "places", &format!("{id}/{key}"), &text)?;
    }
    put(editor, "places", &format!("{id}/gone"), NO)?;
    Ok(id)
}

/// Takes a place from the list. Shifts that name it keep its name.
pub fn remove(editor: &mut Editor<'_>, id: &str) -> Result<(), ScheduleError> {
    put(editor, "places", &format!("{}/gone", id.replace('/', "")), YES)
}

/// Writes what the group decided.
pub fn set(editor: &mut Editor<'_>, settings: &Settings) -> Result<(), ScheduleError> {
    let hours: Vec<_> = settings.reminders.iter().take(10).map(ToString::to_string).collect();
    put(editor, "settings", "group/reminders", &hours.join(","))
}

impl Schedule {
    /// All places, by name.
    pub fn places(&self) -> Vec<Place> {
        let text =
            |fields: &Fields, key: &str| fields.get(key).map(|cell| cell.text.clone()).unwrap_or_default();
        let places = self.plan.places.iter().filter(|(_, fields)| text(fields, "gone") != YES);
        let mut places: Vec<_> = places
            .map(|(id, fields)| Place {
                id: id.clone(),
                name: text(fields, "name"),
                area: text(fields, "area"),
                note: text(fields, "note"),
            })
            .collect();
        places.sort_by_cached_key(|place| (field::fold(&place.name), place.id.clone()));
        places
    }

    /// What the group decided.
    pub fn settings(&self) -> Settings {
        let Some(cell) = self.plan.settings.get("reminders") else { return Settings::default() };
        Settings { reminders: cell.text.split(',').filter_map(|hours| hours.parse().ok()).collect() }
    }
}
