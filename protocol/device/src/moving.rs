//! Moves a Group to another server: one organizer says so, and everybody's device follows, from the old server's log or
//! by a link. What the new server lacks comes from the devices, with the old server's signed heads as proof.
//!
//! ```text
//! link    = new server's address "/#/move/" base64url(content check)
//! content = { 0: group, 1: server key, 2: the RosterChange before the MoveTo, 3: SignedChange of the MoveTo }
//! check   = the first 4 bytes of SHA-256("porchlight/move-link/1" content)
//! ```

use base64ct::{Base64UrlUnpadded, Encoding};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use porchlight_wire::roster::{CHANGE_LABEL, ChangeBody, ChangeKind, MoveTo, Role, Roster, SignedChange};
use porchlight_wire::{GroupId, Hash, ServerKey, Timestamp, signing};
use thiserror::Error;

use crate::device::{ActError, Device};
use crate::group::{Group, Standing};
use crate::io::Event;
use crate::membership::{ServerAddress, Token, TokenError, sign_change};
use crate::refill::Mending;

const MARK: &str = "#/move/";

/// Longer than any link of ours.
const MAX_LINK: usize = 4096;

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fragment {
    #[n(0)]
    group: GroupId,
    #[n(1)]
    server: ServerKey,
    #[n(2)]
    previous: Hash,
    #[n(3)]
    change: ByteVec,
}

impl Device {
    /// Moves a Group to another server, and gives the link by which those can follow who do not reach the old one.
    ///
    /// If the old server answers, it is told first, so that the others hear of it there. Everybody may go on editing.
    /// None, where the Group should be at that server already, which did not take it or has lost it: then nothing is
    /// signed, and it is brought there with this token.
    pub fn move_to(
        &mut self,
        id: GroupId,
        server: ServerAddress,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<String>, ActError> {
        let token = token.map(Token::parse).transpose()?;
        if token.as_ref().is_some_and(|token| token.server != server.key) {
            return Err(TokenError::OtherServer.into());
        }
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(ActError::NotInYet)?;
        let url = server.url.trim_end_matches('/').to_owned();
        if group.is_bound_for(&url, &server.key) {
            if group.is_current() {
                return Err(ActError::ThereAlready);
            }
            self.bring_with(id, token, now);
            return Ok(None);
        }
        let kind = ChangeKind::MoveTo(MoveTo { server: server.key, url: url.clone() });
        let body = ChangeBody { author: group.keys.id(), kind }.encode();
        let previous = roster.head();
        let change = sign_change(&group.keys, &id, &previous, &body, None);
        roster.verify(&change, now.max(group.progress.time))?;
        let link = link(&url, &Fragment { group: id, server: server.key, previous, change: change.into() });
        group.stored.moving_token = token.map(|token| token.secret.into());
        let hears = group.is_current() && group.problem.is_none();
        let mut writes = vec![group.put_self()];
        // One that went nowhere is not to be followed after all.
        group.outbox.drop_moves(&id, &mut writes);
        group.outbox.add_request(&id, crate::membership::bare_request(body), &mut writes);
        self.persist(writes);
        if hears {
            self.send_requests(id, now);
        } else {
            self.settle_at(id, url, server.key, now);
        }
        self.event(Event::StatusChanged { group: id });
        self.schedule(now);
        Ok(Some(link))
    }

    /// Brings a Group once more to the server where it should be, with another token.
    fn bring_with(&mut self, id: GroupId, token: Option<Token>, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if let Some(token) = token {
            group.stored.moving_token = Some(token.secret.into());
        }
        group.standing = Standing::Away;
        group.mending = Mending::default();
        group.problem = None;
        group.forget_said();
        let writes = vec![group.put_self()];
        self.persist(writes);
        self.enter_open_link(id, now);
        self.event(Event::StatusChanged { group: id });
        self.schedule(now);
    }

    /// Follows a Group to another server, by the link that an organizer passed on.
    pub fn follow(&mut self, link: &str, now: Timestamp) -> Result<GroupId, MoveError> {
        let (url, fragment) = parse(link)?;
        let id = fragment.group;
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(ActError::NotInYet)?;
        let signed: SignedChange = minicbor::decode(&fragment.change).map_err(|_| MoveError::Damaged)?;
        let body: ChangeBody = minicbor::decode(&signed.body).map_err(|_| MoveError::Damaged)?;
        let parts: [&[u8]; 3] = [id.as_bytes(), fragment.previous.as_bytes(), &signed.body];
        signing::verify(body.author.as_bytes(), CHANGE_LABEL, &parts, &signed.signature)
            .map_err(|_| MoveError::NotAnOrganizers)?;
        let by_organizer =
            roster.active(&body.author).is_ok_and(|(_, member)| member.role == Role::Organizer);
        let ChangeKind::MoveTo(to) = body.kind else { return Err(MoveError::Damaged) };
        if !by_organizer || to.server != fragment.server || to.url != url {
            return Err(MoveError::NotAnOrganizers);
        }
        self.settle_at(id, url, to.server, now);
        self.schedule(now);
        Ok(id)
    }

    /// The Roster that was read names another server than the one this device speaks with: go there.
    pub(crate) fn follow_roster_server(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        // A newcomer has verified what follows in the log, and does not go where the Group has left again.
        let known = group.progress.pinned.and(group.roster.as_ref()).or(group.replayed.as_ref());
        let Some(server) = known.and_then(|roster| roster.servers().last()) else { return };
        if let Some(url) = server.url.clone() {
            let key = server.key;
            self.settle_at(id, url, key, now);
        }
    }

    /// The same for a device that comes back by recovery words, from a Roster that it has verified.
    pub(crate) fn follow_to_server_of(&mut self, id: GroupId, roster: &Roster, now: Timestamp) {
        let Some(server) = roster.servers().last() else { return };
        if let Some(url) = server.url.clone() {
            self.settle_at(id, url, server.key, now);
        }
    }

    /// From now on the Group is at this server; the one before is remembered.
    pub(crate) fn settle_at(&mut self, id: GroupId, url: String, key: ServerKey, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.stored.url == url && group.stored.server == key {
            return;
        }
        group.leave_server(&url, now);
        let old = std::mem::replace(&mut group.stored.url, url);
        group.stored.server = key;
        group.standing = Standing::Away;
        group.mending = Mending::default();
        group.problem = None;
        group.forget_said();
        let writes = vec![group.put_self()];
        self.persist(writes);
        self.list_lost(id);
        self.end_looks(id);
        self.forget_link(&old);
        self.make_links(now);
        self.enter_open_link(id, now);
        self.event(Event::StatusChanged { group: id });
    }
}

impl Group {
    /// Whether the Group is to be at this server, and no move to another waits here.
    fn is_bound_for(&self, url: &str, key: &ServerKey) -> bool {
        let stays = !self.outbox.moves() || !self.is_current();
        stays && self.stored.url == url && self.stored.server == *key
    }

