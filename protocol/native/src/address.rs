//! A server's base address, such as `https://porch.example.org`, and what stands under it.

use std::fmt;
use std::str::FromStr;

use hyper::Uri;
use hyper::http::uri::Scheme;
use thiserror::Error;

/// A checked base address: http or https, a host, perhaps a port and a path; no slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    authority: String,
    port: u16,
    path: String,
    security: Security,
}

/// Whether the bytes between here and there are wrapped in TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// http: for a server on this computer, at home, or in tests.
    Plain,
    /// https.
    Tls,
}

impl Address {
    /// The host alone, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also where the address names none.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether to use TLS.
    pub fn security(&self) -> Security {
        self.security
    }

    /// Host and port as they were written: the Host header of a request.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The path of something under the base address, such as `/about`.
    pub(crate) fn path_of(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// The address to open a WebSocket at.
    pub(crate) fn websocket(&self) -> String {
        let scheme = if self.security == Security::Tls { "wss" } else { "ws" };
        format!("{scheme}://{}{}", self.authority, self.path_of("/sync"))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError::NotAnAddress(text.chars().take(80).collect());
        if text.contains(['#', '?', '@']) {
            return Err(AddressError::MoreThanBase);
        }
        let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| wrong())?;
        let security = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => Security::Tls,
            Some(scheme) if *scheme == Scheme::HTTP => Security::Plain,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let usual = if security == Security::Tls { 443 } else { 80 };
        let port = if authority.as_str().ends_with(authority.host()) {
            usual
        } else {
            authority.port_u16().ok_or_else(wrong)?
        };
        if host.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            authority: authority.as_str().to_owned(),
            port,
            path: uri.path().trim_end_matches('/').to_owned(),
            security,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == Security::Tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

/// Why a text is not a server's address. Ask for another.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Not of the right form.
    #[error("'{0}' is not a server's address; one looks like https://porch.example.org")]
    NotAnAddress(String),
    /// A link, or something with a password in it: not repeated in the message.
    #[error("that is more than a server's address; give only the part before '#', '?' and without '@'")]
    MoreThanBase,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (text, host, port, websocket) in [
            ("https://porch.example.org", "porch.example.org", 443, "wss://porch.example.org/sync"),
            ("http://127.0.0.1:8080/", "127.0.0.1", 8080, "ws://127.0.0.1:8080/sync"),
            ("http://[::1]:8080", "::1", 8080, "ws://[::1]:8080/sync"),
            ("https://[2001:db8::7]", "2001:db8::7", 443, "wss://[2001:db8::7]/sync"),
            ("https://example.org/porch/", "example.org", 443, "wss://example.org/porch/sync"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.port()), (host, port), "{text}");
            assert_eq!(address.websocket(), websocket);
            assert_eq!(address.to_string(), text.trim_end_matches('/'));
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "porch.example.org",
            "ftp://a",
            "https://",
            "http://a:b",
            "http://a:99999",
            "/tmp",
            "http://:80",
        ] {
            assert!(matches!(text.parse::<Address>(), Err(AddressError::NotAnAddress(_))), "{text}");
        }
        for text in ["https://a/#/start/abc", "https://u:p@a", "https://a?b"] {
            assert_eq!(text.parse::<Address>(), Err(AddressError::MoreThanBase), "{text}");
        }
    }
}
