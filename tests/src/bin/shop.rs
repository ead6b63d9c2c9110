//! A process of one of the builds of a program whose types have changed. The argument is the number of the build. Each
//! line of the input is an order, and each line of the output is an answer, in the same form as an actor's.

use ref_core::{Exclusive, Key, Lease, Owned, OwnedLoan, Ownership, Result, Shared, Store, Stored, Ticket};
use std::io::{BufRead as _, Write as _};

/// The cart of a build.
trait Cart: Stored {
    fn new() -> Self;

    /// Changes the value.
    fn change(&mut self);

    /// Returns the value as text.
    fn shown(&self) -> String;
}

/// Build 1.
mod first {
    use ref_core::global_store;

    #[global_store]
    pub(super) struct Item {
        pub(super) name: String,
        pub(super) price: u32,
    }

    #[global_store]
    pub(super) struct Cart {
        pub(super) items: Vec<Item>,
    }

    impl super::Cart for Cart {
        fn new() -> Self {
            Self { items: vec![Item { name: "tea".into(), price: 3 }] }
        }

        fn change(&mut self) {
            self.items.push(Item { name: "cup".into(), price: 5 });
        }

        fn shown(&self) -> String {
            self.items.iter().map(|item| format!("{}={} ", item.name, item.price)).collect()
        }
    }
}

/// Build 2: the item has changed, and the cart has not.
mod second {
    use ref_core::global_store;

    #[global_store(name = "Item", version = 1)]
    pub(super) struct ItemV1 {
        name: String,
        price: u32,
    }

    #[global_store(version = 2, from = ItemV1)]
    pub(super) struct Item {
        name: String,
        cents: u64,
    }

    impl From<ItemV1> for Item {
        fn from(old: ItemV1) -> Self {
            Self { name: old.name, cents: u64::from(old.price) * 100 }
        }
    }

    #[global_store]
    pub(super) struct Cart {
        items: Vec<Item>,
    }

    impl super::Cart for Cart {
        fn new() -> Self {
            Self { items: vec![Item { name: "tea".into(), cents: 350 }] }
        }

        fn change(&mut self) {
            self.items.push(Item { name: "cup".into(), cents: 550 });
        }

        fn shown(&self) -> String {
            self.items.iter().map(|item| format!("{}={}c ", item.name, item.cents)).collect()
        }
    }
}

/// Build 3: the cart has changed, and the item has changed again.
mod third {
    use ref_core::global_store;

    #[global_store(name = "Item", version = 1)]
    pub(super) struct ItemV1 {
        name: String,
        price: u32,
    }

    #[global_store(name = "Item", version = 2, from = ItemV1)]
    pub(super) struct ItemV2 {
        name: String,
        cents: u64,
    }

    impl From<ItemV1> for ItemV2 {
        fn from(old: ItemV1) -> Self {
            Self { name: old.name, cents: u64::from(old.price) * 100 }
        }
    }

    #[global_store(version = 3, from = ItemV2)]
    pub(super) struct Item {
        cents: u64,
        name: String,
        amount: u8,
    }

    impl From<ItemV2> for Item {
        fn from(old: ItemV2) -> Self {
            Self { cents: old.cents, name: old.name, amount: 1 }
        }
    }

    #[global_store(name = "Cart", version = 1)]
    pub(super) struct CartV1 {
        items: Vec<Item>,
    }

    #[global_store(version = 2, from = CartV1)]
    pub(super) struct Cart {
        note: Option<String>,
        items: Vec<Item>,
    }

    impl From<CartV1> for Cart {
        fn from(old: CartV1) -> Self {
            Self { note: None, items: old.items }
        }
    }

    impl super::Cart for Cart {
        fn new() -> Self {
            Self { note: Some("new".into()), items: Vec::new() }
        }

        fn change(&mut self) {
            self.note = Some("changed".into());
        }

        fn shown(&self) -> String {
            let items = self.items.iter().map(|item| format!("{}*{}={}c ", item.amount, item.name, item.cents));
            format!("{}{}", items.collect::<String>(), self.note.as_deref().unwrap_or("-"))
        }
    }
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("1") => serve::<first::Cart>(),
        Some("2") => serve::<second::Cart>(),
        Some("3") => serve::<third::Cart>(),
        other => panic!("there is no build {other:?}"),
    }
}

/// The handles of this process.
struct Shop<C> {
    store: Option<Store>,
    owned: Option<Owned<C>>,
    shared: Option<OwnedLoan<C, Shared>>,
    exclusive: Option<OwnedLoan<C, Exclusive>>,
    lease: Option<Lease<C, Exclusive>>,
}

fn serve<C: Cart>() {
    let mut shop = Shop::<C> { store: None, owned: None, shared: None, exclusive: None, lease: None };
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("orders are readable");
        let answer = match shop.obey(&line.split(' ').collect::<Vec<_>>()) {
            Ok(rest) => format!("ok {}", rest.trim_end()),
            Err(error) => format!("err {:?} {error}", error.kind()),
        };
        writeln!(std::io::stdout(), "{answer}").expect("answers are readable");
    }
}

impl<C: Cart> Shop<C> {
    fn obey(&mut self, order: &[&str]) -> Result<String> {
        match order {
            ["open", address] => self.store = Some(Store::open(address)?),
            ["put"] => self.owned = Some(self.store().put(C::new())?),
            ["detach"] => return Ok(self.owned().detach()?.to_text()),
            ["get", key] => return Ok(self.store().get(&key.parse::<Key<C>>()?)?.shown()),
            ["adopt", key] => self.owned = Some(self.store().adopt(key.parse::<Key<C>>()?)?),
            ["send"] => return Ok(self.owned().into_ticket()?.to_text()),
            ["claim", ticket] => self.owned = Some(self.store().claim(ticket.parse::<Ticket<C, Ownership>>()?)?),
            ["show"] => return Ok(self.owned.as_ref().expect("an owner").borrow()?.shown()),
            ["change"] => {
                let owned = self.owned.as_mut().expect("an owner");
                owned.borrow_mut()?.change();
                owned.flush()?;
            }
            ["lend"] => {
                let loan = self.owned().into_loan()?;
                let ticket = loan.ticket()?.to_text();
                self.shared = Some(loan);
                return Ok(ticket);
            }
            ["lend_mut"] => {
                let loan = self.owned().into_loan_mut()?;
                let ticket = loan.ticket()?.to_text();
                self.exclusive = Some(loan);
                return Ok(ticket);
            }
            ["end"] => {
                self.owned = Some(match self.shared.take() {
                    Some(loan) => loan.end()?.0,
                    None => self.exclusive.take().expect("a loan").end()?.0,
                });
            }
            ["redeem", ticket] => {
                let lease = self.store().redeem(ticket.parse::<Ticket<C, Shared>>()?)?;
                return Ok(lease.borrow()?.shown());
            }
            ["redeem_mut", ticket] => {
                let lease = self.store().redeem(ticket.parse::<Ticket<C, Exclusive>>()?)?;
                let shown = lease.borrow()?.shown();
                self.lease = Some(lease);
                return Ok(shown);
            }
            ["commit"] => {
                let mut lease = self.lease.take().expect("a lease");
                lease.borrow_mut()?.change();
                let _token = lease.commit()?;
            }
            order => panic!("there is no order {order:?}"),
        }
        Ok(String::new())
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("an open store")
    }

    fn owned(&mut self) -> Owned<C> {
        self.owned.take().expect("an owner")
    }
}
