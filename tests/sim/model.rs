//! What must be true: a simple model of what people were told, and the looks that are taken at everything.

use std::collections::BTreeSet;

use porchlight_device::{Device, Event, GroupStatus, MemberView, Stage};
use porchlight_documents::contacts;
use porchlight_documents::schedule::sign_up::State;
use porchlight_documents::schedule::{Day, Shift};
use porchlight_documents::{DocumentName, Kind, notes};
use porchlight_server::store::ReadStore;
use porchlight_wire::{GroupId, Hash, MemberId};

use crate::liar::TWIN;
use crate::line::Quality;
use crate::world::{CANARY, Outcome, START, Violation, World};

/// A text that somebody was told is saved.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub(crate) text: String,
    pub(crate) phone: usize,
    pub(crate) kind: Kind,
    /// The phone said that the server has it.
    pub(crate) sent: bool,
    /// All that held it is gone: it need not be there.
    pub(crate) excused: bool,
    /// A list was written anew by somebody who had not seen it: its author alone carries it on.
    pub(crate) unseen: bool,
}

/// What is known about how things should be.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) saved: Vec<Saved>,
    pub(crate) violation: Option<Violation>,
    /// Who was taken out.
    pub(crate) out: BTreeSet<MemberId>,
    /// Names of contacts that were forgotten for good.
    pub(crate) forgotten: Vec<String>,
    /// On which server the group is.
    pub(crate) host: usize,
    /// Whether a phone crashed as it was asked to move the group.
    pub(crate) may_move: bool,
    /// Of which server there is a backup.
    pub(crate) backup: Option<usize>,
    /// Whether somebody wrote what no phone would.
    pub(crate) hostile: bool,
    /// Snapshots that hostile members made.
    pub(crate) lies: BTreeSet<Hash>,
    /// Whether a phone was copied: its owner's words may be replaced by the copy's.
    pub(crate) copied: bool,
    /// How to follow the group to another server.
    pub(crate) link: Option<String>,
    texts: u32,
}

impl Model {
    /// A text that was never there before.
    pub(crate) fn text(&mut self) -> String {
        self.texts += 1;
        format!("{CANARY} {}", self.texts)
    }

    pub(crate) fn saved(&mut self, phone: usize, text: String, kind: Kind, excused: bool) {
        self.saved.push(Saved { text, phone, kind, sent: false, excused, unseen: false });
    }

    /// A contact is forgotten, or may be. What the forgetting phone had not seen is carried on by the phone that wrote it.
    pub(crate) fn forgetting(&mut self, name: &str, seen: &BTreeSet<String>) {
        for saved in self.saved.iter_mut().filter(|saved| saved.kind == Kind::Contacts) {
            saved.excused |= saved.text == name;
            saved.unseen |= !seen.contains(&saved.text);
        }
    }

    /// Somebody was taken out by somebody who had seen this: the rest waits for an organizer's word, or comes before it
    /// in the log.
    pub(crate) fn put_out(&mut self, phone: usize, seen: &BTreeSet<String>) {
        for saved in self.saved.iter_mut().filter(|saved| saved.phone == phone) {
            saved.excused |= !seen.contains(&saved.text);
        }
    }

    /// A phone lost its storage.
    pub(crate) fn lost(&mut self, phone: usize, others: &BTreeSet<String>, server_went_back: bool) {
        for saved in &mut self.saved {
            let only_here = !others.contains(&saved.text);
            saved.excused |= saved.unseen && saved.phone == phone;
            saved.excused |= only_here && (server_went_back || (saved.phone == phone && !saved.sent));
            if saved.phone == phone {
                saved.phone = NOBODY;
            }
        }
    }

    /// A server lost what it had; these are on phones.
    pub(crate) fn server_lost(&mut self, there: &BTreeSet<String>) {
        for saved in self.saved.iter_mut().filter(|saved| saved.sent) {
            saved.excused |= !there.contains(&saved.text);
        }
    }
}

/// The shifts of the month in which all of them are.
pub(crate) fn shifts(device: &mut Device, group: GroupId) -> Vec<Shift> {
    let (from, to) = (Day::constant(2026, 10, 1), Day::constant(2026, 11, 1));
    device.shifts(group, (from, to), &[]).map(|schedule| schedule.shifts(from, to)).unwrap_or_default()
}

