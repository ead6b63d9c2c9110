//! The content of a ticket or key, without the type of the value.

use crate::error::{Error, ErrorKind, Result};
use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::schema::Known;
use crate::store::Store;

/// The content of a ticket or key: which object, and what may be done with it.
#[derive(Clone)]
pub(crate) struct Pass {
    pub(crate) store: StoreId,
    pub(crate) object: ObjectId,
    pub(crate) grant: Grant,
    /// The type of the object's value.
    pub(crate) known: &'static Known,
}

/// What a ticket or key grants, with the numbers that the ledger compares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// To read while the loan of that epoch is open. There is no secret, since any number of borrowers may redeem the
    /// ticket.
    Borrow(Epoch),
    /// To change the value, once.
    BorrowMut(Nonce),
    /// To become the owner, once. `departure` is the number that the ledger gave to this sending of the object.
    Own { departure: u64, nonce: Nonce },
    /// Nothing. A key names an object.
    Name,
}

impl Pass {
    /// Fails with `WrongStore` if the ticket or key is for another store.
    pub(crate) fn check_store(&self, store: &Store) -> Result<()> {
        if self.store == store.id() {
            return Ok(());
        }
        let message = format!("this ticket or key is for an object of another store than {store:?}");
        Err(Error::new(ErrorKind::WrongStore, message)
            .with_remedy("use it with a `Store` that was opened at the address where it was made"))
    }
}
