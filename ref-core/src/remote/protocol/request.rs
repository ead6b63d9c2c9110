//! Requests, which name the function to call, and say how each argument is passed.

use super::function::FunctionKey;
use super::passed::{PassedAs, StoreAddress};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The first part of a request. The other parts are the arguments' bytes. The type is not `Debug`, since an address may
/// contain a password.
#[derive(Serialize, Deserialize)]
pub(in crate::remote) struct Request<'k> {
    pub(in crate::remote) key: Cow<'k, FunctionKey>,
    pub(in crate::remote) passed: Vec<PassedAs>,
    /// The addresses of the stores that the arguments' tickets name.
    pub(in crate::remote) stores: Vec<StoreAddress>,
}
