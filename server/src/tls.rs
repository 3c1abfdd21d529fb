//! TLS: reads certificate and key, and says plainly what is wrong with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};
use thiserror::Error;

/// The two files of a server that speaks TLS itself.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate chain, the server's own first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Reads both files and checks that they belong together.
    pub fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let chain = self.chain()?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?)
            .map_err(|_| TlsError::NoKey(self.key.clone()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| self.explain(error))?;
        // WebSockets start from HTTP/1.1.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Puts renewed files into use; on failure the old ones stay.
    pub fn reload(&self, into: &RustlsConfig) -> Result<(), TlsError> {
        into.reload_from_config(self.load()?);
        Ok(())
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let none = || TlsError::NoCertificate(self.certificate.clone());
        let text = read(&self.certificate)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(none)
    }

    fn explain(&self, error: rustls::Error) -> TlsError {
        match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch(self.certificate.clone(), self.key.clone())
            }
            other => TlsError::Unusable(other),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::Unreadable(path.to_owned(), error))
}

/// Why TLS cannot start.
#[derive(Debug, Error)]
pub enum TlsError {
    /// Check the path and its permissions.
    #[error("cannot read {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, #[source] io::Error),
    /// Give the file that begins with `-----BEGIN CERTIFICATE-----`.
    #[error("{} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    /// Give the file that begins with `-----BEGIN PRIVATE KEY-----` or similar.
    #[error("{} holds no private key in PEM form", .0.display())]
    NoKey(PathBuf),
    /// Give the key that the certificate was made for.
    #[error("the key in {} does not belong to the certificate in {}", .1.display(), .0.display())]
    Mismatch(PathBuf, PathBuf),
    /// Something else about them.
    #[error("the certificate and key cannot be used: {0}")]
    Unusable(#[source] rustls::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        for name in ["one", "two"] {
            let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
            fs::write(file(&format!("{name}.crt")), made.cert.pem()).unwrap();
            fs::write(file(&format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
        }
        let load =
            |certificate: &str, key: &str| TlsFiles { certificate: file(certificate), key: file(key) }.load();
        assert!(load("one.crt", "one.key").is_ok());
        assert!(matches!(load("one.crt", "two.key"), Err(TlsError::Mismatch(..))));
        assert!(matches!(load("one.key", "one.key"), Err(TlsError::NoCertificate(_))));
        assert!(matches!(load("one.crt", "one.crt"), Err(TlsError::NoKey(_))));
        assert!(matches!(load("absent.crt", "one.key"), Err(TlsError::Unreadable(..))));
    }
}
