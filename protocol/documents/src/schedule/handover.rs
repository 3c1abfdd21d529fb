//! What one shift passes on to the next: a note, open tasks, whom to call; and who has read it.

use std::collections::BTreeSet;

use porchlight_wire::{Hash, Timestamp};
use serde::Serialize;

use super::cell::Fields;
use super::details::{NO, YES};
use super::edit::put;
use super::sign_up::State;
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
    /// Names what it says: all but which tasks are done. Whoever has it has these words.
    pub words: String,
    /// Who has it, and when they said so by their clock.
    pub acknowledged: Vec<Acknowledged>,
    /// Who had what it said before somebody changed it.
    pub had_before: Vec<Acknowledged>,
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

/// "I have it", of the words that were seen.
pub fn acknowledge(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    words: &str,
) -> Result<(), ScheduleError> {
    put(editor, "handovers", &format!("{}/have/{person}", id.key), words)
}

impl Schedule {
    /// What a shift passes on; nothing if nobody wrote anything.
    pub fn hand_over(&self, id: &ShiftId) -> Option<HandOver> {
        let fields = self.months.get(&id.month)?.handovers.get(&id.key)?;
        let mut hand_over = read(id, fields);
        // Whoever has it by two names has it once, and whoever has it now is not told of as having had it.
        let mut known = BTreeSet::new();
        for those in [&mut hand_over.acknowledged, &mut hand_over.had_before] {
            for one in those.iter_mut() {
                one.person = self.who(one.person.clone());
            }
            those.retain(|one| known.insert(one.person.clone()));
        }
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

    /// Hand-overs that nobody who comes after has said to have, half an hour into the next shift.
    pub fn unanswered(&self, shifts: &[Shift], now: Timestamp) -> Vec<HandOver> {
        let mut found: Vec<(HandOver, bool)> = Vec::new();
        for shift in
            shifts.iter().filter(|shift| shift.is_on() && now >= shift.span.start.plus_millis(PATIENCE))
        {
            let Some(hand_over) = self.hand_over_to(shift, shifts) else { continue };
            let is_had = hand_over.acknowledged.iter().any(|it| is_in(shift, &it.person));
            match found.iter_mut().find(|(other, _)| other.shift == hand_over.shift) {
                Some((_, had)) => *had |= is_had,
                None => found.push((hand_over, is_had)),
            }
        }
        found.into_iter().filter(|(_, is_had)| !is_had).map(|(hand_over, _)| hand_over).collect()
    }
}

/// Whether somebody has a place at a shift, or will have once it is sent.
fn is_in(shift: &Shift, person: &Person) -> bool {
    let has_place = |state: &State| matches!(state, State::Confirmed | State::Waiting);
    shift.people.iter().any(|it| it.person == *person && has_place(&it.state))
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

// Most shifts pass nothing on: it stays out of what is run for each, which a first visit loads.
#[inline(never)]
fn read(id: &ShiftId, fields: &Fields) -> HandOver {
    let mut hand_over = HandOver {
        shift: id.clone(),
        note: String::new(),
        versions: Vec::new(),
        call: String::new(),
        calls: Vec::new(),
        tasks: Vec::new(),
        by: None,
        words: String::new(),
        acknowledged: Vec::new(),
        had_before: Vec::new(),
    };
    let mut tasks = Vec::new();
    let mut had = Vec::new();
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
            Some(("have", person)) if !cell.text.is_empty() => {
                if let Ok(person) = person.parse() {
                    had.push((cell.text.as_str(), Acknowledged { person, stamp: cell.stamp }));
                }
            }
            _ => {}
        }
    }
    tasks.sort_by(|(a, x), (b, y)| (a.time, &x.id).cmp(&(b.time, &y.id)));
    hand_over.tasks = tasks.into_iter().map(|(_, task)| task).collect();
    hand_over.words = words(&hand_over);
    for (seen, one) in had {
        // Earlier versions do not say what was seen.
        let is_this = seen == YES || seen == hand_over.words;
        if is_this { &mut hand_over.acknowledged } else { &mut hand_over.had_before }.push(one);
    }
    hand_over
}

/// A name for what a hand-over says, the same in whatever order it was written.
fn words(hand_over: &HandOver) -> String {
    let versions = |field: &str, text: &str, versions: &[Version]| {
        let texts: BTreeSet<&str> =
            versions.iter().map(|version| version.text.as_str()).chain([text]).collect();
        texts.into_iter().map(|text| format!("{field}{}{text}", text.len())).collect::<String>()
    };
    let tasks: BTreeSet<&str> = hand_over.tasks.iter().map(|task| task.text.as_str()).collect();
    let tasks: String = tasks.into_iter().map(|text| format!("task{}{text}", text.len())).collect();
    let all = versions("note", &hand_over.note, &hand_over.versions)
        + &versions("call", &hand_over.call, &hand_over.calls)
        + &tasks;
    Hash::of("porchlight/hand-over", &[all.as_bytes()]).to_string().chars().take(16).collect()
}
