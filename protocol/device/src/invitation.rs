//! Invitation links: `https://server/#/join/…`, all of whose secrets are in the fragment, which never reaches a server.
//!
//! ```text
//! fragment = "/join/" base64url(content check)
//! content  = { 0: group (32), 1: server key (32), 2: roster head (32), 3: secret (32), ? 4: group's name,
//!              ? 5: hash of the lobby key (32), where an organizer decides who comes in }
//! check    = the first 4 bytes of SHA-256("porchlight/link/1" content)
//! ```
//! The check finds a link that was cut off or mistyped before anything is asked of a server; it protects nothing.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use porchlight_wire::{GroupId, Hash, ServerKey};
use thiserror::Error;

use crate::keys::{InvitationSecret, Secret};

const MARK: &str = "#/join/";

/// Bytes of the check at the end.
const CHECK: usize = 4;

/// A link can be this long at most; a QR code of it must still be readable from a phone's screen.
const MAX_LINK: usize = 1024;

/// A group's name in a link is cut to this many characters.
const MAX_NAME: usize = 60;

/// An invitation as its link says it. Whoever has it can join: its Debug shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The server's base address, without a slash at its end.
    pub url: String,
    /// The server's key.
    pub server: ServerKey,
    /// The Group.
    pub group: GroupId,
    /// A RosterChange that the Roster must hold.
    pub head: Hash,
    /// What the Group calls itself, to greet the one who joins; empty if the link does not say.
    pub name: String,
    /// The hash of the lobby's key, if an organizer decides who comes in.
    pub(crate) lobby: Option<Hash>,
    /// The name of the member whose further device it is for, to say so before it is used.
    pub whose: Option<String>,
    /// Whether those who join by it only read. They cannot write down their own name.
    pub reads: bool,
    pub(crate) secret: InvitationSecret,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fragment {
    #[n(0)]
    group: GroupId,
    #[n(1)]
    server: ServerKey,
    #[n(2)]
    head: Hash,
    #[n(3)]
    secret: ByteArray<32>,
    #[n(4)]
    name: Option<String>,
    #[n(5)]
    lobby: Option<Hash>,
    #[n(6)]
    whose: Option<String>,
    #[n(7)]
    reads: Option<bool>,
}

impl Invitation {
    /// Reads a link; spaces around it do no harm.
    pub fn parse(link: &str) -> Result<Self, InvitationError> {
        let link = link.trim();
        if link.len() > MAX_LINK {
            return Err(InvitationError::TooLong);
        }
        let (url, text) = link.split_once(MARK).ok_or(InvitationError::NotAnInvitation)?;
        let url = url.trim_end_matches('/');
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err(InvitationError::NotAnInvitation);
        }
        let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| InvitationError::Damaged)?;
        let content = checked(&bytes).ok_or(InvitationError::Damaged)?;
        let fragment: Fragment = minicbor::decode(content).map_err(|_| InvitationError::Damaged)?;
        let secret = Secret::from_slice(fragment.secret.as_slice()).ok_or(InvitationError::Damaged)?;
        Ok(Self {
            url: url.to_owned(),
            server: fragment.server,
            group: fragment.group,
            head: fragment.head,
            name: fragment.name.unwrap_or_default().chars().take(MAX_NAME).collect(),
            lobby: fragment.lobby,
            whose: fragment.whose.map(|name| name.chars().take(MAX_NAME).collect()),
            reads: fragment.reads.unwrap_or_default(),
            secret: InvitationSecret(secret),
        })
    }

    /// Whether an organizer decides about those who come by it.
    pub fn needs_approval(&self) -> bool {
        self.lobby.is_some()
    }

    /// The link to hand out.
    pub fn link(&self) -> String {
        let fragment = Fragment {
            group: self.group,
            server: self.server,
            head: self.head,
            secret: ByteArray::from(*self.secret.0.expose_secret_bytes()),
            name: (!self.name.is_empty()).then(|| self.name.chars().take(MAX_NAME).collect()),
            lobby: self.lobby,
            whose: self.whose.as_ref().map(|name| name.chars().take(MAX_NAME).collect()),
            reads: self.reads.then_some(true),
        };
        let mut bytes = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(fragment, &mut bytes);
        bytes.extend_from_slice(&check(&bytes));
        format!("{}/{MARK}{}", self.url, Base64UrlUnpadded::encode_string(&bytes))
    }
}

/// The content, if the check behind it fits.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (content, end) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
    (check(content) == end).then_some(content)
}

fn check(content: &[u8]) -> [u8; CHECK] {
    let [a, b, c, d, ..] = *Hash::of("porchlight/link/1", &[content]).as_bytes();
    [a, b, c, d]
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("url", &self.url)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

/// Why a text is not an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvitationError {
    /// Something else altogether.
    #[error("this is not an invitation link: it should look like https://…/#/join/…")]
    NotAnInvitation,
    /// Cut off or changed on the way.
    #[error("the invitation link is damaged: copy the whole link and try again")]
    Damaged,
    /// Far longer than any invitation.
    #[error("this is too long to be an invitation link")]
    TooLong,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An invitation as any other.
    pub(crate) fn sample() -> Invitation {
        Invitation {
            url: "https://porch.example.org".to_owned(),
            server: ServerKey::from_bytes([1; 32]),
            group: GroupId::from_bytes([2; 32]),
            head: Hash::from_bytes([3; 32]),
            name: "Calle Ocho – Vigilancia".to_owned(),
            lobby: None,
            whose: None,
            reads: false,
            secret: InvitationSecret(Secret::from_slice(&[4; 32]).unwrap()),
        }
    }

    #[test]
    fn a_link_says_whose_further_device_it_is_for_and_whether_one_only_reads() {
        let further = Invitation { whose: Some("Rosa".to_owned()), ..sample() };
        let reading = Invitation { reads: true, ..sample() };
        for invitation in [further, reading] {
            assert_eq!(Invitation::parse(&invitation.link()), Ok(invitation));
        }
    }

    #[test]
    fn a_link_survives_and_fits_a_qr_code() {
        let link = sample().link();
        assert!(link.len() < 300, "{}", link.len());
        assert_eq!(Invitation::parse(&format!("  {link}\n")), Ok(sample()));
        assert!(!format!("{:?}", sample()).contains("0404"));
    }

    #[test]
    fn other_texts_are_refused_in_plain_words() {
        let link = sample().link();
        assert_eq!(Invitation::parse("hello"), Err(InvitationError::NotAnInvitation));
        assert_eq!(Invitation::parse("ftp://x/#/join/abcd"), Err(InvitationError::NotAnInvitation));
        assert_eq!(Invitation::parse(&link[..link.len() - 9]), Err(InvitationError::Damaged));
        for at in link.len() - 100..link.len() {
            let mut altered = link.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(Invitation::parse(&altered), Err(InvitationError::Damaged), "{at}");
        }
        assert_eq!(Invitation::parse(&"x".repeat(5000)), Err(InvitationError::TooLong));
    }
}
