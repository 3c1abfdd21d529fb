//! Random legal and illegal RosterChanges against a simple model that was written from the table of rules alone.

use std::collections::BTreeSet;

use ed25519_dalek::{Signer, SigningKey};
use minicbor::bytes::ByteArray;
use proptest::collection::vec;
use proptest::prelude::*;

use super::tests::{id, sign};
use super::{
    AcceptHeld, AddDevice, Admit, Allow, ChangeKind, Close, CloseInvite, Found, Invite, Join, Leave, MoveTo,
    NewEpoch, Purpose, Remove, Role, Roster, Rotate, SetRole, Vouch,
};
use crate::{
    ActorPrefix, Epoch, GroupId, Hash, InvitationId, InvitationKey, MemberId, ServerKey, Signature,
    Timestamp, limits,
};

const START: u64 = 1_700_000_000_000;
const HOUR: u64 = 3_600_000;

/// One attempt. Numbers pick among what there is, modulo; `by` may also pick a stranger.
#[derive(Clone, Debug)]
enum Act {
    Invite { role: u8, uses: u32, hours: u64, member: Option<usize>, vouches: Option<u8> },
    CloseInvite { invitation: usize },
    Join { invitation: usize, again: bool, secret: bool },
    Admit { invitation: usize, vouchers: Vec<usize>, asked: bool },
    AddDevice { sponsor: usize, recovery: bool, predecessor: Option<usize>, signed: bool },
    Remove { members: Vec<usize>, devices: Vec<usize>, epoch: bool },
    Leave,
    SetRole { member: usize, role: u8 },
    Rotate { from: Option<u32> },
    AcceptHeld { entry: u8 },
    MoveTo,
    Close,
    Allow(bool),
}

fn act() -> impl Strategy<Value = Act> {
    let n = || 0..12_usize;
    let vouches = proptest::option::weighted(0.4, 0..3_u8);
    prop_oneof![
        4 => (1..=3_u8, 0..4_u32, 0..30_u64, proptest::option::weighted(0.4, n()), vouches)
            .prop_map(|(role, uses, hours, member, vouches)| Act::Invite { role, uses, hours, member, vouches }),
        1 => n().prop_map(|invitation| Act::CloseInvite { invitation }),
        6 => (n(), prop::bool::weighted(0.1), prop::bool::weighted(0.9))
            .prop_map(|(invitation, again, secret)| Act::Join { invitation, again, secret }),
        3 => (n(), vec(n(), 0..3), prop::bool::weighted(0.9))
            .prop_map(|(invitation, vouchers, asked)| Act::Admit { invitation, vouchers, asked }),
        3 => (n(), any::<bool>(), proptest::option::weighted(0.3, n()), prop::bool::weighted(0.9)).prop_map(
            |(sponsor, recovery, predecessor, signed)| Act::AddDevice { sponsor, recovery, predecessor, signed }
        ),
        3 => (vec(n(), 0..2), vec(n(), 0..2), any::<bool>())
            .prop_map(|(members, devices, epoch)| Act::Remove { members, devices, epoch }),
        1 => Just(Act::Leave),
        2 => (n(), 1..=3_u8).prop_map(|(member, role)| Act::SetRole { member, role }),
        1 => proptest::option::of(0..4_u32).prop_map(|from| Act::Rotate { from }),
        1 => (0..3_u8).prop_map(|entry| Act::AcceptHeld { entry }),
        1 => Just(Act::MoveTo),
        1 => prop::bool::weighted(0.1).prop_map(|close| if close { Act::Close } else { Act::MoveTo }),
        1 => any::<bool>().prop_map(Act::Allow),
    ]
}

#[derive(Debug)]
struct Person {
    role: u8,
    active: bool,
}

#[derive(Debug)]
struct Phone {
    owner: usize,
    words: bool,
    active: bool,
}

#[derive(Debug)]
struct Link {
    role: u8,
    left: u32,
    until: u64,
    owner: Option<usize>,
    vouches: Option<u8>,
    by: usize,
    open: bool,
}

/// The rules in the plainest form: lists of people, phones and links.
#[derive(Debug, Default)]
struct Model {
    people: Vec<Person>,
    phones: Vec<Phone>,
    links: Vec<Link>,
    held: BTreeSet<u8>,
    epoch: u32,
    due: bool,
    members_invite: bool,
    ended: bool,
}

