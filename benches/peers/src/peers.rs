//! The peers that are processes of their own.

use crate::Done;
use crate::python::Python;
use redis::{Client, Connection, ConnectionAddr};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

pub(crate) struct Peers {
    pub(crate) proxystore: Python,
    pub(crate) numpy: Python,
    pub(crate) redis: Redis,
}

impl Peers {
    /// Starts the programs in Python, and connects to the server at the socket.
    pub(crate) fn start(proxystore: &Path, numpy: &Path, socket: &Path, folder: &Path) -> Done<Self> {
        let proxystore = Python::start(proxystore, "proxystore_files.py", folder.join("proxystore"))?;
        let numpy = Python::start(numpy, "numpy_arrays.py", "")?;
        Ok(Self { proxystore, numpy, redis: Redis::connect(socket)? })
    }
}

/// A connection to a Redis server, with one key.
pub(crate) struct Redis {
    socket: PathBuf,
    connection: RefCell<Connection>,
}

const KEY: &str = "key";

impl Redis {
    fn connect(socket: &Path) -> Done<Self> {
        let client = Client::open(ConnectionAddr::Unix(socket.to_owned()))?;
        Ok(Self { socket: socket.to_owned(), connection: RefCell::new(client.get_connection()?) })
    }

    /// Returns the address of our store of this name on the server.
    pub(crate) fn address(&self, store: &str) -> String {
        format!("redis+unix://{}?store={store}", self.socket.display())
    }

    pub(crate) fn set(&self, value: &[u8]) -> Done {
        Ok(redis::cmd("SET").arg(KEY).arg(value).exec(&mut *self.connection.borrow_mut())?)
    }

    pub(crate) fn get(&self) -> Done<Vec<u8>> {
        Ok(redis::cmd("GET").arg(KEY).query(&mut *self.connection.borrow_mut())?)
    }

    pub(crate) fn delete(&self) -> Done {
        Ok(redis::cmd("DEL").arg(KEY).exec(&mut *self.connection.borrow_mut())?)
    }
}
