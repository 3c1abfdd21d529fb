//! `hand-over`: what one shift passes on to the next, and who has read it.

use std::collections::BTreeMap;

use porchlight_device::schedule::ScheduleChange;
use porchlight_documents::schedule::handover;
use porchlight_documents::schedule::{Person, ShiftId};
use serde::Serialize;

use super::HandOver;
use super::board::{Board, NOBODY_KNOWN};
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::plain;

/// Writes what was typed, then prints the hand-over.
pub(super) fn hand_over(desk: &Desk, board: &mut Board, wanted: HandOver) -> Result<(), Failure> {
    let shift = board.pick(&wanted.which.shift)?.id;
    if wanted.tasks.iter().any(|text| text.trim().is_empty()) {
        return Err(Failure::Usage("--task needs words: what is to do".to_owned()));
    }
    if wanted.note.is_some() || wanted.call.is_some() {
        let (note, call) = (wanted.note, wanted.call);
        board.change(ScheduleChange::WriteHandOver { shift: shift.clone(), note, call })?;
    }
    for text in wanted.tasks {
        board.change(ScheduleChange::AddTask { shift: shift.clone(), text })?;
    }
    for (typed, done) in
        wanted.done.iter().map(|typed| (typed, true)).chain(wanted.reopen.iter().map(|typed| (typed, false)))
    {
        let task = task(read(board, &shift)?.as_ref(), typed)?;
        board.change(ScheduleChange::TickTask { shift: shift.clone(), task, done })?;
    }
    if wanted.have {
        if read(board, &shift)?.is_none() {
            return Err(Failure::WhichShift(format!("nobody has written a hand-over for {shift}")));
        }
        board.change(ScheduleChange::Acknowledge { shift: shift.clone(), words: None })?;
    }
    let hand_over = read(board, &shift)?;
    desk.show(&Passed {
        group: board.group.to_string(),
        shift,
        people: board.names(),
        hand_over,
        names: board.all_names(),
    })
}

fn read(board: &mut Board, shift: &ShiftId) -> Result<Option<handover::HandOver>, Failure> {
    let first = shift.month().first_day();
    Ok(board.look((first, first), &[shift.month()])?.hand_over(shift))
}

/// By its number, its id or its whole text.
fn task(hand_over: Option<&handover::HandOver>, typed: &str) -> Result<String, Failure> {
    let typed = typed.trim();
    let tasks = hand_over.map(|it| it.tasks.as_slice()).unwrap_or_default();
    let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_number = number.and_then(|place| tasks.get(place));
    let meant =
        tasks.iter().find(|task| task.id == typed || task.text.to_lowercase() == typed.to_lowercase());
    let missing = || {
        let shown: String = plain(typed).chars().take(40).collect();
        Failure::WhichShift(format!("there is no task '{shown}'; 'shifts hand-over' shows their numbers"))
    };
    Ok(meant.or(by_number).ok_or_else(missing)?.id.clone())
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Passed {
    group: String,
    shift: ShiftId,
    people: BTreeMap<String, String>,
    hand_over: Option<handover::HandOver>,
    #[serde(skip)]
    names: BTreeMap<Person, String>,
}

impl Answer for Passed {
    fn text(&self) -> String {
        match &self.hand_over {
            Some(hand_over) => {
                [vec![self.shift.to_string()], lines(hand_over, &self.names)].concat().join("\n")
            }
            None => format!("{}\n  Nothing is passed on yet", self.shift),
        }
    }
}

/// What is passed on, in words.
pub(super) fn lines(hand_over: &handover::HandOver, names: &BTreeMap<Person, String>) -> Vec<String> {
    let mut lines: Vec<String> = hand_over.note.lines().map(|line| format!("    {}", plain(line))).collect();
    if !hand_over.versions.is_empty() {
        lines.push("    Several people wrote a note:".to_owned());
        lines.extend(hand_over.versions.iter().map(|version| format!("      {}", plain(&version.text))));
    }
    if !hand_over.call.is_empty() {
        lines.push(format!("    call: {}", plain(&hand_over.call)));
    }
    for (number, task) in (1..).zip(&hand_over.tasks) {
        let mark = if task.is_done { 'x' } else { ' ' };
        lines.push(format!("    {number}. [{mark}] {}", plain(&task.text)));
    }
    for acknowledged in &hand_over.acknowledged {
        let name = names.get(&acknowledged.person).map_or(NOBODY_KNOWN, String::as_str);
        lines.push(format!("    {} has it", plain(name)));
    }
    for before in &hand_over.had_before {
        let name = names.get(&before.person).map_or(NOBODY_KNOWN, String::as_str);
        lines.push(format!("    {} has what it said before", plain(name)));
    }
    lines
}
