//! What the documents of a schedule hold, taken out of them: texts by item and field, with who wrote them and where
//! their claims stand in the log.

use std::collections::BTreeMap;

use automerge::iter::MapRangeItem;
use automerge::{Automerge, ChangeHash, ObjId, ROOT, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef};
use porchlight_wire::{Hash, Timestamp};

use super::act::Act;
use super::details::{YES, is_entry};
use super::edit::AGAIN;
use super::{Month, Person, ScheduleError};
use crate::contacts::{Stamp, Version};
use crate::document::{Actor, Document, DocumentName, timestamp};
use crate::ledger::{Ledger, Place};

/// One field of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// What it says; of several versions, the one that all devices show first.
    pub(crate) text: String,
    /// All versions, if nobody has picked one.
    pub(crate) versions: Vec<Version>,
    /// Who wrote it, and when by their clock.
    pub(crate) stamp: Stamp,
    /// Where the change that wrote it stands; nothing if it waits, or was no claim.
    pub(crate) place: Option<Place>,
}

/// The fields of one item.
pub(crate) type Fields = BTreeMap<String, Cell>;

/// All that a month's document says.
#[derive(Clone, Debug)]
pub struct MonthCells {
    pub(crate) month: Month,
    pub(crate) shifts: BTreeMap<String, Fields>,
    pub(crate) acts: BTreeMap<String, Vec<Act>>,
    pub(crate) stays: BTreeMap<String, Vec<Person>>,
    pub(crate) checks: BTreeMap<String, Fields>,
    pub(crate) handovers: BTreeMap<String, Fields>,
}

/// All that the plan says.
#[derive(Clone, Debug, Default)]
pub struct PlanCells {
    pub(crate) series: BTreeMap<String, Fields>,
    pub(crate) places: BTreeMap<String, Fields>,
    pub(crate) settings: Fields,
    /// The months in which a shift can be seen, where those are not the one of its document and the next.
    pub(crate) away: BTreeMap<String, String>,
}

impl MonthCells {
    /// A month of which nothing is said.
    pub const fn empty(month: Month) -> Self {
        Self {
            month,
            shifts: BTreeMap::new(),
            acts: BTreeMap::new(),
            stays: BTreeMap::new(),
            checks: BTreeMap::new(),
            handovers: BTreeMap::new(),
        }
    }

    /// Reads a month's document.
    pub fn read(document: &Document, month: Month, ledger: &Ledger) -> Result<Self, ScheduleError> {
        let mut reader = Reader::new(document, month.document(), ledger);
        let mut cells = Self::empty(month);
        cells.shifts = reader.items("shifts")?;
        cells.checks = reader.items("checks")?;
        cells.handovers = reader.items("handovers")?;
        reader.each("stays", |reader, key, item| {
            let Some((shift, person)) = key.split_once('/') else { return };
            if reader.text(item) == Some(YES)
                && let Ok(person) = person.parse()
            {
                cells.stays.entry(shift.to_owned()).or_default().push(person);
            }
        })?;
        reader.each("acts", |reader, key, item| {
            let mut parts = key.splitn(3, '/');
            let (Some(shift), Some(person), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
                return;
            };
            let ObjId::Id(number, actor, _) = item.id() else { return };
            let (Some(actor), Some(text), Ok(person)) =
                (Actor::from_automerge(&actor), reader.text(item), person.parse())
            else {
                return;
            };
            let place = reader.place(&item.id());
            let act = Act::read(text, person, actor, number, place);
            if let Some(act) = act {
                if let Some(acts) = cells.acts.get_mut(shift) {
                    acts.push(act);
                } else {
                    cells.acts.insert(shift.to_owned(), vec![act]);
                }
            }
        })?;
        for acts in cells.acts.values_mut() {
            acts.sort_by(Act::compare);
        }
        Ok(cells)
    }
}

impl PlanCells {
    /// Whether any series continues another: then what is said of a date may hold for one on another day near it.
    pub fn has_successions(&self) -> bool {
        self.series.values().any(|fields| fields.contains_key("follows"))
    }

    /// Reads the plan.
    pub fn read(document: &Document, ledger: &Ledger) -> Result<Self, ScheduleError> {
        let mut reader = Reader::new(document, super::plan(), ledger);
        let settings = reader.items("settings")?.remove("group").unwrap_or_default();
        let mut away = BTreeMap::new();
        reader.each("away", |reader, key, item| {
            away.extend(reader.text(item).map(|months| (key.to_owned(), months.to_owned())));
        })?;
        Ok(Self { series: reader.items("series")?, places: reader.items("places")?, settings, away })
    }
}

