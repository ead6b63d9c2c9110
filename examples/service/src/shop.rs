//! What the processes share, and what they do with it. Every function here may block.

use anyhow::{Context as _, Result};
use ref_core::{ErrorKind, Named, Snapshot, Store, StoreOptions, Watcher, global_store};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The prices. The indexer makes a new version again and again; the name is `index`.
#[global_store]
pub struct Index {
    /// 1 for the first version, and one more for each version after it.
    pub number: u64,
    /// When this version was made, in microseconds since 1970.
    pub made_at: u64,
    /// The price of each article, in cents.
    pub prices: BTreeMap<u32, u64>,
}

/// Which index there is, and since when.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub struct Made {
    pub number: u64,
    pub made_at: u64,
}

impl Index {
    pub fn made(&self) -> Made {
        Made { number: self.number, made_at: self.made_at }
    }
}

/// What one customer wants to buy; the name is `cart/` and the customer's name.
#[global_store]
#[derive(Default)]
pub struct Cart {
    /// How many of each article.
    pub articles: BTreeMap<u32, u64>,
    /// The requests that the articles are from. They are in the same object as the articles, so one commit writes both.
    pub requests: BTreeSet<u64>,
}

/// Where a process can be reached; the name is `process/` and the name of the process.
#[global_store]
pub struct Process {
    pub id: u32,
    /// The TCP port; 0 for the indexer.
    pub port: u16,
}

/// A request to put articles into a cart. The client chooses `id`, and sends the same one again if it gets no response.
#[derive(Clone, Serialize, Deserialize)]
pub struct Order {
    pub id: u64,
    pub article: u32,
    pub count: u64,
}

/// The response to an [`Order`].
#[derive(Serialize, Deserialize)]
pub struct Receipt {
    /// What the whole cart costs, in cents.
    pub total: u64,
    /// The number of the index that the prices are from.
    pub index: u64,
}

/// The shop, as one process sees it. The handles cost nothing in the store, and keep what was read last.
pub struct Shop {
    store: Store,
    index: Named<Index>,
}

impl Shop {
    pub fn open(address: &str) -> Result<Self> {
        // On a server, a killed process keeps what it has borrowed until its session is lost. A shop waits less long for
        // that than the ten seconds that are the default.
        let options = StoreOptions::new().session_timeout(Duration::from_secs(2));
        let store = options.open(address).with_context(|| format!("cannot open {address}"))?;
        let index = store.named("index")?;
        Ok(Self { store, index })
    }

    /// Returns the newest index. If this process has that version, this is a look into shared memory.
    pub fn index(&self) -> Result<Snapshot<Index>> {
        Ok(self.index.snapshot()?)
    }

    /// Returns a watcher, which is told of each index after the present one.
    pub fn watch_index(&self) -> Result<Watcher<Index>> {
        Ok(self.index.watch()?)
    }

    /// Makes the next version of the index. The first call in a new store makes the first version.
    pub fn renew_index(&mut self) -> Result<()> {
        let first = || Index { number: 0, made_at: 0, prices: (0..1000).map(|article| (article, 100)).collect() };
        self.index.get_or_insert_with(first)?;
        self.index.update(|index| {
            index.number += 1;
            index.made_at = now();
            index.prices.values_mut().for_each(|price| *price = 100 + index.number % 100);
        })?;
        Ok(())
    }

    /// Puts the articles of an order into a cart. An order that is in the cart already changes nothing, so a client may
    /// send it again, to any process.
    pub fn order(&self, customer: &str, order: &Order) -> Result<Receipt> {
        let (mut cart, index) = (self.cart(customer)?, self.index()?);
        let total = match put(order, &mut cart, &index) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // The customer's first order. If another process makes the cart first, this is that cart.
                cart.get_or_insert_with(Cart::default)?;
                put(order, &mut cart, &index)?
            }
            put => put?,
        };
        Ok(Receipt { total, index: index.number })
    }

    pub fn cart(&self, customer: &str) -> Result<Named<Cart>> {
        Ok(self.store.named(&format!("cart/{customer}"))?)
    }

    pub fn process(&self, name: &str) -> Result<Named<Process>> {
        Ok(self.store.named(&format!("process/{name}"))?)
    }

    /// Says where this process can be reached. The entry of a killed process stays until its successor replaces it.
    pub fn announce(&self, name: &str, port: u16) -> Result<()> {
        self.process(name)?.set(Process { id: std::process::id(), port })?;
        Ok(())
    }

    /// Removes the named objects. The store goes with its last session then.
    pub fn clear(&self) -> Result<()> {
        for entry in self.store.names("")? {
            // What is removed is not read, so its type does not matter.
            self.store.named::<Cart>(&entry.name)?.remove()?;
        }
        Ok(())
    }
}

/// Puts the articles of an order into a cart, unless they are in it already. Returns what the cart costs. If the process
/// is killed meanwhile, the cart is as before, or has all of the order: a commit is one step.
fn put(order: &Order, cart: &mut Named<Cart>, index: &Index) -> ref_core::Result<u64> {
    cart.update(|cart| {
        if cart.requests.insert(order.id) {
            *cart.articles.entry(order.article).or_default() += order.count;
        }
        let price = |(article, count): (&u32, &u64)| index.prices.get(article).unwrap_or(&0) * count;
        cart.articles.iter().map(price).sum()
    })
}

/// Returns the time, in microseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}