impl Model {
    fn phones_of(&self, person: usize) -> usize {
        self.phones.iter().filter(|phone| phone.active && !phone.words && phone.owner == person).count()
    }

    fn leaders_without(&self, goes: impl Fn(usize, usize) -> bool) -> bool {
        (0..self.phones.len()).any(|n| {
            let phone = &self.phones[n];
            phone.active && !phone.words && self.people[phone.owner].role == 1 && !goes(phone.owner, n)
        })
    }

    /// Whether `act` by phone `by` (or a stranger) is allowed now.
    fn allows(&self, by: Option<usize>, act: &Act, now: u64) -> bool {
        if self.ended {
            return false;
        }
        let phone = by.map(|n| &self.phones[n]).filter(|phone| phone.active && !phone.words);
        let own = phone.map(|phone| phone.owner);
        let organizer = own.is_some_and(|person| self.people[person].role == 1);
        match act {
            Act::Invite { role, uses, member, vouches, .. } => {
                let Some(own) = own else { return false };
                let who = match member {
                    Some(member) => (organizer || *member == own) && *uses == 1 && vouches.is_none(),
                    None => organizer || self.members_invite && self.people[own].role == 2 && *role != 1,
                };
                who && *uses > 0
            }
            Act::CloseInvite { invitation } => own.is_some_and(|own| {
                let link = &self.links[*invitation];
                link.open && (organizer || link.by == own)
            }),
            Act::Join { invitation, again, secret } => {
                let link = &self.links[*invitation];
                let room = link.owner.is_none_or(|owner| self.phones_of(owner) < 8);
                link.open
                    && link.left > 0
                    && now <= link.until
                    && link.vouches.is_none()
                    && *secret
                    && !again
                    && room
            }
            Act::Admit { invitation, vouchers, asked } => {
                let link = &self.links[*invitation];
                let writes = |n: &usize| {
                    let phone = &self.phones[*n];
                    phone.active && !phone.words && self.people[phone.owner].role != 3
                };
                let who: BTreeSet<usize> = vouchers.iter().map(|n| self.phones[*n].owner).collect();
                let others = who.into_iter().filter(|person| Some(*person) != own).count();
                let enough = link.vouches.is_some_and(|needed| others >= usize::from(needed));
                organizer && link.open && link.left > 0 && enough && *asked && vouchers.iter().all(writes)
            }
            Act::AddDevice { sponsor, recovery, predecessor, signed } => {
                let sponsor = &self.phones[*sponsor];
                let same = predecessor.is_none_or(|n| self.phones[n].owner == sponsor.owner);
                sponsor.active && *signed && same && (*recovery || self.phones_of(sponsor.owner) < 8)
            }
            Act::Remove { members, devices, epoch } => {
                let Some(own) = own else { return false };
                let there = members.iter().all(|n| self.people[*n].active)
                    && devices.iter().all(|n| self.phones[*n].active)
                    && members.len() + devices.len() > 0;
                let may = if *epoch {
                    organizer && !members.contains(&own) && by.is_none_or(|by| !devices.contains(&by))
                } else {
                    members.is_empty() && devices.iter().all(|n| self.phones[*n].owner == own)
                };
                let stays =
                    self.leaders_without(|person, n| members.contains(&person) || devices.contains(&n));
                there && may && stays
            }
            Act::Leave => own.is_some_and(|own| self.leaders_without(|person, _| person == own)),
            Act::SetRole { member, role } => {
                let person = &self.people[*member];
                let stays = person.role != 1 || self.leaders_without(|other, _| other == *member);
                organizer && person.active && person.role != *role && stays
            }
            Act::Rotate { from } => organizer && from.is_none_or(|from| from <= self.epoch),
            Act::AcceptHeld { entry } => organizer && !self.held.contains(entry),
            Act::MoveTo | Act::Close | Act::Allow(_) => organizer,
        }
    }

    fn come_in(&mut self, invitation: usize) {
        self.links[invitation].left -= 1;
        let (role, owner) = (self.links[invitation].role, self.links[invitation].owner);
        let owner = owner.unwrap_or(self.people.len());
        if owner == self.people.len() {
            self.people.push(Person { role, active: true });
        } else if !self.people[owner].active {
            self.people[owner] = Person { role, active: true };
        }
        self.phones.push(Phone { owner, words: false, active: true });
    }

    fn shut_links_of(&mut self, person: usize) {
        self.links.iter_mut().filter(|link| link.owner == Some(person)).for_each(|link| link.open = false);
    }

