//! The code that `#[global_store]` generates, written by hand.
//!
//! ```console
//! $ cargo run --example stored_expanded
//! Grid@1{step:u64,cells:Vec<f64>}
//! Grid@1{step:u64,cells:Vec<f64>}
//! 1 [1.0, 1.0]
//! ```
//!
//! `by_macro` and `by_hand` are twins. The macro writes whole paths, which no name in the program can shadow; here they
//! are shortened. `ref_core::__private` is for generated code, and changes without notice.

#[allow(unreachable_pub, reason = "a program of one file exports nothing")]
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
        self, Built, Content, Definition, FieldDefinition, HasFields, Lease, Loan, Owned, PartReader, Ref, RefMut,
        Schema, Stored, Ticket, VariantDefinition, VariantKind, Versioned,
    };
    use serde::{Deserializer, Serializer};

    // 1. The user's item, as it is.
    pub struct Grid {
        pub step: u64,
        pub cells: Vec<f64>,
    }

    // 2. The macro knows a few types by name. For each field with another type in it, such as `size: Size` or
    //    `sizes: Vec<Size>`, the macro writes an impl for that type, like the one below. There the compiler reports a
    //    type that is not `Stored`. The impls at 3 and 4 have the bound
    //    `for<'__any> Size: StoredFieldOf<'__any, Grid, 2>`. The bound holds even if the impl is an error, so that the
    //    error is reported once.
    //
    //    impl StoredFieldOf<'_, Grid, 2> for Size {}

    // 3. `Stored`: how a value is written, field by field. `ref_core` has the functions that read it and describe it.
    impl Stored for Grid {
        fn describe(schema: &mut Schema) {
            __private::describe::<Self>(schema);
        }

        fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            __private::structure(to, Self::DEFINITION, &[&self.step, &self.cells])
        }

        fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            __private::restore_named(from)
        }
    }

    // 4. The definition of the type as data, from which the fingerprint is made, and a function that makes a value of
    //    its parts. 1 is the version of the type.
    impl Built for Grid {
        const DEFINITION: &'static Definition = &Definition {
            name: "Grid",
            version: 1,
            arguments: __private::no_arguments,
            is_enum: false,
            variants: &[VariantDefinition {
                name: "",
                kind: VariantKind::Named,
                stored: &["step", "cells"],
                fields: &[
                    FieldDefinition { name: "step", content: Content::of::<u64>() },
                    FieldDefinition { name: "cells", content: Content::of::<Vec<f64>>() },
                ],
            }],
            variant_names: &[],
        };

        fn build<'de, P: PartReader<'de>>(_: u32, from: &mut P) -> Result<Self, P::Error> {
            Ok(Self { step: from.part()?, cells: from.part()? })
        }
    }

    // The name and the version once more, for the check of a later definition that names this one by `from`.
    impl Versioned for Grid {
        const NAME: &'static str = "Grid";
        const VERSION: u32 = 1;
    }

    // 5. Names for the handles of the type. With `handles = false`, 5 and 6 are left out. The macro writes these lines
    //    as `use items as __GridItems; __GridItems! { .. }`, which expands to them. So the compiler meets them after
    //    every item with an attribute. If one of these items is a stored type with such a name, that is one error.
    pub type GridOwned = Owned<Grid>;
    pub type GridRef<'a> = Ref<'a, Grid>;
    pub type GridRefMut<'a> = RefMut<'a, Grid>;
    pub type GridLoan<'a, A> = Loan<'a, Grid, A>;
    pub type GridTicket<A> = Ticket<Grid, A>;
    pub type GridLease<A> = Lease<Grid, A>;

    // 6. Field handles: structs with one borrow for each field, which has the field's visibility. The compiler sees
    //    that the borrows are disjoint.
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

    // For a store, the twins are one type: a value that was written as one can be read as the other.
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