/// All that a phone makes of a group, to compare.
#[derive(Debug, PartialEq, Eq)]
struct View {
    documents: Vec<(String, Vec<String>)>,
    shifts: Vec<String>,
    decisions: Vec<String>,
    members: Vec<String>,
}

fn view(device: &mut Device, group: GroupId) -> Outcome<View> {
    let broken = |error: &dyn std::fmt::Display| Violation(format!("a document cannot be read: {error}"));
    let names = device.documents(group).map_err(|error| broken(&error))?;
    let mut documents = Vec::new();
    let mut decisions = Vec::new();
    for name in names {
        let heads = device.read(group, &name, porchlight_documents::Document::heads);
        let heads = heads.map_err(|error| broken(&error))?;
        documents.push((name.to_string(), heads.iter().map(ToString::to_string).collect()));
        if name.kind == Kind::Decision {
            let decision = device.decision(group, &name, START).map_err(|error| broken(&error))?;
            decisions.push(format!("{decision:?}"));
        }
    }
    let shifts = shifts(device, group).iter().map(|shift| format!("{shift:?}")).collect();
    let members = device.members(group).map_err(|error| broken(&error))?;
    let line = |member: &MemberView| {
        // Each phone names itself first.
        let devices: BTreeSet<_> = member.devices.iter().map(|device| device.id).collect();
        format!("{} {} {devices:?}", member.id, member.name)
    };
    Ok(View { documents, shifts, decisions, members: members.iter().map(line).collect() })
}

impl World {
    pub(crate) fn status(&mut self, who: usize) -> Option<GroupStatus> {
        let group = self.group;
        let all = self.phones[who].device.as_mut()?.groups();
        all.into_iter().find(|status| status.group == group && status.stage == Stage::Active)
    }

    /// All texts of contacts and notes that a phone shows; nothing if it is off or not in.
    pub(crate) fn texts(&mut self, who: usize) -> Option<BTreeSet<String>> {
        self.status(who)?;
        let group = self.group;
        let device = self.phones[who].device.as_mut()?;
        let all = device.read(group, &DocumentName::contacts(), contacts::all).ok()?;
        let mut texts: BTreeSet<String> = all.into_iter().map(|contact| contact.details.name).collect();
        for name in ["one", "two"] {
            let text = device.read(group, &DocumentName::note(name), notes::note).ok()?.text;
            texts.extend(text.lines().map(str::to_owned));
        }
        Some(texts)
    }

    pub(crate) fn texts_of_others(&mut self, but: Option<usize>) -> BTreeSet<String> {
        let others = (0..self.phones.len()).filter(|other| Some(*other) != but);
        others.collect::<Vec<_>>().into_iter().filter_map(|other| self.texts(other)).flatten().collect()
    }

    // ---- after each step ------------------------------------------------------------------------------------

    /// What must be true at any time.
    pub(crate) fn look(&mut self) -> Outcome {
        if let Some(violation) = self.model.violation.take() {
            return Err(violation);
        }
        let mut clean: Vec<(usize, GroupStatus)> = Vec::new();
        for who in 0..self.phones.len() {
            let Some(status) = self.status(who) else { continue };
            self.look_at_texts(who, &status)?;
            self.look_at_capacity(who)?;
            self.look_at_events(who)?;
            // What is parked is read, but cannot be opened before its key comes. Whoever was taken out keeps what they
            // wrote themselves, and was told of it before the log.
            let comparable = status.parked == 0 && status.departure.is_none();
            if status.waiting == 0 && status.carried == 0 && comparable {
                clean.push((who, status));
            }
        }
        self.look_at_lies()?;
        // Positions tell the same only while the server never went back.
        if self.hosts.iter().any(|host| host.went_back) {
            return Ok(());
        }
        for (number, (who, status)) in clean.iter().enumerate() {
            let same = |(_, other): &&(usize, GroupStatus)| {
                other.position == status.position && other.url == status.url
            };
            if let Some((other, _)) = clean[..number].iter().find(same) {
                self.compare(*other, *who)?;
            }
        }
        Ok(())
    }

    /// What its owner was told is saved is there.
    fn look_at_texts(&mut self, who: usize, status: &GroupStatus) -> Outcome {
        self.counts.checks += 1;
        let texts = self.texts(who).unwrap_or_default();
        for saved in self.model.saved.iter_mut().filter(|saved| saved.phone == who && !saved.excused) {
            if !texts.contains(&saved.text) {
                let text = &saved.text;
                return Err(Violation(format!("phone {who} said that '{text}' is saved, and lost it")));
            }
            saved.sent |= status.waiting == 0;
        }
        Ok(())
    }

