//! Everything that people do with shifts, as requests of the app and the command say it.

use std::collections::BTreeSet;

use porchlight_documents::contacts::ContactId;
use porchlight_documents::schedule::act::Coming;
use porchlight_documents::schedule::details::Details;
use porchlight_documents::schedule::edit::{self, Check, Offer};
use porchlight_documents::schedule::handover::{self, Tick, Words};
use porchlight_documents::schedule::place::{self, Place, Settings};
use porchlight_documents::schedule::series::{self, CopiedPeople, Pattern, WithPeople};
use porchlight_documents::schedule::sign_up::State;
use porchlight_documents::schedule::template::{self, Template};
use porchlight_documents::schedule::when::When;
use porchlight_documents::schedule::{
    self, Month, Person, Schedule, ScheduleError, SeriesId, Shift, ShiftId, day, minute, plan,
};
use porchlight_documents::{DocumentName, Editor};
use porchlight_wire::{GroupId, Timestamp};
use serde::Deserialize;

use super::LookError;
use crate::device::{ActError, Device, EditError};

/// One thing to do. Days are written `2026-10-14`, minutes `2026-10-14T19:00`, rules as in RFC 5545 with a local UNTIL.
/// Without a person it is the member whose device this is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum ScheduleChange {
    /// Adds a shift, or a series if there is a rule. Gives its id.
    Add {
        details: Details,
        when: When,
        rule: Option<String>,
    },
    /// Makes the shifts of a rule one by one, until a day.
    AddRange {
        details: Details,
        when: When,
        rule: String,
        until: String,
    },
    /// Copies all shifts of a day to another.
    CopyDay {
        from: String,
        to: String,
        people: CopiedPeople,
    },
    /// Starts a template's series, with the group's words for them.
    UseTemplate {
        template: Template,
        first: String,
        second: String,
        place: String,
        from: String,
    },
    /// Changes what a shift is about.
    Edit {
        shift: ShiftId,
        before: Details,
        after: Details,
    },
    /// Picks one of several versions.
    Settle {
        shift: ShiftId,
        field: String,
        text: String,
    },
    /// Moves a shift.
    Move {
        shift: ShiftId,
        when: When,
    },
    Cancel {
        shift: ShiftId,
        reason: String,
    },
    /// Takes a cancelling or a removal back.
    Restore {
        shift: ShiftId,
    },
    Remove {
        shift: ShiftId,
    },
    SignUp {
        shift: ShiftId,
        person: Option<Person>,
        companions: u32,
        part: Option<When>,
    },
    Leave {
        shift: ShiftId,
        person: Option<Person>,
        reason: String,
    },
    /// The answer of somebody who was asked: to a moved shift, to an invitation, or to a place that became free.
    Answer {
        shift: ShiftId,
        person: Option<Person>,
        answer: Answer,
    },
    /// Asks somebody to come.
    Ask {
        shift: ShiftId,
        person: Person,
    },
    /// "I can stay if nobody comes."
    OfferToStay {
        shift: ShiftId,
        made: bool,
    },
    CheckIn {
        shift: ShiftId,
        person: Option<Person>,
    },
    CheckOut {
        shift: ShiftId,
        person: Option<Person>,
    },
    /// Takes back that somebody left.
    CheckBack {
        shift: ShiftId,
        person: Option<Person>,
    },
    /// Writes into a hand-over; what is missing stays.
    WriteHandOver {
        shift: ShiftId,
        #[serde(default)]
        note: Option<String>,
        #[serde(default)]
        call: Option<String>,
    },
    AddTask {
        shift: ShiftId,
        text: String,
    },
    TickTask {
        shift: ShiftId,
        task: String,
        done: bool,
    },
    /// "I have it", of the words that were seen; of those that are there, where none are named.
    Acknowledge {
        shift: ShiftId,
        #[serde(default)]
        words: Option<String>,
    },
    /// Changes what a series is about, from a day on.
    EditSeries {
        series: SeriesId,
        since: String,
        before: Details,
        after: Details,
    },
    /// Continues a series with another pattern, from a minute on. Gives the id of the new series. With `before`, as it
    /// was shown, only what differs from that is changed.
    ChangeSeries {
        series: SeriesId,
        from: String,
        #[serde(default)]
        before: Option<Details>,
        details: Details,
        when: When,
        rule: String,
        people: WithPeople,
    },
    /// Ends a series before a minute.
    EndSeries {
        series: SeriesId,
        from: String,
        people: WithPeople,
    },
    WritePlace {
        place: Place,
    },
    RemovePlace {
        place: String,
    },
    Set {
        settings: Settings,
    },
}

