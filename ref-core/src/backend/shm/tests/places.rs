//! Opening a store that must exist makes none.

use super::Location;
use crate::backend::Settings;
use crate::backend::shm::open::open_session;
use crate::error::ErrorKind;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn what_must_exist_is_not_made() {
    let base = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = base.path().join("stores/lab");
    let settings = Settings { must_exist: true, max_sessions: 8, max_objects: 8, ..Settings::default() };
    for location in [Location::Named(path.clone()), Location::Folder(path.clone())] {
        let error = open_session(&location, settings).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreRemoved);
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
    }
    let kept =
        open_session(&Location::Folder(base.path().join("lab")), Settings { must_exist: false, ..settings }).unwrap();
    drop(open_session(&Location::Folder(base.path().join("lab")), settings).unwrap());
    drop(kept);
}

/// A ledger that cannot be opened is not reported as missing.
#[test]
fn what_must_exist_and_cannot_be_opened_is_told_for_what_it_is() {
    let base = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::create_dir(base.path().join("ledger")).unwrap();
    let settings = Settings { must_exist: true, max_sessions: 8, max_objects: 8, ..Settings::default() };
    let error = open_session(&Location::Folder(base.path().to_owned()), settings).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}
