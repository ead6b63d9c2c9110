//! Types of the standard library and of `ref-core` whose values mean something in one process only.

use syn::{Path, PathArguments, PathSegment};

/// A type whose values stay in their process.
pub(crate) struct OneProcess {
    name: &'static str,
    /// The names of modules in which the type may be: the part of a path before the type's name.
    modules: &'static [&'static str],
    /// How many arguments the type has, if its name and this number are enough to know the type.
    arguments: Option<usize>,
    why: &'static str,
    instead: &'static str,
}

const fn of(name: &'static str, module: &'static [&'static str], arguments: Option<usize>) -> OneProcess {
    OneProcess { name, modules: module, arguments, why: "it is open in this process only", instead: "" }
}

const LEADS_HERE: &str = "it leads to this process";
const CHANNEL: &str =
    "use what is sent; or lend an object to the other process, or have a remote function return the value";
const HANDLE: &str = "it is given back when this process ends";

const TYPES: &[OneProcess] = &[
    OneProcess {
        why: "it has no form in which it can be written",
        instead: "use a `SystemTime`, or a `Duration`",
        ..of("Instant", &["time"], None)
    },
    OneProcess { instead: "use its path", ..of("File", &["fs"], None) },
    OneProcess { instead: "use its address", ..of("TcpStream", &["net"], None) },
    OneProcess { instead: "use its address", ..of("TcpListener", &["net"], None) },
    OneProcess { instead: "use its address", ..of("UdpSocket", &["net"], None) },
    OneProcess { why: LEADS_HERE, instead: CHANNEL, ..of("Sender", &["mpsc"], Some(1)) },
    OneProcess { why: LEADS_HERE, instead: CHANNEL, ..of("SyncSender", &["mpsc"], Some(1)) },
    OneProcess { why: LEADS_HERE, instead: CHANNEL, ..of("Receiver", &["mpsc"], Some(1)) },
    OneProcess {
        why: "it waits for a thread of this process",
        instead: "use what the thread returns",
        ..of("JoinHandle", &["thread"], Some(1))
    },
    OneProcess { instead: "use its address, and open it there", ..of("Store", &["ref_core"], None) },
    OneProcess {
        why: "it removes its object when this process ends",
        instead: "use a `Key` (`owned.detach()?`)",
        ..of("Owned", &["ref_core"], Some(1))
    },
    OneProcess { why: HANDLE, instead: "use its value", ..of("Lease", &["ref_core"], Some(2)) },
    OneProcess {
        why: HANDLE,
        instead: "use a ticket of it (`loan.ticket()?`)",
        ..of("OwnedLoan", &["ref_core"], Some(2))
    },
];

/// Returns the name of the type at `path`, and a text: why a value of the type means nothing in another process, and
/// what to use instead. Returns `None` for every other type.
pub(crate) fn reason(path: &Path) -> Option<(&'static str, String)> {
    let last = path.segments.last()?;
    let module = path.segments.iter().rev().nth(1).map(|segment| segment.ident.to_string());
    let is_found = |known: &&OneProcess| {
        last.ident == known.name
            && match &module {
                Some(module) => known.modules.contains(&module.as_str()),
                None => known.arguments.is_some_and(|count| count == arguments(last)),
            }
    };
    TYPES.iter().find(is_found).map(|known| (known.name, format!("{}; {}", known.why, known.instead)))
}

fn arguments(segment: &PathSegment) -> usize {
    match &segment.arguments {
        PathArguments::AngleBracketed(list) => list.args.len(),
        PathArguments::None | PathArguments::Parenthesized(_) => 0,
    }
}
