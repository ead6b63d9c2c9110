//! How a worker writes a returned owner. The caller's `caller/unpack` reads this owner.

use crate::codec::plain;
use crate::error::Result;
use crate::handle::Owned;
use crate::remote::protocol::passed::AddressedTicket;
use crate::remote::protocol::ticket::pass_by_ticket;
use crate::stored::Stored;

pub(in crate::remote) fn pack_owned<T: Stored>(owned: Owned<T>) -> Result<Vec<u8>> {
    let passed_as = pass_by_ticket(&mut Vec::new(), owned.store())?;
    plain::write(&AddressedTicket { passed_as, ticket: owned.into_ticket()?.to_text() })
}
