//! One connection to a server, plain or in TLS: the only place that opens a socket.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::address::{Address, Security};
use crate::pinned::Pinned;

/// Bytes to and from a server.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Whose word counts on which server is which: the computer's own list of authorities, and perhaps one more.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Trusts whom this computer trusts, and the certificates in this PEM file, as servers' own and as authorities: for a
    /// server at home that made its own.
    pub fn new(also: Option<&Path>) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        let mut certificates: Vec<CertificateDer<'static>> = Vec::new();
        // What cannot be read of the computer's own list is as if it were not there: connections then say why not.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = also {
            let failed = |error| TrustError::Unreadable { path: path.display().to_string(), error };
            let pem = fs::read(path).map_err(failed)?;
            let not_one = || TrustError::NotACertificate(path.display().to_string());
            certificates =
                CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| not_one())?;
            let read = roots.add_parsable_certificates(certificates.iter().cloned());
            if certificates.is_empty() || read.1 > 0 {
                return Err(not_one());
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TrustError::Tls)?;
        let builder = if certificates.is_empty() {
            builder.with_root_certificates(roots)
        } else {
            let pinned = Pinned::new(certificates, roots, provider).map_err(TrustError::Tls)?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(pinned))
        };
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

/// Connects within [`PATIENCE`].
pub(crate) async fn open(address: &Address, trust: &Trust) -> Result<Box<dyn Stream>, ConnectError> {
    timeout(PATIENCE, attempt(address, trust)).await.unwrap_or(Err(ConnectError::Slow))
}

async fn attempt(address: &Address, trust: &Trust) -> Result<Box<dyn Stream>, ConnectError> {
    let tcp =
        TcpStream::connect((address.host(), address.port())).await.map_err(ConnectError::Unreachable)?;
    // Frames are small and each waits for an answer: gathering them into fuller packets only delays.
    tcp.set_nodelay(true).map_err(ConnectError::Unreachable)?;
    if address.security() == Security::Plain {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(address.host().to_owned()).map_err(|_| ConnectError::Name)?;
    let connector = TlsConnector::from(Arc::clone(&trust.0));
    let refused =
        |error| if is_of_its_own(&error) { ConnectError::OwnCertificate } else { ConnectError::Tls(error) };
    Ok(Box::new(connector.connect(name, tcp).await.map_err(refused)?))
}

/// Whether a server shows a certificate that it made for itself, and that nobody has said to trust.
fn is_of_its_own(error: &io::Error) -> bool {
    let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    // The library for chains says that it calls itself an authority only in an error of its own.
    matches!(refused, Some(rustls::Error::InvalidCertificate(why))
        if matches!(why, CertificateError::UnknownIssuer) || format!("{why:?}").contains("CaUsedAsEndEntity"))
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub(crate) enum ConnectError {
    /// No network, no such host, or nobody listens there. Try again later.
    #[error("{0}")]
    Unreachable(io::Error),
    /// Something is there and says nothing. Try again later.
    #[error("it does not answer")]
    Slow,
    /// The host cannot stand in a certificate.
    #[error("its name cannot be checked")]
    Name,
    /// Nobody whom this computer trusts vouches for its certificate.
    #[error(
        "no authority that this computer knows vouches for its certificate; if the server made its own, give that file with --ca-cert"
    )]
    OwnCertificate,
    /// Its certificate is not trusted, or it does not speak TLS.
    #[error("no secure connection: {0}")]
    Tls(io::Error),
}

/// Why a list of trusted certificates cannot be used.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The system does not let us read it.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// Not PEM, or no certificate in it.
    #[error("{0} is not a file of certificates (PEM)")]
    NotACertificate(String),
    /// The TLS library refuses its own defaults.
    #[error("cannot set up TLS: {0}")]
    Tls(rustls::Error),
}

const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(matches!(Trust::new(Some(&path)), Err(TrustError::Unreadable { .. })));
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(Trust::new(Some(&path)), Err(TrustError::NotACertificate(_))), "{text}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_said_so() {
        // A port that was free a moment ago, and is closed again.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}").parse().unwrap();
        let line = open(&address, &Trust::new(None).unwrap()).await.err().unwrap().to_string();
        assert!(line.contains("refused"), "{line}");
    }
}