/// What somebody who was asked says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// They come.
    Yes,
    /// They do not.
    No,
    /// They stay on standby and let the next one have the place.
    Later,
}

impl Device {
    /// Does one thing with shifts. Gives the id of what was made, if something was.
    pub fn change_schedule(
        &mut self,
        group: GroupId,
        change: ScheduleChange,
        now: Timestamp,
    ) -> Result<Option<String>, ScheduleChangeError> {
        self.change_shown_schedule(group, change, None, now)
    }

    /// The same, onto the state of the changed Document that was shown, as in [`Device::edit_shown`].
    pub fn change_shown_schedule(
        &mut self,
        group: GroupId,
        change: ScheduleChange,
        shown: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<String>, ScheduleChangeError> {
        use ScheduleChange as C;
        let mut work = Work { device: self, group, shown, now };
        match change {
            C::Add { details, when, rule } => work.add(&details, &when, rule.as_deref()).map(Some),
            C::AddRange { details, when, rule, until } => {
                let pattern = Pattern { when, rule: rule.parse().map_err(ScheduleError::from)? };
                for (month, whens) in series::range(&pattern, day(&until)?) {
                    let ids = work.edit(&month.document(), |editor| {
                        let add = |when| edit::add(editor, month, &details, when, None);
                        whens.iter().map(add).collect::<Result<Vec<_>, _>>()
                    })?;
                    work.point_to_all(ids.iter().zip(&whens))?;
                }
                Ok(None)
            }
            C::CopyDay { from, to, people } => {
                let (from, to) = (day(&from)?, day(&to)?);
                let copies = work.look(Month::of(from))?.copies(from, to);
                let month = Month::of(to);
                let ids = work
                    .edit(&month.document(), |editor| series::write_copies(editor, month, &copies, people))?;
                work.point_to_all(ids.iter().zip(copies.iter().map(|(_, when)| when)))?;
                Ok(None)
            }
            C::UseTemplate { template, first, second, place, from } => {
                let zone = work.device.home_zone(group)?;
                let words = template::Words { first: &first, second: &second, place: &place };
                let all = template.series(&words, day(&from)?, &zone);
                work.edit(&plan(), |editor| {
                    all.iter().try_for_each(|(details, pattern)| {
                        series::add(editor, details, pattern, None).map(drop)
                    })
                })?;
                Ok(None)
            }
            C::EditSeries { .. } | C::ChangeSeries { .. } | C::EndSeries { .. } => work.change_series(change),
            C::WritePlace { place } => Ok(Some(work.edit(&plan(), |editor| place::write(editor, &place))?)),
            C::RemovePlace { place } => {
                work.edit(&plan(), |editor| place::remove(editor, &place)).map(|()| None)
            }
            C::Set { settings } => work.edit(&plan(), |editor| place::set(editor, &settings)).map(|()| None),
            change => work.change_shift(change),
        }
    }
}

struct Work<'a> {
    device: &'a mut Device,
    group: GroupId,
    shown: Option<&'a str>,
    now: Timestamp,
}

