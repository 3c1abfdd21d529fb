//! Who comes to a shift: states worked out from people's acts in the order of the group's log, the same on all
//! devices whatever their clocks say.

mod offers;

use std::collections::BTreeMap;

use porchlight_wire::{ActorPrefix, Timestamp};
use serde::{Serialize, Serializer};

use super::Person;
use super::act::{Act, Coming, Says};
use super::roll::{Roll, Turn};
use super::when::When;
use crate::ledger::Place;

/// One person at one shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    /// Who.
    pub person: Person,
    /// Where they stand.
    #[serde(flatten)]
    pub state: State,
    /// How many others they bring.
    pub companions: u32,
    /// If they are there for only a part of it, which.
    pub part: Option<When>,
    /// The device that wrote the last act, if somebody else may have done it for them. Hex in JSON.
    #[serde(serialize_with = "prefix_as_hex")]
    pub by: ActorPrefix,
    /// Whether something they said has not reached the group's log yet.
    pub unsent: bool,
    /// How often something was said about it, for calendars: what is said later has a higher number.
    #[serde(skip)]
    pub said: u32,
    /// When the log took what counts, in milliseconds; nothing while it waits.
    #[serde(serialize_with = "time_as_millis")]
    pub since: Option<Timestamp>,
}

/// Where a person stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum State {
    /// Waits to be sent: not confirmed yet.
    Waiting,
    /// Has a place.
    Confirmed,
    /// All places were taken.
    Standby {
        /// The how many-th, from 1.
        number: u32,
        /// Whether a place became free, so that they are asked to take it.
        offered: bool,
        /// Until when it is kept for them, in milliseconds; nothing if others may take it as well.
        #[serde(serialize_with = "time_as_millis")]
        until: Option<Timestamp>,
        /// Who got the last place before them.
        after: Option<Person>,
    },
    /// Has to answer whether they come.
    Asked {
        /// When it was, as they last knew.
        was: When,
        /// Where it was, as they last knew.
        #[serde(rename = "wasPlace")]
        was_place: String,
        /// Whether their place is kept for them until they answer.
        held: bool,
        /// Why they are asked.
        why: Why,
    },
    /// Does not come.
    Withdrawn {
        /// Why, if they said so.
        reason: String,
    },
    /// Wanted to help, but had no network until it was over.
    Late,
    /// Was to come, but left the group or was removed from it before.
    Departed,
}

/// Why somebody is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// The time or place changed.
    Moved,
    /// It was cancelled, and takes place after all.
    Restored,
    /// Somebody else suggested it, for instance by copying a day with its people.
    Invited,
}

impl SignUp {
    /// Why they are to be asked when another shift takes the place of this one: whoever was only invited has not said
    /// yet that they come.
    pub(crate) fn why_anew(&self) -> Why {
        match self.state {
            State::Asked { why, held: false, .. } => why,
            _ => Why::Moved,
        }
    }
}

/// How full a shift is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// How many are needed; 0 for as many as like.
    pub needs: u32,
    /// Places taken: by those confirmed and those they bring, and kept for those who were asked. Never above `needs`.
    pub filled: u32,
    /// How many of these are kept for people who have yet to answer.
    pub held: u32,
    /// Places for people who were asked and for whom none is kept.
    pub to_confirm: u32,
    /// Free places that are kept for people on standby who were asked to take them.
    pub reserved: u32,
    /// People on standby.
    pub standby: u32,
    /// Sign-ups that wait to be sent.
    pub waiting: u32,
}

/// What the states depend on beside the acts.
pub(super) struct Facts<'a> {
    pub(super) needs: u32,
    pub(super) place: &'a str,
    /// Where the last change of time or place stands; `Some(None)` if it waits, `None` if there was none.
    pub(super) changed: Option<Option<Place>>,
    /// The same of where it was last taken back that it is cancelled or removed.
    pub(super) restored: Option<Option<Place>>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// What time it is: so far offers went on by themselves. Without it, as of what was said last.
    pub(super) now: Option<Timestamp>,
    /// When a time begins that somebody signed up for.
    pub(super) start_of: &'a dyn Fn(&When) -> Timestamp,
    /// Whether a time is so close to the shift's that nobody need be asked again.
    pub(super) is_close: &'a dyn Fn(&When) -> bool,
    /// Who counts; everybody where that was not said.
    pub(super) roll: Option<&'a Roll>,
}

