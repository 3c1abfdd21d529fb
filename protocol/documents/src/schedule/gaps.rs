//! What is still missing: shifts with nobody or too few, languages and skills that nobody there has, hours that no
//! shift covers; and whom to ask.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use porchlight_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::sign_up::State;
use super::when::Span;
use super::{Person, Schedule, Shift, ShiftId};
use crate::field;

/// What is known of somebody who could come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ability {
    /// Languages they speak or interpret (BCP 47).
    pub languages: Vec<String>,
    /// Their skills and roles.
    pub skills: Vec<String>,
    /// Whether they only read: they can neither take a place nor answer.
    pub reads_only: bool,
}

/// Everybody who could come.
pub type Abilities = BTreeMap<Person, Ability>;

/// Something that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The shift, or the one before the hours that none covers.
    pub shift: ShiftId,
    /// What it is called, or the line whose hours are not covered.
    pub title: String,
    /// From when, in milliseconds since 1970.
    pub start: u64,
    /// Until when.
    pub end: u64,
    /// The zone in which the shift is told; empty for whole days.
    pub zone: String,
    /// What is missing.
    #[serde(flatten)]
    pub lack: Lack,
}

/// What a gap lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase", tag = "lack")]
pub enum Lack {
    /// Nobody is there in these hours.
    Nobody,
    /// So many more are needed.
    People {
        /// How many.
        missing: u32,
        /// How many have yet to say whether they come.
        #[serde(rename = "toConfirm")]
        to_confirm: u32,
    },
    /// Nobody there speaks it.
    Language {
        /// BCP 47.
        language: String,
    },
    /// Nobody there has it.
    Skill {
        /// Which.
        skill: String,
    },
    /// No shift of the line covers these hours.
    Uncovered,
}

/// Somebody to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StandIn {
    /// Who.
    pub person: Person,
    /// Their place on standby, if they are on it.
    pub standby: Option<u32>,
    /// Whether they have the role or a skill that is needed.
    pub has_role: bool,
    /// Languages that are needed and that they speak.
    pub languages: Vec<String>,
    /// What else they are signed up for at that time.
    pub clashes: Vec<ShiftId>,
    /// Whether they offered to stay if nobody comes.
    pub stays: bool,
}

impl Schedule {
    /// What is missing in the days from `from` until before `to`, as far as it is not over at `now`; by time.
    pub fn gaps(&self, from: Date, to: Date, abilities: &Abilities, now: Timestamp) -> Vec<Gap> {
        let shifts = self.shifts(from, to);
        let mut gaps = Vec::new();
        for shift in shifts.iter().filter(|shift| shift.is_on() && shift.span.end > now) {
            self.gaps_of(shift, abilities, &mut gaps);
        }
        uncovered(&shifts, now, &mut gaps);
        gaps.sort_by(|a, b| (a.start, a.end, &a.title, &a.lack).cmp(&(b.start, b.end, &b.title, &b.lack)));
        gaps
    }

    fn gaps_of(&self, shift: &Shift, abilities: &Abilities, gaps: &mut Vec<Gap>) {
        let mut gap = |span: Span, lack| {
            let title = shift.details.title.clone();
            gaps.push(Gap {
                shift: shift.id.clone(),
                title,
                start: span.start.millis(),
                end: span.end.millis(),
                zone: shift.when.zone().to_owned(),
                lack,
            });
        };
        let counts = shift.counts;
        let there: Vec<_> = shift.people.iter().filter(|sign_up| holds(&sign_up.state)).collect();
        if there.is_empty() {
            gap(shift.span, Lack::Nobody);
            return;
        }
        if counts.filled < counts.needs {
            let missing = counts.needs - counts.filled;
            gap(shift.span, Lack::People { missing, to_confirm: counts.to_confirm + counts.held });
        }
        // Hours in which all who come are there only for another part.
        let mut parts: Vec<Span> = Vec::new();
        for sign_up in &there {
            let part = sign_up.part.as_ref().and_then(|part| part.span(&self.home, &self.zones).ok());
            parts.push(part.unwrap_or(shift.span));
        }
        for span in holes(shift.span, parts) {
            gap(span, Lack::Nobody);
        }
        let knows =
            |f: &dyn Fn(&Ability) -> bool| there.iter().any(|s| abilities.get(&s.person).is_some_and(f));
        for language in &shift.details.languages {
            if !knows(&|ability| speaks(ability, language)) {
                gap(shift.span, Lack::Language { language: language.clone() });
            }
        }
        for skill in &shift.details.skills {
            if !knows(&|ability| has_skill(ability, skill)) {
                gap(shift.span, Lack::Skill { skill: skill.clone() });
            }
        }
    }

