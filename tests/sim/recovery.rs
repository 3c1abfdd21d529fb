//! Recovery by words: people write them down, lose their phone, and come back on a new one as who they were.

use porchlight_device::RecoveryState;

use crate::world::{Outcome, Violation, World};

/// So often words are typed, on each of the servers in turn, before somebody is asked for an invitation instead; and
/// where nothing excuses it, they work by then.
const MOST_TRIES: u32 = 8;

/// More phones of one member than this would only be in the way.
const MOST_DEVICES: usize = 6;

impl World {
    /// Somebody who has none makes recovery words; the first from `who` on.
    pub(crate) fn write_words(&mut self, who: usize) -> Outcome {
        let who = (0..self.phones.len()).map(|next| (who + next) % self.phones.len());
        let Some(who) = who.into_iter().find(|who| self.phones[*who].words.is_none()) else { return Ok(()) };
        if !self.is_in(who) || self.owner_is_out(who) {
            return Ok(());
        }
        let words = self.with(who, |device, now| device.make_recovery_words(now).ok())?;
        if words.is_some() {
            self.counts.fault("recovery words made");
            self.phones[who].words = words;
        }
        Ok(())
    }

    /// The phone of somebody who was told that their words are good is gone; the first from `who` on. Whoever made the
    /// group keeps theirs.
    pub(crate) fn come_back(&mut self, who: usize) -> Outcome {
        let all: Vec<usize> = (0..self.phones.len()).map(|next| (who + next) % self.phones.len()).collect();
        let Some(who) = all.into_iter().find(|who| *who > 0 && self.words_are_good(*who)) else {
            return Ok(());
        };
        let Some(member) = self.status(who).and_then(|status| status.member) else { return Ok(()) };
        if self.owner_is_out(who) || self.devices_of(who) > MOST_DEVICES {
            return Ok(());
        }
        self.counts.fault("came back by words");
        self.lose(who);
        self.empty(who)?;
        self.phones[who].back_as = Some((member, 0));
        self.type_words(who, self.model.host)
    }

    fn words_are_good(&mut self, who: usize) -> bool {
        let (group, phone) = (self.group, &self.phones[who]);
        let state = phone.device.as_ref().map(porchlight_device::Device::recovery).unwrap_or_default();
        phone.words.is_some() && state.contains(&(group, RecoveryState::Ready))
    }

    fn devices_of(&mut self, who: usize) -> usize {
        let group = self.group;
        let members = self.phones[who].device.as_mut().and_then(|device| device.members(group).ok());
        let own = members.unwrap_or_default().into_iter().find(|member| member.is_self);
        own.map_or(0, |own| own.devices.len())
    }

    fn type_words(&mut self, who: usize, host: usize) -> Outcome {
        let Some(words) = self.phones[who].words.clone() else { return Ok(()) };
        let url = self.hosts[host].url.clone();
        self.with(who, |device, now| device.restore(&url, &words, now).ok()).map(drop)
    }

    /// Types the words once more on a phone that is still in no group; says whether there is hope in it.
    pub(crate) fn types_words_again(&mut self, who: usize) -> Outcome<bool> {
        let Some((member, tries)) = self.phones[who].back_as else { return Ok(false) };
        let excused = self.model.copied
            || self.model.hostile
            || self.model.out.contains(&member)
            || self.hosts.iter().any(|host| host.went_back);
        if tries >= MOST_TRIES {
            self.phones[who].back_as = None;
            return match excused {
                true => Ok(false),
                false => Err(Violation(format!("phone {who} does not come back by words that were good"))),
            };
        }
        self.phones[who].back_as = Some((member, tries + 1));
        let host = if tries % 2 == 0 { self.model.host } else { 1 - self.model.host };
        self.type_words(who, host)?;
        Ok(true)
    }

    /// Whoever came back by words is who they were.
    pub(crate) fn look_at_who_came_back(&mut self, who: usize) -> Outcome {
        let Some((member, _)) = self.phones[who].back_as else { return Ok(()) };
        match self.status(who).and_then(|status| status.member) {
            Some(now) if now == member => Ok(()),
            now => Err(Violation(format!("phone {who} came back by words as {now:?}, not as {member:?}"))),
        }
    }
}
