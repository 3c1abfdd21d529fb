//! What a server says of itself at `/about`: its key, and whether it takes new groups.

use data_encoding::BASE64URL_NOPAD;
use porchlight_wire::ServerKey;
use porchlight_wire::frame::Versions;
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
        let answer = Answer::get(address, "/about", trust).await;
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
        })
    }
}

#[derive(Deserialize)]
struct Told {
    server_key: String,
    versions: [u8; 2],
    groups: Founders,
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
        assert_eq!((about.versions.highest, about.groups), (3, Founders::Token));
        for bad in ["", "{}", "<html>", &good.replace(&key, "AAAA"), &good.replace("[1,3]", "[1]")] {
            assert_eq!(About::read(bad.as_bytes()), None, "{bad}");
        }
    }
}
