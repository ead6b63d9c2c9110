//! Orders about values with arrays.

use crate::{Actor, Reply, done, number};
use ref_core::{Bulk, Error, Exclusive, Lease, Owned, Shared, Ticket};
use ref_tests::Column;
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Columns {
    owned: HashMap<String, Owned<Column>>,
    filled: HashMap<String, Owned<Bulk<u64>>>,
    shared: HashMap<String, Lease<Column, Shared>>,
    exclusive: HashMap<String, Lease<Column, Exclusive>>,
    /// Arrays without a handle.
    kept: HashMap<String, Bulk<u64>>,
}

impl Actor {
    pub(crate) fn column(&mut self, order: &[&str]) -> Reply {
        match order {
            ["put", name, n, cells] => {
                let put = self.store().put(Column::numbered(number(n), number(cells)));
                done(put.map(|owned| self.columns.owned.insert((*name).to_owned(), owned)))
            }
            ["fill", name, n, cells] => {
                let n: u64 = number(n);
                let put = self.store().put_with(number(cells) as usize, |room: &mut [u64]| {
                    room.iter_mut().zip(n..).for_each(|(cell, n)| *cell = n);
                });
                done(put.map(|owned| self.columns.filled.insert((*name).to_owned(), owned)))
            }
            ["fill_and_abort", cells] => {
                done(self.store().put_with(number(cells) as usize, |_: &mut [u64]| std::process::abort()))
            }
            ["redeem", name, ticket] => {
                let redeemed = ticket.parse::<Ticket<Column, Shared>>().and_then(|t| self.store().redeem(t));
                done(redeemed.map(|lease| self.columns.shared.insert((*name).to_owned(), lease)))
            }
            ["redeem_mut", name, ticket] => {
                let redeemed = ticket.parse::<Ticket<Column, Exclusive>>().and_then(|t| self.store().redeem(t));
                done(redeemed.map(|lease| self.columns.exclusive.insert((*name).to_owned(), lease)))
            }
            [order, name, rest @ ..] => match self.columns.obey(order, name, rest) {
                Ok(rest) => Ok(rest),
                Err(error) => Err(crate::error(&error)),
            },
            other => panic!("no such order about a column: {other:?}"),
        }
    }
}

impl Columns {
    fn obey(&mut self, order: &str, name: &str, rest: &[&str]) -> Result<String, Error> {
        match (order, rest) {
            ("look", []) => self.look(name),
            ("filled", []) => {
                let cells = self.filled[name].borrow()?;
                Ok(format!("{} {}", cells.is_mapped(), Column::is_numbered(&cells)))
            }
            ("keep", []) => {
                let cells = self.shared[name].borrow()?.cells.clone();
                self.kept.insert(name.to_owned(), cells);
                Ok(String::new())
            }
            ("kept", []) => {
                let cells = &self.kept[name];
                Ok(format!("{} {}", cells.is_mapped(), Column::is_numbered(cells)))
            }
            ("release", []) => {
                let lease = self.shared.remove(name).expect("a lease");
                lease.release().map(|()| String::new())
            }
            ("set", [n]) => {
                let lease = self.exclusive.get_mut(name).expect("a lease");
                lease.borrow_mut()?.renumber(number(n)).map(|()| String::new())
            }
            ("commit", []) => {
                let lease = self.exclusive.remove(name).expect("a lease");
                lease.commit().map(|_| String::new())
            }
            other => panic!("no such order about a column: {other:?}"),
        }
    }

    /// Says whether the array of a column is mapped, and whether the column is whole.
    fn look(&self, name: &str) -> Result<String, Error> {
        let column = match (self.owned.get(name), self.shared.get(name)) {
            (Some(owned), _) => owned.borrow()?,
            (_, Some(lease)) => lease.borrow()?,
            _ => self.exclusive[name].borrow()?,
        };
        Ok(format!("{} {}", column.cells.is_mapped(), column.is_whole()))
    }
}
