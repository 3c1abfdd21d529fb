//! What somebody here wants forgotten, until the log says that it is. Another organizer's Forget may come first, and the
//! list that it leaves still holds what was to go: then it is asked for again, as often as it takes.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use porchlight_documents::contacts::open::Open;
use porchlight_documents::contacts::{self, Contact, ContactId, tree};
use porchlight_documents::{Document, DocumentName, Incoming, Kind};
use porchlight_wire::roster::Role;
use porchlight_wire::snapshot::Statement;
use porchlight_wire::{GroupId, Hash, Position, Timestamp};
use rand_core::Rng;

use super::{ForgetError, ForgetReceipt, is_forget};
use crate::device::{ActError, Device, EditError, On};
use crate::group::Group;
use crate::io::{Event, Write};
use crate::snapshot::part::{self, Forgotten};
use crate::snapshot::sign_statement;
use crate::storage::Slot;

/// One contact or one Document that is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Wish {
    #[n(0)]
    kind: String,
    /// The Document as screens know it.
    #[n(1)]
    key: String,
    /// The contact, unless it is the whole Document.
    #[n(2)]
    pub(crate) contact: Option<String>,
    #[n(3)]
    asked: Option<Asked>,
    /// Up to where the log was read when it had come true; it is a wish again if that is taken back.
    #[n(4)]
    granted: Option<Position>,
}

/// A Forget that was stated for a wish.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Asked {
    /// The key of the Document that was written in the old one's place.
    #[n(0)]
    replacement: String,
    /// The heads of the old one, with what waited here, that it was made of.
    #[n(1)]
    seen: Vec<Hash>,
}

/// A Document that was written anew.
struct Rewritten {
    /// The key of the new one with all that it was made of.
    asked: Asked,
    /// The heads of that part of it which the log holds.
    seen: Vec<Hash>,
    /// The contacts that are not in it any more.
    contacts: Vec<String>,
}

/// So many contacts at most are forgotten by one Forget, whose size is limited.
const CONTACTS_AT_ONCE: usize = 400;

/// So many it names at most, with those that had become one with them.
const CONTACTS_NAMED: usize = 600;

/// So many wishes that came true are remembered, the newest: a server rarely goes back further than that.
const GRANTED: usize = 64;

impl Wish {
    /// Whether it has not come true yet.
    pub(super) fn is_open(&self) -> bool {
        self.granted.is_none()
    }

    fn is_about(&self, name: &DocumentName) -> bool {
        self.kind == name.kind.word() && self.key == name.key
    }

    /// What this device had seen of the old Document when it wrote this one in its place.
    pub(super) fn seen_by(&self, replacement: &str) -> Option<&[Hash]> {
        let asked = self.asked.as_ref().filter(|asked| asked.replacement == replacement);
        asked.map(|asked| asked.seen.as_slice())
    }
}

impl Device {
    /// Notes a wish, and states it at once where no other one is on its way.
    pub(super) fn wish(
        &mut self,
        id: GroupId,
        name: &DocumentName,
        contact: Option<&str>,
        now: Timestamp,
    ) -> Result<ForgetReceipt, ForgetError> {
        let members = self.members(id)?;
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        group.newest_key().ok_or(ActError::NoKey)?;
        let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
        let wish = Wish { kind, key, contact: contact.map(str::to_owned), asked: None, granted: None };
        let same = |one: &Wish| one.is_open() && one.is_about(name) && one.contact == wish.contact;
        let by = group.keys.id();
        let position = group.progress.cursor.position;
        if !group.wishes.values().any(same) {
            let number = group.wishes.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
            let write = Slot::Wish(number).put(&id, &wish);
            group.wishes.insert(number, wish);
            self.persist(vec![write]);
        }
        self.event(Event::DocumentChanged { group: id, name: name.clone() });
        let stated = self.state_what_is_left(id, now);
        self.schedule(now);
        stated?;
        let others: Vec<_> = members
            .iter()
            .map(|member| (member, member.devices.iter().filter(|device| device.id != by).count()))
            .filter(|(_, count)| *count > 0)
            .collect();
        Ok(ForgetReceipt {
            devices: others.iter().map(|(_, count)| count).sum(),
            members: others.into_iter().map(|(member, _)| member.name.clone()).collect(),
            position,
        })
    }