impl Work<'_> {
    fn edit<T>(
        &mut self,
        document: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, ScheduleError>,
    ) -> Result<T, ScheduleChangeError> {
        Ok(self.device.edit_shown(self.group, document, self.shown, self.now, f)?)
    }

    fn look(&mut self, month: Month) -> Result<Schedule, ScheduleChangeError> {
        let first = month.first_day();
        Ok(self.device.shifts_now(self.group, (first, first), &[month], self.now)?)
    }

    fn shift(&mut self, id: &ShiftId) -> Result<Shift, ScheduleChangeError> {
        let shift = self.look(id.month())?.shift(id);
        Ok(shift.ok_or_else(|| ScheduleError::NoSuchShift(id.to_string()))?)
    }

    /// Somebody who is there: whoever is not can be taken off, but neither written down nor asked.
    fn person_there(&mut self, person: Option<Person>) -> Result<Person, ScheduleChangeError> {
        let person = self.person(person)?;
        let roll = self.device.roll(self.group, contact_of(&person))?;
        if roll.is_there(&person) { Ok(person) } else { Err(ScheduleError::NotThere.into()) }
    }

    /// By the name under which they are known now.
    fn person(&mut self, person: Option<Person>) -> Result<Person, ScheduleChangeError> {
        match person {
            Some(person) => Ok(self.device.roll(self.group, contact_of(&person))?.now(&person)),
            None => {
                let member = self.device.own_member(self.group)?.ok_or(ActError::NotInYet)?;
                Ok(Person::Member(member))
            }
        }
    }

    fn add(
        &mut self,
        details: &Details,
        when: &When,
        rule: Option<&str>,
    ) -> Result<String, ScheduleChangeError> {
        if let Some(rule) = rule.filter(|rule| !rule.is_empty()) {
            let pattern = Pattern { when: when.clone(), rule: rule.parse().map_err(ScheduleError::from)? };
            let id = self.edit(&plan(), |editor| series::add(editor, details, &pattern, None))?;
            return Ok(id.to_string());
        }
        let month = Month::of(when.day());
        let id = self.edit(&month.document(), |editor| edit::add(editor, month, details, when, None))?;
        self.point(&id, when)?;
        Ok(id.to_string())
    }

    /// Notes in the plan where a shift can be seen that is not where its document says.
    fn point(&mut self, id: &ShiftId, when: &When) -> Result<(), ScheduleChangeError> {
        match schedule::months_seen(id, when) {
            Some(months) => self.edit(&plan(), |editor| schedule::point(editor, id, months)),
            None => Ok(()),
        }
    }

    fn point_to_all<'i>(
        &mut self,
        mut made: impl Iterator<Item = (&'i ShiftId, &'i When)>,
    ) -> Result<(), ScheduleChangeError> {
        made.try_for_each(|(id, when)| self.point(id, when))
    }

    fn change_shift(&mut self, change: ScheduleChange) -> Result<Option<String>, ScheduleChangeError> {
        use ScheduleChange as C;
        if let Some(id) = about(&change) {
            self.shift(id)?;
        }
        match change {
            C::Edit { shift: id, before, after } => {
                self.edit(&id.document(), |editor| edit::change(editor, &id, &before, &after))?;
            }
            C::Settle { shift: id, field, text } => {
                self.edit(&id.document(), |editor| edit::settle(editor, &id, &field, &text))?;
            }
            C::Move { shift: id, when } => {
                self.edit(&id.document(), |editor| edit::reschedule(editor, &id, &when))?;
                self.point(&id, &when)?;
            }
            C::Cancel { shift: id, reason } => {
                self.edit(&id.document(), |editor| edit::cancel(editor, &id, &reason))?;
            }
            C::Restore { shift: id } => self.edit(&id.document(), |editor| edit::restore(editor, &id))?,
            C::Remove { shift: id } => self.edit(&id.document(), |editor| edit::remove(editor, &id))?,
            C::SignUp { shift: id, person, companions, part } => {
                let (person, shift) = (self.person_there(person)?, self.shift(&id)?);
                if !shift.is_on() {
                    return Err(ScheduleError::Cancelled.into());
                }
                let coming = shift.coming(companions, part);
                self.edit(&id.document(), |editor| edit::sign_up(editor, &id, &person, &coming))?;
            }
            C::Leave { shift: id, person, reason } => {
                let (person, shift) = (self.person(person)?, self.shift(&id)?);
                let sign_up = shift.sign_up(&person).ok_or(ScheduleError::NotSignedUp)?;
                // Whoever was taken off says with it that they know.
                let is_told =
                    person == self.person(None)? && self.device.taken_off_by(self.group, &shift).is_some();
                if !is_told && matches!(sign_up.state, State::Withdrawn { .. } | State::Departed) {
                    return Err(ScheduleError::NotSignedUp.into());
                }
                self.edit(&id.document(), |editor| edit::leave(editor, &id, &person, &reason))?;
            }
            C::Answer { shift: id, person, answer } => {
                let person = self.person_there(person)?;
                self.answer(&id, &person, answer)?;
            }
            C::Ask { shift: id, person } => {
                let person = self.person_there(Some(person))?;
                let coming = self.shift(&id)?.coming(0, None);
                self.edit(&id.document(), |editor| edit::ask(editor, &id, &person, &coming))?;
            }
            C::OfferToStay { shift: id, made } => {
                let person = self.person(None)?;
                let offer = if made { Offer::Made } else { Offer::TakenBack };
                self.edit(&id.document(), |editor| edit::offer_to_stay(editor, &id, &person, offer))?;
            }
            C::CheckIn { shift: id, person } => self.check(&id, person, Check::In)?,
            C::CheckOut { shift: id, person } => self.check(&id, person, Check::Out)?,
            C::CheckBack { shift: id, person } => self.check(&id, person, Check::Again)?,
            C::WriteHandOver { shift: id, note, call } => {
                let words = Words { note: note.as_deref(), call: call.as_deref() };
                self.edit(&id.document(), |editor| handover::write(editor, &id, &words))?;
            }
            C::AddTask { shift: id, text } => {
                return Ok(Some(self.edit(&id.document(), |editor| handover::add_task(editor, &id, &text))?));
            }
            C::TickTask { shift: id, task, done } => {
                let tick = if done { Tick::Done } else { Tick::Open };
                self.edit(&id.document(), |editor| handover::tick(editor, &id, &task, tick))?;
            }
            C::Acknowledge { shift: id, words } => {
                let person = self.person(None)?;
                let hand_over = self.look(id.month())?.hand_over(&id);
                let words = words.or(hand_over.map(|it| it.words)).unwrap_or_default();
                self.edit(&id.document(), |editor| handover::acknowledge(editor, &id, &person, &words))?;
            }
            _ => {}
        }
        Ok(None)
    }

    fn check(
        &mut self,
        id: &ShiftId,
        person: Option<Person>,
        check: Check,
    ) -> Result<(), ScheduleChangeError> {
        let person = self.person_there(person)?;
        self.edit(&id.document(), |editor| edit::check(editor, id, &person, check))
    }

    fn answer(&mut self, id: &ShiftId, person: &Person, answer: Answer) -> Result<(), ScheduleChangeError> {
        let shift = self.shift(id)?;
        let sign_up = shift.sign_up(person).ok_or(ScheduleError::NotAsked)?;
        let coming: Coming = shift.coming(sign_up.companions, sign_up.part.clone());
        let is_offered = matches!(sign_up.state, State::Standby { offered: true, .. });
        if !is_offered && !matches!(sign_up.state, State::Asked { .. }) {
            return Err(ScheduleError::NotAsked.into());
        }
        self.edit(&id.document(), |editor| match answer {
            Answer::Yes if is_offered => edit::take_offer(editor, id, person, &coming),
            Answer::Yes => edit::sign_up(editor, id, person, &coming),
            Answer::Later if is_offered => edit::pass(editor, id, person),
            Answer::No | Answer::Later => edit::leave(editor, id, person, ""),
        })
    }

    fn change_series(&mut self, change: ScheduleChange) -> Result<Option<String>, ScheduleChangeError> {
        use ScheduleChange as C;
        let (id, from, next, people) = match change {
            C::EditSeries { series: id, since, before, after } => {
                let since = day(&since)?;
                let schedule = self.look(Month::of(since))?;
                self.edit(&plan(), |editor| series::change(editor, &schedule, &id, since, &before, &after))?;
                return Ok(None);
            }
            C::ChangeSeries { series: id, from, before: shown, details, when, rule, people } => {
                let pattern = Pattern { when, rule: rule.parse().map_err(ScheduleError::from)? };
                (id, from, Some((shown, details, pattern)), people)
            }
            C::EndSeries { series: id, from, people } => (id, from, None, people),
            _ => return Ok(None),
        };
        let from = minute(&from)?;
        let months = Schedule::months_ahead(from.date());
        let days = (from.date(), from.date());
        let before = self.device.shifts(self.group, days, &months)?;
        let next = next.map(|(shown, details, pattern)| {
            let now = before.series_of(&id, from.date());
            let changed = shown.zip(now).map(|(shown, now)| now.details.changed(&shown, &details));
            (changed.unwrap_or(details), pattern)
        });
        let next = self.edit(&plan(), |editor| match &next {
            Some((details, pattern)) => series::split(editor, &before, &id, from, details, pattern).map(Some),
            None => series::end(editor, &before, &id, from).map(|()| None),
        })?;
        let after = self.device.shifts(self.group, days, &months)?;
        for follow_up in before.follow_up(&after, &id, next.as_ref(), from, people) {
            self.edit(&follow_up.document, |editor| follow_up.write(editor))?;
        }
        Ok(next.map(|next| next.to_string()))
    }
}

