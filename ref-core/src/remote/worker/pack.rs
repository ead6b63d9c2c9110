//! How a worker writes a returned owner. The caller's `caller/unpack` reads this owner.

use crate::codec::plain;
use crate::error::Result;
use crate::handle::Owned;
use crate::remote::protocol::ticket::SentStores;
use crate::stored::Stored;

pub(in crate::remote) fn pack_owned<T: Stored>(owned: Owned<T>) -> Result<Vec<u8>> {
    let mut stores = SentStores::default();
    stores.number(owned.store())?;
    plain::write(&(stores.take_addresses().pop(), owned.into_ticket()?.to_text()))
}