    fn rotate(&mut self, now: u64) {
        self.epoch += 1;
        self.due = false;
        self.links.iter_mut().filter(|link| now > link.until).for_each(|link| link.open = false);
    }

    fn carry_out(&mut self, by: Option<usize>, act: &Act, now: u64) {
        let own = by.map_or(usize::MAX, |n| self.phones[n].owner);
        match act {
            Act::Invite { role, uses, hours, member, vouches } => self.links.push(Link {
                role: *role,
                left: *uses,
                until: now + hours * HOUR,
                owner: *member,
                vouches: *vouches,
                by: own,
                open: true,
            }),
            Act::CloseInvite { invitation } => {
                let link = &mut self.links[*invitation];
                link.open = false;
                self.due |= link.left > 0 && link.vouches.is_none();
            }
            Act::Join { invitation, .. } | Act::Admit { invitation, .. } => self.come_in(*invitation),
            Act::AddDevice { sponsor, recovery, .. } => {
                let owner = self.phones[*sponsor].owner;
                let earlier = self.phones.iter_mut().filter(|p| p.active && p.words && p.owner == owner);
                if *recovery {
                    for phone in earlier {
                        phone.active = false;
                        self.due = true;
                    }
                }
                self.phones.push(Phone { owner, words: *recovery, active: true });
            }
            Act::Remove { members, devices, epoch } => {
                for (n, phone) in self.phones.iter_mut().enumerate() {
                    phone.active &= !members.contains(&phone.owner) && !devices.contains(&n);
                }
                members.iter().for_each(|n| self.people[*n].active = false);
                if *epoch {
                    self.links.iter_mut().for_each(|link| link.open = false);
                    self.rotate(now);
                } else {
                    self.shut_links_of(own);
                    self.due = true;
                }
            }
            Act::Leave => {
                self.phones.iter_mut().filter(|p| p.owner == own).for_each(|phone| phone.active = false);
                self.people[own].active = false;
                self.shut_links_of(own);
                self.due = true;
            }
            Act::SetRole { member, role } => self.people[*member].role = *role,
            Act::Rotate { .. } => self.rotate(now),
            Act::AcceptHeld { entry } => drop(self.held.insert(*entry)),
            Act::MoveTo => {}
            Act::Close => self.ended = true,
            Act::Allow(members_invite) => self.members_invite = *members_invite,
        }
    }
}

/// The real Roster beside the keys that the model's phones and links stand for.
struct World {
    roster: Roster,
    phones: Vec<SigningKey>,
    members: Vec<MemberId>,
    links: Vec<SigningKey>,
    fresh: u16,
}

impl World {
    fn key(&mut self) -> SigningKey {
        self.fresh += 1;
        let mut seed = [7; 32];
        seed[..2].copy_from_slice(&self.fresh.to_be_bytes());
        SigningKey::from_bytes(&seed)
    }

    fn sealing(key: &SigningKey) -> Hash {
        Hash::of("sealing", &[key.verifying_key().as_bytes()])
    }

    fn epoch(from: Option<u32>) -> NewEpoch {
        let sealed = ByteArray::from([3; 48]);
        NewEpoch { commitment: Hash::ZERO, boxes: Hash::ZERO, sealed, from: from.map(Epoch::new) }
    }

    fn role(number: u8) -> Role {
        [Role::Organizer, Role::Member, Role::Reader][usize::from(number - 1)]
    }