/// Works the states out. `acts` must be in the order in which they count.
pub(super) fn derive(acts: &[Act], facts: &Facts<'_>) -> (Vec<SignUp>, Counts) {
    let mut table = Table {
        facts,
        lines: BTreeMap::new(),
        holders: Vec::new(),
        standby: Vec::new(),
        time: Timestamp::default(),
    };
    let Some(roll) = facts.roll else {
        acts.iter().for_each(|act| table.take(act));
        return table.finish();
    };
    let people = acts.iter().map(|act| &act.person).collect();
    let mut turns = roll.turns(&people, facts.end).into_iter().peekable();
    for act in acts {
        let time = act.place.map(|place| place.time);
        while let Some((at, turn)) = turns.next_if(|(at, _)| time.is_none_or(|time| time > *at)) {
            table.turn(at, &turn);
        }
        let person = roll.at(&act.person, time);
        if roll.counts(&person, time, facts.end) {
            table.take(&Act { person, ..act.clone() });
        }
    }
    turns.for_each(|(at, turn)| table.turn(at, &turn));
    table.finish()
}

/// The better come first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Holder,
    Standby,
    /// Asked, without a place.
    Asked(Why),
    Waiting,
    Late,
    Departed,
    Gone,
}

/// When it was said that somebody comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// As the log took it.
    Now,
    /// Earlier, and was noted down from an archive.
    Before,
}

struct Line {
    standing: Standing,
    coming: Option<Coming>,
    reason: String,
    has_passed: bool,
    /// Since when a free place is kept for them.
    offered: Option<Timestamp>,
    /// It was kept for them, and they did not say anything in time.
    has_lapsed: bool,
    by: ActorPrefix,
    unsent: bool,
    said: u32,
    since: Option<Timestamp>,
    /// Where the last word stands that they come.
    word: Option<Word>,
    after: Option<Person>,
}

/// Where it stands that somebody comes; the later, the more they know of the shift.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    In(Place),
    /// It waits to be sent, or was noted down from an archive.
    Else,
}

impl Line {
    fn weight(&self) -> u32 {
        self.coming.as_ref().map_or(0, |coming| coming.companions).saturating_add(1)
    }
}

struct Table<'a> {
    facts: &'a Facts<'a>,
    lines: BTreeMap<Person, Line>,
    /// In the order in which they got their places.
    holders: Vec<Person>,
    standby: Vec<Person>,
    /// How far it has come, by the log's time, which never goes back here.
    time: Timestamp,
}

