//! What a worker says first: which program it is, and which functions it has.

use super::function::{FunctionKey, agree};
use super::program::ProgramFile;
use super::wire::Message;
use crate::codec::plain;
use crate::sync::OnceLock;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// The first part of the first message of a worker: the version of all that workers and their parents say.
const HELLO: &[u8] = b"ref worker 2";
/// What every version begins with.
const ANY_HELLO: &[u8] = b"ref worker ";

/// What a worker says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) struct Greeting {
    /// `None` where the system does not tell.
    file: Option<ProgramFile>,
    functions: Vec<FunctionKey>,
}

impl Greeting {
    /// What this process says, as a worker.
    pub(in crate::remote) fn message(keys: Vec<&FunctionKey>) -> Result<Message> {
        let functions = keys.into_iter().cloned().collect();
        let greeting = Self { file: ProgramFile::of_this_process(), functions };
        Ok(Message::of(vec![HELLO.to_vec(), plain::write(&greeting)?]))
    }

    /// What a worker has said first; `None` if that is no greeting.
    ///
    /// # Errors
    /// `OtherProgram` if it is one of another version of this crate.
    pub(in crate::remote) fn read(message: &Message) -> Result<Option<Self>> {
        match &message.parts[..] {
            [hello, greeting] if hello == HELLO => plain::read(greeting).map(Some),
            [hello, ..] if hello.starts_with(ANY_HELLO) => Err(other_version()),
            _ => Ok(None),
        }
    }

    /// Whether the worker is of the program that all of its pool are, and has all functions of this one. The first worker
    /// of a pool says which program that is, unless it is this one.
    ///
    /// # Errors
    /// `OtherProgram`, `UnknownFunction`, `DuplicateFunction`.
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
