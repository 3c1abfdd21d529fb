//! Invitations as six words: made for `invite --code`, and found again for `join --code`.

use porchlight_device::{Event, Invitation};
use porchlight_native::{Address, Runner};
use porchlight_wire::GroupId;
use porchlight_wire::frame::Code;

use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::settling::answered;

/// Six words for an invitation, once the server keeps it behind them.
pub(crate) async fn told(
    desk: &Desk,
    runner: &mut Runner,
    group: GroupId,
    link: &str,
) -> Result<String, Failure> {
    let words = runner.act(|device, now| device.tell_in_words(group, link, now))??;
    let kept = answered(desk, runner, |event| match event {
        Event::CodeKept { group: kept } if *kept == group => Some(Ok(())),
        Event::CodeRefused { group: refused, code } if *refused == group => Some(Err(*code)),
        _ => None,
    });
    kept.await?.map_err(|code| Failure::NoCode(refused(code)))?;
    Ok(words)
}

/// The invitation behind six words.
pub(crate) async fn found(
    desk: &Desk,
    runner: &mut Runner,
    server: &Address,
    words: &str,
) -> Result<Invitation, Failure> {
    runner.act(|device, now| device.find_by_words(&server.to_string(), words, now))??;
    let found = answered(desk, runner, |event| match event {
        Event::CodeFound { invitation } => Some(Ok(Invitation::clone(invitation))),
        Event::CodeNotFound { code } => Some(Err(*code)),
        _ => None,
    });
    let found = found.await;
    reached(runner, server, found)
}

/// What a search on a server came to.
pub(crate) fn reached<T>(
    runner: &Runner,
    server: &Address,
    found: Result<Result<T, Code>, Failure>,
) -> Result<T, Failure> {
    if let (Err(_), Some(why)) = (&found, runner.contact(&server.to_string()).trouble) {
        let (server, kept) = (server.to_string(), "nothing was changed");
        return Err(Failure::NotReached { server, why, kept });
    }
    found?.map_err(|code| Failure::NoCode(refused(code)))
}

/// Why there are no words, or nothing behind them.
fn refused(code: Code) -> &'static str {
    match code {
        Code::NOT_FOUND => {
            "nothing is behind these words on this server: compare them, and ask whether a day has passed"
        }
        Code::TOO_OFTEN | Code::BUSY => "too many words were tried; wait ten minutes and try again",
        Code::FULL => "too many codes are good at once; use the link, or wait until tomorrow",
        Code::UNSUPPORTED_VERSION => "the server speaks another version; please update",
        _ => "the server cannot do this now; try again later, or use the link",
    }
}
