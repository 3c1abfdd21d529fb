//! `create-group`: a group begins on this computer; its server hears of it now or later.

use porchlight_device::{FoundGroup, ServerAddress, Token};
use porchlight_native::about::AboutError;
use porchlight_native::{About, Address, Founders};
use porchlight_wire::ServerKey;
use porchlight_wire::frame::Versions;
use serde::Serialize;

use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::settling::settle;
use crate::command::words::plain;
use crate::command::{CreateGroup, Failure};

/// Founds a group, and tells its server if that can be reached.
pub(crate) async fn create_group(desk: &Desk, mut wanted: CreateGroup) -> Result<(), Failure> {
    wanted.token = wanted.token.as_deref().map(Desk::secret).transpose()?;
    let address = address(&wanted)?;
    let token = match &wanted.token {
        Some(text) => Some(Token::parse(text).map_err(porchlight_device::ActError::from)?),
        None => None,
    };
    let mut runner = desk.online_or_new()?;
    let about = About::fetch(&address, &desk.trust()?).await;
    let key = server_key(about, token.as_ref())?;
    let found = FoundGroup {
        name: wanted.name.clone(),
        member_name: wanted.member,
        server: ServerAddress { url: address.to_string(), key },
        token: wanted.token,
        country: wanted.country,
        zone: wanted.zone,
        locale: None,
    };
    let group = runner.act(|device, now| device.found_group(found, now))??;
    let settled = settle(desk, &mut runner, &[group]).await?;
    let note = settled.failure.map(|failure| format!("the group is saved here, not sent yet: {failure}"));
    desk.show(&Founded {
        group: group.to_string(),
        name: wanted.name.trim().to_owned(),
        server: address.to_string(),
        sent: note.is_none(),
        note,
    })
}

/// The address from `--server`, or from the start link.
fn address(wanted: &CreateGroup) -> Result<Address, Failure> {
    let in_link = wanted.token.as_deref().and_then(|token| token.trim().split_once("#/start/"));
    match (&wanted.server, in_link) {
        (Some(server), _) => Ok(server.split("#/start/").next().unwrap_or_default().parse()?),
        (None, Some((address, _))) => Ok(address.parse()?),
        (None, None) => Err(Failure::Usage("say which server with --server URL; see --help".to_owned())),
    }
}

/// The token names the server's key, and so does the server: they must agree. Without a network the token's word is
/// enough, since the group names that key and no other server can take its place.
pub(crate) fn server_key(
    about: Result<About, AboutError>,
    token: Option<&Token>,
) -> Result<ServerKey, Failure> {
    let about = match (about, token) {
        (Ok(about), _) => about,
        (Err(AboutError::Unreachable { .. }), Some(token)) => return Ok(token.server),
        (Err(error), _) => return Err(error.into()),
    };
    if about.versions.common(Versions::OURS).is_none() {
        return Err(Failure::Founding("the server speaks another version; please update"));
    }
    match (about.groups, token) {
        (Founders::Closed, _) => Err(Failure::Founding("this server takes no new groups; ask its host")),
        (Founders::Token, None) => Err(Failure::Founding(
            "this server wants a token for new groups; ask its host for the start link, and give it with --token",
        )),
        (_, Some(token)) if token.server != about.server => {
            Err(Failure::Founding("the token is of another server than the one at this address"))
        }
        _ => Ok(about.server),
    }
}

#[derive(Debug, Serialize)]
struct Founded {
    group: String,
    name: String,
    server: String,
    /// Whether the server has it.
    sent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Answer for Founded {
    fn text(&self) -> String {
        let note = self.note.as_ref().map(|note| format!("Note: {note}\n")).unwrap_or_default();
        format!(
            "Founded {} on {}\n{note}Next: 'invite' makes a link for the others",
            plain(&self.name),
            self.server
        )
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    fn token(server: u8) -> Token {
        Token::parse(&BASE64URL_NOPAD.encode(&[[server; 32].as_slice(), &[9; 16]].concat())).unwrap()
    }

    fn about(groups: Founders) -> Result<About, AboutError> {
        Ok(About { server: ServerKey::from_bytes([1; 32]), versions: Versions::OURS, groups, takes: None })
    }

    fn away() -> Result<About, AboutError> {
        Err(AboutError::Unreachable { address: String::new(), why: String::new() })
    }

    #[test]
    fn token_and_server_must_agree() {
        assert!(server_key(about(Founders::Token), Some(&token(1))).is_ok());
        assert!(server_key(about(Founders::Token), Some(&token(2))).is_err());
        assert!(server_key(about(Founders::Token), None).is_err());
        assert!(server_key(about(Founders::Open), None).is_ok());
        assert!(server_key(about(Founders::Closed), Some(&token(1))).is_err());
    }

    #[test]
    fn without_a_network_only_a_token_names_the_server() {
        assert_eq!(server_key(away(), Some(&token(7))).unwrap(), ServerKey::from_bytes([7; 32]));
        assert!(server_key(away(), None).is_err());
        assert!(server_key(Err(AboutError::NotPorchlight(String::new())), Some(&token(7))).is_err());
    }
}
