//! Results and changed values in a response: as bytes, or in files that come with it.
//!
//! A large value is written once, by the worker, into a file without a name. The caller maps the file. So the value's
//! bytes do not go through the socket, and a [`Bulk`](crate::Bulk) in it is not copied. The last byte of a part says
//! how the value is carried:
//!
//! ```text
//! the last byte | before it
//! 0             | a value without a header
//! 1             | the index of the file that has such a value: u32, little-endian
//! 2             | a version
//! 3             | the index of the file that has a version
//! ```

use super::files::MOST_FILES;
use super::passed::wrong_arguments;
use crate::backend::{Bytes, VersionFile, map_version_file, write_version_in_memory};
use crate::codec::envelope::{self, SealedVersion, VersionBytes};
use crate::codec::plain;
use crate::codec::returned::{Returned, fits, seal_returned};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::stored::{self, Stored};
use crate::sync::Arc;
use rustix::io::Errno;
use std::fs::File;

/// A value of at least so many bytes goes by a file.
pub(in crate::remote) const LARGE: usize = 1 << 16;

const IN_FILE: u8 = 1;
const VERSION: u8 = 2;

/// The files of a response that is put together.
pub struct SentFiles {
    files: Vec<File>,
    /// How many files there may be. With 0, each value is in its part.
    most: usize,
}

impl SentFiles {
    /// Returns the files for a caller at the other end of a worker's socket.
    pub(in crate::remote) fn on_socket() -> Self {
        Self { files: Vec::new(), most: MOST_FILES }
    }

    /// Returns the files for a caller that files do not reach: none.
    pub(in crate::remote) fn none() -> Self {
        Self { files: Vec::new(), most: 0 }
    }

    pub(in crate::remote) fn into_files(self) -> Vec<File> {
        self.files
    }

    /// Returns the part for a value that was encoded without a header.
    pub(in crate::remote) fn plain(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let file = if self.takes(bytes.len()) { write_version_in_memory(&[&bytes]) } else { None };
        match file {
            Some(file) => self.part(file, IN_FILE),
            None => ended(bytes, 0),
        }
    }

    /// Returns the part for the new value of an object in `store`, or of a value that is in no store.
    pub(in crate::remote) fn changed<T: Stored>(&mut self, value: &T, store: Option<&Store>) -> Result<Vec<u8>> {
        let sealed = envelope::seal(stored::of::<T>(), usize::MAX, value)?;
        Ok(self.version(&sealed, store))
    }

    /// Returns the part for a result.
    pub(in crate::remote) fn returned<T: Stored>(&mut self, value: &T) -> Result<Vec<u8>> {
        match seal_returned(stored::of::<T>(), LARGE, value)? {
            Returned::Plain(bytes) => Ok(ended(bytes, 0)),
            Returned::Version(sealed) => Ok(self.version(&sealed, None)),
        }
    }

    /// Writes a large version into a file of its store, so that the file can become the version's. Otherwise, writes it
    /// into memory, or into the part.
    fn version(&mut self, sealed: &SealedVersion, store: Option<&Store>) -> Vec<u8> {
        let pieces = sealed.pieces();
        let in_store = |store: &Store| store.backend().write_unnamed(&pieces);
        let file = match self.takes(sealed.length()) {
            true => store.and_then(in_store).or_else(|| write_version_in_memory(&pieces)),
            false => None,
        };
        match file {
            Some(file) => self.part(file, IN_FILE | VERSION),
            None => ended(pieces.concat(), VERSION),
        }
    }

    fn takes(&self, length: usize) -> bool {
        length >= LARGE && self.files.len() < self.most
    }

    fn part(&mut self, file: File, how: u8) -> Vec<u8> {
        let index = self.files.len() as u32;
        self.files.push(file);
        ended(index.to_le_bytes().to_vec(), how)
    }
}

fn ended(mut bytes: Vec<u8>, how: u8) -> Vec<u8> {
    bytes.push(how);
    bytes
}

/// Returns whether the file is sealed memory, which never gets a name in a store.
fn is_memory(file: &File) -> bool {
    rustix::fs::fcntl_get_seals(file).is_ok_and(|seals| seals.contains(rustix::fs::SealFlags::WRITE))
}

/// The files that came with a response, each mapped. They are mapped when the response arrives: many responses may wait
/// for their calls to be joined, and a mapping needs no descriptor.
#[derive(Debug, Default)]
pub struct ReceivedFiles(Vec<Option<Result<VersionFile>>>);

impl ReceivedFiles {
    pub(in crate::remote) fn map(files: Vec<File>) -> Self {
        let mapped = |file: File| {
            let bytes = map_version_file(&file)?;
            Ok(VersionFile::of_mapped(Some(file).filter(|file| !is_memory(file)), bytes))
        };
        Self(files.into_iter().map(|file| Some(mapped(file))).collect())
    }

    /// Reads a part that [`SentFiles::plain`] has made.
    pub(in crate::remote) fn read_plain<R>(&mut self, part: &[u8], read: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        match self.carrier(part)? {
            (carrier, CarriedAs::Plain) => read(carrier.bytes()),
            (_, CarriedAs::Version) => Err(wrong_arguments()),
        }
    }

    /// Reads a part that [`SentFiles::returned`] has made.
    pub(in crate::remote) fn read_returned<T: Stored>(&mut self, part: &[u8]) -> Result<T> {
        match self.carrier(part)? {
            (carrier, CarriedAs::Plain) => plain::decode(carrier.bytes(), T::codec()),
            (carrier, CarriedAs::Version) => open(&carrier),
        }
    }

