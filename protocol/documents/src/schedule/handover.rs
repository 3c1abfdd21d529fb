//! What one shift passes on to the next: a note, open tasks, whom to call; and who has read it.

use std::collections::BTreeSet;

use porchlight_wire::Timestamp;
use serde::Serialize;

use super::cell::Fields;
use super::details::{NO, YES};
use super::edit::put;
use super::{Person, Schedule, ScheduleError, Shift, ShiftId};
use crate::contacts::{Stamp, Version};
use crate::editor::Editor;
use crate::field;

/// Not acknowledged for so long after the next shift began, it is flagged: 30 minutes.
pub const PATIENCE: u64 = 30 * 60 * 1000;

/// A hand-over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HandOver {
    /// The shift that ends.
    pub shift: ShiftId,
    /// What the next should know.
    pub note: String,
    /// Versions of the note, if several people wrote one.
    pub versions: Vec<Version>,
    /// Whom to call.
    pub call: String,
    /// Versions of whom to call, if several people wrote one.
    pub calls: Vec<Version>,
    /// Open tasks, in the order in which they were added.
    pub tasks: Vec<Task>,
    /// Who wrote the note.
    pub by: Option<Stamp>,
    /// Who has it, and when they said so by their clock.
    pub acknowledged: Vec<Acknowledged>,
}

/// One open task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Which.
    pub id: String,
    /// What is to do.
    pub text: String,
    /// Whether it is done.
    pub is_done: bool,
}

/// "I have it."
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledged {
    /// Who.
    pub person: Person,
    /// Who wrote that, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What somebody writes into a hand-over. What is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    /// What the next should know.
    pub note: Option<&'a str>,
    /// Whom to call.
    pub call: Option<&'a str>,
}

/// Writes the note, or whom to call, or both. Whoever writes one makes no claim about the other.
pub fn write(editor: &mut Editor<'_>, id: &ShiftId, words: &Words<'_>) -> Result<(), ScheduleError> {
    if let Some(note) = words.note {
        let note: String = field::clean_text(note).chars().take(field::TEXT_LIMIT).collect();
        put(editor, "handovers", &format!("{}/note", id.key), &note)?;
    }
    if let Some(call) = words.call {
        let call: String = field::clean_line(call).chars().take(field::LINE_LIMIT).collect();
        put(editor, "handovers", &format!("{}/call", id.key), &call)?;
    }
    Ok(())
}

/// Adds an open task.
pub fn add_task(editor: &mut Editor<'_>, id: &ShiftId, text: &str) -> Result<String, ScheduleError> {
    let text: String = field::clean_line(text).chars().take(field::LINE_LIMIT).collect();
    if text.is_empty() {
        return Err(ScheduleError::NoTitle);
    }
    let task = editor.fresh_key();
    put(editor, "handovers", &format!("{}/task/{task}", id.key), &text)?;
    Ok(task)
}

/// Whether a task is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// It is.
    Done,
    /// It is open again.
    Open,
}

/// Ticks a task off, or opens it again.
pub fn tick(editor: &mut Editor<'_>, id: &ShiftId, task: &str, tick: Tick) -> Result<(), ScheduleError> {
    let text = match tick {
        Tick::Done => YES,
        Tick::Open => NO,
    };
    put(editor, "handovers", &format!("{}/done/{}", id.key, task.replace('/', "")), text)
}

/// "I have it."
pub fn acknowledge(editor: &mut Editor<'_>, id: &ShiftId, person: &Person) -> Result<(), ScheduleError> {
    put(editor, "handovers", &format!("{}/have/{person}", id.key), YES)
}

impl Schedule {
    /// What a shift passes on; nothing if nobody wrote anything.
    pub fn hand_over(&self, id: &ShiftId) -> Option<HandOver> {
        let fields = self.months.get(&id.month)?.handovers.get(&id.key)?;
        let mut hand_over = read(id, fields);
        // Whoever has it by two names has it once.
        let mut known = BTreeSet::new();
        for acknowledged in &mut hand_over.acknowledged {
            acknowledged.person = self.who(acknowledged.person.clone());
        }
        hand_over.acknowledged.retain(|acknowledged| known.insert(acknowledged.person.clone()));
        Some(hand_over)
    }

