//! Tokens that let somebody make groups: made, kept by their hash, and shown as a link and as a QR code.

use std::fmt::Write as _;

use data_encoding::BASE64URL_NOPAD;
use porchlight_wire::{ServerKey, Timestamp};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use crate::store::{Store, StoreError, Token};

/// For how many days a token is good, unless told otherwise.
pub(crate) const DAYS: u64 = 30;

/// How many groups it may make, unless told otherwise.
pub(crate) const USES: u32 = 100;

/// A day.
pub(crate) const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// Makes a token and keeps its hash. Returns the text that goes into a link: the server's key, so that a phone knows
/// the right server from the first moment, then the secret.
pub(crate) fn make(
    store: &mut impl Store,
    server: &ServerKey,
    expires: Timestamp,
    uses: u32,
) -> Result<String, StoreError> {
    let mut secret = [0; 16];
    getrandom::fill(&mut secret)?;
    store.begin()?;
    store.put_token(&Token { hash: Token::hash_of(&secret), expires, uses_left: uses })?;
    store.commit()?;
    Ok(BASE64URL_NOPAD.encode(&[&server.as_bytes()[..], &secret].concat()))
}

/// The link that starts the app with a token in hand.
pub(crate) fn link(address: &str, token: &str) -> String {
    format!("{address}/#/start/{token}")
}

/// A link as text and as QR code, for a terminal with a dark or a light background.
pub(crate) fn show(link: &str) -> String {
    let mut text = format!("  {link}\n");
    if let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::L) {
        let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        // Writing to a String has no failure to report.
        let _ = write!(text, "\n{drawn}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ReadStore, SqliteStore};

    #[test]
    fn a_token_names_the_server_and_only_its_hash_is_kept() {
        let mut store = SqliteStore::in_memory().unwrap();
        let server = ServerKey::from_bytes([5; 32]);
        let text = make(&mut store, &server, Timestamp::from_millis(9), 3).unwrap();
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        assert_eq!(bytes.len(), 48);
        assert_eq!(bytes[..32], [5; 32]);
        let kept = store.token(&Token::hash_of(&bytes[32..])).unwrap().unwrap();
        assert_eq!((kept.expires.millis(), kept.uses_left), (9, 3));
        assert!(show(&link("http://127.0.0.1:1", &text)).contains("/#/start/"));
    }
}
