//! How a worker packs what a function returns. Its caller unpacks it, in `caller/unpack`.

use crate::Result;
use crate::codec::plain;
use crate::handle::Owned;
use crate::remote::protocol::portable::Portable;
use crate::remote::protocol::returned::ReturnedOwner;
use crate::remote::protocol::ticket::pass_by_ticket;
use crate::stored::Stored;

pub(in crate::remote) fn pack_owned<T: Stored>(owned: Owned<T>) -> Result<Vec<u8>> {
    plain::write(&packed(owned)?)
}

/// The bytes of what is in it, and a last one that tells which it is.
pub(in crate::remote) fn pack_result<T, E: Portable>(
    result: Result<T, E>,
    pack: fn(T) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let (mut bytes, is_error) = match result {
        Ok(result) => (pack(result)?, false),
        Err(error) => (error.write()?, true),
    };
    bytes.push(is_error.into());
    Ok(bytes)
}

fn packed<T: Stored>(owned: Owned<T>) -> Result<ReturnedOwner> {
    let passed_as = pass_by_ticket(&mut Vec::new(), owned.store())?;
    Ok(ReturnedOwner { passed_as, ticket: owned.into_ticket()?.to_text() })
}
