//! The kinds of stores, and the values that the tests put into them.

use ref_core::{Schema, Store, StoreOptions, Stored};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering};

/// Two sessions of one store.
pub(crate) struct Place {
    pub(crate) lender: Store,
    pub(crate) borrower: Store,
    pub(crate) address: String,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new(scheme: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let name = NEXT.fetch_add(1, Ordering::Relaxed);
        let address = match scheme {
            "file:" => format!("file:{}", folder.path().join("store").display()),
            #[cfg(feature = "redis")]
            "redis:" => server().address(&format!("test-{name}")),
            scheme => format!("{scheme}test-{name}"),
        };
        let open = || StoreOptions::new().max_object_bytes(1 << 16).open(&address).unwrap();
        Self { lender: open(), borrower: open(), address, _folder: folder }
    }

    #[cfg(feature = "async")]
    pub(crate) fn is_on_a_server(&self) -> bool {
        self.address.starts_with("redis")
    }

    /// Opens another session of the store.
    pub(crate) fn open(&self) -> Store {
        Store::open(&self.address).unwrap()
    }
}

/// The Redis server of this process's tests.
#[cfg(feature = "redis")]
fn server() -> &'static ref_tests::RedisServer {
    static SERVER: std::sync::OnceLock<ref_tests::RedisServer> = std::sync::OnceLock::new();
    SERVER.get_or_init(ref_tests::RedisServer::start)
}

/// Runs `test` in a new store at `memory:`, in one at `file:`, and with the feature `redis` in one on a Redis server.
pub(crate) fn everywhere(test: impl Fn(&Place)) {
    let schemes: &[&str] =
        if cfg!(feature = "redis") { &["memory:", "file:", "redis:"] } else { &["memory:", "file:"] };
    for scheme in schemes {
        eprintln!("in a store at {scheme}");
        test(&Place::new(scheme));
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grid {
    pub(crate) step: u64,
    pub(crate) cells: Vec<u8>,
}

impl Grid {
    pub(crate) fn at(step: u64) -> Self {
        Self { step, cells: vec![7; 4] }
    }

    /// Returns a value that is too large for the tests' stores.
    pub(crate) fn too_large() -> Self {
        Self { step: 1, cells: vec![7; 1 << 17] }
    }
}

impl Stored for Grid {
    fn describe(schema: &mut Schema) {
        schema.named("Grid", 1, |shape| {
            shape.field::<u64>("step");
            shape.field::<Vec<u8>>("cells");
        });
    }

    fn store<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, to)
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        serde::Deserialize::deserialize(from)
    }
}

/// A type that another build has under the name `Grid`.
pub(crate) mod elsewhere {
    use super::{Deserialize, Schema, Serialize, Stored};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Grid {
        pub(crate) step: u32,
    }

    impl Stored for Grid {
        fn describe(schema: &mut Schema) {
            schema.named("Grid", 2, |shape| shape.field::<u32>("step"));
        }

        fn store<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
            serde::Serialize::serialize(self, to)
        }

        fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
            serde::Deserialize::deserialize(from)
        }
    }
}

/// A number that can be read only if it is smaller than [`BAD`](Self::BAD).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Moody(pub(crate) u64);

impl Moody {
    /// This number, and larger ones, cannot be read.
    pub(crate) const BAD: u64 = 1000;
}

impl<'de> Deserialize<'de> for Moody {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            bad if bad >= Self::BAD => Err(serde::de::Error::custom("not in the mood")),
            good => Ok(Self(good)),
        }
    }
}

impl Stored for Moody {
    fn describe(schema: &mut Schema) {
        schema.named("Moody", 1, |shape| shape.opaque::<u64>("0"));
    }

    fn store<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, to)
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        serde::Deserialize::deserialize(from)
    }
}
