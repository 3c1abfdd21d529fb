//! Who may make Groups on this server, and whether a token lets somebody.

use porchlight_wire::Timestamp;
use porchlight_wire::frame::Code;
use thiserror::Error;

use crate::store::{ReadStore, StoreError, Token};

/// Who may make groups on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Founding {
    /// Whoever has a token.
    Token,
    /// Everybody.
    Open,
    /// Nobody.
    Closed,
}

/// The token that a secret stands for, with one use less, where one is asked for. A token is found by its secret's hash,
/// so how long that takes says nothing about the secret.
pub(crate) fn check(
    store: &impl ReadStore,
    founding: Founding,
    secret: Option<&[u8]>,
    now: Timestamp,
) -> Result<Result<Option<Token>, NotFounding>, StoreError> {
    match founding {
        Founding::Open => return Ok(Ok(None)),
        Founding::Closed => return Ok(Err(NotFounding::Closed)),
        Founding::Token => {}
    }
    let Some(secret) = secret else { return Ok(Err(NotFounding::NoToken)) };
    let Some(token) = store.token(&Token::hash_of(secret))? else { return Ok(Err(NotFounding::Unknown)) };
    if now > token.expires {
        return Ok(Err(NotFounding::RanOut));
    }
    let Some(uses_left) = token.uses_left.checked_sub(1) else { return Ok(Err(NotFounding::UsedUp)) };
    Ok(Ok(Some(Token { uses_left, ..token })))
}

/// Why somebody may not make a Group here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotFounding {
    /// Nobody may.
    #[error("this server takes no new groups")]
    Closed,
    /// Ask the host for one.
    #[error("this server asks for a token to make a group")]
    NoToken,
    /// Never made here, or made useless.
    #[error("the token is not known here")]
    Unknown,
    /// Its days are over.
    #[error("the token has run out")]
    RanOut,
    /// It has made as many Groups as it may.
    #[error("the token is used up")]
    UsedUp,
}

impl NotFounding {
    /// How a refusal says it.
    pub(crate) fn code(self) -> Code {
        if self == Self::Closed { Code::GROUPS_CLOSED } else { Code::BAD_TOKEN }
    }
}