    /// What else a person is signed up for at the time of a shift. Back to back is no clash, nor is a job without a
    /// fixed hour. Looks at the shifts given, which should reach past midnight on both sides.
    pub fn clashes<'a>(shifts: &'a [Shift], person: &Person, shift: &Shift) -> Vec<&'a Shift> {
        let comes = |other: &Shift| {
            other.sign_up(person).is_some_and(|sign_up| {
                matches!(sign_up.state, State::Confirmed | State::Waiting | State::Asked { .. })
            })
        };
        let is_fixed = |other: &Shift| other.is_on() && !other.when.is_flexible();
        let at_once = |other: &&Shift| {
            other.id != shift.id && is_fixed(other) && other.span.overlaps(&shift.span) && comes(other)
        };
        if shift.when.is_flexible() { Vec::new() } else { shifts.iter().filter(at_once).collect() }
    }

    /// Whom to ask to come in somebody's place: those on standby first, then who has the role or a language, then
    /// those who have neither are left out unless nothing particular is needed. People with a clash come last.
    pub fn stand_ins(&self, shift: &Shift, shifts: &[Shift], abilities: &Abilities) -> Vec<StandIn> {
        let standby = shift.people.iter().filter_map(|sign_up| match sign_up.state {
            State::Standby { number, .. } => Some((sign_up.person.clone(), number)),
            _ => None,
        });
        let standby: BTreeMap<Person, u32> = standby.collect();
        let people: BTreeSet<&Person> = abilities.keys().chain(standby.keys()).chain(&shift.stays).collect();
        let nobody = Ability::default();
        let mut found = Vec::new();
        for person in people {
            // Whoever was asked has to answer before anybody asks them again.
            let is_in = shift
                .sign_up(person)
                .is_some_and(|s| matches!(s.state, State::Confirmed | State::Asked { .. } | State::Waiting));
            let has_left = shift
                .sign_up(person)
                .is_some_and(|s| matches!(s.state, State::Withdrawn { .. } | State::Late | State::Departed));
            let ability = abilities.get(person).unwrap_or(&nobody);
            if is_in || has_left || ability.reads_only {
                continue;
            }
            let details = &shift.details;
            let has_role = (!details.role.is_empty() && has_skill(ability, &details.role))
                || details.skills.iter().any(|skill| has_skill(ability, skill));
            let languages: Vec<_> =
                details.languages.iter().filter(|wanted| speaks(ability, wanted)).cloned().collect();
            let stays = shift.stays.contains(person);
            let wants_nothing =
                details.role.is_empty() && details.skills.is_empty() && details.languages.is_empty();
            if standby.contains_key(person) || has_role || !languages.is_empty() || stays || wants_nothing {
                let clashes =
                    Self::clashes(shifts, person, shift).into_iter().map(|s| s.id.clone()).collect();
                let standby = standby.get(person).copied();
                found.push(StandIn { person: person.clone(), standby, has_role, languages, clashes, stays });
            }
        }
        found.sort_by_key(|s| {
            let is_busy = !s.clashes.is_empty();
            let fits = usize::from(s.has_role) + s.languages.len();
            (s.standby.is_none(), s.standby, is_busy, usize::MAX - fits, !s.stays, s.person.clone())
        });
        found
    }

    /// The gaps that start in so many milliseconds or less, but did not yet at `before`: whom to remind at `now`.
    pub fn due(gaps: &[Gap], hours: &[u32], before: Timestamp, now: Timestamp) -> Vec<(u32, Gap)> {
        let mut due = Vec::new();
        for gap in gaps {
            let crossed = hours.iter().copied().filter(|hours| {
                let at = gap.start.saturating_sub(u64::from(*hours) * 60 * 60 * 1000);
                before.millis() < at && at <= now.millis()
            });
            // After a long sleep only the most urgent is worth telling.
            due.extend(crossed.min().filter(|_| gap.start > now.millis()).map(|hours| (hours, gap.clone())));
        }
        due
    }
}

/// Whether a place is taken by somebody in this state.
fn holds(state: &State) -> bool {
    matches!(state, State::Confirmed | State::Asked { held: true, .. })
}

fn speaks(ability: &Ability, wanted: &str) -> bool {
    let main = |tag: &str| tag.split('-').next().map(str::to_ascii_lowercase);
    let is_plain = !wanted.contains('-');
    ability
        .languages
        .iter()
        .any(|language| language.eq_ignore_ascii_case(wanted) || (is_plain && main(language) == main(wanted)))
}

fn has_skill(ability: &Ability, wanted: &str) -> bool {
    let wanted = field::fold(wanted);
    ability.skills.iter().any(|skill| field::fold(skill) == wanted)
}

/// The stretches of `whole` that none of the parts covers.
fn holes(whole: Span, mut parts: Vec<Span>) -> Vec<Span> {
    parts.sort();
    let (mut holes, mut covered) = (Vec::new(), whole.start);
    for part in parts {
        if part.start > covered {
            holes.push(Span { start: covered, end: part.start.min(whole.end) });
        }
        covered = covered.max(part.end);
    }
    if covered < whole.end {
        holes.push(Span { start: covered, end: whole.end });
    }
    holes.retain(|hole| hole.start < hole.end);
    holes
}

/// Hours between the first and the last shift of a line that none of its shifts covers.
fn uncovered(shifts: &[Shift], now: Timestamp, gaps: &mut Vec<Gap>) {
    let mut lines = BTreeMap::<String, Vec<&Shift>>::new();
    for shift in shifts.iter().filter(|shift| shift.is_on() && !shift.details.line.is_empty()) {
        lines.entry(field::fold(&shift.details.line)).or_default().push(shift);
    }
    for line in lines.values() {
        let mut before: Option<&Shift> = None;
        for shift in line {
            if let Some(last) = before
                && last.span.end < shift.span.start
                && shift.span.start > now
            {
                gaps.push(Gap {
                    shift: last.id.clone(),
                    title: last.details.line.clone(),
                    start: last.span.end.millis(),
                    end: shift.span.start.millis(),
                    zone: last.when.zone().to_owned(),
                    lack: Lack::Uncovered,
                });
            }
            if before.is_none_or(|last| shift.span.end > last.span.end) {
                before = Some(shift);
            }
        }
    }
}
