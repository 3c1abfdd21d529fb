//! "Ben is editing": told to those who are online just now. Nothing of it is stored or waited for, here or on the server.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use porchlight_wire::frame::{ClientFrame, Presence};
use porchlight_wire::{Epoch, GroupId, MemberId, Timestamp, limits};
use rand_core::Rng;

use crate::device::{ActError, Device};
use crate::io::Event;
use crate::keys::EpochKey;

/// Who is not heard of again is gone after this long.
const GONE_MILLIS: u64 = 30_000;

/// What somebody is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Doing {
    /// The Document, as [`porchlight_documents::DocumentName`] prints it; empty for nothing any more.
    #[n(0)]
    pub document: String,
    /// What in it, such as a contact's id; empty for the whole.
    #[n(1)]
    pub item: String,
}

/// Somebody who is doing something at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentView {
    /// Who.
    pub member: MemberId,
    /// What.
    pub doing: Doing,
}

impl Device {
    /// Tells the others who are online what is being done here; say it again every ten seconds while it lasts. Without a
    /// connection nothing happens.
    pub fn present(&mut self, id: GroupId, doing: &Doing, now: Timestamp) -> Result<(), ActError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let (epoch, key) = group.newest_key().ok_or(ActError::NoKey)?;
        let mut plain = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(doing, &mut plain);
        // One length for everything that is short, so that it does not tell what is edited.
        plain.resize(plain.len().max(PADDED), 0);
        let mut nonce = [0; 24];
        self.entropy.fill_bytes(&mut nonce);
        let device = group.keys.id();
        let additional = Presence::additional(&id, &device, epoch);
        let ciphertext = cipher(key, &id, epoch)
            .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &additional })
            .map_err(|_| ActError::TooMuchAtOnce)?;
        if ciphertext.len() > limits::MAX_PRESENCE {
            return Err(ActError::TooMuchAtOnce);
        }
        let signature = group.keys.sign(&Presence::message(&additional, &nonce, &ciphertext));
        let (nonce, ciphertext) = (ByteArray::from(nonce), ciphertext.into());
        let presence = Presence { group: id, device, epoch, nonce, ciphertext, signature };
        if self.can_send(id) {
            self.tell(id, &ClientFrame::Presence(presence));
        }
        self.schedule(now);
        Ok(())
    }

    /// Who is doing what just now, others than this device.
    pub fn presence(&self, id: GroupId, now: Timestamp) -> Result<Vec<PresentView>, ActError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let here = group.present.iter().filter(|(_, (_, heard))| now.since(*heard) < GONE_MILLIS);
        let view = |(device, (doing, _)): (&_, &(Doing, Timestamp))| {
            let member = group.roster.as_ref()?.device(device)?.member;
            Some(PresentView { member, doing: doing.clone() })
        };
        Ok(here.filter_map(view).collect())
    }

    /// Somebody's word has come. What does not verify or open is nobody's.
    pub(crate) fn presence_arrived(&mut self, presence: &Presence, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&presence.group) else { return };
        let Presence { group: id, device, epoch, ciphertext, .. } = presence;
        let active = group.roster.as_ref().is_some_and(|roster| roster.active(device).is_ok());
        let Some(key) = group.epochs.get(epoch) else { return };
        if !active || ciphertext.len() > limits::MAX_PRESENCE || presence.verify().is_err() {
            return;
        }
        let Some(doing) = open(presence, key) else {
            return;
        };
        group.present.retain(|_, (_, heard)| now.since(*heard) < GONE_MILLIS);
        if doing.document.is_empty() {
            group.present.remove(device);
        } else {
            group.present.insert(*device, (doing, now));
        }
        let group = *id;
        self.event(Event::PresenceChanged { group });
    }
}

