//! What people do, and what breaks: carries out the acts of a script.

use porchlight_device::Event;
use porchlight_device::schedule::ScheduleChange;
use porchlight_device::{Device, Doing, Stage};
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::decisions::{self, Answer, Ballot, Proposal};
use porchlight_documents::schedule::Shift;
use porchlight_documents::{Document, DocumentName, Editor, Kind, notes};
use porchlight_wire::Timestamp;
use serde_json::json;

use crate::host::Killing;
use crate::hostile::Lie;
use crate::line::Quality;
use crate::model::shifts;
use crate::phone::Disk;
use crate::script::{Act, Script};
use crate::world::{CANARY, Outcome, World};

/// More phones than this only make a run slow.
const MOST_PHONES: usize = 6;

impl World {
    /// Carries out a script, lets everything come to rest, and looks at it.
    pub(crate) fn play(&mut self, script: &Script) -> Outcome {
        for step in &script.steps {
            self.pass(step.wait)?;
            self.act(step.act)?;
            self.counts.steps += 1;
            self.look()?;
        }
        self.settle()?;
        self.look_at_rest()
    }

    fn who(&self, who: u8) -> usize {
        usize::from(who) % self.phones.len()
    }

    /// Somebody does something with their phone. What they were told is done is saved; a phone that crashed in the
    /// middle told them nothing.
    pub(crate) fn with<T>(
        &mut self,
        who: usize,
        f: impl FnOnce(&mut Device, Timestamp) -> Option<T>,
    ) -> Outcome<Option<T>> {
        let phone = &mut self.phones[who];
        let (time, run) = (phone.time(self.now), phone.starts);
        let Some(device) = phone.device.as_mut() else { return Ok(None) };
        let done = f(device, time);
        self.drain(who)?;
        let phone = &self.phones[who];
        Ok(done.filter(|_| phone.device.is_some() && phone.starts == run))
    }

    pub(crate) fn edit(
        &mut self,
        who: usize,
        name: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Option<()>,
    ) -> Outcome<Option<()>> {
        let group = self.group;
        self.with(who, |device, now| device.edit(group, name, now, |editor| f(editor).ok_or(())).ok())
    }

    fn read<T>(&mut self, who: usize, name: &DocumentName, f: impl FnOnce(&Document) -> T) -> Option<T> {
        let group = self.group;
        self.phones[who].device.as_mut()?.read(group, name, f).ok()
    }

    pub(crate) fn act(&mut self, act: Act) -> Outcome {
        match act {
            Act::Add { who } => self.add(self.who(who)),
            Act::Edit { who, which } => self.change_contact(self.who(who), which),
            Act::Remove { who, which } => self.remove(self.who(who), which),
            Act::Write { who, which } => self.write(self.who(who), which),
            Act::Propose { who } => self.propose(self.who(who)),
            Act::Vote { who, which } => self.vote(self.who(who), which),
            Act::Plan { who } => self.plan(self.who(who)),
            Act::SignUp { who, which } => self.shift(
                self.who(who),
                which,
                |shift| json!({"signUp": {"shift": shift.id, "person": null, "companions": 0, "part": null}}),
            ),
            Act::GiveBack { who, which } => self.shift(
                self.who(who),
                which,
                |shift| json!({"leave": {"shift": shift.id, "person": null, "reason": ""}}),
            ),
            Act::Invite => {
                let room = self.phones.len() < MOST_PHONES;
                if room { self.invite() } else { Ok(()) }
            }
            Act::Snapshot { who } => {
                let group = self.group;
                self.with(self.who(who), |device, now| device.make_snapshot(group, now).ok()).map(drop)
            }
            Act::Forget { who, which } => {
                self.forget(0, which)?;
                match self.who(who) {
                    0 => Ok(()),
                    other => self.forget(other, which.wrapping_add(1)),
                }
            }
            Act::Move => self.move_away(),
            Act::PutOut { who } => self.put_out(self.who(who)),
            Act::Promote { who } => self.promote(self.who(who)),
            Act::Rotate { who } => self.rotate(self.who(who)),
            Act::HandOver { from, to } => self.hand_over(self.who(from), self.who(to)),
            Act::Show { who } => {
                let (group, doing) = (self.group, Doing { document: CANARY.to_owned(), item: String::new() });
                self.with(self.who(who), |device, now| device.present(group, &doing, now).ok()).map(drop)
            }
            fault => self.fault(fault),
        }
    }

