//! The code that `#[remote]` generates, written by hand.
//!
//! ```console
//! $ cargo run --example remote_expanded
//! by_macro: Ok(1.5), and then [0.75, 0.75]
//! by_hand: Ok(1.5), and then [0.75, 0.75]
//! ```
//!
//! `by_macro` and `by_hand` are twins. The macro writes whole paths, so that a program's own names do not collide with
//! them, and begins the names that callers do not use with `__`. Here names are short. `ref_core::__private` is for
//! generated code, and changes without notice.

use ref_core::{Result, Store, Workers, global_store, remote};

/// How much of its heat a cell keeps.
#[global_store]
pub struct Grid(Vec<f64>);

/// The heat of each cell.
#[global_store]
pub struct Heat(Vec<f64>);

/// The body of both functions.
fn cool(grid: &Grid, heat: &mut Heat, rounds: u64) -> std::result::Result<f64, String> {
    if grid.0.len() != heat.0.len() {
        return Err("the heat is of another grid".to_owned());
    }
    for _ in 0..rounds {
        heat.0.iter_mut().zip(&grid.0).for_each(|(cell, kept)| *cell *= kept);
    }
    Ok(heat.0.iter().sum())
}

#[allow(unreachable_pub, reason = "a program of one file exports nothing")]
mod by_macro {
    use super::{Grid, Heat, cool};
    use ref_core::remote;

    #[remote]
    pub fn diffuse(grid: &Grid, heat: &mut Heat, rounds: u64) -> Result<f64, String> {
        cool(grid, heat, rounds)
    }
}

#[allow(unreachable_pub, reason = "as in the twin")]
mod by_hand {
    use super::{Grid, Heat, cool};
    use ref_core::__private::{
        inventory,
        remote::{
            self, Call, DefinedAt, Function, Incoming, Lend, LendMut, PlainArgument, Registered, Run, Scope, Signature,
            StoredArgument, Workers,
        },
    };

    // 1. The function, unchanged. A worker calls it like any other code.
    pub fn diffuse(grid: &Grid, heat: &mut Heat, rounds: u64) -> Result<f64, String> {
        cool(grid, heat, rounds)
    }

    // 2. A type of the same name without values. A function and a type may have the same name. A module could not see
    //    types that are private, or local to a function.
    #[allow(non_camel_case_types, reason = "it has the function's name")]
    pub enum diffuse {}

    // 3. An impl for each parameter and for the result. If a type is not `Stored` or cannot be sent, the compiler's
    //    error is here, at that type. The code below has these traits as its bounds, so it adds no errors.
    impl StoredArgument<'_, diffuse, 0> for Grid {}
    impl StoredArgument<'_, diffuse, 1> for Heat {}
    impl PlainArgument<'_, diffuse, 2> for u64 {}
    impl PlainArgument<'_, diffuse, { remote::RESULT }> for f64 {}
    impl PlainArgument<'_, diffuse, { remote::ERROR }> for String {}

    impl diffuse {
        // 4. For callers. A `&T` parameter takes everything that lends a `&T`, a `&mut T` parameter everything that lends a
        //    `&mut T`, for as long as the call takes. The compiler checks these borrows as in any call. If a parameter is an
        //    `Owned<T>`, there is `call_or_return` too, which gives the owner back in a `Refused` if the call fails.
        #[track_caller]
        pub fn call<'call>(
            workers: &'call Workers,
            grid: impl Lend<'call, Grid>,
            heat: impl LendMut<'call, Heat>,
            rounds: u64,
        ) -> remote::Result<Result<f64, String>> {
            remote::call(workers, Self::arguments(grid, heat, rounds), remote::unpack_result::<Self, f64, String>)
        }

