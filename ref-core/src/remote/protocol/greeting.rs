//! A worker's first message, which says which file the worker runs, and which functions it has.

use super::function::{FunctionKey, agree};
use super::program::ProgramFile;
use super::wire::Message;
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::OnceLock;
use serde::{Deserialize, Serialize};

/// The first part of a worker's first message. This part has the protocol's version, which covers the messages of both
/// sides.
pub(super) const HELLO: &[u8] = b"ref worker 9";
/// The beginning of that part in every version.
const ANY_HELLO: &[u8] = b"ref worker ";

/// The second part of a worker's first message.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) struct Greeting {
    /// The file that the worker runs. `None` if the system does not tell.
    file: Option<ProgramFile>,
    functions: Vec<FunctionKey>,
}

impl Greeting {
    /// Makes the first message of this process. `keys` are the keys of its functions.
    pub(in crate::remote) fn message(keys: Vec<&FunctionKey>) -> Result<Message> {
        let functions = keys.into_iter().cloned().collect();
        let greeting = Self { file: ProgramFile::of_this_process(), functions };
        Ok(Message::of(vec![HELLO.to_vec(), plain::write(&greeting)?]))
    }

    /// Reads a worker's first message. Returns `None` if the message is no greeting: then the program does not serve as
    /// a worker.
    ///
    /// # Errors
    /// `OtherProgram` if the greeting has another version of the protocol, and the codec's error if the greeting cannot
    /// be decoded.
    pub(in crate::remote) fn read(message: &Message) -> Result<Option<Self>> {
        match &message.parts[..] {
            [hello, greeting] if hello == HELLO => plain::read(greeting).map(Some),
            [hello, ..] if hello.starts_with(ANY_HELLO) => Err(other_version()),
            _ => Ok(None),
        }
    }

    /// Checks that the worker runs the file that all workers of its pool run, and has all functions of this program,
    /// `ours`. If `expected` is not set, the worker's file becomes the pool's. An unknown file is not compared.
    ///
    /// # Errors
    /// `OtherProgram` if the worker runs another file, `UnknownFunction` if the worker lacks a function.
    pub(in crate::remote) fn check(
        self,
        expected: &OnceLock<Option<ProgramFile>>,
        ours: &[&FunctionKey],
    ) -> Result<()> {
        let expected = expected.get_or_init(|| self.file.clone());
        match (expected, &self.file) {
            (Some(expected), Some(file)) if expected != file => Err(other_file(expected, file)),
            _ => agree(ours, &self.functions),
        }
    }
}

fn other_file(expected: &ProgramFile, file: &ProgramFile) -> Error {
    let what = match (expected.device, expected.inode) == (file.device, file.inode) {
        true => "a worker's program was written over since it was first started",
        false => "a worker's program is another file than that of its pool's other workers",
    };
    Error::new(ErrorKind::OtherProgram, format!("{what}: it may run other code; no call was sent to it"))
        .with_remedy("end this program and start it again: then all of its processes run one program")
}

fn other_version() -> Error {
    Error::new(ErrorKind::OtherProgram, "a worker's program was built with another version of `ref-core`")
        .with_remedy("build the worker's program with the same version of `ref-core`")
}