    /// Goes on with the wishes, now that more of the log is read.
    pub(crate) fn pursue_wishes(&mut self, id: GroupId, now: Timestamp) {
        // What cannot be stated is no wish any more: whoever asks again is told why.
        let _ = self.state_what_is_left(id, now);
    }

    /// Puts the wishes that came true by, and states what is left once all is read and nothing is on its way. Those that
    /// cannot be stated are dropped too.
    fn state_what_is_left(&mut self, id: GroupId, now: Timestamp) -> Result<(), ForgetError> {
        match self.groups.get(&id) {
            Some(group) if group.wishes.values().any(Wish::is_open) => {}
            _ => return Ok(()),
        }
        match self.may_forget(id) {
            Ok(()) => {}
            // It is read and stated when the Group is open again.
            Err(ForgetError::NotCurrent) => return Ok(()),
            // Not this device's to say any more; what was said before may still count.
            Err(error) => {
                if self.groups.get(&id).is_some_and(|group| !group.is_forgetting()) {
                    self.drop_wishes(id, |_| true);
                }
                return Err(error);
            }
        }
        let mut names: Vec<DocumentName> = Vec::new();
        let mut here = BTreeMap::new();
        let wishes: Vec<(u64, Wish)> = self
            .groups
            .get(&id)
            .into_iter()
            .flat_map(|group| group.wishes.iter().filter(|(_, wish)| wish.is_open()))
            .map(|(number, wish)| (*number, wish.clone()))
            .collect();
        for (number, wish) in wishes {
            let Some(kind) = Kind::from_word(&wish.kind) else { continue };
            let name = DocumentName { kind, key: wish.key.clone() };
            if self.is_granted(id, &name, wish.contact.as_deref(), &mut here) {
                self.grant(id, number);
                self.event(Event::DocumentChanged { group: id, name });
            } else if !names.contains(&name) {
                names.push(name);
            }
        }
        // Without the newest key nothing can be stated; it is asked for, and then this goes on.
        let waits = |group: &Group| group.is_forgetting() || group.newest_key().is_none();
        if names.is_empty() || self.groups.get(&id).is_none_or(waits) {
            return Ok(());
        }
        let mut failed = Ok(());
        for name in names {
            if let Err(error) = self.state_wishes(id, &name, now) {
                self.drop_wishes(id, |wish| wish.is_open() && wish.is_about(&name));
                self.event(Event::DocumentChanged { group: id, name });
                failed = Err(error);
            }
        }
        self.flush_due(id, now);
        self.send_statements(id, now);
        failed
    }

    /// `here` keeps who is in each list, for the next wish about it.
    fn is_granted(
        &mut self,
        id: GroupId,
        name: &DocumentName,
        contact: Option<&str>,
        here: &mut BTreeMap<DocumentName, Option<BTreeSet<ContactId>>>,
    ) -> bool {
        let Some(group) = self.groups.get(&id) else { return true };
        let current = group.current(name);
        if group.is_forgotten(current.kind.word(), &current.key) {
            return true;
        }
        let Some(contact) = contact else { return false };
        if !here.contains_key(name) {
            let all = self.read(id, name, contacts::all).ok();
            here.insert(name.clone(), all.map(|all| all.into_iter().map(|one| one.id).collect()));
        }
        // A list that cannot be read now may hold it still.
        here.get(name).is_some_and(|all| {
            all.as_ref().is_some_and(|all: &BTreeSet<ContactId>| !all.contains(&ContactId::new(contact)))
        })
    }

