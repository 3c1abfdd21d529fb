//! How the keys of epochs come to a device: its own key box, the earlier keys inside the newest one, and boxes that it
//! makes for others who lack theirs.

use porchlight_wire::frame::{ClientFrame, Code, GetBox, GetKeys, KeyBox, Keys, SealedKey};
use porchlight_wire::roster::{Role, Roster, root_of};
use porchlight_wire::{Epoch, GroupId, Hash, Timestamp};

use crate::device::Device;
use crate::group::{Group, Problem, Standing};
use crate::inbox;
use crate::io::{Event, Write};
use crate::key_box::{self, earlier};
use crate::keys::{EpochKey, Secret};
use crate::membership::box_context;
use crate::storage::{Phase, epoch_slot};

/// The first and the longest pause before a key box that was not there is asked for again.
const AGAIN_MILLIS: (u64, u64) = (3_000, 5 * 60 * 1000);

/// Boxes that others lack and that this device is about to make, at most; beyond that somebody else may.
const MAX_WANTED: usize = 1_000;

/// Where the search for the newest key stands; nothing of it outlives a connection.
#[derive(Debug, Default)]
pub(crate) struct Seeking {
    /// The epoch whose box was asked for.
    asked: Option<Epoch>,
    attempts: u32,
    pub(crate) retry_at: Option<Timestamp>,
    /// Boxes that others lack: epoch and recipient.
    wanted: Vec<(Epoch, Hash)>,
}

impl Seeking {
    /// Notes a box that this device is to make, once it has what that needs. False if it is noted already, or there is no
    /// room for it.
    pub(crate) fn want(&mut self, epoch: Epoch, recipient: Hash) -> bool {
        let one = (epoch, recipient);
        let is_new = self.wanted.len() < MAX_WANTED && !self.wanted.contains(&one);
        if is_new {
            self.wanted.push(one);
        }
        is_new
    }

    /// The box that was asked for will not come.
    pub(crate) fn forget_asked(&mut self) {
        self.asked = None;
    }
}

impl Device {
    /// Asks for this device's box of the newest epoch, if its key is not here and that was not asked for already.
    pub(crate) fn seek_key(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(epoch) = group.lacks_key() else { return };
        let waits = group.seeking.retry_at.is_some_and(|at| at > now);
        // A Snapshot may be sealed under a key that was named while this device was away.
        let reads = group.snapshots.status().loading.is_some();
        if !(reads || matches!(group.standing, Standing::Open { .. }))
            || waits
            || (group.seeking.asked == Some(epoch) && group.seeking.retry_at.is_none())
        {
            return;
        }
        group.seeking.asked = Some(epoch);
        group.seeking.retry_at = None;
        let recipient = group.sealing_hash();
        self.ask_for_box(id, epoch, recipient, now);
    }

    /// A key box has come: check its path, open it, and everything that waited for it.
    pub(crate) fn box_arrived(&mut self, arrived: &KeyBox, now: Timestamp) {
        let id = arrived.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(secret) = group.secret_of(&arrived.key.recipient) else { return };
        let epoch = arrived.key.epoch;
        match opened(group, arrived, &secret) {
            Ok(key) if group.is_in() => {
                self.take_key(id, epoch, key, now);
            }
            Ok(key) if group.first_recipient() == arrived.key.recipient && group.coming_back().is_some() => {
                self.key_for_words(id, epoch, key, now);
            }
            Ok(key) => {
                let opening = group.entering;
                self.finish_join(id, key, epoch, now);
                if opening { self.opening(id, now) } else { self.open_group(id, now) }
            }
            Err(Fault::OfWhoeverMadeTheEpoch) => {
                group.entering = false;
                self.problem(id, Problem::BadKeyBox);
            }
            // Anybody may have left it: a better one can still come.
            Err(Fault::OfWhoeverSuppliedIt) => self.box_lacking(id, now),
            Err(Fault::NotAsked) => {}
        }
    }

