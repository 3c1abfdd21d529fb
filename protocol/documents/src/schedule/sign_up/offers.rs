//! A place that became free: who on standby is asked to take it, and until when it is kept for them.
//!
//! It is kept for a day, at the longest until two hours before the shift begins; then the next one is asked. When all
//! were, and in the last two hours, whoever says so first has it. Only the log's times count, and the beginning as it
//! was known to whoever says something: all devices come to the same end, and moving a shift takes no place away.

use porchlight_wire::Timestamp;

use super::{Act, Line, Person, Says, Table};

const HOUR: u64 = 60 * 60 * 1000;
/// So long a place is kept for one person.
const KEPT: u64 = 24 * HOUR;
/// So long before the beginning it is kept for nobody any more.
const LAST: u64 = 2 * HOUR;

/// When an offer ends that was made at a time, for a shift that begins at another.
pub(super) fn end(since: Timestamp, start: Timestamp) -> Timestamp {
    since.plus_millis(KEPT).min(Timestamp::from_millis(start.millis().saturating_sub(LAST)))
}

impl Table<'_> {
    /// Lets time pass: offers end, and the next are asked. Without a time only what has ended so far does.
    pub(super) fn go_on(&mut self, time: Option<Timestamp>, start: Timestamp) {
        let time = time.map_or(self.time, |time| time.max(self.time));
        loop {
            self.offer(start);
            let ends = self.lines.values().filter_map(|line| Some(end(line.offered?, start)));
            let Some(next) = ends.filter(|end| *end <= time).min() else { break };
            self.time = self.time.max(next);
            let is_over = |line: &Line| line.offered.is_some_and(|since| end(since, start) <= next);
            for line in self.lines.values_mut().filter(|line| is_over(line)) {
                (line.offered, line.has_lapsed) = (None, true);
            }
        }
        self.time = time;
    }

    /// Keeps free places for those on standby whose turn it is.
    pub(super) fn offer(&mut self, start: Timestamp) {
        let (filled, time) = (self.used(), self.time);
        let is_early = end(time, start) > time;
        let mut taken = filled;
        for person in &self.standby {
            let is_reader = self.facts.roll.is_some_and(|roll| roll.only_reads(person, time));
            let Some(line) = self.lines.get_mut(person) else { continue };
            if filled + line.weight() > self.facts.needs {
                // Of the next place that becomes free they are told anew.
                line.has_lapsed = false;
            }
            let is_asked = is_early && !line.has_passed && !line.has_lapsed && !is_reader;
            if is_asked && taken + line.weight() <= self.facts.needs {
                taken += line.weight();
                line.offered.get_or_insert(time);
            } else {
                line.offered = None;
            }
        }
    }

    /// How many free places are kept.
    pub(super) fn reserved(&self) -> u32 {
        let kept = |person| self.lines.get(person).filter(|line| line.offered.is_some());
        self.standby.iter().filter_map(kept).map(Line::weight).sum()
    }

    /// Whether somebody on standby may take a place: one that is kept for them, or for nobody.
    pub(super) fn is_offered(&self, person: &Person) -> bool {
        let is_reader = self.facts.roll.is_some_and(|roll| roll.only_reads(person, self.time));
        let Some(line) = self.lines.get(person).filter(|_| self.standby.contains(person)) else {
            return false;
        };
        let is_open = self.used() + self.reserved() + line.weight() <= self.facts.needs;
        line.offered.is_some() || (is_open && !line.has_passed && !is_reader)
    }

    /// When the shift begins as far as whoever says something knows.
    pub(super) fn start_for(&self, act: &Act) -> Timestamp {
        let known = match &act.says {
            Says::Come(coming) | Says::Noted(coming) => Some(coming).filter(|_| self.is_known(act, coming)),
            _ => self.lines.get(&act.person).and_then(|line| line.coming.as_ref()),
        };
        known.map_or(self.facts.start, |coming| (self.facts.start_of)(&coming.when))
    }
}
