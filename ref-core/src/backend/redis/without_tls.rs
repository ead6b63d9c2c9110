//! Makes clients of the `redis` crate, in a build without TLS. `connect` refuses `rediss://` addresses before it calls
//! `client`.

use super::fault::ServerFault;
use crate::error::Result;
use redis::{Client, ConnectionInfo};
use std::path::Path;

pub(crate) fn client(info: ConnectionInfo, _authority: Option<&Path>) -> Result<Client> {
    Client::open(info).map_err(|error| ServerFault::of(&error).error())
}