fn contact_of(person: &Person) -> BTreeSet<ContactId> {
    match person {
        Person::Contact(contact) => BTreeSet::from([contact.clone()]),
        Person::Member(_) => BTreeSet::new(),
    }
}

/// The shift that must be there, where the change does not look at it anyway.
fn about(change: &ScheduleChange) -> Option<&ShiftId> {
    use ScheduleChange as C;
    match change {
        C::Edit { shift, .. }
        | C::Settle { shift, .. }
        | C::Move { shift, .. }
        | C::Cancel { shift, .. }
        | C::Restore { shift }
        | C::Remove { shift }
        | C::OfferToStay { shift, .. }
        | C::CheckIn { shift, .. }
        | C::CheckOut { shift, .. }
        | C::CheckBack { shift, .. }
        | C::WriteHandOver { shift, .. }
        | C::AddTask { shift, .. }
        | C::TickTask { shift, .. }
        | C::Acknowledge { shift, .. } => Some(shift),
        _ => None,
    }
}

/// Why nothing was done with shifts.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleChangeError {
    /// They cannot be read.
    #[error(transparent)]
    Look(Box<LookError>),
    /// The Group does not allow it.
    #[error(transparent)]
    Act(Box<ActError>),
    /// It makes no sense there.
    #[error(transparent)]
    Schedule(Box<ScheduleError>),
}

impl From<LookError> for ScheduleChangeError {
    fn from(error: LookError) -> Self {
        Self::Look(Box::new(error))
    }
}

impl From<ActError> for ScheduleChangeError {
    fn from(error: ActError) -> Self {
        Self::Act(Box::new(error))
    }
}

impl From<ScheduleError> for ScheduleChangeError {
    fn from(error: ScheduleError) -> Self {
        Self::Schedule(Box::new(error))
    }
}

impl From<EditError<ScheduleError>> for ScheduleChangeError {
    fn from(error: EditError<ScheduleError>) -> Self {
        match error {
            EditError::Act(error) => error.into(),
            EditError::Document(error) => error.into(),
        }
    }
}
