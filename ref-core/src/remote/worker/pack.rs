//! How a worker writes a result that is an owner or a `Result`. The caller reads the result by `caller/unpack`.

use crate::codec::plain;
use crate::error::Result;
use crate::handle::Owned;
use crate::remote::protocol::portable::Portable;
use crate::remote::protocol::returned::{ERR, OK, ReturnedOwner};
use crate::remote::protocol::ticket::pass_by_ticket;
use crate::stored::Stored;

pub(in crate::remote) fn pack_owned<T: Stored>(owned: Owned<T>) -> Result<Vec<u8>> {
    plain::write(&packed(owned)?)
}

/// Writes the value in a `Result`, and a last byte that says whether it is `Ok` or `Err`.
pub(in crate::remote) fn pack_result<T, E: Portable>(
    result: Result<T, E>,
    pack: fn(T) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let (mut bytes, variant) = match result {
        Ok(result) => (pack(result)?, OK),
        Err(error) => (error.write()?, ERR),
    };
    bytes.push(variant);
    Ok(bytes)
}

fn packed<T: Stored>(owned: Owned<T>) -> Result<ReturnedOwner> {
    let passed_as = pass_by_ticket(&mut Vec::new(), owned.store())?;
    Ok(ReturnedOwner { passed_as, ticket: owned.into_ticket()?.to_text() })
}
