//! Makes clients of the `redis` crate, in a build with TLS.

use super::fault::ServerFault;
use crate::error::{Error, Result};
use redis::{Client, ConnectionInfo, TlsCertificates};
use std::path::Path;

/// Returns a client that trusts the certificates in the file `authority` or, without one, the system's.
pub(crate) fn client(info: ConnectionInfo, authority: Option<&Path>) -> Result<Client> {
    // `rustls` panics if two providers are built in and none is chosen. An error here means that the program has
    // already chosen one.
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
