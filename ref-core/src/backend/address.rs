//! Addresses of stores, and which backend opens which kind of address.
//!
//! [`KINDS`] is the one table of backends. The modules above this one know addresses, and no backend by name.

#[cfg(all(feature = "remote", target_os = "linux"))]
use super::calls::CallServer;
#[cfg(feature = "redis")]
use super::redis;
#[cfg(all(feature = "redis", feature = "remote", target_os = "linux"))]
use super::redis::calls as pools;
use super::refusal::{bad_address, not_in_this_build};
use super::{Backend, Inspect, Settings, memory, name};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::Arc;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::fmt;

/// One kind of address.
struct AddressKind {
    /// How addresses of this kind begin.
    prefixes: &'static [&'static str],
    /// The forms that an error tells users to write.
    forms: &'static [&'static str],
    service: Service,
}

/// What this build does with a kind of address.
enum Service {
    /// A backend of this build opens such addresses.
    Opener(Opener),
    /// Only another build of this crate opens such addresses. The remedy says which build.
    #[allow(dead_code, reason = "a build with all features serves all addresses")]
    Refusal(&'static str),
}

/// How stores at one kind of address are opened.
///
/// A location is an address in a form that depends neither on the current folder nor on the environment. Locations are
/// not text, since the name of a folder need not be text.
struct Opener {
    reach: Reach,
    /// Whether a store can be on a server that has replicas.
    has_replicas: bool,
    /// Checks an address and returns its location. The arguments are the whole address, and the address without its
    /// prefix.
    locate: fn(&str, &str) -> Result<OsString>,
    /// Opens a session in the store at a location.
    open: fn(&OsStr, Settings) -> Result<Arc<dyn Backend>>,
    /// Opens the store at a location to look into it. Makes no store.
    inspect: fn(&OsStr, Settings) -> Result<Box<dyn Inspect>>,
    /// Returns the address for messages. It is written as a user would write it, without a user's name, a password and
    /// `ca`.
    show: fn(&OsStr) -> String,
}

/// Which processes can open the same store by its location.
#[allow(dead_code, reason = "a build with all features serves all addresses")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    ThisProcess,
    /// Other processes of this host.
    OtherProcesses,
    OtherHosts,
}

/// The backends, by the beginnings of their addresses.
static KINDS: [AddressKind; 4] = [
    AddressKind { prefixes: &["memory:"], forms: &["memory:", "memory:NAME"], service: MEMORY },
    AddressKind { prefixes: &["shm://"], forms: &["shm://NAME"], service: folders::SHM },
    AddressKind { prefixes: &["file:"], forms: &["file:PATH"], service: folders::FILE },
    AddressKind { prefixes: &["redis://", "rediss://", "redis+unix://"], forms: &["redis://HOST"], service: REDIS },
];

const MEMORY: Service = Service::Opener(Opener {
    reach: Reach::ThisProcess,
    has_replicas: false,
    locate: |text, name| match name {
        "" => Ok(OsString::new()),
        name => checked_name(text, name).map(OsString::from),
    },
    open: |name, settings| memory::open(&name.to_string_lossy(), settings),
    inspect: |name, _| memory::inspect(&name.to_string_lossy()),
    show: |name| format!("memory:{}", name.to_string_lossy()),
});

#[cfg(feature = "redis")]
const REDIS: Service = Service::Opener(Opener {
    reach: Reach::OtherHosts,
    has_replicas: true,
    locate: |text, _| redis::Server::parse(text).map(|_| text.into()),
    open: |address, settings| redis::open(&server(address)?, settings),
    inspect: |address, settings| redis::inspect(&server(address)?, settings),
    show: |address| server(address).map_or_else(|_| "redis:".to_owned(), |server| server.to_string()),
});

#[cfg(not(feature = "redis"))]
const REDIS: Service = Service::Refusal("build it with its feature `redis`, or `redis-tls` for `rediss://`");

#[cfg(all(feature = "shm", target_os = "linux"))]
mod folders {
    //! Stores in folders of this host.

    use super::{Opener, Reach, Service, checked_name, unsupported};
    use crate::backend::shm;
    use crate::error::{Error, Result};
    use std::path::{Path, PathBuf};

    pub(super) const SHM: Service = Service::Opener(Opener {
        reach: Reach::OtherProcesses,
        has_replicas: false,
        locate: |text, name| Ok(rooted(&shm::base().join(checked_name(text, name)?))?.into()),
        open: |folder, settings| shm::open(&shm::Location::Named(folder.into()), settings),
        inspect: |folder, _| shm::inspect(&shm::Location::Named(folder.into())),
        show: |folder| format!("shm://{}", Path::new(folder).file_name().unwrap_or_default().to_string_lossy()),
    });

    pub(super) const FILE: Service = Service::Opener(Opener {
        reach: Reach::OtherProcesses,
        has_replicas: false,
        locate: |text, path| Ok(rooted(checked_path(text, path)?)?.into()),
        open: |folder, settings| shm::open(&shm::Location::Folder(folder.into()), settings),
        inspect: |folder, _| shm::inspect(&shm::Location::Folder(folder.into())),
        show: |folder| format!("file:{}", Path::new(folder).display()),
    });

