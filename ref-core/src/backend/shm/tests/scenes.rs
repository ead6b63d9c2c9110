//! Scenes: what a victim does until a test stops it. Together the scenes have every command that changes the ledger.

use super::{NEW, OLD, RETURN, RIGHT, Shm, VersionsIn, here};
use crate::backend::{Backend as _, VersionFile, map_version_file};
use crate::error::Result;
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// A scene for two sessions: the victim, and another session, which stays alive.
pub(super) struct Scene {
    pub(super) name: &'static str,
    /// Prepares the scene with the victim and the other session, and returns the object for `act`.
    pub(super) prepare: fn(&Shm, &Shm) -> Props,
    /// What the victim does, until a test stops the victim at one of the points on the way.
    pub(super) act: fn(&Shm, &Props) -> Result<()>,
}

/// The object of a scene, with the numbers that its commands need.
pub(super) struct Props {
    pub(super) object: Option<ObjectId>,
    token: Epoch,
    seq: u64,
    /// The next version of the object, in a file without a name.
    file: Option<VersionFile>,
}

fn nothing() -> Props {
    Props { object: None, token: Epoch(0), seq: 0, file: None }
}

fn only(object: ObjectId) -> Props {
    Props { object: Some(object), ..nothing() }
}

impl Props {
    fn on(&self, victim: &Shm, command: Command) -> Result<Reply> {
        victim.ask(self.object.unwrap(), command)
    }
}

const fn scene(name: &'static str, prepare: fn(&Shm, &Shm) -> Props, act: fn(&Shm, &Props) -> Result<()>) -> Scene {
    Scene { name, prepare, act }
}

fn victims(victim: &Shm, _: &Shm) -> Props {
    only(victim.new_object())
}

fn victims_and_read(victim: &Shm, other: &Shm) -> Props {
    let object = victim.new_object();
    victim.read_by(object, other);
    only(object)
}

fn others_and_read(victim: &Shm, other: &Shm) -> Props {
    let object = other.new_object();
    other.read_by(object, victim);
    only(object)
}

fn others_and_written(victim: &Shm, other: &Shm) -> Props {
    let object = other.new_object();
    Props { token: other.written_by(object, victim), ..only(object) }
}

fn victims_and_written(victim: &Shm, other: &Shm) -> Props {
    let object = victim.new_object();
    victim.written_by(object, other);
    only(object)
}

fn detached(victim: &Shm, other: &Shm) -> Props {
    let object = other.new_object();
    other.ask(object, Command::Detach).unwrap();
    let _ = victim;
    only(object)
}

fn detached_and_read(victim: &Shm, other: &Shm) -> Props {
    let props = detached(victim, other);
    props.on(other, Command::Share).unwrap();
    props
}

/// Returns each scene with each place of versions.
pub(super) fn everywhere() -> impl Iterator<Item = (&'static Scene, VersionsIn)> {
    SCENES.iter().flat_map(|scene| VersionsIn::ALL.map(|versions| (scene, versions)))
}

/// The scenes that end a lasting object.
pub(super) const ENDINGS: [&str; 3] = ["adopt and drop", "evict what is read", "meet what has gone"];

