//! The part of an error that a lender or borrower acts upon: how the object is held, and by which processes.

use crate::id::ObjectId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::SystemTime;

/// The access that a call asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccessKind {
    /// To own the object.
    Own,
    /// To read the object beside other readers: [`Shared`](crate::Shared) access.
    Borrow,
    /// To change the object, alone: [`Exclusive`](crate::Exclusive) access.
    BorrowMut,
}

/// How an object is held when a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HeldAs {
    /// By an owner.
    Owner,
    /// By shared borrowers.
    Borrow,
    /// By an exclusive borrower.
    BorrowMut,
    /// By no process: the object's ownership ticket waits to be claimed.
    InTransit,
    /// By no process: the session of the object's owner was lost.
    Orphan,
    /// By no process: the object was detached.
    Detached,
    /// By no process: the object was published under a name.
    Published,
}

/// A process that holds an object, as an error names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// The process's number in its own PID namespace; 0 if the number is not known.
    pub pid: u32,
    /// The program's file name; empty if the name is not known.
    pub program: String,
    /// The host that the process is on, for a store that several hosts share; otherwise `None`.
    pub host: Option<String>,
    /// When the process began to hold the object, if that is known.
    pub since: Option<SystemTime>,
    /// The line of code that took the borrow or the ownership, such as `src/main.rs:12`, if that is known.
    pub at: Option<String>,
}

/// Why a call was refused: what was asked for, how the object is held, and by which processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conflict {
    /// The object in question.
    pub object: ObjectId,
    /// The access that was asked for.
    pub asked: AccessKind,
    /// How the object is held.
    pub held: HeldAs,
    /// Some of the processes that hold the object, eight at most; empty if no process does or none is known.
    pub holders: Vec<Holder>,
    /// How many holders there are. May be more than [`holders`](Self::holders) has.
    pub count: usize,
}

/// The holders that a refusal tells of: a few by name, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holders {
    pub(crate) named: Vec<Holder>,
    pub(crate) count: usize,
}

/// The most holders that an error names.
const NAMED: usize = 8;

impl From<Vec<Holder>> for Holders {
    fn from(mut named: Vec<Holder>) -> Self {
        let count = named.len();
        named.truncate(NAMED);
        Self { named, count }
    }
}

impl fmt::Display for AccessKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "ownership",
            Self::Borrow => "shared",
            Self::BorrowMut => "exclusive",
        })
    }
}

impl fmt::Display for HeldAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "owned",
            Self::Borrow => "borrowed shared",
            Self::BorrowMut => "borrowed exclusively",
            Self::InTransit => "in transit, waiting for its ownership ticket to be claimed",
            Self::Orphan => "an orphan, whose owner's session was lost",
            Self::Detached => "detached",
            Self::Published => "published",
        })
    }
}

impl Holder {
    /// Returns this host's name, or an empty text if the system does not say.
    pub(crate) fn this_host() -> String {
        let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        told.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default().trim().to_owned()
    }

    /// Returns whether the holder is this process.
    pub(crate) fn is_this_process(&self) -> bool {
        self.pid == std::process::id() && self.host.as_ref().is_none_or(|host| *host == Self::this_host())
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        if !self.program.is_empty() {
            write!(f, " (`{}`)", self.program)?;
        }
        match &self.host {
            Some(elsewhere) if *elsewhere != Self::this_host() => write!(f, " on {elsewhere}")?,
            _ if self.pid == std::process::id() => f.write_str(", which is this one")?,
            _ => {}
        }
        if let Some(age) = self.since.and_then(|since| since.elapsed().ok()) {
            write!(f, ", for {:.1} s", age.as_secs_f64())?;
        }
        match &self.at {
            Some(at) => write!(f, ", taken at {at}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is {}", self.held)?;
        for (nth, holder) in self.holders.iter().enumerate() {
            write!(f, "{} {holder}", if nth == 0 { " by" } else { " and" })?;
        }
        match self.count.saturating_sub(self.holders.len()) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_conflict_comes_back_from_json() {
        let holder = Holder {
            pid: 7,
            program: "reader".to_owned(),
            host: None,
            since: Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500)),
            at: Some("src/main.rs:12".to_owned()),
        };
        let (asked, held) = (AccessKind::BorrowMut, HeldAs::InTransit);
        let conflict =
            Conflict { object: ObjectId { index: 3, birth: 17 }, asked, held, holders: vec![holder], count: 1 };
        let text = serde_json::to_string(&conflict).unwrap();
        assert!(text.contains(r##""object":"#3.17","asked":"borrow_mut","held":"in_transit""##), "{text}");
        assert_eq!(serde_json::from_str::<Conflict>(&text).unwrap(), conflict);
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = ObjectId { index: 3, birth: 17 };
        for text in ["#3.17", "3.17"] {
            assert_eq!(ObjectId::parse(text), Some(id));
        }
        for text in ["", "#", "3", "3.", ".17", "3.17.1", "-3.17", "+3.17", "4294967296.1", "a.b", "##3.17"] {
            assert_eq!(ObjectId::parse(text), None, "{text}");
        }
    }
}
