//! What people do about who is in, and what must be true of those who are not any more.

use porchlight_device::{MemberView, Stage};
use porchlight_documents::DocumentName;
use porchlight_documents::contacts::{self, Details};
use porchlight_wire::roster::Role;

use crate::model::ROUND_MILLIS;
use crate::world::{Outcome, Violation, World};

impl World {
    /// The key of the group is changed, if this phone may.
    pub(crate) fn rotate(&mut self, who: usize) -> Outcome {
        let group = self.group;
        let done = self.with(who, |device, now| device.rotate(group, now).ok())?;
        if done.is_some() {
            self.counts.fault("key changed");
        }
        Ok(())
    }

    /// A member becomes an organizer, or an ordinary member again.
    pub(crate) fn promote(&mut self, who: usize) -> Outcome {
        let (group, Some(member)) = (self.group, self.member_of(who)) else { return Ok(()) };
        let role = if member.role == Role::Organizer { Role::Member } else { Role::Organizer };
        let done = self.with(0, |device, now| device.set_role(group, member.id, role, now).ok())?;
        if done.is_some() {
            self.counts.fault("role changed");
        }
        Ok(())
    }

    /// Whoever made the group takes somebody out.
    pub(crate) fn put_out(&mut self, who: usize) -> Outcome {
        let (group, Some(member)) = (self.group, self.member_of(who)) else { return Ok(()) };
        if who == 0 || member.is_self {
            return Ok(());
        }
        let seen = self.texts(0).unwrap_or_default();
        let done = self.with(0, |device, now| device.remove(group, vec![member.id], Vec::new(), now).ok())?;
        if done.is_some() {
            self.counts.fault("member taken out");
            self.model.out.insert(member.id);
            self.model.put_out(who, &seen);
        }
        Ok(())
    }

    /// The member whose phone this is, as whoever made the group sees it.
    fn member_of(&mut self, who: usize) -> Option<MemberView> {
        let group = self.group;
        let id = self.status(who)?.member?;
        let all = self.phones[0].device.as_mut()?.members(group).ok()?;
        all.into_iter().find(|member| member.id == id)
    }

    /// Whether the owner of a phone was taken out, and the phone has been told.
    pub(crate) fn is_out(&mut self, who: usize) -> bool {
        let group = self.group;
        let Some(device) = self.phones[who].device.as_mut() else { return false };
        let status = device.groups().into_iter().find(|status| status.group == group);
        status.is_some_and(|status| status.stage == Stage::Active && status.departure.is_some())
    }

    /// Whether the owner of a phone was taken out, told or not: what they write from then on waits for an organizer.
    pub(crate) fn owner_is_out(&mut self, who: usize) -> bool {
        let member = self.status(who).and_then(|status| status.member);
        match member {
            Some(member) => self.model.out.contains(&member),
            None => self.is_out(who),
        }
    }

    /// Whoever was taken out knows it, and sees nothing of what is written from now on.
    pub(crate) fn look_at_those_outside(&mut self) -> Outcome {
        if self.model.out.is_empty() {
            return Ok(());
        }
        self.counts.checks += 1;
        let text = self.model.text();
        let details = Details { name: text.clone(), ..Details::default() };
        self.edit(0, &DocumentName::contacts(), |editor| {
            contacts::add(editor, details, None).ok().map(drop)
        })?;
        self.pass(ROUND_MILLIS)?;
        for who in 0..self.phones.len() {
            let (is_out, sees) = (self.is_out(who), self.texts(who).unwrap_or_default().contains(&text));
            if is_out && sees {
                return Err(Violation(format!("phone {who} is out of the group, and sees '{text}'")));
            }
            if !is_out && !sees {
                return Err(Violation(format!("phone {who} is in the group, and does not see '{text}'")));
            }
        }
        Ok(())
    }
}