    /// There is no such box, or it may not be had.
    pub(crate) fn box_refused(&mut self, id: GroupId, recipient: &Hash, code: Code, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        // The Join that it was asked for with came too late, and another is on its way.
        let knocks = matches!(group.stored.phase, Phase::Joining(_)) && group.standing == Standing::Knocking;
        if code == Code::NOT_ALLOWED && knocks && group.coming_back().is_none() {
            return;
        }
        group.entering = false;
        let invited = group.is_in() || *recipient == group.first_recipient();
        match code {
            Code::NOT_OPEN => group.forget_said(),
            Code::NO_BOX if invited => self.box_lacking(id, now),
            // The invitation's box is gone: others can still make one for this device.
            Code::NO_BOX => {
                let own = group.sealing_hash();
                let Some(epoch) = group.roster.as_ref().map(Roster::epoch) else { return };
                self.ask_for_box(id, epoch, own, now);
            }
            _ => self.problem(id, Problem::BadKeyBox),
        }
    }

    fn box_lacking(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.entering = false;
        let pause = AGAIN_MILLIS.0.saturating_mul(1 << group.seeking.attempts.min(16)).min(AGAIN_MILLIS.1);
        group.seeking.attempts = group.seeking.attempts.saturating_add(1);
        group.seeking.retry_at = Some(now.plus_millis(pause));
        self.problem(id, Problem::NoKeyYet);
    }

    /// The time to ask again has come.
    pub(crate) fn seek_again(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.seeking.retry_at.is_none_or(|at| at > now) {
            return;
        }
        group.seeking.retry_at = None;
        group.seeking.asked = None;
        if matches!(group.stored.phase, Phase::Joining(_)) {
            let recipient = group.first_recipient();
            let Some(epoch) = group.roster.as_ref().map(Roster::epoch) else { return };
            self.ask_for_box(id, epoch, recipient, now);
        } else {
            self.seek_key(id, now);
        }
    }

    /// The key of an epoch is here: with it come those before, and what was parked.
    pub(crate) fn take_key(&mut self, id: GroupId, epoch: Epoch, key: EpochKey, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        group.adopt(epoch, key, &mut writes);
        if matches!(group.problem, Some(Problem::BadKeyBox | Problem::NoKeyYet)) {
            group.problem = None;
        }
        group.seeking = Seeking { wanted: std::mem::take(&mut group.seeking.wanted), ..Seeking::default() };
        self.persist(writes);
        self.supply(id, now);
        self.unpark(id, now);
        self.read_with_key(id, now);
        self.pursue_wishes(id, now);
        self.event(Event::StatusChanged { group: id });
        if let Some(group) = self.groups.get_mut(&id)
            && group.due.is_none()
        {
            group.due = Some(now);
        }
        self.go_on(id, now);
    }

    /// Applies what was parked and can be opened now.
    pub(crate) fn unpark(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.parked.is_empty() {
            return;
        }
        let taken = inbox::unpark(group);
        self.persist(taken.writes);
        self.tell_changed(id, &taken.changed, now);
    }

    /// Somebody lacks their box. Organizers' devices make it, and those of the same member: enough to be found, and not
    /// so many that all answer at once.
    pub(crate) fn box_wanted(&mut self, wanted: &GetBox, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&wanted.group) else { return };
        let Some(roster) = &group.roster else { return };
        let own = roster.active(&group.keys.id()).ok();
        let theirs =
            roster.devices().find(|(_, device)| device.gone.is_none() && device.sealing == wanted.recipient);
        let (Some((own, member)), Some((_, theirs))) = (own, theirs) else { return };
        let helps = member.role == Role::Organizer || theirs.member == own;
        if !helps
            || !group.epochs.contains_key(&wanted.epoch)
            || !group.seeking.want(wanted.epoch, wanted.recipient)
        {
            return;
        }
        if group.rotation.known.contains_key(&wanted.recipient) {
            self.supply(wanted.group, now);
        } else {
            group.rotation.asking();
            let frame = GetKeys { group: wanted.group, hashes: vec![wanted.recipient] };
            self.send(wanted.group, &ClientFrame::GetKeys(frame), now);
        }
    }

    /// Sealing keys have come: those whose hashes were asked for are kept, and what waited for them goes on.
    pub(crate) fn keys_arrived(&mut self, keys: &Keys, now: Timestamp) {
        let id = keys.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        for key in &keys.keys {
            group.note_sealing_key(key, &mut writes);
        }
        group.rotation.answered();
        self.persist(writes);
        self.supply(id, now);
        self.send_requests(id, now);
    }

    /// Makes the boxes that others lack and whose keys are here.
    pub(crate) fn supply(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut made = Vec::new();
        for (epoch, recipient) in std::mem::take(&mut group.seeking.wanted) {
            let Some(public) = group.rotation.known.get(&recipient) else {
                group.seeking.wanted.push((epoch, recipient));
                continue;
            };
            let context = group.roster.as_ref().and_then(|roster| box_context(id, roster, epoch));
            let (Some(context), Some(key)) = (context, group.epochs.get(&epoch)) else {
                group.seeking.wanted.push((epoch, recipient));
                continue;
            };
            if let Ok(sealed) = key_box::seal(key, &context, public, &mut self.entropy) {
                made.push(SealedKey { epoch, recipient, sealed: sealed.into() });
            }
        }
        for key in made {
            self.tell(id, &ClientFrame::PutBox(KeyBox { group: id, key, path: None }));
        }
        self.schedule(now);
    }
}

