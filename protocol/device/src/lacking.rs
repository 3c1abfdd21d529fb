//! What a server lacks beside the log, since it took the log from phones: this device brings what it has of it. Its own
//! sealing key, those of its member's recovery words and of open invitations; the newest key in boxes for the latter
//! two; and the list that recovery words find.

use porchlight_wire::frame::{ClientFrame, Lacking, PutKeys};
use porchlight_wire::{Hash, Timestamp, limits};

use crate::device::Device;
use crate::group::Group;
use crate::io::Event;
use crate::key_box;

impl Device {
    /// The server has said what it lacks.
    pub(crate) fn bring(&mut self, lacking: &Lacking, now: Timestamp) {
        let id = lacking.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let wanted = lacking.keys.iter().take(limits::MAX_KEYS_PER_FRAME);
        let keys: Vec<_> = wanted.filter_map(|hash| group.public_key_of(hash)).map(Into::into).collect();
        for recipient in lacking.boxes.iter().filter(|hash| group.rotation.known.contains_key(hash)) {
            group.seeking.want(lacking.epoch, *recipient);
        }
        if !keys.is_empty() {
            self.tell(id, &ClientFrame::PutKeys(PutKeys { group: id, keys }));
        }
        // Those of an epoch whose key is still to come follow once it is here.
        self.supply(id, now);
        self.check_cover(id, &[lacking.keys.as_slice(), &lacking.boxes].concat());
        if lacking.list == Some(true) {
            self.list_lost(id);
            self.keep_lists(now);
        }
        self.event(Event::StatusChanged { group: id });
    }
}

impl Group {
    /// The public sealing key with this hash, if it is this device's, that of the words by which it comes back, of a
    /// lobby, or another one that it has kept.
    fn public_key_of(&self, hash: &Hash) -> Option<Vec<u8>> {
        if let Some(known) = self.rotation.known.get(hash) {
            return Some(known.clone());
        }
        let own = [Some(self.keys.sealing().clone()), self.coming_back().map(|it| it.sealing().clone())];
        let invitations = self.roster.iter().flat_map(|roster| roster.invitations());
        let lobby = invitations.filter(|(_, one)| one.sealing == *hash && one.vouches.is_some());
        let lobbies = lobby.filter_map(|(id, _)| self.lobby_secret(&id));
        let publics = own.into_iter().flatten().chain(lobbies).map(|secret| key_box::public_key(&secret));
        publics.into_iter().find(|public| key_box::key_hash(public) == *hash)
    }
}
