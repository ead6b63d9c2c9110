//! Clients, also over TLS.

use super::fault::ServerFault;
use crate::{Error, Result};
use redis::{Client, ConnectionInfo, TlsCertificates};
use std::path::Path;

/// A client that trusts that file's certificates, or else the system's.
pub(crate) fn client(info: ConnectionInfo, authority: Option<&Path>) -> Result<Client> {
    // Where the program has chosen other cryptography, or another feature has, this one is not to be guessed.
    let _chosen_already = rustls::crypto::ring::default_provider().install_default();
    let opened = match authority {
        None => Client::open(info),
        Some(path) => {
            let what = format!("the certificates in `{}` cannot be read", path.display());
            let certificates = std::fs::read(path).map_err(|error| Error::io(what, error))?;
            let trusted = TlsCertificates { client_tls: None, root_cert: Some(certificates) };
            Client::build_with_tls(info, trusted)
        }
    };
    opened.map_err(|error| ServerFault::of(&error).error())
}
