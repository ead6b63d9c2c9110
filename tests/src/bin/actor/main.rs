//! A process that obeys orders: each line of its input is an order, and each line of its output an answer.
//!
//! An answer is `ok REST` or `err KIND TEXT`. Orders name handles. A `Loan` borrows its owner, so the orders after
//! `lend` or `lend_mut` go to that loan, until an order ends, revokes, drops or forgets the loan.

mod churn;
mod column;
mod fork;
mod keys;
mod lent;
mod named;

use ref_core::{
    Error, Exclusive, Lease, Loan, Owned, Ownership, Promise, Refused, Shared, Store, StoreOptions, Ticket, Watcher,
};
use ref_tests::{Note, Sealed};
use std::collections::HashMap;
use std::fmt::Display;
use std::io::{Stdin, Write as _, stdin, stdout};
use std::process::{Command, Stdio};
use std::time::Duration;

type Reply = Result<String, String>;

#[derive(Default)]
struct Actor {
    store: Option<Store>,
    owned: HashMap<String, Owned<Note>>,
    shared: HashMap<String, Lease<Note, Shared>>,
    exclusive: HashMap<String, Lease<Note, Exclusive>>,
    lent: HashMap<String, lent::Lending>,
    sealed: HashMap<String, Owned<Sealed>>,
    columns: column::Columns,
    /// The borrows of published objects.
    borrowed: Vec<named::Kept>,
    watchers: HashMap<String, Watcher<Note>>,
    promises: HashMap<String, Promise<Note>>,
}

fn main() {
    let mut actor = Actor::default();
    while let Some(order) = next_order(&stdin()) {
        let reply = actor.obey(&order.iter().map(String::as_str).collect::<Vec<_>>());
        answer(reply);
    }
}

fn next_order(orders: &Stdin) -> Option<Vec<String>> {
    let mut line = String::new();
    let read = orders.read_line(&mut line).expect("orders are readable");
    (read > 0).then(|| line.split_whitespace().map(str::to_owned).collect())
}

fn answer(reply: Reply) {
    let line = match reply {
        Ok(rest) => format!("ok {rest}"),
        Err(text) => format!("err {text}"),
    };
    writeln!(stdout(), "{}", line.trim_end().replace('\n', " ")).expect("answers are readable");
}

fn error(error: &Error) -> String {
    format!("{:?} {error}", error.kind())
}

fn say<T: Display>(result: Result<T, Error>) -> Reply {
    result.map(|value| value.to_string()).map_err(|e| error(&e))
}

fn done<T>(result: Result<T, Error>) -> Reply {
    result.map(|_| String::new()).map_err(|e| error(&e))
}

impl Actor {
    fn obey(&mut self, order: &[&str]) -> Reply {
        match order {
            ["open", address] => done(Store::open(address).map(|store| self.store = Some(store))),
            ["open", address, "as_copy"] => {
                done(StoreOptions::new().as_copy().open(address).map(|store| self.store = Some(store)))
            }
            ["open", address, "recycled", bytes] => {
                let options = StoreOptions::new().recycled_bytes(number(bytes));
                done(options.open(address).map(|store| self.store = Some(store)))
            }
            ["open", address, transit] => {
                let options = StoreOptions::new().ticket_timeout(Duration::from_millis(number(transit)));
                done(options.open(address).map(|store| self.store = Some(store)))
            }
            ["open", address, lease, orphans] => {
                let [lease, orphans] = [lease, orphans].map(|text| Duration::from_millis(number(text)));
                let options = StoreOptions::new().session_timeout(lease).keep_orphans_for(orphans);
                done(options.open(address).map(|store| self.store = Some(store)))
            }
            ["close"] => {
                self.store = None;
                Ok(String::new())
            }
            // The process still has all its handles, and no destructor gives anything back.
            ["exit"] => std::process::exit(0),
            ["exit", "beside", "a", "thread"] => {
                std::thread::spawn(|| std::thread::sleep(Duration::MAX));
                std::process::exit(0)
            }
            ["limit", what, most] => limit(what, most),
            ["catch_signals"] => {
                signals::catch();
                Ok(String::new())
            }
            ["caught"] => Ok(signals::caught().to_string()),
            ["address_space"] => Ok(address_space().to_string()),
            ["put", name, n, size] => {
                let note = Note::sized(number(n), number(size) as usize);
                done(self.store().put(note).map(|owned| self.keep(name, owned)))
            }
            ["crowd", many] => {
                let mut put =
                    |n| self.store().put(Note::sized(n, 1)).map(|owned| self.keep(&format!("crowd{n}"), owned));
                done((0..number(many)).try_for_each(&mut put))
            }
            ["claim", name, ticket] => {
                let claimed = ticket.parse::<Ticket<Note, Ownership>>().and_then(|t| self.store().claim(t));
                done(claimed.map(|owned| self.keep(name, owned)))
            }
            ["redeem", name, ticket] => {
                let redeemed = ticket.parse::<Ticket<Note, Shared>>().and_then(|t| self.store().redeem(t));
                done(redeemed.map(|lease| self.shared.insert((*name).to_owned(), lease)))
            }
            ["redeem_mut", name, ticket] => {
                let redeemed = ticket.parse::<Ticket<Note, Exclusive>>().and_then(|t| self.store().redeem(t));
                done(redeemed.map(|lease| self.exclusive.insert((*name).to_owned(), lease)))
            }
            ["start"] => {
                let started = Command::new("sleep").arg("infinity").stdin(Stdio::null()).stdout(Stdio::null()).spawn();
                Ok(started.expect("it can be started").id().to_string())
            }
            ["fork", name, n, address] => self.fork(name, n, address),
            ["stats"] => self.stats(),
            ["named", order, name, rest @ ..] => self.by_name(order, name, rest),
            ["give_back"] => self.give_back(),
            ["publish", owner, name] => self.publish(owner, name),
            ["names"] => self.names(""),
            ["reap"] => say(self.store().reap()),
            ["promised", order, name, rest @ ..] => self.promised(order, name, rest),
            [order @ ("get" | "exists" | "remove_key" | "wait" | "extend"), key] => self.by_key(order, key, None),
            ["adopt", name, key] => self.by_key("adopt", key, Some(name)),
            ["seal", name, by] => self.seal(name, by),
            ["claim_sealed", name, ticket] => self.claim_sealed(name, ticket),
            ["redeem_sealed", ticket] => self.redeem_sealed(ticket),
            ["column", rest @ ..] => self.column(rest),
            ["churn", seed, steps] => self.churn(number(seed), number(steps)),
            [order, name] if self.sealed.contains_key(*name) => self.own_sealed(order, name),
            [order, name, rest @ ..] if self.lent.contains_key(*name) => self.lent(order, name, rest),
            [order, name, rest @ ..] if self.owned.contains_key(*name) => self.own(order, name, rest),
            [order, name, rest @ ..] if self.exclusive.contains_key(*name) => self.write(order, name, rest),
            [order, name] if self.shared.contains_key(*name) => self.read(order, name),
            other => panic!("no such order: {other:?}"),
        }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("an open store")
    }

