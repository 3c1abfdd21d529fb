//! Writing into a month's document: shifts, dates of series that differ from it, and people's acts.

use automerge::{ObjId, ReadDoc, ScalarValue, Value};

use super::act::{Coming, Says};
use super::cell::container;
use super::details::{Details, NO, YES};
use super::elsewhere::PASSED;
use super::sign_up::Why;
use super::when::When;
use super::{Month, Person, ScheduleError, ShiftId};
use crate::editor::Editor;
use crate::field;

/// How often a shift that was cancelled or removed took place after all.
pub(crate) const AGAIN: &str = "again";

/// Adds a shift that stands alone. `month` is that of the document, where its first day is. `uid` is the name that a
/// calendar gave it.
pub fn add(
    editor: &mut Editor<'_>,
    month: Month,
    details: &Details,
    when: &When,
    uid: Option<&str>,
) -> Result<ShiftId, ScheduleError> {
    when.check()?;
    let flat = details.to_flat();
    if !flat.contains_key("title") {
        return Err(ScheduleError::NoTitle);
    }
    editor.claim();
    let shifts = container(editor.reader(), "shifts")?;
    let id = ShiftId { month, key: editor.fresh_key() };
    for (field, text) in flat {
        editor.put(&shifts, &format!("{}/{field}", id.key), text)?;
    }
    editor.put(&shifts, &format!("{}/when", id.key), when.to_string())?;
    if let Some(uid) = uid {
        editor.put(&shifts, &format!("{}/uid", id.key), uid)?;
    }
    Ok(id)
}

/// Writes what differs between `before`, as it was shown to the person who edits, and `after`.
pub fn change(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    before: &Details,
    after: &Details,
) -> Result<(), ScheduleError> {
    if field::clean_line(&after.title).is_empty() {
        return Err(ScheduleError::NoTitle);
    }
    let writes = before.difference(after);
    if writes.contains_key("place") {
        editor.claim();
        count_change(editor, id)?;
    }
    let shifts = container(editor.reader(), "shifts")?;
    for (field, text) in writes {
        editor.put(&shifts, &format!("{}/{field}", id.key), text)?;
    }
    Ok(())
}

/// Settles a field of which there are several versions.
pub fn settle(editor: &mut Editor<'_>, id: &ShiftId, field: &str, text: &str) -> Result<(), ScheduleError> {
    if field == "when" {
        text.parse::<When>()?;
        editor.claim();
    }
    let shifts = container(editor.reader(), "shifts")?;
    editor.put(&shifts, &format!("{}/{field}", id.key), text)?;
    Ok(())
}

/// Moves a shift to another time. The people in it are asked, if it is by five minutes or more.
pub fn reschedule(editor: &mut Editor<'_>, id: &ShiftId, when: &When) -> Result<(), ScheduleError> {
    when.check()?;
    editor.claim();
    count_change(editor, id)?;
    put(editor, "shifts", &format!("{}/when", id.key), &when.to_string())
}

/// Cancels a shift; it stays visible, struck through.
pub fn cancel(editor: &mut Editor<'_>, id: &ShiftId, reason: &str) -> Result<(), ScheduleError> {
    count_change(editor, id)?;
    let reason: String = field::clean_line(reason).chars().take(field::LINE_LIMIT).collect();
    put(editor, "shifts", &format!("{}/cancelled", id.key), &format!("{YES} {reason}"))
}

/// Takes the cancelling or the removal back. Of a date of a series it says so in any case: it may be cancelled because
/// that of the series before is. Whoever was in it may have made other plans: they are asked.
pub fn restore(editor: &mut Editor<'_>, id: &ShiftId) -> Result<(), ScheduleError> {
    editor.claim();
    count_change(editor, id)?;
    let shifts = container(editor.reader(), "shifts")?;
    count(editor, &shifts, &format!("{}/{AGAIN}", id.key))?;
    for field in ["cancelled", "removed", PASSED] {
        let key = format!("{}/{field}", id.key);
        let is_said = id.in_series().is_some() && field != PASSED;
        if is_said || editor.reader().get(&shifts, &key)?.is_some() {
            editor.put(&shifts, &key, NO)?;
        }
    }
    Ok(())
}

/// Removes a shift that should not be there. It is still shown where somebody signed up for it.
pub fn remove(editor: &mut Editor<'_>, id: &ShiftId) -> Result<(), ScheduleError> {
    count_change(editor, id)?;
    put(editor, "shifts", &format!("{}/removed", id.key), YES)
}

/// Keeps a date of a series that the series itself no longer has, because people are in it.
pub fn keep(editor: &mut Editor<'_>, id: &ShiftId) -> Result<(), ScheduleError> {
    put(editor, "shifts", &format!("{}/kept", id.key), YES)
}