impl Table<'_> {
    fn take(&mut self, act: &Act) {
        let start = self.start_for(act);
        // What waits is said now.
        self.go_on(act.place.map(|place| place.time).or(self.facts.now), start);
        self.hear(act);
        self.offer(start);
    }

    fn hear(&mut self, act: &Act) {
        let line = self.lines.entry(act.person.clone()).or_insert(Line {
            standing: Standing::Gone,
            coming: None,
            reason: String::new(),
            has_passed: false,
            offered: None,
            has_lapsed: false,
            by: act.actor.prefix(),
            unsent: false,
            said: 0,
            since: None,
            word: None,
            after: None,
        });
        line.by = act.actor.prefix();
        line.unsent |= act.place.is_none();
        line.said = line.said.saturating_add(1);
        match &act.says {
            Says::Come(coming) => self.come(act, coming, Said::Now),
            Says::Noted(coming) => self.come(act, coming, Said::Before),
            Says::Go(reason) => {
                line.standing = Standing::Gone;
                line.reason.clone_from(reason);
                self.holders.retain(|person| *person != act.person);
                self.standby.retain(|person| *person != act.person);
            }
            Says::Take => self.take_offer(act),
            Says::Pass => line.has_passed = true,
            Says::Ask(coming, why) => {
                if matches!(line.standing, Standing::Gone | Standing::Departed | Standing::Late) {
                    line.standing = Standing::Asked(*why);
                    line.coming = Some(coming.clone());
                }
            }
        }
    }

    /// Somebody is somebody else from here on, or not there any more.
    fn turn(&mut self, time: Timestamp, turn: &Turn) {
        self.go_on(Some(time), self.facts.start);
        match turn {
            Turn::Role(_) => {}
            Turn::Same(one, other) => self.unite(one, other),
            Turn::Departs(person) => {
                let Some(line) = self.lines.get_mut(person) else { return };
                line.said = line.said.saturating_add(1);
                if !matches!(line.standing, Standing::Gone | Standing::Late) {
                    line.standing = Standing::Departed;
                }
                self.holders.retain(|other| other != person);
                self.standby.retain(|other| other != person);
            }
        }
        self.offer(self.facts.start);
    }

    /// Makes one line of those of two who are one: the better one counts.
    fn unite(&mut self, one: &Person, into: &Person) {
        let Some(line) = self.lines.remove(one) else { return };
        let said = line.said;
        let (kept, dropped) = match self.lines.remove(into) {
            Some(other) if other.standing <= line.standing => {
                (Line { said: said.saturating_add(other.said), ..other }, one)
            }
            Some(other) => (Line { said: said.saturating_add(other.said), ..line }, into),
            None => (line, into),
        };
        self.lines.insert(into.clone(), kept);
        for order in [&mut self.holders, &mut self.standby] {
            order.retain(|person| person != dropped);
            order.iter_mut().filter(|person| *person == one).for_each(|person| person.clone_from(into));
        }
        let named = self.lines.values_mut().filter_map(|line| line.after.as_mut());
        named.filter(|person| *person == one).for_each(|person| person.clone_from(into));
    }

    fn come(&mut self, act: &Act, coming: &Coming, said: Said) {
        let used = self.used();
        let reserved = self.reserved();
        let last = self.holders.last().cloned();
        let (needs, end) = (self.facts.needs, self.facts.end);
        let is_known = self.is_known(act, coming);
        let Some(line) = self.lines.get_mut(&act.person) else { return };
        let Some(place) = act.place else {
            // Not in the log yet: it takes no place, and one that is held already stays.
            match line.standing {
                Standing::Gone
                | Standing::Departed
                | Standing::Asked(_)
                | Standing::Late
                | Standing::Waiting => {
                    line.standing = Standing::Waiting;
                    line.coming = Some(coming.clone());
                }
                Standing::Holder | Standing::Standby => {}
            }
            return;
        };
        line.word = Some(if said == Said::Now { Word::In(place) } else { Word::Else });
        match line.standing {
            Standing::Holder => {
                // A newer word on the same place. More companions only where there is room for them.
                let room = needs == 0 || used - line.weight() + coming.companions < needs;
                let companions =
                    if room { coming.companions } else { line.coming.as_ref().map_or(0, |c| c.companions) };
                line.coming = Some(Coming { companions, ..coming.clone() });
                return;
            }
            Standing::Standby => {
                line.coming = Some(coming.clone());
                return;
            }
            _ => {}
        }
        line.coming = Some(coming.clone());
        (line.has_passed, line.has_lapsed, line.offered) = (false, false, None);
        line.since = Some(place.time);
        if place.time >= end && said == Said::Now {
            line.standing = Standing::Late;
            return;
        }
        if !is_known && said == Said::Now {
            line.standing = Standing::Asked(Why::Moved);
            return;
        }
        if needs == 0 || used + reserved + line.weight() <= needs {
            line.standing = Standing::Holder;
            self.holders.push(act.person.clone());
        } else {
            line.standing = Standing::Standby;
            line.after = last;
            self.standby.push(act.person.clone());
        }
    }

    fn take_offer(&mut self, act: &Act) {
        let is_offered = self.is_offered(&act.person);
        let Some(line) = self.lines.get_mut(&act.person) else { return };
        line.has_passed = false;
        if is_offered && act.place.is_some() {
            line.standing = Standing::Holder;
            line.offered = None;
            self.standby.retain(|person| *person != act.person);
            self.holders.push(act.person.clone());
        }
    }

    fn used(&self) -> u32 {
        self.holders.iter().filter_map(|person| self.lines.get(person)).map(Line::weight).sum()
    }

    /// Whether the shift is, or was when the log took it, as somebody knew it who said that they come.
    fn is_known(&self, act: &Act, coming: &Coming) -> bool {
        let was_before =
            |place| self.facts.changed.is_some_and(|changed| changed.is_none_or(|at| place < at));
        self.agrees(coming) || act.place.is_some_and(was_before)
    }

    /// Whether the shift is as this person knew it.
    fn agrees(&self, coming: &Coming) -> bool {
        let is_there =
            coming.place.is_empty() || coming.place.to_lowercase() == self.facts.place.to_lowercase();
        is_there && (self.facts.is_close)(&coming.when)
    }

    /// Whether they said that they come since the shift was last given up and taken up again.
    fn knows_it_is_on(&self, line: &Line) -> bool {
        match (self.facts.restored, line.word) {
            (None, _) | (_, Some(Word::Else)) => true,
            (Some(Some(restored)), Some(Word::In(word))) => word >= restored,
            (Some(_), _) => false,
        }
    }

    fn finish(mut self) -> (Vec<SignUp>, Counts) {
        self.go_on(self.facts.now, self.facts.start);
        let (needs, filled, reserved) = (self.facts.needs, self.used(), self.reserved());
        let mut counts = Counts { needs, filled, reserved, ..Counts::default() };
        let mut states = BTreeMap::new();
        for (person, line) in &self.lines {
            let asked = |held, why| {
                let coming = line.coming.as_ref()?;
                let (was, was_place) = (coming.when.clone(), coming.place.clone());
                Some(State::Asked { was, was_place, held, why })
            };
            let agrees = line.coming.as_ref().is_some_and(|coming| self.agrees(coming));
            let state = match line.standing {
                Standing::Holder if agrees && self.knows_it_is_on(line) => Some(State::Confirmed),
                Standing::Holder => {
                    counts.held += line.weight();
                    asked(true, if agrees { Why::Restored } else { Why::Moved })
                }
                Standing::Standby => {
                    counts.standby += 1;
                    let place = self.standby.iter().position(|other| other == person).unwrap_or(0);
                    Some(State::Standby {
                        number: u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1),
                        offered: self.is_offered(person),
                        until: line.offered.map(|since| offers::end(since, self.facts.start)),
                        after: line.after.clone(),
                    })
                }
                Standing::Asked(why) => {
                    counts.to_confirm += line.weight();
                    asked(false, why)
                }
                Standing::Waiting => {
                    counts.waiting += 1;
                    Some(State::Waiting)
                }
                Standing::Gone => Some(State::Withdrawn { reason: line.reason.clone() }),
                Standing::Late => Some(State::Late),
                Standing::Departed => Some(State::Departed),
            };
            states.extend(state.map(|state| (person.clone(), state)));
        }
        (self.sorted(states), counts)
    }

    /// Those with a place first, then standby, then the rest.
    fn sorted(self, mut states: BTreeMap<Person, State>) -> Vec<SignUp> {
        let rest = self.lines.keys().cloned();
        let order: Vec<Person> = self.holders.iter().chain(&self.standby).cloned().chain(rest).collect();
        let mut sign_ups = Vec::with_capacity(states.len());
        for person in order {
            let (Some(state), Some(line)) = (states.remove(&person), self.lines.get(&person)) else {
                continue;
            };
            sign_ups.push(SignUp {
                person,
                state,
                companions: line.coming.as_ref().map_or(0, |coming| coming.companions),
                part: line.coming.as_ref().and_then(|coming| coming.part.clone()),
                by: line.by,
                unsent: line.unsent,
                said: line.said,
                since: line.since,
            });
        }
        sign_ups
    }
}

fn prefix_as_hex<S: Serializer>(prefix: &ActorPrefix, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(prefix)
}

fn time_as_millis<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_some(&time.millis()),
        None => serializer.serialize_none(),
    }
}
