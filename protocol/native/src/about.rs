//! What a server says of itself at `/about`: its key, whether it takes new groups, and whether it would take one that moves.

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use porchlight_device::Token;
use porchlight_wire::frame::Versions;
use porchlight_wire::{GroupId, ServerKey};
use serde::Deserialize;
use thiserror::Error;

use crate::address::Address;
use crate::connection::Trust;
use crate::request::{Answer, RequestError};

/// A server's own words. The key is a claim until it signs something.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The key that signs its heads.
    pub server: ServerKey,
    /// Which protocol versions it speaks.
    pub versions: Versions,
    /// Who may make groups there.
    pub groups: Founders,
    /// Whether it would take the group that it was asked about; none if it was not asked, or cannot say.
    pub takes: Option<Takes>,
}

/// Whether a server would take a group that moves to it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// It would.
    Yes,
    /// It takes no new groups.
    Closed,
    /// It wants a token.
    TokenNeeded,
    /// The token was never made there, or is not good any more.
    TokenUnknown,
    /// The days of the token are over.
    TokenRunOut,
    /// The token has made as many groups as it may.
    TokenUsedUp,
    /// The token is of another server.
    TokenOtherServer,
    /// The group was there, and has used up its room.
    GroupFull,
    /// The disk is full.
    DiskFull,
    /// Its clock is in doubt.
    Clock,
    /// Something that only a later version would say.
    #[serde(other)]
    Otherwise,
}

/// Who may make groups on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Founders {
    /// Everybody.
    Open,
    /// Who has the token that the host gives out.
    Token,
    /// Nobody at present.
    Closed,
}

impl About {
    /// Asks a server.
    pub async fn fetch(address: &Address, trust: &Trust) -> Result<Self, AboutError> {
        Self::of(Answer::get(address, "/about", trust).await, address).await
    }

    /// Asks a server, and whether it would take this group with this token; nothing is used up by asking.
    pub async fn ask(
        address: &Address,
        trust: &Trust,
        group: GroupId,
        token: Option<&Token>,
    ) -> Result<Self, AboutError> {
        let token = token.map(|token| format!("token={}&", token.reveal())).unwrap_or_default();
        let question = Bytes::from(format!("{token}group={group}"));
        match Answer::post(address, "/about", question, trust).await {
            // One of an earlier version, which could not be asked.
            Err(RequestError::Status(405)) => Self::fetch(address, trust).await,
            answer => Self::of(answer, address).await,
        }
    }

    async fn of(answer: Result<Answer, RequestError>, address: &Address) -> Result<Self, AboutError> {
        let body = match answer {
            Ok(answer) => answer.whole(LONGEST).await,
            Err(error) => Err(error),
        };
        match body {
            Ok(body) => Self::read(&body).ok_or_else(|| AboutError::NotPorchlight(address.to_string())),
            // A proxy whose server is down answers with 5xx: the address may well be right.
            Err(RequestError::Status(..500) | RequestError::TooLong | RequestError::Http(_)) => {
                Err(AboutError::NotPorchlight(address.to_string()))
            }
            Err(error) => {
                Err(AboutError::Unreachable { address: address.to_string(), why: error.to_string() })
            }
        }
    }

    fn read(body: &[u8]) -> Option<Self> {
        let told: Told = serde_json::from_slice(body).ok()?;
        let key = BASE64URL_NOPAD.decode(told.server_key.as_bytes()).ok()?;
        let [lowest, highest] = told.versions;
        Some(Self {
            server: ServerKey::from_slice(&key)?,
            versions: Versions { lowest, highest },
            groups: told.groups,
            takes: told.takes,
        })
    }
}

#[derive(Deserialize)]
struct Told {
    server_key: String,
    versions: [u8; 2],
    groups: Founders,
    takes: Option<Takes>,
}

/// Why nothing is known of a server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AboutError {
    /// No network, or it is off. Try again later.
    #[error("the server {address} cannot be reached now: {why}")]
    Unreachable {
        /// Which.
        address: String,
        /// In a few words.
        why: String,
    },
    /// Something answers, but not in our words. Look at the address again.
    #[error("{0} answers, but not as a Porchlight server; is the address right?")]
    NotPorchlight(String),
}

const LONGEST: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_and_others_are_not() {
        let key = BASE64URL_NOPAD.encode(&[7; 32]);
        let good =
            format!(r#"{{"server_key":"{key}","versions":[1,3],"groups":"token","software":"x","new":1}}"#);
        let about = About::read(good.as_bytes()).unwrap();
        assert_eq!(about.server, ServerKey::from_bytes([7; 32]));
        assert_eq!((about.versions.highest, about.groups, about.takes), (3, Founders::Token, None));
        for (word, takes) in [("token_used_up", Takes::TokenUsedUp), ("moonshine", Takes::Otherwise)] {
            let asked = good.replace(r#""new":1"#, &format!(r#""takes":"{word}""#));
            assert_eq!(About::read(asked.as_bytes()).unwrap().takes, Some(takes));
        }
        for bad in ["", "{}", "<html>", &good.replace(&key, "AAAA"), &good.replace("[1,3]", "[1]")] {
            assert_eq!(About::read(bad.as_bytes()), None, "{bad}");
        }
    }
}