    fn keep(&mut self, name: &str, owned: Owned<Note>) {
        self.owned.insert(name.to_owned(), owned);
    }

    fn own(&mut self, order: &str, name: &str, rest: &[&str]) -> Reply {
        let owned = self.owned.get_mut(name).expect("an owner of that name");
        match (order, rest) {
            ("borrow", []) => whole(owned.borrow().as_deref()),
            ("set", [n]) => done(owned.borrow_mut().map(|mut note| set(&mut note, number(n)))),
            ("flush", []) => done(owned.flush()),
            ("reattach", [address]) => done(Store::open(address).and_then(|store| {
                owned.reattach(&store)?;
                self.store = Some(store);
                Ok(())
            })),
            ("lend", []) => match owned.lend() {
                Ok(loan) => lending(loan),
                Err(e) => Err(error(&e)),
            },
            ("lend_mut", []) => match owned.lend_mut() {
                Ok(loan) => lending(loan),
                Err(e) => Err(error(&e)),
            },
            ("duplicate", [other]) => match owned.duplicate() {
                Ok(copy) => {
                    self.keep(other, copy);
                    Ok(String::new())
                }
                Err(e) => Err(error(&e)),
            },
            ("lent_as" | "end_loan" | "revoke_loan" | "unload" | "is_loaded", rest) => self.loans(order, name, rest),
            _ => self.give_up(order, name),
        }
    }

    fn give_up(&mut self, order: &str, name: &str) -> Reply {
        let owned = self.owned.remove(name).expect("an owner of that name");
        let refused = |refused: Refused<Owned<Note>>, owners: &mut HashMap<String, Owned<Note>>| {
            owners.insert(name.to_owned(), refused.handle);
            Err(error(&refused.error))
        };
        match order {
            "into_ticket" => match owned.into_ticket_or_return() {
                Ok(ticket) => Ok(ticket.to_text()),
                Err(back) => refused(back, &mut self.owned),
            },
            "into_loan" | "into_loan_mut" => self.keep_lent(order, name, owned),
            "detach" => match owned.detach_or_return() {
                Ok(key) => Ok(key.to_text()),
                Err(back) => refused(back, &mut self.owned),
            },
            "into_inner" => match owned.into_inner_or_return() {
                Ok(note) => whole(Ok(&note)),
                Err(back) => refused(back, &mut self.owned),
            },
            "remove" => match owned.remove_or_return() {
                Ok(()) => Ok(String::new()),
                Err(back) => refused(back, &mut self.owned),
            },
            "drop" => Ok(String::new()),
            "forget" => {
                std::mem::forget(owned);
                Ok(String::new())
            }
            other => panic!("no such order to an owner: {other}"),
        }
    }