    /// Reads a part that [`SentFiles::changed`] has made. Returns the file too, if the value came in one.
    pub(in crate::remote) fn read_changed<T: Stored>(&mut self, part: &[u8]) -> Result<(T, Option<VersionFile>)> {
        match self.carrier(part)? {
            (_, CarriedAs::Plain) => Err(wrong_arguments()),
            (carrier, CarriedAs::Version) => {
                let value = open(&carrier)?;
                match carrier {
                    Carrier::Part(_) => Ok((value, None)),
                    Carrier::File(file) => Ok((value, Some(file))),
                }
            }
        }
    }

    /// Returns where the value of the part is, and whether it has a header.
    fn carrier<'p>(&mut self, part: &'p [u8]) -> Result<(Carrier<'p>, CarriedAs)> {
        let (how, bytes) = part.split_last().ok_or_else(wrong_arguments)?;
        let carried = if how & VERSION == 0 { CarriedAs::Plain } else { CarriedAs::Version };
        if how & IN_FILE == 0 {
            return Ok((Carrier::Part(bytes), carried));
        }
        let index = bytes.try_into().map(u32::from_le_bytes).map_err(|_| wrong_arguments())?;
        let file = self.0.get_mut(index as usize).and_then(Option::take).ok_or_else(unreceived)?;
        Ok((Carrier::File(file?), carried))
    }
}

/// Where the bytes of a value are.
enum Carrier<'p> {
    Part(&'p [u8]),
    File(VersionFile),
}

impl Carrier<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Part(bytes) => bytes,
            Self::File(file) => file.bytes(),
        }
    }
}

/// Whether a value has the header of stored values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CarriedAs {
    Plain,
    Version,
}

/// Decodes the value of a version. Its arrays stay where they are if it is in a file.
fn open<T: Stored>(carrier: &Carrier<'_>) -> Result<T> {
    let version = match carrier {
        Carrier::Part(bytes) => VersionBytes { held: Arc::new(bytes.to_vec()), is_mapped: false },
        Carrier::File(file) => VersionBytes { held: Arc::<Bytes>::clone(file.held()), is_mapped: true },
    };
    let mut value = None;
    let read = envelope::open(&version, stored::of::<T>(), usize::MAX, &mut value);
    envelope::read_value(read, value)
}

/// Returns the file, if it can become a version of an object in the store: the store takes a value of that size, and to
/// encode the value again would make the same bytes.
pub(in crate::remote) fn of_store<T: Stored>(file: Option<VersionFile>, store: &Store) -> Option<Arc<VersionFile>> {
    let is_version = |file: &VersionFile| stored::of::<T>().is_whole && fits(file.bytes(), store.max_object_bytes());
    file.filter(is_version).map(Arc::new)
}

/// Returns the part for a list of objects, of the parts for their values: each after its length, a u64.
pub(in crate::remote) fn join_list(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        joined.extend((part.len() as u64).to_le_bytes());
        joined.extend(part);
    }
    joined
}

/// Takes apart what [`join_list`] has put together.
///
/// # Errors
/// `Decode` if the lengths are not those of parts.
pub(in crate::remote) fn split_list(mut joined: &[u8]) -> Result<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = joined.split_first_chunk() {
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (part, rest) = rest.split_at_checked(length).ok_or_else(wrong_arguments)?;
        parts.push(part);
        joined = rest;
    }
    if joined.is_empty() { Ok(parts) } else { Err(wrong_arguments()) }
}

#[cold]
fn unreceived() -> Error {
    Error::io("the file of a worker's result was not received", Errno::MFILE.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_list_is_taken_apart_as_it_was_put_together() {
        for parts in [vec![], vec![vec![]], vec![vec![1, 2], vec![], vec![3; 300]]] {
            let joined = join_list(&parts);
            assert_eq!(split_list(&joined).unwrap(), parts);
            let cut = joined.split_last().map(|(_, front)| split_list(front).is_err());
            assert!(cut.unwrap_or(true), "a part is cut off");
        }
        assert!(split_list(&u64::MAX.to_le_bytes()).is_err());
    }

    #[test]
    fn a_part_that_no_worker_writes_is_an_error() {
        let read = |part: &[u8]| ReceivedFiles::default().read_returned::<u64>(part).unwrap_err().kind();
        assert_eq!([&[][..], &[1], &[0, 0, 0, 1]].map(read), [ErrorKind::Decode; 3]);
        assert_eq!(read(&[0, 0, 0, 0, IN_FILE]), ErrorKind::NoDescriptors);
        let part = SentFiles::none().returned(&7_u64).unwrap();
        assert_eq!(ReceivedFiles::default().read_returned::<u64>(&part).unwrap(), 7);
        assert!(ReceivedFiles::default().read_changed::<u64>(&part).is_err(), "a new value has a header");
    }

    #[test]
    fn each_large_value_has_a_file_until_there_are_too_many() {
        let (mut sent, large) = (SentFiles::on_socket(), vec![7_u64; LARGE]);
        let parts: Vec<_> = (0..MOST_FILES + 1).map(|_| sent.changed(&large, None).unwrap()).collect();
        assert!(parts[MOST_FILES - 1].len() < 10 && parts[MOST_FILES].len() > LARGE);
        let mut files = ReceivedFiles::map(sent.into_files());
        for part in &parts {
            assert_eq!(files.read_changed::<Vec<u64>>(part).unwrap().0, large);
        }
        assert!(files.read_changed::<Vec<u64>>(&parts[0]).is_err(), "its file was taken");

        let mut none = SentFiles::none();
        let (part, plain) = (none.returned(&large).unwrap(), none.plain(vec![7; LARGE]));
        assert!(none.into_files().is_empty() && plain.len() == LARGE + 1);
        assert_eq!(ReceivedFiles::default().read_returned::<Vec<u64>>(&part).unwrap(), large);
    }
}