    /// No shift has more people than it needs.
    fn look_at_capacity(&mut self, who: usize) -> Outcome {
        self.counts.checks += 1;
        let group = self.group;
        let Some(device) = self.phones[who].device.as_mut() else { return Ok(()) };
        for shift in shifts(device, group) {
            let confirmed = shift.people.iter().filter(|person| person.state == State::Confirmed).count();
            if confirmed > usize::try_from(shift.details.needs).unwrap() {
                return Err(Violation(format!("phone {who} confirms {confirmed} people: {shift:?}")));
            }
        }
        Ok(())
    }

    /// Nothing is said to be put back unless a server lost something, and nothing is set aside among honest people.
    fn look_at_events(&mut self, who: usize) -> Outcome {
        self.counts.checks += 1;
        let group = self.group;
        let went_back = self.hosts.iter().any(|host| host.went_back);
        let phone = &mut self.phones[who];
        let told = phone.events.iter().any(|event| matches!(event, Event::PutBack { .. }));
        let heard = phone.device.as_mut().is_some_and(|device| {
            device.groups().iter().any(|status| status.group == group && status.lost.is_some())
        });
        if (told || heard) && !went_back {
            return Err(Violation(format!("phone {who} says that a server lost something, and none did")));
        }
        let Some(device) = &phone.device else { return Ok(()) };
        let aside = device.set_aside(group).unwrap_or_default();
        if !aside.is_empty() && !went_back && !self.model.hostile {
            return Err(Violation(format!("phone {who} set something aside: {aside:?}")));
        }
        let forks = device.forks(group).unwrap_or_default();
        if !forks.is_empty() && !went_back {
            return Err(Violation(format!("phone {who} sees another history: {forks:?}")));
        }
        Ok(())
    }

    fn compare(&mut self, one: usize, other: usize) -> Outcome {
        self.counts.checks += 1;
        let group = self.group;
        let mut look = |who: usize| {
            let device = self.phones[who].device.as_mut();
            device.map(|device| view(device, group)).transpose()
        };
        let (a, b) = (look(one)?, look(other)?);
        if a != b {
            return Err(Violation(format!("phones {one} and {other} differ:\n{a:#?}\n{b:#?}")));
        }
        Ok(())
    }

    // ---- at rest --------------------------------------------------------------------------------------------

    /// Faults stop: every phone must come into step within a bounded time and number of frames.
    pub(crate) fn settle(&mut self) -> Outcome {
        for host in &mut self.hosts {
            host.kill = None;
            host.clock = host.clock.max(0);
        }
        self.stop_lying();
        for host in 0..TWIN {
            if self.hosts[host].log.is_none() {
                self.start_host(host);
            }
        }
        for who in 0..self.phones.len() {
            let phone = &mut self.phones[who];
            (phone.crash, phone.off, phone.clock) = (None, 0, 0);
            (phone.full, phone.unreadable) = (self.now, self.now);
            phone.events.retain(|event| !matches!(event, Event::JoinFailed { .. }));
            if phone.device.is_none() {
                self.start_phone(who)?;
            }
            self.set_quality(who, Quality::GOOD)?;
        }
        let before = self.counts.frames;
        for round in 0..MOST_ROUNDS {
            self.pass(ROUND_MILLIS)?;
            if let Some(violation) = self.model.violation.take() {
                return Err(violation);
            }
            if self.model.may_move && self.status(0).is_some_and(|status| status.url == self.hosts[1].url) {
                self.model.host = 1;
            }
            if self.all_in_step() {
                let frames = self.counts.frames - before;
                let most = MOST_FRAMES * self.phones.len() as u64;
                if frames > most {
                    return Err(Violation(format!("{frames} frames to come into step")));
                }
                return Ok(());
            }
            if round % 3 == 2 {
                self.help()?;
            }
        }
        let standing: Vec<_> = (0..self.phones.len()).map(|who| self.describe(who)).collect();
        Err(Violation(format!("not in step: {standing:#?}")))
    }

