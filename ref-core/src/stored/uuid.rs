//! `Stored` for the types of `uuid`.

use super::by_serde;
use uuid::{NonNilUuid, Uuid};

by_serde! { Uuid = "Uuid", NonNilUuid = "NonNilUuid" }
