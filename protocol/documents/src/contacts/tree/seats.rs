//! Who calls whom: each is called by somebody who speaks their language, as long as there are enough who do.

use std::collections::{BTreeSet, VecDeque};

use super::{FAN_OUT, common, is_callable};
use crate::contacts::record::Contact;

/// How many calls are looked at to make room for one more person. Only in lists of thousands is there more.
const LONGEST_SEARCH: usize = 300;

/// People in the order in which they get a caller, and who calls whom, by their places in that order.
pub(super) struct Seats<'a> {
    people: Vec<&'a Contact>,
    callers: Vec<Option<usize>>,
    calls: Vec<Vec<usize>>,
    callable: Vec<usize>,
}

impl<'a> Seats<'a> {
    /// Gives each, in this order, the first who may call one more: of those who speak their language, or else of all.
    /// Then whoever has nobody of their language gets somebody for whom others have to change places.
    pub(super) fn of(people: Vec<&'a Contact>) -> Self {
        let callable =
            (0..people.len()).filter(|place| people.get(*place).is_some_and(|one| is_callable(one)));
        let mut seats = Self {
            callers: vec![None; people.len()],
            calls: vec![Vec::new(); people.len()],
            callable: callable.collect(),
            people,
        };
        for called in 0..seats.people.len() {
            let mut open = seats
                .callable
                .iter()
                .copied()
                .take_while(|place| *place < called)
                .filter(|at| seats.is_open(*at));
            let speaks = open.clone().find(|caller| seats.language(*caller, called).is_some());
            if let Some(caller) = speaks.or_else(|| open.next()) {
                seats.seat(called, caller);
            }
        }
        while seats.find_more() {}
        seats
    }

    /// The places of all, callers before those whom they call.
    pub(super) fn order(&self) -> Vec<usize> {
        let firsts = self.callers.iter().enumerate().filter(|(_, caller)| caller.is_none());
        let mut waiting: VecDeque<usize> = firsts.map(|(place, _)| place).collect();
        let mut order = Vec::with_capacity(self.people.len());
        while let Some(place) = waiting.pop_front() {
            order.push(place);
            waiting.extend(self.calls(place));
        }
        order
    }

    /// Who stands at a place.
    pub(super) fn person(&self, place: usize) -> Option<&'a Contact> {
        self.people.get(place).copied()
    }

    /// The place of whoever calls somebody.
    pub(super) fn caller(&self, called: usize) -> Option<usize> {
        self.callers.get(called).copied().flatten()
    }

    /// The places of those whom somebody calls.
    pub(super) fn calls(&self, caller: usize) -> &[usize] {
        self.calls.get(caller).map(Vec::as_slice).unwrap_or_default()
    }

    /// The language of a call.
    pub(super) fn language(&self, caller: usize, called: usize) -> Option<&'a str> {
        common(self.people.get(caller)?, self.people.get(called)?)
    }

    fn is_open(&self, caller: usize) -> bool {
        self.calls(caller).len() < FAN_OUT
    }

    fn seat(&mut self, called: usize, caller: usize) {
        if let Some(calls) = self.caller(called).and_then(|before| self.calls.get_mut(before)) {
            calls.retain(|one| *one != called);
        }
        if let (Some(place), Some(calls)) = (self.callers.get_mut(called), self.calls.get_mut(caller)) {
            *place = Some(caller);
            calls.push(called);
        }
    }

    /// Whether a call to `above` must come before one to `place` can.
    fn is_below(&self, place: usize, above: usize) -> bool {
        std::iter::successors(Some(place), |place| self.caller(*place)).any(|one| one == above)
    }

    /// Looks for a caller of their language for all who have none. False if there is no more to be found.
    fn find_more(&mut self) -> bool {
        let mut has_found = false;
        // Where there is no room for somebody who calls nobody, there is none for others who speak the same.
        let mut hopeless = BTreeSet::new();
        for called in 1..self.people.len() {
            let Some(details) = self.people.get(called).map(|one| &one.details) else { continue };
            let languages = (&details.prefers, &details.speaks);
            let is_understood = self.caller(called).is_some_and(|at| self.language(at, called).is_some());
            if is_understood || hopeless.contains(&languages) {
                continue;
            }
            if self.find_room(called, &mut BTreeSet::from([called])) {
                has_found = true;
            } else if self.calls(called).is_empty() {
                hopeless.insert(languages);
            }
        }
        has_found
    }

    /// Finds another caller who speaks the language of `called`, and if need be another for one whom that caller has
    /// now, and so on: an augmenting path, as in matching. Nobody who was understood no longer is.
    fn find_room(&mut self, called: usize, seen: &mut BTreeSet<usize>) -> bool {
        let now = self.caller(called);
        let may = |seats: &Self, caller: &usize| {
            Some(*caller) != now
                && seats.language(*caller, called).is_some()
                && !seats.is_below(*caller, called)
        };
        let speakers: Vec<usize> = self.callable.iter().copied().filter(|caller| may(self, caller)).collect();
        if let Some(caller) = speakers.iter().find(|caller| self.is_open(**caller)) {
            self.seat(called, *caller);
            return true;
        }
        for caller in speakers {
            for other in self.calls(caller).to_vec() {
                if seen.len() < LONGEST_SEARCH
                    && seen.insert(other)
                    && self.find_room(other, seen)
                    && self.is_open(caller)
                    && !self.is_below(caller, called)
                {
                    self.seat(called, caller);
                    return true;
                }
            }
        }
        false
    }
}
