//! The library that the changed crates of `cargo xtask corpus` call. It makes values of their types, stores them, reads
//! them back, and compares.

mod make;
mod probe;
mod trip;

pub use corpus_derive::Nothing;
pub use inventory;
pub use probe::{ByBytes, ByDebug, ByEq, Default1, NoDefault, Pair, Usual};
pub use trip::{Outcome, trip};

/// A type of a changed crate.
pub struct Entry {
    /// The type's path.
    pub name: &'static str,
    /// Makes values of the type, stores them, reads them back, and compares. Returns what became of the type.
    pub run: fn() -> Outcome,
}

inventory::collect!(Entry);

/// Adds a type to the list that [`run_all`] goes through.
#[macro_export]
macro_rules! entry {
    ($name:literal, $type:ty) => {
        const _: () = {
            $crate::inventory::submit! {
                $crate::Entry {
                    name: ::core::concat!(::core::module_path!(), "::", $name),
                    run: || {
                        #[allow(unused_imports, reason = "which of the traits are used depends on the type")]
                        use $crate::{ByBytes as _, ByDebug as _, ByEq as _, Default1 as _, NoDefault as _};
                        $crate::trip::<$type>(
                            |one, other| (&&&$crate::Pair(one, other)).same(),
                            |value| (&&$crate::Usual(value)).is_default(),
                        )
                    },
                }
            }
        };
    };
}

/// Runs all entries, and prints a line for each: the outcome, the name, and the reason.
pub fn run_all() {
    for entry in inventory::iter::<Entry> {
        let (word, why) = match (entry.run)() {
            Outcome::Equal => ("equal", String::new()),
            Outcome::OnlyDefault => ("default", String::new()),
            Outcome::NotMade(why) => ("unmade", why),
            Outcome::Differs(why) => ("DIFFERS", why),
            Outcome::Refused(why) => ("REFUSED", why),
        };
        println!("{word}\t{}\t{}", entry.name, why.replace(['\n', '\t'], " "));
    }
}