    /// The signed bytes of an attempt, and the new phone's key where it adds one.
    fn sign(&mut self, by: Option<usize>, act: &Act, now: u64) -> (Vec<u8>, Option<SigningKey>) {
        let newcomer = self.key();
        let stranger = self.key();
        let author = by.map_or(stranger.clone(), |n| self.phones[n].clone());
        let link_id = |world: &Self, n: usize| {
            InvitationId::of_key(&InvitationKey::from_bytes(world.links[n].verifying_key().to_bytes()))
        };
        let prefix = |world: &Self, n: usize| ActorPrefix::of_device(&id(&world.phones[n]));
        let (kind, signer, second, new) = match act {
            Act::Invite { role, uses, hours, member, vouches } => {
                let key = self.key();
                self.links.push(key.clone());
                let invite = Invite {
                    key: InvitationKey::from_bytes(key.verifying_key().to_bytes()),
                    sealing: Self::sealing(&key),
                    role: Self::role(*role),
                    expires: Timestamp::from_millis(now + hours * HOUR),
                    uses: *uses,
                    member: member.map(|n| self.members[n]),
                    vouches: *vouches,
                };
                (ChangeKind::Invite(invite), author, None, None)
            }
            Act::CloseInvite { invitation } => {
                let close = CloseInvite { invitation: link_id(self, *invitation) };
                (ChangeKind::CloseInvite(close), author, None, None)
            }
            Act::Join { invitation, again, secret } => {
                let joiner = if *again { self.phones[0].clone() } else { newcomer };
                let second = if *secret { self.links[*invitation].clone() } else { stranger };
                let sealing = Self::sealing(&joiner);
                let join = Join { invitation: link_id(self, *invitation), sealing, predecessor: None };
                (ChangeKind::Join(join), joiner.clone(), Some(second), Some(joiner))
            }
            Act::Admit { invitation, vouchers, asked } => {
                let (link, device) = (link_id(self, *invitation), id(&newcomer));
                let sealing = Self::sealing(&newcomer);
                let group = self.roster.group();
                let knocker = if *asked { &newcomer } else { &stranger };
                let knock = raw(knocker, &Admit::knock_message(&group, &link, &device, &sealing));
                let message = Admit::vouch_message(&group, &link, &device);
                let vouch =
                    |n: &usize| Vouch { by: prefix(self, *n), signature: raw(&self.phones[*n], &message) };
                let vouches = vouchers.iter().map(vouch).collect();
                let admit = Admit { invitation: link, device, sealing, knock, vouches };
                (ChangeKind::Admit(admit), author, None, Some(newcomer))
            }
            Act::AddDevice { sponsor, recovery, predecessor, signed } => {
                let second = if *signed { self.phones[*sponsor].clone() } else { stranger };
                let add = AddDevice {
                    sponsor: prefix(self, *sponsor),
                    sealing: Self::sealing(&newcomer),
                    purpose: if *recovery { Purpose::Recovery } else { Purpose::Device },
                    predecessor: predecessor.map(|n| prefix(self, n)),
                };
                (ChangeKind::AddDevice(add), newcomer.clone(), Some(second), Some(newcomer))
            }
            Act::Remove { members, devices, epoch } => {
                let members = members.iter().map(|n| self.members[*n]).collect();
                let devices = devices.iter().map(|n| id(&self.phones[*n])).collect();
                let remove = Remove { members, devices, epoch: epoch.then(|| Self::epoch(None)) };
                (ChangeKind::Remove(remove), author, None, None)
            }
            Act::Leave => (ChangeKind::Leave(Leave {}), author, None, None),
            Act::SetRole { member, role } => {
                let set = SetRole { member: self.members[*member], role: Self::role(*role) };
                (ChangeKind::SetRole(set), author, None, None)
            }
            Act::Rotate { from } => {
                (ChangeKind::Rotate(Rotate { epoch: Self::epoch(*from) }), author, None, None)
            }
            Act::AcceptHeld { entry } => {
                let entries = vec![Hash::of("held", &[&[*entry]])];
                (ChangeKind::AcceptHeld(AcceptHeld { entries }), author, None, None)
            }
            Act::MoveTo => {
                let to =
                    MoveTo { server: ServerKey::from_bytes([4; 32]), url: "https://b.example".to_owned() };
                (ChangeKind::MoveTo(to), author, None, None)
            }
            Act::Close => (ChangeKind::Close(Close {}), author, None, None),
            Act::Allow(members_invite) => {
                (ChangeKind::Allow(Allow { members_invite: *members_invite }), author, None, None)
            }
        };
        let (group, head) = (self.roster.group(), self.roster.head());
        (sign(&signer, &group, &head, kind, second.as_ref()), new)
    }
}

fn raw(key: &SigningKey, message: &[u8]) -> Signature {
    Signature::from_bytes(key.sign(message).to_bytes())
}

fn founded() -> (World, Model) {
    let founder = SigningKey::from_bytes(&[1; 32]);
    let found = ChangeKind::Found(Found {
        suite: limits::SUITE,
        server: ServerKey::from_bytes([5; 32]),
        sealing: Hash::ZERO,
        commitment: Hash::ZERO,
    });
    let bytes = sign(&founder, &GroupId::from_bytes([0; 32]), &Hash::ZERO, found, None);
    let roster = Roster::found(&bytes, Timestamp::from_millis(START)).unwrap();
    let members = vec![MemberId::of_first_device(&id(&founder))];
    let world = World { roster, phones: vec![founder], members, links: Vec::new(), fresh: 0 };
    let mut model = Model::default();
    model.people.push(Person { role: 1, active: true });
    model.phones.push(Phone { owner: 0, words: false, active: true });
    (world, model)
}