    /// Writes a Document anew without what is to be forgotten, and states that the old one is.
    fn state_wishes(&mut self, id: GroupId, name: &DocumentName, now: Timestamp) -> Result<(), ForgetError> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let current = group.current(name);
        let wished = group.wishes.iter().filter(|(_, wish)| wish.is_open() && wish.is_about(name));
        // What is more is asked for once these are gone.
        let wished: BTreeMap<u64, Option<String>> =
            wished.map(|(number, wish)| (*number, wish.contact.clone())).take(CONTACTS_AT_ONCE).collect();
        let gone: Option<Vec<String>> = wished.values().cloned().collect();
        // One wish for the whole Document is for all that is in it.
        let replacement = match gone {
            Some(gone) => Some(self.rewrite(id, &current, &gone, now)?),
            None => None,
        };
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let mut writes = Vec::new();
        if let Some(Rewritten { asked, .. }) = &replacement {
            for (number, wish) in group.wishes.iter_mut().filter(|(number, _)| wished.contains_key(number)) {
                wish.asked = Some(asked.clone());
                writes.push(Slot::Wish(*number).put(&id, wish));
            }
        }
        let mut forgotten = Forgotten {
            kind: current.kind.word().to_owned(),
            key: current.key,
            replacement: None,
            by: group.keys.id(),
            time: now,
            seen: None,
            contacts: None,
        };
        let left = group.left_unnamed(name.kind).into_iter();
        let left: Vec<_> = left.map(|key| Forgotten { key, ..forgotten.clone() }).collect();
        if let Some(Rewritten { asked, seen, contacts }) = replacement {
            let contacts = Some(contacts).filter(|contacts| !contacts.is_empty());
            forgotten =
                Forgotten { replacement: Some(asked.replacement), seen: Some(seen), contacts, ..forgotten };
        }
        for forgotten in left.into_iter().chain([forgotten]) {
            let (epoch, key) = group.newest_key().ok_or(ActError::NoKey)?;
            let sealed = part::seal(&forgotten, &id, (epoch, key), &mut self.entropy)
                .map_err(|_| ForgetError::CannotRewrite)?;
            let statement = Statement::Forget { sealed: sealed.into() };
            let (statement, _) = sign_statement(&group.keys, &id, &statement);
            group.add_statement(statement, &mut writes);
        }
        self.persist(writes);
        Ok(())
    }

    fn rewrite(
        &mut self,
        id: GroupId,
        current: &DocumentName,
        gone: &[String],
        now: Timestamp,
    ) -> Result<Rewritten, ForgetError> {
        let mut random = [0; 8];
        self.entropy.fill_bytes(&mut random);
        let key: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let fresh = DocumentName { kind: current.kind, key: key.clone() };
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let old: Document = group.shelf.document(current).map_err(ActError::from)?.clone();
        let seen = old.heads_without(|hash| group.outbox.holds(hash));
        let keys = with_merged(&contacts::all(&old), gone);
        let is_about = |text: &str| keys.iter().any(|key| key.as_str() == text);
        let leaves_out = |path: &[&str]| match path {
            ["contacts", one] => is_about(one),
            ["apart", pair] => pair.split('+').any(is_about),
            ["tree", call] => call.rsplit('/').next().is_some_and(is_about),
            _ => false,
        };
        let ledger = group.ledger.clone();
        let open = Open::of(&old);
        let failed = |error| match error {
            EditError::Act(error) => ForgetError::Act(error),
            EditError::Document(_) => ForgetError::CannotRewrite,
        };
        self.edit_quietly(id, &fresh, On::Newest, now, |editor| {
            old.rewrite_into(editor, |path| leaves_out(path) || open.holds(path))?;
            tree::settle(editor, (&old, current), &ledger)
        })
        .map_err(failed)?;
        for round in 0..open.rounds() {
            self.edit_from_beginning(id, &fresh, now, |editor| open.write(round, editor)).map_err(failed)?;
        }
        let contacts = keys.iter().map(|key| key.as_str().to_owned()).take(CONTACTS_NAMED).collect();
        Ok(Rewritten { asked: Asked { replacement: key, seen: old.heads() }, seen, contacts })
    }

    /// A Forget of this device was refused: nobody is going to read it.
    pub(crate) fn forget_refused(&mut self, id: GroupId) {
        self.drop_wishes(id, |wish| wish.is_open() && (wish.contact.is_none() || wish.asked.is_some()));
    }

    /// A wish has come true.
    fn grant(&mut self, id: GroupId, number: u64) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let position = group.progress.cursor.position;
        let Some(wish) = group.wishes.get_mut(&number) else { return };
        wish.granted = Some(position);
        let write = Slot::Wish(number).put(&id, wish);
        let granted = group.wishes.iter().rev().filter(|(_, wish)| !wish.is_open());
        let oldest = granted.map(|(number, _)| *number).nth(GRANTED);
        self.persist(vec![write]);
        if let Some(oldest) = oldest {
            self.drop_wishes_numbered(id, |number, wish| number <= oldest && !wish.is_open());
        }
    }

    fn drop_wishes(&mut self, id: GroupId, which: impl Fn(&Wish) -> bool) {
        self.drop_wishes_numbered(id, |_, wish| which(wish));
    }

    fn drop_wishes_numbered(&mut self, id: GroupId, which: impl Fn(u64, &Wish) -> bool) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let gone: BTreeMap<u64, Wish> =
            group.wishes.extract_if(.., |number, wish| which(*number, wish)).collect();
        self.persist(gone.into_keys().map(|number| Slot::Wish(number).delete(&id)).collect::<Vec<Write>>());
    }
}

