//! Certificates that somebody trusts by name of the file, as servers at home make them for themselves: accepted as the
//! server's own exactly as they are in the file, whatever else they say that they may be used for.
//!
//! `openssl req -x509` makes one that calls itself an authority (CA:TRUE), which no server's certificate may be by the rules
//! for chains. Here there is no chain. What is left of the rules holds: the name, the dates, and that the server has the key.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::certificate::Validity;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

/// Trusts these certificates as servers' own, and whom the authorities vouch for.
#[derive(Debug)]
pub(crate) struct Pinned {
    certificates: Vec<CertificateDer<'static>>,
    authorities: Arc<WebPkiServerVerifier>,
}

impl Pinned {
    /// `roots` holds these certificates too, and whom else this computer trusts: they may be authorities.
    pub(crate) fn new(
        certificates: Vec<CertificateDer<'static>>,
        roots: RootCertStore,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let authorities = authorities.map_err(|error| Error::General(error.to_string()))?;
        Ok(Self { certificates, authorities })
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.certificates.contains(end_entity) {
            return self.authorities.verify_server_cert(end_entity, intermediates, name, ocsp, now);
        }
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
        let (_, parsed) = X509Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        verify_dates(parsed.validity(), now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

fn verify_dates(validity: &Validity, now: UnixTime) -> Result<(), CertificateError> {
    let seconds = i64::try_from(now.as_secs()).map_err(|_| CertificateError::Expired)?;
    let now = ASN1Time::from_timestamp(seconds).map_err(|_| CertificateError::Expired)?;
    if now < validity.not_before {
        Err(CertificateError::NotValidYet)
    } else if now > validity.not_after {
        Err(CertificateError::Expired)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
    use rustls::crypto::ring::default_provider;
    use rustls::pki_types::PrivateKeyDer;
    use rustls::server::{ClientHello, ResolvesServerCert};
    use rustls::sign::CertifiedKey;
    use rustls::{ClientConfig, ServerConfig};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    /// As `openssl req -x509` makes it: an authority, by its own word.
    fn made(key: &KeyPair) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["porch.example.org".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2027, 1, 1);
        params.self_signed(key).unwrap().der().clone()
    }

    fn pinned(certificate: &CertificateDer<'static>) -> Pinned {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        Pinned::new(vec![certificate.clone()], roots, Arc::new(default_provider())).unwrap()
    }

    /// Seconds since 1970 at the beginning of a year.
    fn year(year: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_556_952))
    }

    fn verify(
        pinned: &Pinned,
        certificate: &CertificateDer<'_>,
        name: &str,
        now: UnixTime,
    ) -> Result<(), Error> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        pinned.verify_server_cert(certificate, &[], &name, &[], now).map(drop)
    }

    #[test]
    fn a_certificate_as_openssl_makes_it_is_accepted_under_its_name_while_it_is_valid_and_no_other() {
        let key = KeyPair::generate().unwrap();
        let (own, other) = (made(&key), made(&KeyPair::generate().unwrap()));
        let pinned = pinned(&own);
        let middle = UnixTime::since_unix_epoch(Duration::from_secs(1_790_000_000));
        assert_eq!(verify(&pinned, &own, "porch.example.org", middle), Ok(()));
        let refused = |result: Result<(), Error>, wanted: &str| {
            let error = format!("{:?}", result.unwrap_err());
            assert!(error.contains(wanted), "{error}");
        };
        refused(verify(&pinned, &own, "bank.example.org", middle), "NotValidForName");
        refused(verify(&pinned, &own, "porch.example.org", year(2028)), "Expired");
        refused(verify(&pinned, &own, "porch.example.org", year(2025)), "NotValidYet");
        // Of the same name and form, and somebody else's.
        refused(verify(&pinned, &other, "porch.example.org", middle), "InvalidCertificate");
    }

    #[derive(Debug)]
    struct Presents(Arc<CertifiedKey>);

    impl ResolvesServerCert for Presents {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }
    }

    /// Connects to a server that shows the certificate and signs with a key.
    async fn connect(certificate: CertificateDer<'static>, key: &KeyPair) -> std::io::Result<()> {
        let provider = Arc::new(default_provider());
        let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let signs = provider.key_provider.load_private_key(secret).unwrap();
        let shows = CertifiedKey::new(vec![certificate.clone()], signs);
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Presents(Arc::new(shows))));
        let verifier = Timeless(pinned(&certificate));
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let (near, far) = tokio::io::duplex(64 * 1024);
        let name = ServerName::try_from("porch.example.org").unwrap();
        let accepts = TlsAcceptor::from(Arc::new(server)).accept(far);
        let connects = TlsConnector::from(Arc::new(client)).connect(name, near);
        tokio::join!(accepts, connects).1.map(drop)
    }

    /// Whatever day it is where the test runs.
    #[derive(Debug)]
    struct Timeless(Pinned);

    impl ServerCertVerifier for Timeless {
        fn verify_server_cert(
            &self,
            end_entity: &CertificateDer<'_>,
            intermediates: &[CertificateDer<'_>],
            name: &ServerName<'_>,
            ocsp: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            let now = UnixTime::since_unix_epoch(Duration::from_secs(1_790_000_000));
            self.0.verify_server_cert(end_entity, intermediates, name, ocsp, now)
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.verify_tls12_signature(message, certificate, signed)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.verify_tls13_signature(message, certificate, signed)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.supported_verify_schemes()
        }
    }

    #[tokio::test]
    async fn who_shows_the_certificate_must_have_its_key() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        connect(made(&key), &key).await.unwrap();
        let error = connect(made(&key), &other).await.unwrap_err().to_string();
        assert!(error.contains("BadSignature") || error.contains("bad signature"), "{error}");
    }
}