    fn write(&mut self, order: &str, name: &str, rest: &[&str]) -> Reply {
        let lease = self.exclusive.get_mut(name).expect("a lease of that name");
        match (order, rest) {
            ("borrow", []) => return whole(lease.borrow().as_deref()),
            ("set", [n]) => return done(lease.borrow_mut().map(|mut note| set(&mut note, number(n)))),
            ("is_current", []) => return say(lease.is_current()),
            ("token", []) => return Ok(lease.token().get().to_string()),
            ("checkpoint", []) => {
                return lease.checkpoint().map(|token| token.get().to_string()).map_err(|e| error(&e));
            }
            _ => {}
        }
        let lease = self.exclusive.remove(name).expect("a lease of that name");
        match order {
            "commit" => match lease.commit_or_return() {
                Ok(token) => Ok(token.get().to_string()),
                Err(refused) => {
                    self.exclusive.insert(name.to_owned(), refused.handle);
                    Err(error(&refused.error))
                }
            },
            "drop" => Ok(String::new()),
            "forget" => {
                std::mem::forget(lease);
                Ok(String::new())
            }
            other => panic!("no such order to an exclusive lease: {other}"),
        }
    }

    fn read(&mut self, order: &str, name: &str) -> Reply {
        match order {
            "borrow" => whole(self.shared[name].borrow().as_deref()),
            "is_current" => say(self.shared[name].is_current()),
            "drop" => {
                self.shared.remove(name);
                Ok(String::new())
            }
            "forget" => {
                std::mem::forget(self.shared.remove(name));
                Ok(String::new())
            }
            other => panic!("no such order to a shared lease: {other}"),
        }
    }
}

/// Obeys orders to a loan until an order ends, revokes, drops or forgets the loan, and returns the reply to that order.
/// Exits if there are no more orders.
fn lending<A: ref_core::access::Access>(loan: Loan<'_, Note, A>) -> Reply {
    answer(Ok(String::new()));
    let mut loan = Some(loan);
    while let Some(order) = next_order(&stdin()) {
        let held = loan.take().expect("a loan");
        let (reply, back) = match order.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["ticket"] => (say(held.ticket().map(|ticket| ticket.to_text())), Some(held)),
            ["end", millis] => ended(held.end_timeout_or_return(Duration::from_millis(number(millis)))),
            ["end_with_its_ticket", millis] => {
                let _kept = held.ticket();
                ended(held.end_timeout_or_return(Duration::from_millis(number(millis))))
            }
            ["revoke"] => ended(held.revoke_or_return()),
            ["drop"] => (Ok(String::new()), None),
            ["forget"] => {
                std::mem::forget(held);
                (Ok(String::new()), None)
            }
            ref other => panic!("no such order to a loan: {other:?}"),
        };
        if back.is_none() {
            return reply;
        }
        loan = back;
        answer(reply);
    }
    std::process::exit(0)
}

fn ended<H>(result: Result<ref_core::LoanEnd, Refused<H>>) -> (Reply, Option<H>) {
    match result {
        Ok(ended) => (Ok(ended.to_string()), None),
        Err(refused) => (Err(error(&refused.error)), Some(refused.handle)),
    }
}

/// Returns the note's number. A torn note, and a note that could not be read, is an error.
fn whole(note: Result<&Note, &Error>) -> Reply {
    match note {
        Ok(note) if note.is_whole() => Ok(note.n.to_string()),
        Ok(note) => Err(format!("Torn {note:?}")),
        Err(e) => Err(error(e)),
    }
}

/// Sets this process's limit on descriptors, on file sizes or on address space; `none` raises the limit to its maximum.
fn limit(what: &str, most: &str) -> Reply {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let resource = match what {
        "descriptors" => Resource::Nofile,
        "files" => Resource::Fsize,
        _ => Resource::As,
    };
    let mut limit = getrlimit(resource);
    limit.current = if most == "none" { limit.maximum } else { Some(number(most)) };
    setrlimit(resource, limit).expect("a limit can be lowered, and raised to where it was");
    Ok(String::new())
}

/// Returns how many bytes of address space this process uses.
fn address_space() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("its own state");
    number(pages.split(' ').next().expect("a number")) * rustix::param::page_size() as u64
}

/// A handler of SIGUSR1 without `SA_RESTART`: system calls that wait then return `EINTR`.
mod signals {
    use std::sync::atomic::{AtomicU64, Ordering};

    static CAUGHT: AtomicU64 = AtomicU64::new(0);
    const USR1: i32 = 10;

    unsafe extern "C" {
        safe fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
        safe fn siginterrupt(number: i32, interrupts: i32) -> i32;
    }

    extern "C" fn count(_number: i32) {
        CAUGHT.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn catch() {
        signal(USR1, count);
        assert_eq!(siginterrupt(USR1, 1), 0);
    }

    pub(crate) fn caught() -> u64 {
        CAUGHT.load(Ordering::Relaxed)
    }
}

fn set(note: &mut Note, n: u64) {
    *note = Note::sized(n, note.body.len());
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