    fn checked_path<'a>(text: &str, path: &'a str) -> Result<&'a Path> {
        match path {
            "" => Err(unsupported(text, "a path is missing")),
            path if path.contains('\0') => Err(unsupported(text, "a path has no NUL in it")),
            path if path.starts_with('~') => Err(unsupported(text, "only shells know what `~` stands for"))
                .map_err(|error| error.with_remedy("write the path in full, or `./~` for a folder of that name")),
            path => Ok(Path::new(path)),
        }
    }

    /// Returns the path in a form that does not depend on the current folder.
    fn rooted(path: &Path) -> Result<PathBuf> {
        std::path::absolute(path).map_err(|error| {
            let what = format!("cannot find the current folder, in which {} would be", path.display());
            Error::io(what, error).with_remedy("write the path in full, from `/` on")
        })
    }
}

#[cfg(not(all(feature = "shm", target_os = "linux")))]
mod folders {
    use super::Service;

    pub(super) const SHM: Service = Service::Refusal(WITHOUT);
    pub(super) const FILE: Service = Service::Refusal(WITHOUT);
    const WITHOUT: &str = "build it for Linux with its feature `shm`; here `memory:` and `memory:NAME` work";
}

/// An address that was read. The store that it names stays the same if the current folder or the environment changes
/// later.
pub(crate) struct Address {
    kind: &'static AddressKind,
    opener: &'static Opener,
    location: OsString,
}

/// An address in the form that another process gets. This type is not `Debug`, since the address of a server may have a
/// password in it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Absolute {
    /// How addresses of this kind begin.
    prefix: String,
    location: OsString,
}

impl Address {
    /// Reads an address. The error is `Unsupported` if the text is no address, or if only another build can open it.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let Some((kind, prefix)) = AddressKind::of(text) else {
            return Err(unsupported(text, "no backend of this crate has that kind of address"));
        };
        let opener = kind.opener(prefix)?;
        let location = (opener.locate)(text, &text[prefix.len()..])?;
        Ok(Self { kind, opener, location })
    }

    /// Opens a session in the store at this address.
    pub(crate) fn open(&self, settings: Settings) -> Result<Arc<dyn Backend>> {
        if settings.replicas > 0 && !self.opener.has_replicas {
            let what = format!("`replicas` is {}, and {self} is on no server that could have any", settings.replicas);
            return Err(Error::new(ErrorKind::Unsupported, what)
                .with_remedy("open a store on a server, such as `redis://HOST`, or leave `replicas` at 0"));
        }
        if settings.max_bytes.is_some() && self.opener.has_replicas {
            let what = format!("`max_bytes` is set, and {self} is on a server, which has a limit of its own");
            return Err(Error::new(ErrorKind::Unsupported, what).with_remedy("set `maxmemory` of the server"));
        }
        (self.opener.open)(&self.location, settings)
    }

    /// Opens the store at this address to look into it. Begins no session, and makes no store.
    pub(crate) fn inspect(&self, settings: Settings) -> Result<Box<dyn Inspect>> {
        (self.opener.inspect)(&self.location, settings)
    }

    /// Returns the address for other processes, or `None` if they cannot open the store.
    pub(crate) fn absolute(&self) -> Option<Absolute> {
        let prefix = self.kind.prefixes.first().filter(|_| self.opener.reach != Reach::ThisProcess)?;
        Some(Absolute { prefix: (*prefix).to_owned(), location: self.location.clone() })
    }
}

impl Absolute {
    /// Returns the address that this one was made from. The error is `Unsupported` if this build cannot open addresses
    /// of its kind.
    pub(crate) fn to_address(&self) -> Result<Address> {
        let Some((kind, prefix)) = AddressKind::of(&self.prefix) else {
            return Err(unsupported(&self.prefix, "no backend of this crate has that kind of address"));
        };
        Ok(Address { kind, opener: kind.opener(prefix)?, location: self.location.clone() })
    }

    /// Returns whether the store is at an address that means the same on other hosts.
    #[cfg(all(feature = "remote", target_os = "linux"))]
    pub(crate) fn reaches_other_hosts(&self) -> bool {
        self.to_address().is_ok_and(|address| address.opener.reach == Reach::OtherHosts)
    }
}

/// Returns the pool of workers at an address, without a request. The error is `Unsupported` if the text is no address of
/// a pool, or if only another build can ask it.
#[cfg(all(feature = "remote", target_os = "linux"))]
pub(crate) fn call_server(text: &str) -> Result<Arc<dyn CallServer>> {
    let opener = AddressKind::of(text).map(|(kind, prefix)| kind.opener(prefix)).transpose()?;
    match opener.map(|opener| opener.reach) {
        Some(Reach::OtherHosts) => pools::open(text),
        _ => Err(Error::new(ErrorKind::Unsupported, format!("`{text}` is no address of a pool of workers"))
            .with_remedy("write `redis://HOST/POOL`; for workers of this host, `Workers::start`")),
    }
}

