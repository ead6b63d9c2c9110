//! The peers LMDB and redb, with the acts that the ways measure.

use crate::Done;
use heed::types::{Bytes, Str};
use heed::{Database, Env, EnvFlags, EnvOpenOptions};
use redb::{Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use std::path::Path;

const KEY: &str = "key";
const TABLE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("table");

/// LMDB, which is told not to wait for the disk.
pub(crate) struct Lmdb {
    env: Env,
    table: Database<Str, Bytes>,
}

impl Lmdb {
    /// Makes an environment in the folder. With `maps`, the commits write into the mapping.
    pub(crate) fn new(folder: &Path, maps: bool) -> Done<Self> {
        std::fs::create_dir_all(folder)?;
        let mut options = EnvOpenOptions::new();
        options.map_size(1 << 30);
        let flags = if maps { EnvFlags::NO_SYNC | EnvFlags::WRITE_MAP } else { EnvFlags::NO_SYNC };
        // SAFETY: the folder is new and known to this process alone, which opens it once, and nothing else changes the
        // file. Without syncs, a crash of the system may spoil the file, which is of no use after this process.
        let env = unsafe { options.flags(flags).open(folder)? };
        let mut write = env.write_txn()?;
        let table = env.create_database(&mut write, None)?;
        write.commit()?;
        Ok(Self { env, table })
    }

    pub(crate) fn put(&self, value: &[u8]) -> Done {
        let mut write = self.env.write_txn()?;
        self.table.put(&mut write, KEY, value)?;
        Ok(write.commit()?)
    }

    pub(crate) fn delete(&self) -> Done {
        let mut write = self.env.write_txn()?;
        self.table.delete(&mut write, KEY)?;
        Ok(write.commit()?)
    }

    /// Reads the value, changes it and writes it, in one transaction.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<u8>)) -> Done {
        let mut write = self.env.write_txn()?;
        let mut value = self.table.get(&write, KEY)?.unwrap_or_default().to_vec();
        change(&mut value);
        self.table.put(&mut write, KEY, &value)?;
        Ok(write.commit()?)
    }

    pub(crate) fn read(&self, read: impl FnOnce(&[u8])) -> Done {
        let transaction = self.env.read_txn()?;
        read(self.table.get(&transaction, KEY)?.unwrap_or_default());
        Ok(())
    }
}

/// redb, which is told not to wait for the disk.
pub(crate) struct Redb(redb::Database);

impl Redb {
    pub(crate) fn new(path: &Path) -> Done<Self> {
        let store = Self(redb::Database::create(path)?);
        store.put(&[])?;
        Ok(store)
    }

    pub(crate) fn put(&self, value: &[u8]) -> Done {
        self.write(|table| table.insert(KEY, value).map(|_| ()))
    }

    pub(crate) fn delete(&self) -> Done {
        self.write(|table| table.remove(KEY).map(|_| ()))
    }

    /// Reads the value, changes it and writes it, in one transaction.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<u8>)) -> Done {
        self.write(|table| {
            let mut value = table.get(KEY)?.map(|value| value.value().to_vec()).unwrap_or_default();
            change(&mut value);
            table.insert(KEY, value.as_slice()).map(|_| ())
        })
    }

    pub(crate) fn read(&self, read: impl FnOnce(&[u8])) -> Done {
        let table = self.0.begin_read()?.open_table(TABLE)?;
        read(table.get(KEY)?.ok_or("the value is lost")?.value());
        Ok(())
    }

    fn write(&self, act: impl FnOnce(&mut redb::Table<'_, &str, &[u8]>) -> Result<(), redb::StorageError>) -> Done {
        let mut transaction = self.0.begin_write()?;
        transaction.set_durability(Durability::None)?;
        act(&mut transaction.open_table(TABLE)?)?;
        Ok(transaction.commit()?)
    }
}