    /// The hand-over that the people of a shift should see first: the last one that was written in the same line or
    /// series, under the same name, or by whoever leaves as they come. `shifts` are those around it, in order.
    pub fn hand_over_to(&self, shift: &Shift, shifts: &[Shift]) -> Option<HandOver> {
        let is_before = |other: &&Shift| {
            other.id != shift.id
                && other.span.end <= shift.span.end
                && other.span.start < shift.span.start
                && may_be_same_work(other, shift)
        };
        let same_or_relieved = |other: &&Shift| is_same_work(other, shift) || is_relieved_by(other, shift);
        let mut before: Vec<&Shift> = shifts.iter().filter(is_before).filter(same_or_relieved).collect();
        before.sort_by_key(|other| {
            std::cmp::Reverse((other.span.end, is_same_work(other, shift), other.id.clone()))
        });
        before.into_iter().find_map(|other| self.hand_over(&other.id))
    }

    /// Hand-overs that nobody of the next shift has said to have, half an hour into it.
    pub fn unanswered(&self, shifts: &[Shift], now: Timestamp) -> Vec<HandOver> {
        let mut found: Vec<HandOver> = Vec::new();
        for shift in
            shifts.iter().filter(|shift| shift.is_on() && now >= shift.span.start.plus_millis(PATIENCE))
        {
            let Some(hand_over) = self.hand_over_to(shift, shifts) else { continue };
            if hand_over.acknowledged.is_empty() && found.iter().all(|other| other.shift != hand_over.shift) {
                found.push(hand_over);
            }
        }
        found
    }
}

/// Whether nothing says that they are different work. A place that was left out is the other's.
fn may_be_same_work(one: &Shift, two: &Shift) -> bool {
    let (line, place) = (&one.details.line, &one.details.place);
    field::fold(line) == field::fold(&two.details.line)
        && (is_one_series(one, two)
            || !line.is_empty()
            || place.is_empty()
            || two.details.place.is_empty()
            || field::fold(place) == field::fold(&two.details.place))
}

fn is_same_work(one: &Shift, two: &Shift) -> bool {
    let has_line = !one.details.line.is_empty();
    has_line || is_one_series(one, two) || field::fold(&one.details.title) == field::fold(&two.details.title)
}

fn is_one_series(one: &Shift, two: &Shift) -> bool {
    one.series.is_some() && one.series == two.series
}

/// Whether people of one meet those of the other: a night watch and the day watch after it have no name in common.
fn is_relieved_by(one: &Shift, two: &Shift) -> bool {
    one.span.end <= two.span.start && two.span.start <= one.span.end.plus_millis(PATIENCE)
}

fn read(id: &ShiftId, fields: &Fields) -> HandOver {
    let mut hand_over = HandOver {
        shift: id.clone(),
        note: String::new(),
        versions: Vec::new(),
        call: String::new(),
        calls: Vec::new(),
        tasks: Vec::new(),
        by: None,
        acknowledged: Vec::new(),
    };
    let mut tasks = Vec::new();
    for (key, cell) in fields {
        match key.split_once('/') {
            None if key == "note" => {
                hand_over.note.clone_from(&cell.text);
                hand_over.versions.clone_from(&cell.versions);
                hand_over.by = Some(cell.stamp);
            }
            None if key == "call" => {
                hand_over.call.clone_from(&cell.text);
                hand_over.calls.clone_from(&cell.versions);
            }
            Some(("task", task)) => {
                let is_done = fields.get(&format!("done/{task}")).is_some_and(|cell| cell.text == YES);
                tasks.push((cell.stamp, Task { id: task.to_owned(), text: cell.text.clone(), is_done }));
            }
            Some(("have", person)) if cell.text == YES => {
                if let Ok(person) = person.parse() {
                    hand_over.acknowledged.push(Acknowledged { person, stamp: cell.stamp });
                }
            }
            _ => {}
        }
    }
    tasks.sort_by(|(a, x), (b, y)| (a.time, &x.id).cmp(&(b.time, &y.id)));
    hand_over.tasks = tasks.into_iter().map(|(_, task)| task).collect();
    hand_over
}
