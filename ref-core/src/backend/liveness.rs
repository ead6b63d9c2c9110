//! Whether a session lives.

use crate::sync::OnceLock;

/// Whether a session lives. A session that is over stays so.
#[derive(Debug, Default)]
pub(crate) struct Liveness(OnceLock<()>);

impl Liveness {
    #[allow(dead_code, reason = "only a session on a server ends before its process")]
    pub(crate) fn end(&self) {
        self.0.get_or_init(|| ());
    }

    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.0.get().is_some()
    }
}