    /// What people do when a phone does not get on: start it again, come in again, follow the link.
    fn help(&mut self) -> Outcome {
        for who in 0..self.phones.len() {
            if !self.is_in(who) && self.has_no_group(who) && !self.types_words_again(who)? {
                self.come_in(who)?;
            }
            // What was written in its name was refused: it says so until it is started again.
            if self.model.hostile && self.status(who).is_some_and(|status| status.problem.is_some()) {
                self.crash(who);
            }
            if let (Some(link), Some(status)) = (self.model.link.clone(), self.status(who))
                && status.url != self.hosts[self.model.host].url
            {
                let at = self.phones[who].time(self.now);
                if let Some(device) = self.phones[who].device.as_mut() {
                    let _ = device.follow(&link, at);
                }
                self.drain(who)?;
            }
        }
        Ok(())
    }

    fn has_no_group(&mut self, who: usize) -> bool {
        self.phones[who].device.as_mut().is_some_and(|device| device.groups().is_empty())
    }

    fn end(&self) -> Option<porchlight_wire::Position> {
        let store = self.hosts[self.model.host].log.as_ref()?.store();
        store.group(&self.group).ok()?.map(|row| row.head.position)
    }

    fn all_in_step(&mut self) -> bool {
        let (end, url) = (self.end(), self.hosts[self.model.host].url.clone());
        let inside: Vec<_> = (0..self.phones.len()).filter(|who| !self.is_out(*who)).collect();
        inside.into_iter().all(|who| {
            // A line that is dead without a word may hide another history that is as long.
            let is_heard = self.is_heard(who);
            is_heard
                && self.status(who).is_some_and(|status| {
                    status.current
                        && status.waiting == 0
                        && status.carried == 0
                        && status.problem.is_none()
                        && !status.snapshots.busy
                        && status.url == url
                        && Some(status.position) == end
                })
        })
    }

    /// Whether the server that counts is at the other end of one of a phone's lines.
    fn is_heard(&self, who: usize) -> bool {
        let lines = self.phones[who].links.values().filter_map(|line| self.lines.get(line));
        lines.into_iter().any(|line| line.host == self.model.host && line.session.is_some())
    }

    fn describe(&mut self, who: usize) -> String {
        let end = self.end();
        match self.status(who) {
            Some(status) => format!("the log ends at {end:?}; {status:?}"),
            None => {
                let all = self.phones[who].device.as_mut().map(Device::groups);
                format!("not in; {all:?}; refused: {}", self.was_refused(who))
            }
        }
    }

    /// What must be true once everything has come to rest.
    pub(crate) fn look_at_rest(&mut self) -> Outcome {
        self.look()?;
        self.look_at_those_outside()?;
        self.look_with_fresh_eyes()?;
        let outside: Vec<_> = (0..self.phones.len()).filter(|who| self.is_out(*who)).collect();
        for who in (0..self.phones.len()).filter(|who| !outside.contains(who)) {
            self.counts.checks += 1;
            let texts = self.texts(who).unwrap_or_default();
            let lost = self.model.saved.iter().find(|saved| !saved.excused && !texts.contains(&saved.text));
            if let Some(lost) = lost {
                return Err(Violation(format!("{lost:?} is not on phone {who}")));
            }
            if let Some(text) = self.model.forgotten.iter().find(|text| texts.contains(*text)) {
                return Err(Violation(format!("'{text}' was forgotten, and is on phone {who}")));
            }
            self.look_at_who_came_back(who)?;
            if who > 0 {
                self.compare(0, who)?;
            }
        }
        self.look_at_what_was_set_aside()?;
        self.look_at_what_the_server_said()?;
        self.look_at_databases()
    }

    /// Nothing that people wrote can be read where the servers keep it.
    fn look_at_databases(&mut self) -> Outcome {
        for host in self.hosts.iter_mut().filter(|host| host.file.exists()) {
            self.counts.checks += 1;
            host.stop();
            let bytes = std::fs::read(&host.file).unwrap();
            if memchr::memmem::find(&bytes, CANARY.as_bytes()).is_some() {
                return Err(Violation("a server's database can be read".to_owned()));
            }
        }
        Ok(())
    }
}

/// Whose phone lost what was saved.
const NOBODY: usize = usize::MAX;

/// How long everything may take to come to rest.
const MOST_ROUNDS: u64 = 90;
pub(crate) const ROUND_MILLIS: u64 = 20_000;

/// Frames that a phone may need for that, in both directions.
const MOST_FRAMES: u64 = 600;