impl Group {
    /// What came true behind this Position is wished again.
    pub(super) fn wish_again(&mut self, to: Position, writes: &mut Vec<Write>) {
        for (number, wish) in &mut self.wishes {
            if wish.granted.is_some_and(|position| position > to) {
                wish.granted = None;
                writes.push(Slot::Wish(*number).put(&self.id, wish));
            }
        }
    }

    /// Lists that were written anew in place of another one, and no Forget names: whoever wrote them was no organizer any
    /// more when the Forget came. Nobody reads them, and they hold what is forgotten elsewhere.
    fn left_unnamed(&mut self, kind: Kind) -> Vec<String> {
        let known = DocumentName::contacts();
        let names =
            self.shelf.names().filter(|name| name.kind == kind && kind == known.kind && **name != known);
        let names: Vec<DocumentName> = names.cloned().collect();
        let is_named = |group: &Self, key: &String| {
            let mut marks = group.snapshots.forgotten();
            marks.any(|one| one.key == *key || one.replacement.as_ref() == Some(key))
                || group.wishes.values().any(|wish| wish.seen_by(key).is_some())
        };
        let left = names.into_iter().filter(|name| !is_named(self, &name.key) && !self.may_be_named(name));
        left.map(|name| name.key).collect()
    }

    /// Whether the writer of a list may still say what it stands for.
    fn may_be_named(&mut self, name: &DocumentName) -> bool {
        let Ok(list) = self.shelf.document(name) else { return true };
        let first = list.first_change().and_then(|hash| list.change(hash));
        let Some(first) = first.and_then(|raw| Incoming::parse(raw.as_bytes()).ok()) else { return true };
        let Some(roster) = &self.roster else { return true };
        let own = self.keys.id();
        let writer = roster.device_of(&first.actor().prefix()).filter(|device| *device != own);
        let member = writer.and_then(|device| roster.active(&device).ok());
        member.is_some_and(|(_, member)| member.role == Role::Organizer)
    }

    /// Whether a Forget of this device is on its way into the log, or stands there and waits for a key.
    fn is_forgetting(&self) -> bool {
        let parked = self.parked.values().map(|parked| parked.body.as_slice());
        self.statements
            .values()
            .map(Vec::as_slice)
            .chain(parked)
            .any(|bytes| is_forget(&self.id, bytes).is_some_and(|device| device == self.keys.id()))
    }
}

/// Contacts with those that were merged into them.
fn with_merged(all: &[Contact], wished: &[String]) -> Vec<ContactId> {
    let wished = all.iter().filter(|one| wished.iter().any(|id| id == one.id.as_str()));
    wished.flat_map(|one| contacts::with_merged(all, &one.id)).collect()
}