#[cfg(all(not(feature = "redis"), feature = "remote", target_os = "linux"))]
mod pools {
    //! A build without a kind of address that other hosts reach.

    use crate::backend::calls::CallServer;
    use crate::error::Result;
    use crate::sync::Arc;

    pub(super) fn open(text: &str) -> Result<Arc<dyn CallServer>> {
        Err(super::unsupported(text, "no server has pools in this build"))
    }
}

impl AddressKind {
    /// Returns the kind of the address `text`, and the prefix with which the address begins; `None` if no kind has such
    /// addresses.
    fn of(text: &str) -> Option<(&'static Self, &'static str)> {
        KINDS.iter().find_map(|kind| kind.prefixes.iter().find(|prefix| text.starts_with(**prefix)).map(|p| (kind, *p)))
    }

    fn opener(&'static self, prefix: &str) -> Result<&'static Opener> {
        match &self.service {
            Service::Opener(opener) => Ok(opener),
            Service::Refusal(remedy) => Err(not_in_this_build(prefix, remedy)),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.opener.show)(&self.location))
    }
}

fn checked_name<'a>(text: &str, name: &'a str) -> Result<&'a str> {
    name::check(name).map(|()| name).map_err(|why| unsupported(text, why))
}

#[cfg(feature = "redis")]
fn server(address: &OsStr) -> Result<redis::Server> {
    redis::Server::parse(&address.to_string_lossy())
}

/// The error for an address that cannot be read. The remedy lists the forms of addresses.
fn unsupported(text: &str, why: &str) -> Error {
    let forms: Vec<_> = KINDS.iter().flat_map(|kind| kind.forms).map(|form| format!("`{form}`")).collect();
    let forms = match forms.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    };
    bad_address(text, why, &forms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn refused(text: &str) -> Error {
        let Err(error) = Address::parse(text) else { panic!("`{text}` is an address") };
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{text}");
        error
    }

    #[test]
    fn good_addresses_are_printed_as_they_were_written() {
        let shared = ["shm://lab-2.x_y", "file:/var/lib/lab"];
        let shared = shared.into_iter().filter(|_| cfg!(all(feature = "shm", target_os = "linux")));
        let served = ["redis://h:1/2?store=lab"].into_iter().filter(|_| cfg!(feature = "redis"));
        for text in ["memory:", "memory:lab"].into_iter().chain(shared).chain(served) {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), text);
            let absolute = address.absolute().map(|absolute| absolute.to_address().unwrap().to_string());
            assert_eq!(absolute, Some(text.to_owned()).filter(|_| !text.starts_with("memory:")));
        }
    }

    #[test]
    fn bad_addresses_are_unsupported_and_told_what_works() {
        let bad = ["", "lab", "memory", "shm:lab", "memory:.x", "memory:ä", "ftp://localhost"];
        let long = format!("shm://{}", "n".repeat(65));
        let shared = ["shm://", "shm://a/b", "shm://..", "file:", "file:a\0b", &long].into_iter();
        for text in bad.into_iter().chain(shared.filter(|_| cfg!(all(feature = "shm", target_os = "linux")))) {
            let error = refused(text).to_string();
            let forms = "write `memory:`, `memory:NAME`, `shm://NAME`, `file:PATH` or `redis://HOST`";
            assert!(error.contains(forms), "{error}");
        }
    }

    #[test]
    fn stores_of_every_backend_are_called_by_the_same_rule() {
        let shared = ["shm://"].into_iter().filter(|_| cfg!(all(feature = "shm", target_os = "linux")));
        let served = ["redis://h?store="].into_iter().filter(|_| cfg!(feature = "redis"));
        for prefix in ["memory:"].into_iter().chain(shared).chain(served) {
            for name in ["lab", "lab-2.x_y", &"n".repeat(64)] {
                assert!(Address::parse(&format!("{prefix}{name}")).is_ok(), "{prefix}{name}");
            }
            for name in [".", "..", ".lab", "a/b", "a b", "ä", &"n".repeat(65)] {
                let error = refused(&format!("{prefix}{name}")).to_string();
                let says = ["a name consists of ASCII letters", "the name is longer than 64 characters"];
                assert!(says.iter().any(|words| error.contains(words)), "{error}");
            }
        }
    }

    #[cfg(any(not(all(feature = "shm", target_os = "linux")), not(feature = "redis")))]
    #[test]
    fn what_another_build_serves_is_refused_by_its_kind_with_what_works_instead() {
        let shm =
            ["shm://lab", "file:/tmp/lab"].into_iter().filter(|_| !cfg!(all(feature = "shm", target_os = "linux")));
        let redis = ["redis://me:secret@h"].into_iter().filter(|_| !cfg!(feature = "redis"));
        for text in shm.chain(redis) {
            let error = refused(text).to_string();
            let prefix = AddressKind::of(text).unwrap().1;
            assert!(error.contains(&format!("this build of `ref-core` cannot open `{prefix}` addresses")), "{error}");
            assert!(error.contains("build it") && !error.contains("secret"), "{error}");
        }
    }
}
