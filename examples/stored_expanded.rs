//! The code that `#[global_store]` generates, written by hand.
//!
//! ```console
//! $ cargo run --example stored_expanded
//! Grid@1{step:u64,cells:Vec<f64>}
//! Grid@1{step:u64,cells:Vec<f64>}
//! 1 [1.0, 1.0]
//! ```
//!
//! `by_macro` and `by_hand` are twins. The macro writes whole paths, which no name in the program can shadow. Here the
//! paths are short. `ref_core::__private` is for generated code, and changes without notice.

mod by_macro {
    use ref_core::global_store;

    #[global_store]
    pub struct Grid {
        pub step: u64,
        pub cells: Vec<f64>,
    }
}

#[allow(unreachable_pub, reason = "as the macro writes it: a program of one file exports nothing")]
mod by_hand {
    use ref_core::__private::{
        self, HasFields, Lease, Loan, Owned, Ref, RefMut, Schema, Stored, StoredFieldOf, StoredItem, Ticket,
    };

    // 1. Serde's traits, with the bounds written out. Without these bounds, a field that serde cannot write would be
    //    reported once for each of serde's impls. The bounds hold even if an impl at 2 is an error, so only the error
    //    at 2 is reported.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(bound = "")]
    pub struct Grid {
        #[serde(bound = "for<'__any> u64: StoredFieldOf<'__any, Grid, 0>")]
        pub step: u64,
        #[serde(bound = "for<'__any> Vec<f64>: StoredFieldOf<'__any, Grid, 1>")]
        pub cells: Vec<f64>,
    }

    // 2. One impl for each field. Here the compiler reports a field whose type is not `Stored`.
    impl StoredFieldOf<'_, Grid, 0> for u64 {}
    impl StoredFieldOf<'_, Grid, 1> for Vec<f64> {}

    // 3. One impl for the struct. With `serde = false`, the macro derives none of serde's traits, and the compiler
    //    reports here if the struct lacks one. The bounds hold as at 1, so the error of a field is not reported again.
    impl StoredItem<'_> for Grid
    where
        for<'__any> u64: StoredFieldOf<'__any, Self, 0>,
        for<'__any> Vec<f64>: StoredFieldOf<'__any, Self, 1>,
    {
    }

    // 4. `Stored`: the description of the type, from which the fingerprint is made. 1 is the version of the type.
    impl Stored for Grid
    where
        for<'__any> Self: StoredItem<'__any>,
    {
        fn describe(schema: &mut Schema) {
            schema.named("Grid", 1, |shape| {
                __private::field::<Grid, u64, 0>(shape, "step");
                __private::field::<Grid, Vec<f64>, 1>(shape, "cells");
            });
        }
    }

    // 5. Names for the handles of the type. With `handles = false`, the macro writes neither 5 nor 6.
    pub type GridOwned = Owned<Grid>;
    pub type GridRef<'a> = Ref<'a, Grid>;
    pub type GridRefMut<'a> = RefMut<'a, Grid>;
    pub type GridLoan<'a, A> = Loan<'a, Grid, A>;
    pub type GridTicket<A> = Ticket<Grid, A>;
    pub type GridLease<A> = Lease<Grid, A>;

    // 6. Field handles: structs with one borrow for each field. The borrow has the visibility of its field. The
    //    compiler sees that the borrows are disjoint.
    pub struct GridFields<'a> {
        pub step: Ref<'a, u64>,
        pub cells: Ref<'a, Vec<f64>>,
    }

    pub struct GridFieldsMut<'a> {
        pub step: RefMut<'a, u64>,
        pub cells: RefMut<'a, Vec<f64>>,
    }

    impl HasFields for Grid {
        type Fields<'a> = GridFields<'a>;
        type FieldsMut<'a> = GridFieldsMut<'a>;

        fn fields(whole: Ref<'_, Self>) -> GridFields<'_> {
            let whole = Ref::into_ref(whole);
            GridFields { step: __private::borrow(&whole.step), cells: __private::borrow(&whole.cells) }
        }

        fn fields_mut(whole: RefMut<'_, Self>) -> GridFieldsMut<'_> {
            let whole = RefMut::into_mut(whole);
            GridFieldsMut {
                step: __private::borrow_mut(&mut whole.step),
                cells: __private::borrow_mut(&mut whole.cells),
            }
        }
    }
}

use ref_core::{Exclusive, Ref, RefMut, Schema, Shared, Store};

fn main() -> ref_core::Result<()> {
    println!("{}", Schema::of::<by_macro::Grid>());
    println!("{}", Schema::of::<by_hand::Grid>());

    // For a store, the twins are one type: a value that was written as either type can be read as the other type.
    let store = Store::open("memory:")?;
    let mut grid: by_hand::GridOwned = store.put(by_hand::Grid { step: 0, cells: vec![0.5, 0.5] })?;
    let whole: by_hand::GridRefMut<'_> = grid.borrow_mut()?;
    let by_hand::GridFieldsMut { mut step, mut cells } = RefMut::fields(whole);
    *step += 1;
    cells.iter_mut().for_each(|cell| *cell *= 2.0);

    let loan: by_hand::GridLoan<'_, Exclusive> = grid.lend_mut()?;
    let ticket: by_hand::GridTicket<Exclusive> = loan.ticket()?;
    let ticket: by_macro::GridTicket<Exclusive> = ticket.to_text().parse()?;
    let lease: by_macro::GridLease<Exclusive> = store.redeem(ticket)?;
    let by_macro::GridFields { step, cells } = Ref::fields(lease.borrow()?);
    println!("{step} {cells:?}");
    drop(lease);
    let _ = loan.end()?;

    let loan: by_hand::GridLoan<'_, Shared> = grid.lend()?;
    let lease: by_hand::GridLease<Shared> = store.redeem(loan.ticket()?)?;
    let whole: by_hand::GridRef<'_> = lease.borrow()?;
    let by_hand::GridFields { step, cells } = Ref::fields(whole);
    assert_eq!((*step, cells.len()), (1, 2));
    Ok(())
}