    fn fault(&mut self, act: Act) -> Outcome {
        match act {
            Act::Line { who, quality } => self.set_quality(self.who(who), Quality::of(quality)),
            Act::Restart { who } => {
                let who = self.who(who);
                self.phones[who].off = 0;
                self.crash(who);
                Ok(())
            }
            Act::Crash { who, after, millis } => {
                let who = self.who(who);
                (self.phones[who].crash, self.phones[who].off) = (Some(after), u64::from(millis));
                Ok(())
            }
            Act::Fill { who, millis } => {
                let who = self.who(who);
                self.phones[who].full = self.now.plus_millis(u64::from(millis));
                Ok(())
            }
            Act::Keep { who } => {
                let who = self.who(who);
                self.phones[who].kept = Some(self.phones[who].disk.clone());
                Ok(())
            }
            Act::PutBack { who } => self.put_back(self.who(who)),
            Act::Copy { who } => self.copy(self.who(who)),
            Act::Wipe { who } => self.wipe(self.who(who)),
            Act::WriteWords { who } => self.write_words(self.who(who)),
            Act::ComeBack { who } => self.come_back(self.who(who)),
            Act::Clock { who, hours } => {
                let who = self.who(who);
                self.counts.fault("phone's clock is wrong");
                self.phones[who].clock = i64::from(hours) * 3_600_000;
                // Whoever sleeps looks at the clock again soon.
                self.connect(who)
            }
            Act::Forge { who, what } => self.lie(self.who(who), Lie::of(what)),
            Act::Unreadable { who, millis } => {
                let who = self.who(who);
                self.phones[who].unreadable = self.now.plus_millis(u64::from(millis));
                self.phones[who].off = 0;
                self.crash(who);
                Ok(())
            }
            Act::Reorder => {
                self.liar.reorders = true;
                Ok(())
            }
            Act::Withhold { who, millis } => {
                self.withhold(self.who(who), u64::from(millis));
                Ok(())
            }
            Act::SayAgain { who } => self.say_again(self.who(who)),
            Act::Invent { who, what } => {
                self.add_to_log(self.who(who), what);
                Ok(())
            }
            Act::TwoHistories => {
                self.part_histories();
                Ok(())
            }
            Act::Kill { commits, told, millis } => {
                let host = self.model.host;
                self.hosts[host].kill = Some(Killing { commits, told, millis: u64::from(millis) });
                Ok(())
            }
            Act::ServerClock { minutes } => {
                self.counts.fault("server's clock jumped");
                self.hosts[self.model.host].clock = i64::from(minutes) * 60_000;
                Ok(())
            }
            Act::Prune => self.prune(),
            Act::BackUp => {
                self.with_database(|world, host| {
                    let backup = world.folder.path().join("backup");
                    world.hosts[host].copy_to(&backup);
                    world.model.backup = Some(host);
                });
                Ok(())
            }
            Act::Restore => {
                if self.model.backup != Some(self.model.host) {
                    return Ok(());
                }
                self.server_goes_back(|world, host| {
                    let (backup, file) = (world.folder.path().join("backup"), &world.hosts[host].file);
                    std::fs::copy(backup, file).unwrap();
                })
            }
            Act::Empty => {
                self.server_goes_back(|world, host| {
                    // It may be gone already.
                    let _ = std::fs::remove_file(&world.hosts[host].file);
                })
            }
            _ => Ok(()),
        }
    }

    // ---- deeds ----------------------------------------------------------------------------------------------

    fn add(&mut self, who: usize) -> Outcome {
        let text = self.model.text();
        let details = Details { name: text.clone(), ..Details::default() };
        let shown = self.texts(who).unwrap_or_default();
        let late = self.model.forgotten.iter().any(|text| shown.contains(text)) || self.owner_is_out(who);
        let done = self.edit(who, &DocumentName::contacts(), |editor| {
            contacts::add(editor, details, None).ok().map(drop)
        })?;
        if done.is_some() {
            self.model.saved(who, text, Kind::Contacts, late);
        }
        Ok(())
    }

    fn contact(&mut self, who: usize, which: u8) -> Option<contacts::Contact> {
        let all = self.read(who, &DocumentName::contacts(), contacts::list)?;
        all.get(usize::from(which) % all.len().max(1)).cloned()
    }