/// Puts every number of an attempt within what there is; `None` if there is nothing it could mean.
fn within(act: Act, model: &Model) -> Option<Act> {
    let (people, phones, links) = (model.people.len(), model.phones.len(), model.links.len());
    let link = |n: usize| n.checked_rem(links);
    Some(match act {
        Act::Invite { role, uses, hours, member, vouches } => {
            Act::Invite { role, uses, hours, member: member.map(|n| n % people), vouches }
        }
        Act::CloseInvite { invitation } => Act::CloseInvite { invitation: link(invitation)? },
        Act::Join { invitation, again, secret } => Act::Join { invitation: link(invitation)?, again, secret },
        Act::Admit { invitation, vouchers, asked } => {
            let vouchers = vouchers.into_iter().map(|n| n % phones).collect();
            Act::Admit { invitation: link(invitation)?, vouchers, asked }
        }
        Act::AddDevice { sponsor, recovery, predecessor, signed } => {
            let predecessor = predecessor.map(|n| n % phones);
            Act::AddDevice { sponsor: sponsor % phones, recovery, predecessor, signed }
        }
        Act::Remove { members, devices, epoch } => Act::Remove {
            members: members.into_iter().map(|n| n % people).collect(),
            devices: devices.into_iter().map(|n| n % phones).collect(),
            epoch,
        },
        Act::SetRole { member, role } => Act::SetRole { member: member % people, role },
        other => other,
    })
}

fn assert_alike(world: &World, model: &Model) {
    let roster = &world.roster;
    for (person, member) in model.people.iter().zip(&world.members) {
        let real = roster.member(member).unwrap();
        assert_eq!((real.role, real.active), (World::role(person.role), person.active));
    }
    assert_eq!(roster.members().count(), model.people.len());
    for (phone, key) in model.phones.iter().zip(&world.phones) {
        let real = roster.device(&id(key)).unwrap();
        assert_eq!((real.member, real.gone.is_none()), (world.members[phone.owner], phone.active));
        let writes = phone.active && !phone.words && model.people[phone.owner].role != 3 && !model.ended;
        assert_eq!(roster.writer(&id(key)).is_ok(), writes);
        assert_eq!(roster.entrant(&id(key)).is_ok(), phone.active);
    }
    assert_eq!(roster.devices().count(), model.phones.len());
    for (link, key) in model.links.iter().zip(&world.links) {
        let key = InvitationKey::from_bytes(key.verifying_key().to_bytes());
        let real = roster.invitation(&InvitationId::of_key(&key)).unwrap();
        assert_eq!((real.uses_left, real.closed), (link.left, !link.open));
    }
    assert_eq!(roster.epoch(), Epoch::new(model.epoch));
    assert_eq!(roster.rotation_due(Timestamp::from_millis(0)), model.due && !model.ended);
    assert_eq!(roster.closed(), model.ended);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_rules_agree_with_a_simple_model(
        acts in vec((proptest::option::weighted(0.95, 0..12_usize), 0..3_u64, act()), 1..40)
    ) {
        let (mut world, mut model) = founded();
        let mut now = START;
        let mut list = Vec::new();
        for (by, hours, act) in acts {
            now += hours * HOUR;
            let Some(act) = within(act, &model) else { continue };
            let by = by.map(|n| n % model.phones.len());
            let (bytes, new) = world.sign(by, &act, now);
            let verified = world.roster.verify(&bytes, Timestamp::from_millis(now));
            let allowed = model.allows(by, &act, now);
            prop_assert_eq!(verified.is_ok(), allowed, "{:?} by {:?}: {:?}\n{:?}", act, by, verified, model);
            let Ok(verified) = verified else {
                world.links.truncate(model.links.len());
                continue;
            };
            prop_assert!(bytes.len() <= 450, "{} bytes for {:?}", bytes.len(), act);
            list.push((bytes, now));
            world.roster.apply(verified).unwrap();
            model.carry_out(by, &act, now);
            if let Some(key) = new {
                if model.people.len() > world.members.len() {
                    world.members.push(MemberId::of_first_device(&id(&key)));
                }
                world.phones.push(key);
            }
            assert_alike(&world, &model);
        }
    }
}