        //    In a scope, arguments are borrowed until the scope ends, since a call may go on when its `Run` is dropped.
        #[allow(dead_code, reason = "a program need not call each of these")]
        #[track_caller]
        pub fn spawn<'scope>(
            scope: &'scope Scope<'scope, '_>,
            grid: impl Lend<'scope, Grid>,
            heat: impl LendMut<'scope, Heat>,
            rounds: u64,
        ) -> remote::Result<Run<'scope, Result<f64, String>>> {
            remote::spawn(scope, Self::arguments(grid, heat, rounds), remote::unpack_result::<Self, f64, String>)
        }

        //    `map` takes an iterator of tuples of arguments.
        #[allow(dead_code, reason = "a program need not call each of these")]
        pub fn map<'call, G: Lend<'call, Grid> + 'call, H: LendMut<'call, Heat> + 'call>(
            workers: &'call Workers,
            arguments: impl IntoIterator<Item = (G, H, u64)>,
        ) -> remote::Result<Vec<Result<f64, String>>> {
            let calls = arguments.into_iter().map(|(grid, heat, rounds)| Self::arguments(grid, heat, rounds));
            remote::map(workers, calls, remote::unpack_result::<Self, f64, String>)
        }

        // 5. The arguments, as they are sent: a ticket of each owner that is lent, and a copy of everything else.
        //    Because of `track_caller`, a conflict names the line of the call.
        #[track_caller]
        fn arguments<'call>(grid: impl Lend<'call, Grid>, heat: impl LendMut<'call, Heat>, rounds: u64) -> Call<'call> {
            let mut call = Call::new(Self::function());
            remote::lend::<Self, Grid, 0>(&mut call, grid);
            remote::lend_mut::<Self, Heat, 1>(&mut call, heat);
            remote::value::<Self, u64, 2>(&mut call, &rounds);
            call
        }

        // 6. What the worker does: it takes the arguments, calls the function, and sends what the `&mut` arguments have
        //    become along with the result. The caller sets all of them or none.
        fn run(call: &mut Incoming<'_>) -> remote::Result<Vec<u8>> {
            let grid = remote::shared::<Self, Grid, 0>(call)?;
            let mut heat = remote::exclusive::<Self, Heat, 1>(call)?;
            let rounds = remote::plain::<Self, u64, 2>(call)?;
            let lent = remote::changing::<Self, Heat, 1>(&mut heat)?;
            let returned = diffuse(&grid, lent, rounds);
            remote::changed::<Self, Heat, 1>(call, heat)?;
            remote::pack_result::<Self, f64, String>(returned)
        }

        // 7. The key under which it is registered: its path, its place in the source (for functions of one path), its package
        //    and version, and a signature. The signature has the fingerprints of types that are `Stored`, and the names in
        //    other types. A worker that was built from other code is refused.
        fn describe(signature: &mut Signature) {
            remote::describe_stored::<Self, Grid, 0>(signature, "&");
            remote::describe_stored::<Self, Heat, 1>(signature, "&mut ");
            remote::describe_plain::<Self, u64, 2>(signature);
            Signature::returns::<Result<f64, String>>(signature);
            remote::describe_returned::<Self, f64, { remote::RESULT }>(signature);
            remote::describe_returned::<Self, String, { remote::ERROR }>(signature);
        }

        fn name() -> &'static str {
            remote::name_of(&diffuse)
        }

        fn function() -> &'static Function {
            const PACKAGE: [Option<&str>; 2] = [option_env!("CARGO_PKG_NAME"), option_env!("CARGO_PKG_VERSION")];
            const DEFINED_AT: DefinedAt =
                DefinedAt { package: PACKAGE, file: file!(), line_column: (line!(), column!()) };
            static FUNCTION: Function = Function::new(diffuse::name, DEFINED_AT, diffuse::describe, diffuse::run);
            &FUNCTION
        }
    }

    // 8. Puts the function into the list of the program's remote functions, before `main` begins.
    inventory::submit! { Registered(diffuse::function) }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let store = Store::open("shm://remote-expanded")?;
    let grid = store.put(Grid(vec![0.5, 0.5]))?;
    for twin in ["by_macro", "by_hand"] {
        let mut heat = Heat(vec![3.0, 3.0]);
        let left = match twin {
            "by_macro" => by_macro::diffuse::call(&workers, &grid, &mut heat, 2)?,
            _ => by_hand::diffuse::call(&workers, &grid, &mut heat, 2)?,
        };
        println!("{twin}: {left:?}, and then {:?}", heat.0);
    }
    Ok(())
}
