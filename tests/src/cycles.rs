//! Measures a store and its process before and after many objects were put and dropped, to show whether anything leaks.

use ref_core::{Error, Exclusive, Shared, Store, Ticket};
use std::error::Error as StdError;
use std::fs;
use std::path::Path;

/// How much there is of each thing that can leak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Objects in the store.
    pub objects: u64,
    /// Files in the store's folder.
    pub files: u64,
    /// Bytes that these files take on their file system.
    pub bytes: u64,
    /// Descriptors of the store's files that this process has open.
    pub descriptors: u64,
    /// Mappings of the store's files in this process.
    pub mappings: u64,
}

/// The lengths of a text that is copied out of the store, and of a text that is mapped.
const SIZES: [usize; 2] = [100, 20_000];

/// Returns the amounts before and after `cycles` cycles in a new store. In each cycle an object is put, lent, read or
/// written by another session, and dropped by its owner or by the session that claimed it.
///
/// # Errors
/// The store or the system refuses a call.
pub fn balances(cycles: u64) -> Result<[Balance; 2], Box<dyn StdError>> {
    let folder = tempfile::Builder::new().prefix("ref-cycles-").tempdir_in("/dev/shm")?;
    let address = format!("file:{}", folder.path().join("store").display());
    let (owner, borrower) = (Store::open(&address)?, Store::open(&address)?);
    // The first cycles make the folders and the pages of the ledger, which later cycles use again.
    (0..600).try_for_each(|nth| cycle(&owner, &borrower, nth))?;
    let before = balance(&owner, folder.path())?;
    (0..cycles).try_for_each(|nth| cycle(&owner, &borrower, nth))?;
    Ok([before, balance(&owner, folder.path())?])
}

fn cycle(owner: &Store, borrower: &Store, nth: u64) -> Result<(), Error> {
    let text = "a".repeat(SIZES[usize::from(nth % 16 == 7)]);
    let mut owned = owner.put(text)?;
    if nth % 4 == 3 {
        let loan = owned.lend_mut()?;
        let ticket: Ticket<String, Exclusive> = loan.ticket()?;
        let mut lease = borrower.redeem(ticket)?;
        lease.borrow_mut()?.push('b');
        lease.commit()?;
        let _how_it_ended = loan.end()?;
    } else {
        let loan = owned.lend()?;
        let ticket: Ticket<String, Shared> = loan.ticket()?;
        let lease = borrower.redeem(ticket)?;
        lease.borrow()?;
        if nth % 64 == 2 {
            let _how_it_ended = loan.revoke()?;
            drop(lease);
        } else {
            lease.release()?;
            let _how_it_ended = loan.end()?;
        }
    }
    if nth % 16 == 5 {
        drop(borrower.claim(owned.into_ticket()?)?);
    }
    Ok(())
}

fn balance(store: &Store, folder: &Path) -> Result<Balance, Box<dyn StdError>> {
    let (files, bytes) = sum(folder)?;
    let mappings = fs::read_to_string("/proc/self/maps")?.lines().filter(|line| line.contains("ref-cycles-")).count();
    let descriptors =
        fs::read_dir("/proc/self/fd")?.filter_map(Result::ok).filter_map(|fd| fs::read_link(fd.path()).ok());
    let descriptors = descriptors.filter(|path| path.to_string_lossy().contains("ref-cycles-")).count();
    Ok(Balance {
        objects: store.stats()?.objects,
        files,
        bytes,
        descriptors: descriptors as u64,
        mappings: mappings as u64,
    })
}

/// Returns how many files are below `folder`, and how many bytes they take.
fn sum(folder: &Path) -> Result<(u64, u64), Box<dyn StdError>> {
    use std::os::unix::fs::MetadataExt as _;
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let metadata = fs::symlink_metadata(&path)?;
        let (more, larger) = if metadata.is_dir() { sum(&path)? } else { (1, metadata.blocks() * 512) };
        (files, bytes) = (files + more, bytes + larger);
    }
    Ok((files, bytes))
}
