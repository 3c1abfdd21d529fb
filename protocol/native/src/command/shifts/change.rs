//! Changes: shifts added, copied, moved, and what people say about coming.

use porchlight_device::schedule::{Answer, ScheduleChange};
use porchlight_documents::schedule::template::Template;
use porchlight_documents::schedule::{SeriesId, Shift, ShiftId};

use super::board::Board;
use super::fields::{Fields, checked_day, part, rule};
use super::{
    Add, AnswerName, Ask, Check, Edit, GiveAnswer, Leave, Move, Range, SignUp, UseTemplate, Which, page,
    series,
};
use crate::command::Failure;
use crate::command::desk::Desk;

/// Adds a shift, or a series.
pub(super) fn add(desk: &Desk, board: &mut Board, wanted: Add) -> Result<(), Failure> {
    let details = wanted.fields.details(&wanted.title);
    let when = wanted.times.when(board)?;
    let rule = wanted.repeat.as_deref().map(rule);
    let is_series = rule.is_some();
    let day = when.day();
    let made = board.change(ScheduleChange::Add { details, when, rule })?.unwrap_or_default();
    if is_series {
        return series::show(desk, board, &SeriesId::new(&made), day, "Added");
    }
    page::show(desk, board, &made.parse()?, "Added")
}

/// Adds shifts one by one.
pub(super) fn range(desk: &Desk, board: &mut Board, wanted: Range) -> Result<(), Failure> {
    let details = wanted.fields.details(&wanted.title).tidy();
    let when = wanted.times.when(board)?;
    let until = checked_day("--until", &wanted.until)?;
    let days = (when.day(), until.tomorrow().unwrap_or(until));
    let change = ScheduleChange::AddRange {
        details: details.clone(),
        when,
        rule: rule(&wanted.repeat),
        until: until.to_string(),
    };
    board.change(change)?;
    page::list_where(desk, board, days, |shift| shift.series.is_none() && shift.details == details)
}

/// Starts the series of a template.
pub(super) fn template(desk: &Desk, board: &mut Board, wanted: UseTemplate) -> Result<(), Failure> {
    let template = Template::from(wanted.template);
    let from = match &wanted.from {
        Some(typed) => checked_day("--from", typed)?,
        None => board.today()?,
    };
    let words = template.words();
    board.change(ScheduleChange::UseTemplate {
        template,
        first: wanted.first.unwrap_or_else(|| words.first.to_owned()),
        second: wanted.second.unwrap_or_else(|| words.second.to_owned()),
        place: wanted.place,
        from: from.to_string(),
    })?;
    series::list(desk, board, from)
}

/// Changes what was named and nothing else.
pub(super) fn edit(desk: &Desk, board: &mut Board, wanted: &Edit) -> Result<(), Failure> {
    if wanted.title.is_none() && wanted.fields == Fields::default() {
        return Err(Failure::Usage("say what to change, such as --place TEXT; see --help".to_owned()));
    }
    let shift = board.pick(&wanted.which.shift)?;
    let mut after = shift.details.clone();
    if let Some(title) = &wanted.title {
        after.title.clone_from(title);
    }
    wanted.fields.write(&mut after);
    let id = shift.id.clone();
    board.change(ScheduleChange::Edit { shift: shift.id, before: shift.details, after })?;
    page::show(desk, board, &id, "Changed")
}

/// Moves a shift.
pub(super) fn reschedule(desk: &Desk, board: &mut Board, wanted: &Move) -> Result<(), Failure> {
    let shift = board.pick(&wanted.which.shift)?;
    let when = wanted.times.when(board)?;
    board.change(ScheduleChange::Move { shift: shift.id.clone(), when })?;
    page::show(desk, board, &shift.id, "Moved")
}

/// Signs somebody up.
pub(super) fn sign_up(desk: &Desk, board: &mut Board, wanted: &SignUp) -> Result<(), Failure> {
    let person = board.person(wanted.person.as_deref())?;
    let shift = board.pick(&wanted.which.shift)?;
    let part = match (&wanted.part_start, &wanted.part_end) {
        (Some(start), Some(end)) => Some(part(&shift.when, start, end)?),
        _ => None,
    };
    let change = ScheduleChange::SignUp { shift: shift.id.clone(), person, companions: wanted.with, part };
    board.change(change)?;
    page::show(desk, board, &shift.id, "Signed up")
}

/// Somebody does not come.
pub(super) fn leave(desk: &Desk, board: &mut Board, wanted: Leave) -> Result<(), Failure> {
    let person = board.person(wanted.person.as_deref())?;
    on(desk, board, &wanted.which, "Left", |shift| ScheduleChange::Leave {
        shift,
        person,
        reason: wanted.reason,
    })
}

/// The answer of somebody who was asked.
pub(super) fn answer(desk: &Desk, board: &mut Board, wanted: &GiveAnswer) -> Result<(), Failure> {
    let person = board.person(wanted.person.as_deref())?;
    let answer = match wanted.answer {
        AnswerName::Yes => Answer::Yes,
        AnswerName::No => Answer::No,
        AnswerName::Later => Answer::Later,
    };
    on(desk, board, &wanted.which, "Answered", |shift| ScheduleChange::Answer { shift, person, answer })
}

/// Asks somebody to come.
pub(super) fn ask(desk: &Desk, board: &mut Board, wanted: &Ask) -> Result<(), Failure> {
    let Some(person) = board.person(Some(&wanted.who))? else {
        return Err(Failure::Usage("say whom to ask".to_owned()));
    };
    on(desk, board, &wanted.which, "Asked", |shift| ScheduleChange::Ask { shift, person })
}

/// Somebody arrived.
pub(super) fn check_in(desk: &Desk, board: &mut Board, wanted: &Check) -> Result<(), Failure> {
    let person = board.person(wanted.person.as_deref())?;
    on(desk, board, &wanted.which, "Checked in", |shift| ScheduleChange::CheckIn { shift, person })
}

/// Somebody left.
pub(super) fn check_out(desk: &Desk, board: &mut Board, wanted: &Check) -> Result<(), Failure> {
    let person = board.person(wanted.person.as_deref())?;
    on(desk, board, &wanted.which, "Checked out", |shift| ScheduleChange::CheckOut { shift, person })
}

/// Does one thing with the shift that is meant, and prints how it is then.
pub(super) fn on(
    desk: &Desk,
    board: &mut Board,
    which: &Which,
    done: &'static str,
    change: impl FnOnce(ShiftId) -> ScheduleChange,
) -> Result<(), Failure> {
    let Shift { id, .. } = board.pick(&which.shift)?;
    board.change(change(id.clone()))?;
    page::show(desk, board, &id, done)
}
