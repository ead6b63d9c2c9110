//! What a ticket or key says, whatever its type.

use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::schema::Known;
use crate::store::Store;
use crate::{Error, ErrorKind, Result};

/// The content of a ticket or key.
#[derive(Clone)]
pub(crate) struct Pass {
    pub(crate) store: StoreId,
    pub(crate) object: ObjectId,
    pub(crate) grant: Grant,
    /// The type of the object's value.
    pub(crate) known: &'static Known,
}

/// What a ticket or key grants, with what the ledger compares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// To read while the loan of that epoch is open. Has no secret: any number of borrowers may redeem the ticket.
    Borrow(Epoch),
    /// To change the value, once.
    BorrowMut(Nonce),
    /// To become the owner, once. The number is that of the owner's departure.
    Own { departure: u64, nonce: Nonce },
    /// Nothing: a key names an object without an owner.
    Name,
}

impl Pass {
    /// Whether the ticket or key is for this store.
    pub(crate) fn check_store(&self, store: &Store) -> Result<()> {
        if self.store == store.id() {
            return Ok(());
        }
        let message = format!("this ticket or key is for an object of another store than {store:?}");
        Err(Error::new(ErrorKind::WrongStore, message)
            .with_remedy("use it with a `Store` that was opened at the address where it was made"))
    }
}