    fn change_contact(&mut self, who: usize, which: u8) -> Outcome {
        let Some(contact) = self.contact(who, which) else { return Ok(()) };
        let after = Details { note: self.model.text(), ..contact.details.clone() };
        self.edit(who, &DocumentName::contacts(), |editor| {
            contacts::update(editor, &contact.id, &contact.details, after, None).ok()
        })
        .map(drop)
    }

    fn remove(&mut self, who: usize, which: u8) -> Outcome {
        let Some(contact) = self.contact(who, which) else { return Ok(()) };
        self.edit(who, &DocumentName::contacts(), |editor| contacts::remove(editor, &contact.id, "").ok())
            .map(drop)
    }

    fn write(&mut self, who: usize, which: u8) -> Outcome {
        let name = DocumentName::note(["one", "two"][usize::from(which % 2)]);
        let text = self.model.text();
        let Some(note) = self.read(who, &name, notes::note) else { return Ok(()) };
        let after = if note.text.is_empty() { text.clone() } else { format!("{}\n{text}", note.text) };
        let done = self.edit(who, &name, |editor| notes::update(editor, Some(&note.version), &after).ok())?;
        if done.is_some() {
            let late = self.owner_is_out(who);
            self.model.saved(who, text, Kind::Note, late);
        }
        Ok(())
    }

    fn propose(&mut self, who: usize) -> Outcome {
        let proposal = Proposal { title: self.model.text(), ..Proposal::default() };
        let group = self.group;
        self.with(who, |device, now| {
            let name = device.fresh_document(Kind::Decision);
            device.edit(group, &name, now, |editor| decisions::create(editor, &proposal)).ok()
        })
        .map(drop)
    }

    fn vote(&mut self, who: usize, which: u8) -> Outcome {
        let group = self.group;
        let answer = if which.is_multiple_of(3) { Answer::Disagree } else { Answer::Agree };
        self.with(who, |device, now| {
            let mut names = device.documents(group).ok()?;
            names.retain(|name| name.kind == Kind::Decision);
            let name = names.get(usize::from(which) % names.len().max(1))?.clone();
            let answers = [(String::new(), answer)].into();
            let ballot = Ballot { answers, ..Ballot::default() };
            device.edit(group, &name, now, |editor| decisions::vote(editor, &ballot)).ok()
        })
        .map(drop)
    }

    fn plan(&mut self, who: usize) -> Outcome {
        let (group, title) = (self.group, self.model.text());
        let needs = 1 + title.len() % 2;
        let change = json!({"add": {
            "details": {"title": title, "needs": needs},
            "when": {"start": "2026-10-14T10:00", "end": "2026-10-14T12:00", "zone": "UTC"},
            "rule": null,
        }});
        let change: ScheduleChange = serde_json::from_value(change).unwrap();
        self.with(who, |device, now| device.change_schedule(group, change, now).ok()).map(drop)
    }

    fn shift(&mut self, who: usize, which: u8, change: impl FnOnce(&Shift) -> serde_json::Value) -> Outcome {
        let group = self.group;
        self.with(who, |device, now| {
            let all = shifts(device, group);
            let shift = all.get(usize::from(which) % all.len().max(1))?;
            let change: ScheduleChange = serde_json::from_value(change(shift)).unwrap();
            device.change_schedule(group, change, now).ok()
        })
        .map(drop)
    }

    fn hand_over(&mut self, from: usize, to: usize) -> Outcome {
        let group = self.group;
        let bundle = self.with(from, |device, now| device.export_bundle(group, now).ok())?;
        let Some(bundle) = bundle.filter(|_| from != to) else { return Ok(()) };
        self.with(to, |device, now| device.open_bundle(&bundle, now).ok()).map(drop)
    }

    fn forget(&mut self, who: usize, which: u8) -> Outcome {
        let group = self.group;
        let Some(contact) = self.contact(who, which) else { return Ok(()) };
        let before = self.texts(who).unwrap_or_default();
        let (id, run) = (contact.id.clone(), self.phones[who].starts);
        let done = self.with(who, |device, now| device.forget_contact(group, &id, now).ok())?;
        if done.is_some() {
            self.counts.fault("contact forgotten");
            self.model.forgetting(&contact.details.name, &before);
            self.model.forgotten.push(contact.details.name);
        } else if self.phones[who].device.is_none() || self.phones[who].starts != run {
            // Nobody was told; what was stored before the crash may still be done.
            self.model.forgetting(&contact.details.name, &before);
        }
        Ok(())
    }