pub(super) const SCENES: &[Scene] = &[
    scene("put", |_, _| nothing(), |victim, _| victim.put(&[OLD], here()).map(drop)),
    scene("write", victims, |victim, it| {
        let base = victim.current(it.object.unwrap())?;
        it.on(victim, Command::OwnerCommit { base }).map(drop)
    }),
    scene(
        "write what another process has written",
        |victim, other| {
            let file = other.write_unnamed(&[NEW]).unwrap();
            let bytes = map_version_file(&file).unwrap();
            let file = Some(VersionFile::of_mapped(Some(file), bytes));
            Props { file, ..victims(victim, other) }
        },
        |victim, it| {
            let (object, file) = (it.object.unwrap(), it.file.as_ref().unwrap());
            victim.write_file(object, victim.current(object)?, file, here()).map(drop)
        },
    ),
    scene("lend and end", victims, |victim, it| {
        it.on(victim, Command::OpenShared)?;
        it.on(victim, Command::End).map(drop)
    }),
    scene("end what is read", victims_and_read, |victim, it| {
        let _held = it.on(victim, Command::End);
        Ok(())
    }),
    scene("offer, reissue and end", victims, |victim, it| {
        it.on(victim, Command::OpenExclusive { right: RIGHT })?;
        it.on(victim, Command::Reissue { right: RIGHT })?;
        it.on(victim, Command::End).map(drop)
    }),
    scene("revoke a reader", victims_and_read, |victim, it| it.on(victim, Command::Revoke).map(drop)),
    scene("revoke a writer", victims_and_written, |victim, it| it.on(victim, Command::Revoke).map(drop)),
    scene("drop", victims, |victim, it| it.on(victim, Command::DropOwner).map(drop)),
    scene("drop what is read", victims_and_read, |victim, it| it.on(victim, Command::DropOwner).map(drop)),
    scene("drop what is written", victims_and_written, |victim, it| it.on(victim, Command::DropOwner).map(drop)),
    scene(
        "redeem and return",
        |_, other| {
            let object = other.new_object();
            Props { token: other.lend(object), ..only(object) }
        },
        |victim, it| {
            it.on(victim, Command::RedeemShared { epoch: it.token })?;
            it.on(victim, RETURN).map(drop)
        },
    ),
    scene(
        "return the last borrow of what was dropped",
        |victim, other| {
            let props = others_and_read(victim, other);
            props.on(other, Command::DropOwner).unwrap();
            props
        },
        |victim, it| it.on(victim, RETURN).map(drop),
    ),
    scene(
        "return what was revoked",
        |victim, other| {
            let props = others_and_read(victim, other);
            props.on(other, Command::Revoke).unwrap();
            props
        },
        |victim, it| it.on(victim, RETURN).map(drop),
    ),
    scene(
        "redeem too late",
        |_, other| {
            let object = other.new_object();
            let token = other.lend(object);
            other.ask(object, Command::End).unwrap();
            Props { token, ..only(object) }
        },
        |victim, it| {
            let _expired = it.on(victim, Command::RedeemShared { epoch: it.token });
            Ok(())
        },
    ),
    scene(
        "take and commit",
        |_, other| {
            let object = other.new_object();
            other.ask(object, Command::OpenExclusive { right: RIGHT }).unwrap();
            only(object)
        },
        |victim, it| {
            let token = victim.take_up(it.object.unwrap());
            it.on(victim, Command::Commit { token }).map(drop)
        },
    ),
    scene("checkpoint and commit", others_and_written, |victim, it| {
        let Reply::Exclusive { token, .. } = it.on(victim, Command::Checkpoint { token: it.token })? else {
            unreachable!("a checkpoint keeps the borrow")
        };
        it.on(victim, Command::Commit { token }).map(drop)
    }),
    scene("abort", others_and_written, |victim, it| it.on(victim, Command::Abort { token: it.token }).map(drop)),
    scene(
        "commit what was revoked",
        |victim, other| {
            let props = others_and_written(victim, other);
            props.on(other, Command::Revoke).unwrap();
            props
        },
        |victim, it| {
            let _fenced = it.on(victim, Command::Commit { token: it.token });
            Ok(())
        },
    ),
    scene(
        "commit what was dropped",
        |victim, other| {
            let props = others_and_written(victim, other);
            props.on(other, Command::DropOwner).unwrap();
            props
        },
        |victim, it| {
            let _gone = it.on(victim, Command::Commit { token: it.token });
            Ok(())
        },
    ),
    scene("send", victims, |victim, it| it.on(victim, Command::Send { right: RIGHT }).map(drop)),
    scene(
        "claim and drop",
        |_, other| {
            let object = other.new_object();
            Props { seq: other.send_away(object), ..only(object) }
        },
        |victim, it| {
            it.on(victim, Command::Claim { seq: it.seq, right: RIGHT })?;
            it.on(victim, Command::DropOwner).map(drop)
        },
    ),
    scene(
        "sweep what nobody claimed",
        |_, other| {
            let object = other.new_object();
            other.send_away(object);
            other.record(object).unwrap().set_note(0);
            only(object)
        },
        |victim, _| victim.reap().map(drop),
    ),
    scene("detach and evict", victims, |victim, it| {
        it.on(victim, Command::Detach)?;
        it.on(victim, Command::Evict).map(drop)
    }),
    scene("detach for a time and extend", victims, |victim, it| {
        it.on(victim, Command::DetachFor { time: HOUR })?;
        it.on(victim, Command::Extend { time: 2 * HOUR }).map(drop)
    }),
    scene(
        "meet what has gone",
        |_, other| {
            let object = other.new_object();
            other.ask(object, Command::DetachFor { time: HOUR }).unwrap();
            other.ask(object, Command::Share).unwrap();
            other.record(object).unwrap().set_note(0);
            only(object)
        },
        |victim, it| {
            let _gone = it.on(victim, Command::Share);
            Ok(())
        },
    ),
    scene("publish", victims, |victim, it| it.on(victim, Command::Publish).map(drop)),
    scene("adopt and drop", detached, |victim, it| {
        it.on(victim, Command::Adopt)?;
        it.on(victim, Command::DropOwner).map(drop)
    }),
    scene("adopt, lend and detach", detached, |victim, it| {
        it.on(victim, Command::Adopt)?;
        it.on(victim, Command::OpenShared)?;
        it.on(victim, Command::End)?;
        it.on(victim, Command::Detach).map(drop)
    }),
    scene("adopt, write and detach", detached, |victim, it| {
        it.on(victim, Command::Adopt)?;
        let base = victim.current(it.object.unwrap())?;
        it.on(victim, Command::OwnerCommit { base })?;
        it.on(victim, Command::Detach).map(drop)
    }),
    scene(
        "take back what was detached once",
        |victim, other| {
            let props = detached(victim, other);
            props.on(victim, Command::Adopt).unwrap();
            victim.read_by(props.object.unwrap(), other);
            props
        },
        |victim, it| it.on(victim, Command::Revoke).map(drop),
    ),
    scene("keep and send", victims, |victim, it| {
        it.on(victim, Command::Keep)?;
        it.on(victim, Command::Send { right: RIGHT }).map(drop)
    }),
    scene(
        "sweep what was detached once",
        |_, other| {
            let object = other.new_object();
            other.ask(object, Command::Keep).unwrap();
            other.send_away(object);
            other.record(object).unwrap().set_note(0);
            only(object)
        },
        |victim, _| victim.reap().map(drop),
    ),
    scene("fail to adopt", detached_and_read, |victim, it| {
        let _read = it.on(victim, Command::Adopt);
        Ok(())
    }),
    scene("evict what is read", detached_and_read, |victim, it| it.on(victim, Command::Evict).map(drop)),
    scene("share and unshare", detached, |victim, it| {
        it.on(victim, Command::Share)?;
        it.on(victim, RETURN).map(drop)
    }),
    scene("reserve, grant and commit", detached, |victim, it| {
        let token = victim.reserve_all(it.object.unwrap());
        it.on(victim, Command::Commit { token }).map(drop)
    }),
    scene("reserve in vain", detached_and_read, |victim, it| {
        let Reply::Opened(token) = it.on(victim, Command::Reserve)? else { return Ok(()) };
        let _read = it.on(victim, Command::Grant);
        it.on(victim, Command::Abort { token }).map(drop)
    }),
];
