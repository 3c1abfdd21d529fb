//! A hostile member: writes, with the key of a phone, Entries that no phone would write.

use ed25519_dalek::SigningKey;
use minicbor::Decode;
use minicbor::bytes::ByteArray;
use porchlight_server::store::{DeviceHead, ReadStore};
use porchlight_tests::scribe::{Place, forge};
use porchlight_wire::frame::{Append, ClientFrame};
use porchlight_wire::{DeviceId, Epoch, Hash, Sequence, limits};

use crate::line::Way;
use crate::world::{Outcome, World};

/// What of a phone's storage is needed to write in its name.
#[derive(Decode)]
#[cbor(map)]
struct Stolen {
    #[n(4)]
    signing: ByteArray<32>,
}

impl World {
    /// Sends one such Entry on the phone's own line, if it has one.
    pub(crate) fn forge(&mut self, who: usize, what: u8) -> Outcome {
        let Some(line) = self.phones[who].links.values().next().copied() else { return Ok(()) };
        let stored = self.phones[who].disk.iter().find(|(key, _)| key.ends_with(b"/group"));
        let Some(stolen) = stored.and_then(|(_, value)| minicbor::decode::<Stolen>(value).ok()) else {
            return Ok(());
        };
        let key = SigningKey::from_bytes(&stolen.signing);
        let (sequence, previous) =
            self.last_of(&key).map_or((Sequence::new(0), Hash::ZERO), |head| (head.sequence, head.entry));
        let (sequence, length) = match what % 4 {
            0 | 1 => (sequence.next(), 300),
            2 => (Sequence::new(sequence.get() + 5), 300),
            _ => (sequence.next(), limits::MAX_ENTRY),
        };
        let place = Place { group: self.group, sequence, previous, epoch: Epoch::new(0) };
        let entry = forge(&key, &place, [what; 24], vec![what; length]).unwrap().0;
        self.counts.fault("hostile member wrote");
        self.model.hostile = true;
        let append = Append { group: self.group, entries: vec![entry.into()] };
        self.put(line, Way::Up, ClientFrame::Append(append).encode())
    }

    /// The last Entry of a device that the server has.
    fn last_of(&self, key: &SigningKey) -> Option<DeviceHead> {
        let store = self.hosts[self.model.host].log.as_ref()?.store();
        let group = store.group(&self.group).ok()??;
        let device = DeviceId::from_bytes(key.verifying_key().to_bytes());
        store.device_head(group.number, &device).ok()?
    }
}