    fn move_away(&mut self) -> Outcome {
        // Only while the old server answers, so that everybody hears of it there.
        if self.model.host != 0 || !self.status(0).is_some_and(|status| status.current) {
            return Ok(());
        }
        let (group, address, run) = (self.group, self.address(1), self.phones[0].starts);
        let link = self.with(0, |device, now| device.move_to(group, address, None, now).ok())?;
        if let Some(link) = link {
            self.counts.fault("group moved");
            self.model.host = 1;
            self.model.link = link;
        } else {
            // Nobody was told; what was stored before the crash may still be done.
            self.model.may_move |= self.phones[0].device.is_none() || self.phones[0].starts != run;
        }
        Ok(())
    }

    // ---- faults ---------------------------------------------------------------------------------------------

    pub(crate) fn set_quality(&mut self, who: usize, quality: Quality) -> Outcome {
        self.phones[who].quality = quality;
        let lines: Vec<u64> = self.phones[who].links.values().copied().collect();
        if !quality.there {
            self.counts.fault("phone lost its network");
            lines.into_iter().for_each(|line| self.break_line(line));
            return Ok(());
        }
        self.connect(who)
    }

    fn connect(&mut self, who: usize) -> Outcome {
        let connect = |device: &mut Device, now| {
            device.connect(now);
            Some(())
        };
        self.with(who, connect).map(drop)
    }

    /// The phone's storage becomes what it was.
    fn put_back(&mut self, who: usize) -> Outcome {
        let Some(disk) = self.phones[who].kept.clone() else { return Ok(()) };
        self.counts.fault("phone restored from a backup");
        self.lose(who);
        self.replace_disk(who, disk)
    }

    fn copy(&mut self, who: usize) -> Outcome {
        if self.phones.len() >= MOST_PHONES {
            return Ok(());
        }
        self.counts.fault("phone copied");
        self.model.copied = true;
        let disk = self.phones[who].disk.clone();
        let number = self.phones.len();
        self.phones.push(crate::phone::Phone::new(Quality::GOOD));
        self.phones[number].disk = disk;
        self.start_phone(number)
    }

    /// Somebody's phone is emptied; whoever made the group keeps theirs.
    fn wipe(&mut self, who: usize) -> Outcome {
        if who == 0 {
            return Ok(());
        }
        self.counts.fault("phone wiped");
        self.lose(who);
        self.phones[who].words = None;
        self.empty(who)?;
        self.come_in(who)
    }

    /// The phone is as it was bought.
    pub(crate) fn empty(&mut self, who: usize) -> Outcome {
        (self.phones[who].kept, self.phones[who].back_as) = (None, None);
        self.replace_disk(who, Disk::new())
    }

    /// What only this phone has may be gone after this.
    pub(crate) fn lose(&mut self, who: usize) {
        let others = self.texts_of_others(Some(who));
        let went_back = self.hosts.iter().any(|host| host.went_back);
        self.model.lost(who, &others, went_back);
    }

    /// Does something with a server's database while it is closed, and goes on.
    pub(crate) fn with_database(&mut self, f: impl FnOnce(&mut Self, usize)) {
        let host = self.model.host;
        if self.hosts[host].log.take().is_some() {
            f(self, host);
            self.start_host(host);
        }
    }

    /// The server is stopped, its database is replaced, and it starts again.
    fn server_goes_back(&mut self, f: impl FnOnce(&mut Self, usize)) -> Outcome {
        let host = self.model.host;
        let there = self.texts_of_others(None);
        self.model.server_lost(&there);
        self.counts.fault("server lost what it had");
        self.kill(host, 500);
        self.hosts[host].went_back = true;
        f(self, host);
        Ok(())
    }

    pub(crate) fn prune(&mut self) -> Outcome {
        let now = self.now;
        let host = &mut self.hosts[self.model.host];
        let time = host.time(now);
        if let Some(log) = &mut host.log {
            while log.prune(time).unwrap() {}
        }
        Ok(())
    }

    /// Whether a phone is in the group.
    pub(crate) fn is_in(&mut self, who: usize) -> bool {
        let group = self.group;
        let Some(device) = self.phones[who].device.as_mut() else { return false };
        device.groups().iter().any(|status| status.group == group && status.stage == Stage::Active)
    }

    /// Whether a phone asked to be let in and was refused for good.
    pub(crate) fn was_refused(&self, who: usize) -> bool {
        self.phones[who].events.iter().any(|event| matches!(event, Event::JoinFailed { .. }))
    }
}
