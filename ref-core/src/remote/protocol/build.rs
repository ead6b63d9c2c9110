//! The build of a program, by which the members of a pool at a server know each other's functions.

use super::function::{FunctionKey, agree};
use super::greeting::HELLO;
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Holder, Result};
use crate::hash::sha256_prefix;
use crate::id::Nonce;
use crate::sync::OnceLock;

/// The functions of a program, and the version of the messages.
#[derive(Clone)]
pub(in crate::remote) struct Build {
    /// A name that no program with other functions has.
    pub(in crate::remote) name: String,
    /// The keys of the functions, for other programs.
    pub(in crate::remote) functions: Vec<u8>,
}

impl Build {
    /// Returns the build of the program that has the functions `keys`, which are sorted.
    pub(in crate::remote) fn of(keys: Vec<&FunctionKey>) -> Result<Self> {
        let functions = plain::write(&keys.into_iter().cloned().collect::<Vec<_>>())?;
        let name = format!("{:016x}", sha256_prefix(&[HELLO, &functions].concat()));
        Ok(Self { name, functions })
    }

    /// Returns the error for workers that have the functions `theirs`, and not this build.
    pub(in crate::remote) fn other(&self, theirs: &[u8]) -> Error {
        let keys = |bytes| plain::read::<Vec<FunctionKey>>(bytes).ok();
        let differ = keys(&self.functions)
            .zip(keys(theirs))
            .and_then(|(ours, theirs)| agree(&ours.iter().collect::<Vec<_>>(), &theirs).err());
        differ.unwrap_or_else(|| {
            let what = "the pool has no worker of this program's build: those that have joined have other functions, or \
                        another version of `ref-core`; no call was sent to them";
            Error::new(ErrorKind::OtherProgram, what).with_remedy("have this program join, built from the same code")
        })
    }
}

/// Returns an id for a member of a pool, which begins with `kind`. No other member has it.
pub(in crate::remote) fn member_id(kind: char) -> Result<String> {
    let digits: String = Nonce::random()?.0.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{kind}{digits}"))
}

/// Returns the number and the host of this process, as other members of a pool get them.
pub(in crate::remote) fn process_name() -> String {
    name_of(std::process::id())
}

/// Returns the number of a process of this host, TAB, the host.
pub(in crate::remote) fn name_of(pid: u32) -> String {
    static HOST: OnceLock<String> = OnceLock::new();
    let host = HOST.get_or_init(|| Holder::this_host().replace(['\t', '\n'], " "));
    format!("{pid}\t{host}")
}