    /// Whether the server that this device speaks with is the one that the log names.
    pub(crate) fn has_arrived(&self) -> bool {
        self.replayed.as_ref().is_some_and(|roster| roster.server() == self.stored.server)
    }
}

fn link(url: &str, fragment: &Fragment) -> String {
    let mut bytes = Vec::new();
    // Writing to a Vec has no failure to report.
    let _ = minicbor::encode(fragment, &mut bytes);
    bytes.extend_from_slice(&check(&bytes));
    format!("{url}/{MARK}{}", Base64UrlUnpadded::encode_string(&bytes))
}

fn parse(link: &str) -> Result<(String, Fragment), MoveError> {
    let link = link.trim();
    let (url, text) = link.split_once(MARK).filter(|_| link.len() <= MAX_LINK).ok_or(MoveError::NotAMove)?;
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| MoveError::Damaged)?;
    let (content, end) =
        bytes.len().checked_sub(4).and_then(|at| bytes.split_at_checked(at)).ok_or(MoveError::Damaged)?;
    if check(content) != end {
        return Err(MoveError::Damaged);
    }
    let fragment = minicbor::decode(content).map_err(|_| MoveError::Damaged)?;
    Ok((url.trim_end_matches('/').to_owned(), fragment))
}

/// Reads a text as a link to another server; what was read makes the same link.
pub(crate) fn look_at(text: &str) {
    if let Ok((url, fragment)) = parse(text) {
        let again =
            parse(&link(&url, &fragment)).map(|(url, fragment)| (url, crate::storage::encoded(&fragment)));
        assert!(
            again.is_ok_and(|again| again == (url, crate::storage::encoded(&fragment))),
            "read back as another"
        );
    }
}

fn check(content: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = *Hash::of("porchlight/move-link/1", &[content]).as_bytes();
    [a, b, c, d]
}

/// Why a link to another server is not followed. Nothing changed.
#[derive(Debug, Error)]
pub enum MoveError {
    /// Something else altogether.
    #[error("this is not a link to a group's new server: it should look like https://…/#/move/…")]
    NotAMove,
    /// Cut off or changed on the way.
    #[error("the link is damaged: copy the whole link and try again")]
    Damaged,
    /// No organizer of the Group said so.
    #[error("no organizer of the group has signed this move: do not follow it, ask them")]
    NotAnOrganizers,
    /// The Group does not allow it.
    #[error(transparent)]
    Act(#[from] ActError),
}