struct Reader<'a> {
    automerge: &'a Automerge,
    name: DocumentName,
    ledger: &'a Ledger,
    times: BTreeMap<ChangeHash, Timestamp>,
}

impl<'a> Reader<'a> {
    fn new(document: &'a Document, name: DocumentName, ledger: &'a Ledger) -> Self {
        Self { automerge: document.automerge(), name, ledger, times: BTreeMap::new() }
    }

    fn each(
        &mut self,
        container: &str,
        mut f: impl FnMut(&mut Self, &str, &MapRangeItem<'_>),
    ) -> Result<(), ScheduleError> {
        let object = self::container(self.automerge, container)?;
        let automerge = self.automerge;
        for item in automerge.map_range(&object, ..) {
            f(self, &item.key, &item);
        }
        Ok(())
    }

    fn items(&mut self, container: &str) -> Result<BTreeMap<String, Fields>, ScheduleError> {
        let object = self::container(self.automerge, container)?;
        let mut items = BTreeMap::<String, Fields>::new();
        self.each(container, |reader, key, item| {
            let Some((name, field)) = key.split_once('/') else { return };
            let Some(cell) = reader.cell(&object, key, field, item) else { return };
            if let Some(fields) = items.get_mut(name) {
                fields.insert(field.to_owned(), cell);
            } else {
                items.insert(name.to_owned(), Fields::from([(field.to_owned(), cell)]));
            }
        })?;
        Ok(items)
    }

    fn cell(&mut self, object: &ObjId, key: &str, field: &str, item: &MapRangeItem<'_>) -> Option<Cell> {
        let text = self.text(item)?.to_owned();
        let stamp = self.stamp(&item.id())?;
        let place = if matches!(field, "when" | "place" | AGAIN) { self.place(&item.id()) } else { None };
        let mut cell = Cell { text, versions: Vec::new(), stamp, place };
        if item.conflict {
            self.read_versions(object, key, field, &mut cell);
        }
        Some(cell)
    }

    /// The automerge winner is the last of all.
    fn read_versions(&mut self, object: &ObjId, key: &str, field: &str, cell: &mut Cell) {
        let all = self.automerge.get_all(object, key).unwrap_or_default();
        for (value, operation) in all.into_iter().rev() {
            let Value::Scalar(value) = value else { continue };
            let (ScalarValue::Str(text), Some(stamp)) = (value.as_ref(), self.stamp(&operation)) else {
                continue;
            };
            if cell.versions.iter().all(|version| version.text != text.as_str()) {
                cell.versions.push(Version { text: text.to_string(), stamp });
            }
        }
        // Nobody's addition is lost, and a count of changes never goes back.
        if is_entry(field) && cell.versions.iter().any(|version| version.text == YES) {
            cell.text = YES.to_owned();
        }
        if field == "seq" {
            let counts = cell.versions.iter().filter_map(|version| version.text.parse::<u32>().ok());
            cell.text = counts.max().unwrap_or(0).to_string();
        }
        if cell.versions.len() < 2 {
            cell.versions.clear();
        }
    }

    fn text<'i>(&self, item: &'i MapRangeItem<'_>) -> Option<&'i str> {
        match &item.value {
            ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(text),
            _ => None,
        }
    }

    fn place(&self, operation: &ObjId) -> Option<Place> {
        let hash = self.automerge.hash_for_opid(operation)?;
        self.ledger.get(&self.name, Hash::from_bytes(hash.0))
    }

    fn stamp(&mut self, operation: &ObjId) -> Option<Stamp> {
        let who = Actor::of_operation(operation)?.prefix();
        let hash = self.automerge.hash_for_opid(operation)?;
        let automerge = self.automerge;
        let time = *self.times.entry(hash).or_insert_with(|| {
            timestamp(automerge.get_change_meta_by_hash(&hash).map_or(0, |change| change.timestamp))
        });
        Some(Stamp { who, time })
    }
}

pub(crate) fn container(reader: &impl ReadDoc, name: &str) -> Result<ObjId, ScheduleError> {
    match reader.get(ROOT, name)? {
        Some((Value::Object(_), object)) => Ok(object),
        _ => Err(ScheduleError::NotASchedule),
    }
}