impl Group {
    /// The newest epoch, if its key is not here although this device is in the Group.
    pub(crate) fn lacks_key(&self) -> Option<Epoch> {
        let epoch = self.roster.as_ref().map(Roster::epoch)?;
        let in_it = self.is_in() && self.departure().is_none();
        (in_it && !self.epochs.contains_key(&epoch)).then_some(epoch)
    }

    /// The hash by which the Roster names this device's sealing key.
    pub(crate) fn sealing_hash(&self) -> Hash {
        key_box::key_hash(&key_box::public_key(self.keys.sealing()))
    }

    /// The secret of this device that opens boxes for this recipient: its own, or that of its invitation.
    fn secret_of(&self, recipient: &Hash) -> Option<Secret> {
        if *recipient == self.sealing_hash() {
            return Some(self.keys.sealing().clone());
        }
        let secret = match self.coming_back() {
            Some(words) => words.sealing().clone(),
            None => self.invitation()?.sealing(),
        };
        (key_box::key_hash(&key_box::public_key(&secret)) == *recipient).then_some(secret)
    }

    /// Takes a key, and all earlier ones that it leads to.
    pub(crate) fn adopt(&mut self, epoch: Epoch, key: EpochKey, writes: &mut Vec<Write>) {
        let mut next = Some((epoch, key));
        while let Some((epoch, key)) = next {
            next = None;
            let start = self.roster.as_ref().and_then(|roster| roster.epoch_start(epoch));
            // An epoch names an earlier one, so the line ends.
            if let Some((before, sealed)) = start.and_then(|start| start.earlier)
                && !self.epochs.contains_key(&before)
            {
                let commitment = self.roster.as_ref().and_then(|roster| roster.epoch_start(before));
                let opened = earlier::open(&key, &self.id, (epoch, before), sealed.as_slice());
                let fits = |key: &EpochKey| {
                    commitment.is_some_and(|start| key.commitment(before) == start.commitment)
                };
                next = opened.filter(fits).map(|key| (before, key));
            }
            writes.push(epoch_slot(epoch).put_bytes(&self.id, key.0.expose_secret_bytes().to_vec()));
            self.epochs.insert(epoch, key);
        }
    }
}

/// Whose fault it is that a box is of no use.
enum Fault {
    /// It has the epoch's path, or should have.
    OfWhoeverMadeTheEpoch,
    /// It was made later, by anybody.
    OfWhoeverSuppliedIt,
    /// Nobody asked for it.
    NotAsked,
}

fn opened(group: &Group, arrived: &KeyBox, secret: &Secret) -> Result<EpochKey, Fault> {
    let SealedKey { epoch, recipient, sealed } = &arrived.key;
    let roster = group.roster.as_ref().ok_or(Fault::NotAsked)?;
    let start = roster.epoch_start(*epoch).ok_or(Fault::NotAsked)?;
    let context = box_context(group.id, roster, *epoch).ok_or(Fault::NotAsked)?;
    let proven = match &arrived.path {
        // A path that leads elsewhere says nothing about who made the box.
        Some(path) => root_of(recipient, sealed, path) == start.boxes,
        None => false,
    };
    let fault = if proven { Fault::OfWhoeverMadeTheEpoch } else { Fault::OfWhoeverSuppliedIt };
    if arrived.path.is_some() && !proven {
        return Err(fault);
    }
    key_box::open(sealed, &context, secret, &start.commitment).map_err(|_| fault)
}