fn open(presence: &Presence, key: &EpochKey) -> Option<Doing> {
    let Presence { group, device, epoch, nonce, ciphertext, .. } = presence;
    let additional = Presence::additional(group, device, *epoch);
    let opened = cipher(key, group, *epoch)
        .decrypt(&XNonce::from(**nonce), Payload { msg: ciphertext, aad: &additional });
    minicbor::decode(&opened.ok()?).ok()
}

/// Whether a key opens what somebody said.
pub(crate) fn opens(presence: &Presence, key: &EpochKey) -> bool {
    open(presence, key).is_some()
}

/// Longer than the name of a Document and an id in it.
const PADDED: usize = 128;

fn cipher(key: &EpochKey, group: &GroupId, epoch: Epoch) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.presence_key(group, epoch).expose_secret_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Street;

    fn doing(item: &str) -> Doing {
        Doing { document: "contacts".to_owned(), item: item.to_owned() }
    }

    fn tell(street: &mut Street, number: usize, doing: &Doing) {
        let (group, now) = (street.group, street.now);
        street.phones[number].device.present(group, doing, now).unwrap();
        street.run();
    }

    #[test]
    fn presence_is_sealed_told_to_those_online_and_stored_nowhere() {
        let mut street = Street::of(3);
        street.go_offline(2);
        let before = (street.host.records.len(), disks(&street));
        tell(&mut street, 1, &doing("mrs-tran"));
        let seen = street.phones[0].device.presence(street.group, street.now).unwrap();
        let ben = street.phones[1].device.groups()[0].member.unwrap();
        assert_eq!(seen, [PresentView { member: ben, doing: doing("mrs-tran") }]);
        assert!(
            street.phones[1].device.presence(street.group, street.now).unwrap().is_empty(),
            "not oneself"
        );
        assert_eq!((street.host.records.len(), disks(&street)), before, "stored nowhere");
        let sent = street.host.told.last().unwrap();
        assert!(!sent.windows(8).any(|window| window == b"mrs-tran"), "sealed");
        street.go_online(2);
        assert!(
            street.phones[2].device.presence(street.group, street.now).unwrap().is_empty(),
            "lost without harm"
        );
    }

    #[test]
    fn presence_ends_when_it_is_said_or_nothing_is_heard() {
        let mut street = Street::of(2);
        tell(&mut street, 1, &doing("mrs-tran"));
        tell(&mut street, 1, &Doing::default());
        assert!(street.phones[0].device.presence(street.group, street.now).unwrap().is_empty());
        tell(&mut street, 1, &doing("mr-okoro"));
        street.pass(GONE_MILLIS - 1);
        assert_eq!(street.phones[0].device.presence(street.group, street.now).unwrap().len(), 1);
        street.pass(1);
        assert!(street.phones[0].device.presence(street.group, street.now).unwrap().is_empty());
    }

    #[test]
    fn presence_that_somebody_else_signed_or_changed_is_nobodys() {
        let mut street = Street::of(3);
        tell(&mut street, 1, &doing("mrs-tran"));
        let sent = street.host.told.last().unwrap().clone();
        let Ok(Some(ClientFrame::Presence(good))) = ClientFrame::decode(&sent) else {
            panic!("not presence")
        };
        let now = street.now.plus_millis(GONE_MILLIS);
        let other = street.keys_of(2).id();
        let mut forged = [good.clone(), good.clone(), good.clone()];
        forged[0].device = other;
        forged[1].ciphertext[0] ^= 1;
        forged[2].epoch = Epoch::new(9);
        for presence in &forged {
            street.phones[0].device.presence_arrived(presence, now);
            assert!(street.phones[0].device.presence(street.group, now).unwrap().is_empty());
        }
        street.phones[0].device.presence_arrived(&good, now);
        assert_eq!(street.phones[0].device.presence(street.group, now).unwrap().len(), 1);
    }

    fn disks(street: &Street) -> Vec<usize> {
        street.phones.iter().map(|phone| phone.disk.values().map(Vec::len).sum()).collect()
    }
}