/// Takes a date off that its series no longer has, and whose people were told so: another stands for it, whatever
/// somebody who cancels this one for good says meanwhile.
pub(super) fn pass_on(editor: &mut Editor<'_>, id: &ShiftId) -> Result<(), ScheduleError> {
    count_change(editor, id)?;
    put(editor, "shifts", &format!("{}/{PASSED}", id.key), YES)
}

/// Says where the people of a cancelled date were asked to come instead.
pub fn point_to(editor: &mut Editor<'_>, id: &ShiftId, instead: &ShiftId) -> Result<(), ScheduleError> {
    put(editor, "shifts", &format!("{}/instead", id.key), &instead.to_string())
}

/// Signs a person up for what they have in front of them, or repeats that they still come.
pub fn sign_up(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    coming: &Coming,
) -> Result<(), ScheduleError> {
    act(editor, id, person, &Says::Come(coming.clone()))
}

/// A person does not come.
pub fn leave(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    reason: &str,
) -> Result<(), ScheduleError> {
    let reason: String = field::clean_line(reason).chars().take(field::LINE_LIMIT).collect();
    act(editor, id, person, &Says::Go(reason))
}

/// A person on standby takes the place that became free.
pub fn take_offer(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    coming: &Coming,
) -> Result<(), ScheduleError> {
    act(editor, id, person, &Says::Come(coming.clone()))?;
    act(editor, id, person, &Says::Take)
}

/// A person stays on standby and lets the next one have the place.
pub fn pass(editor: &mut Editor<'_>, id: &ShiftId, person: &Person) -> Result<(), ScheduleError> {
    act(editor, id, person, &Says::Pass)
}

/// Asks a person whether they would come.
pub fn ask(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    coming: &Coming,
) -> Result<(), ScheduleError> {
    act(editor, id, person, &Says::Ask(coming.clone(), Why::Invited))
}

/// Asks a person of another date whether they come to this one, which is in its place. `coming` is the other date.
pub(super) fn ask_instead(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    coming: &Coming,
    why: Why,
) -> Result<(), ScheduleError> {
    act(editor, id, person, &Says::Ask(coming.clone(), why))
}

/// "I can stay if nobody comes": seen by organizers, and counted nowhere.
pub fn offer_to_stay(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    offer: Offer,
) -> Result<(), ScheduleError> {
    let text = match offer {
        Offer::Made => YES,
        Offer::TakenBack => NO,
    };
    put(editor, "stays", &format!("{}/{person}", id.key), text)
}

/// Whether somebody offers to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// They do.
    Made,
    /// They do no longer.
    TakenBack,
}

/// Which end of being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Arrived.
    In,
    /// Left.
    Out,
    /// Did not leave, or came back.
    Again,
}

/// Notes that a person arrived or left, at the time of this edit.
pub fn check(
    editor: &mut Editor<'_>,
    id: &ShiftId,
    person: &Person,
    check: Check,
) -> Result<(), ScheduleError> {
    let end = match check {
        Check::In => "in",
        Check::Out | Check::Again => "out",
    };
    let time = match check {
        Check::In | Check::Out => editor.author().time.millis().to_string(),
        Check::Again => NO.to_owned(),
    };
    put(editor, "checks", &format!("{}/{person}/{end}", id.key), &time)
}

fn act(editor: &mut Editor<'_>, id: &ShiftId, person: &Person, says: &Says) -> Result<(), ScheduleError> {
    editor.claim();
    let key = format!("{}/{person}/{}", id.key, editor.fresh_key());
    put(editor, "acts", &key, &says.to_string())
}

pub(crate) fn put(editor: &mut Editor<'_>, name: &str, key: &str, text: &str) -> Result<(), ScheduleError> {
    let object = container(editor.reader(), name)?;
    Ok(editor.put(&object, key, text)?)
}

/// Counts the changes that calendars must hear of (RFC 5545, section 3.8.7.4).
fn count_change(editor: &mut Editor<'_>, id: &ShiftId) -> Result<(), ScheduleError> {
    let shifts = container(editor.reader(), "shifts")?;
    count(editor, &shifts, &format!("{}/seq", id.key))
}

pub(super) fn count(editor: &mut Editor<'_>, object: &ObjId, key: &str) -> Result<(), ScheduleError> {
    let all = editor.reader().get_all(object, key)?;
    let counts = all.iter().filter_map(|(value, _)| match value {
        Value::Scalar(value) => match value.as_ref() {
            ScalarValue::Str(text) => text.parse::<u32>().ok(),
            _ => None,
        },
        Value::Object(_) => None,
    });
    let next = counts.max().unwrap_or(0).saturating_add(1);
    Ok(editor.put(object, key, next.to_string())?)
}
