//! The code that `#[remote]` generates, written by hand.
//!
//! ```console
//! $ cargo run --example remote_expanded
//! by_macro: Ok(1.5), and then [0.75, 0.75]
//! by_hand: Ok(1.5), and then [0.75, 0.75]
//! ```
//!
//! `by_macro` and `by_hand` are twins. The macro writes whole paths, which no name in the program can shadow. The macro
//! puts `__` before each name that callers do not use. Here the paths are short, and the names have no `__`.
//! `ref_core::__private` is for generated code, and changes without notice.

use ref_core::{Result, Store, Workers, global_store, remote};

/// The share of its heat that a cell keeps.
#[global_store]
pub struct Grid(Vec<f64>);

/// The heat of each cell.
#[global_store]
pub struct Heat(Vec<f64>);

/// The body of both twins.
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
            self, Argument, AsyncCall, Call, CopyOf, DefinedAt, Function, InScope, Incoming, Lend, LendMut, MapIn,
            NeedsScope, OwnerProbe, Registered, ResultProbe, Run, Signature, StoredArgument, ValueArgument, Way,
            Workers,
        },
    };

    // 1. The function itself, unchanged. A worker calls it as any caller does.
    pub fn diffuse(grid: &Grid, heat: &mut Heat, rounds: u64) -> Result<f64, String> {
        cool(grid, heat, rounds)
    }

    // 2. A type of the same name, without values. A function and a type may have the same name. A module would not do:
    //    a `#[remote]` function can stand inside another function, and a module there would not see that function's
    //    local types.
    #[allow(non_camel_case_types, reason = "it is named as the function is")]
    pub enum diffuse {}

    // 3. One impl for the type of each parameter, and one for the type of the result. Here the compiler reports a type
    //    that is not `Stored` or cannot be sent. The functions that are called below have these traits as bounds. The
    //    bounds hold even if an impl is an error, so the compiler reports the error once. A probe has several
    //    methods `sent`. By the traits of the type, the compiler chooses one of them, and with it how values of the
    //    type are sent: as owners, by the encoding of `Stored`, or by serde. The probe of the result has a probe for the
    //    value and one for the error, also if the `Result` is behind an alias.
    impl StoredArgument<'_, diffuse, 0> for Grid {}
    impl StoredArgument<'_, diffuse, 1> for Heat {}
    impl ValueArgument<'_, diffuse, 2> for u64 {
        fn way() -> Way<Self> {
            Way::of(OwnerProbe::<Self>::NEW.sent())
        }
    }
    impl ValueArgument<'_, diffuse, { remote::RESULT }> for Result<f64, String> {
        fn way() -> Way<Self> {
            let result = ResultProbe::<Self>::NEW;
            result.join(result.value().sent(), result.error().sent())
        }
    }

    impl diffuse {
        // 4. The functions that a program calls. A `&T` parameter accepts each type that lends a `&T`, and a `&mut T`
        //    parameter accepts each type that lends a `&mut T`. To the compiler, the call borrows its arguments. If a
        //    parameter is an `Owned<T>`, the macro also writes `call_or_return` and `spawn_or_return`. If the call
        //    fails, they give the owner back in a `Refused`, unless a worker has kept it.
        #[track_caller]
        pub fn call<'call>(
            workers: &'call Workers,
            grid: impl Lend<'call, Grid>,
            heat: impl LendMut<'call, Heat>,
            rounds: u64,
        ) -> remote::Result<Result<f64, String>> {
            remote::call(workers, Self::arguments(grid, heat, rounds), remote::unpack::<Self, Result<f64, String>>)
        }

        //    `call_async` is a future. A future may be forgotten, so nothing is lent to it: it sends a copy of what a `&T`
        //    refers to. No type is a `NeedsScope`, so the compiler refuses what would be lent for a `&mut T`.
        #[allow(dead_code, reason = "a program need not call each of them")]
        #[track_caller]
        pub fn call_async(
            workers: &Workers,
            grid: impl CopyOf<Grid>,
            heat: impl NeedsScope<Heat>,
            rounds: u64,
        ) -> AsyncCall<Result<f64, String>> {
            let (grid, heat) = (remote::copied::<Self, Grid, 0>(grid), remote::needs_scope::<Heat>(heat));
            remote::call_async(
                workers,
                Self::arguments(grid, heat, rounds),
                remote::unpack::<Self, Result<f64, String>>,
            )
        }

        //    `spawn` borrows its arguments until the scope ends, since the call may go on after its `Run` was dropped.
        #[allow(dead_code, reason = "a program need not call each of them")]
        #[track_caller]
        pub fn spawn<'scope>(
            scope: impl InScope<'scope>,
            grid: impl Lend<'scope, Grid>,
            heat: impl LendMut<'scope, Heat>,
            rounds: u64,
        ) -> remote::Result<Run<'scope, Result<f64, String>>> {
            remote::spawn(scope, Self::arguments(grid, heat, rounds), remote::unpack::<Self, Result<f64, String>>)
        }

        //    `map` makes one call for each tuple of arguments. `To` is `&Workers`, or a `&Scope`.
        #[allow(dead_code, reason = "a program need not call each of them")]
        pub fn map<'call, To: MapIn<'call>, G: Lend<'call, Grid> + 'call, H: LendMut<'call, Heat> + 'call>(
            to: To,
            arguments: impl IntoIterator<Item = (G, H, u64), IntoIter: 'call>,
        ) -> To::Results<Result<f64, String>, remote::Once> {
            let calls = arguments.into_iter().map(|(grid, heat, rounds)| Self::arguments(grid, heat, rounds));
            remote::map(to, calls, remote::unpack::<Self, Result<f64, String>>)
        }

        // 5. The arguments as they are sent: a ticket for each owner that is lent, and a copy of each other value.
        //    `track_caller` lets a conflict name the line of the call.
        #[track_caller]
        fn arguments<'call>(grid: impl Lend<'call, Grid>, heat: impl LendMut<'call, Heat>, rounds: u64) -> Call<'call> {
            let mut call = Call::new(Self::function());
            remote::lend::<Self, Grid, 0>(&mut call, grid);
            remote::lend_mut::<Self, Heat, 1>(&mut call, heat);
            remote::value::<Self, u64, 2>(&mut call, rounds);
            call
        }

        // 6. The worker's part: it takes the arguments, calls the function, and sends the changed `&mut` arguments
        //    along with the result. The caller makes all of these changes or none.
        fn run(call: &mut Incoming<'_>) -> remote::Result<Vec<u8>> {
            let grid = remote::shared::<Self, Grid, 0>(call)?;
            let mut heat = remote::exclusive::<Self, Heat, 1>(call)?;
            let rounds = remote::argument::<Self, u64, 2>(call)?;
            let lent = remote::changing::<Self, Heat, 1>(&mut heat)?;
            let rounds = Argument::claim(rounds, call)?;
            let returned = diffuse(&grid, lent, Argument::into_value(rounds)?);
            remote::changed::<Self, Heat, 1>(call, heat)?;
            remote::pack::<Self, Result<f64, String>>(call, returned)
        }

        // 7. The key under which the function is registered: its path, its line and column (several functions may have
        //    one path), its package and version, and its signature. The signature has the names of all types, and the
        //    fingerprints of those that are stored. A worker is refused if it has no function with this key.
        fn describe(signature: &mut Signature) {
            remote::describe_stored::<Self, Grid, 0>(signature, "&");
            remote::describe_stored::<Self, Heat, 1>(signature, "&mut ");
            remote::describe_value::<Self, u64, 2>(signature);
            remote::describe_returned::<Self, Result<f64, String>>(signature);
        }

        fn name() -> &'static str {
            remote::name_of(&diffuse)
        }

        fn function() -> &'static Function {
            const PACKAGE: [Option<&str>; 2] = [option_env!("CARGO_PKG_NAME"), option_env!("CARGO_PKG_VERSION")];
            const DEFINED_AT: DefinedAt = DefinedAt { package: PACKAGE, at: std::panic::Location::caller() };
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
