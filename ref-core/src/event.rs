//! What `Drop` has to say, since it cannot return an error: `tracing` events, with that feature.

/// Reports that a session's lease has run out.
#[cfg(feature = "redis")]
pub(crate) fn session_lost(session: &str) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "ref_core", session, "the session's lease has run out");
    #[cfg(not(feature = "tracing"))]
    let _ = session;
}

/// Reports that a session's lease could not be renewed; that is tried again.
#[cfg(feature = "redis")]
pub(crate) fn not_renewed(error: &crate::Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "ref_core", %error, "the session's lease was not renewed");
    #[cfg(not(feature = "tracing"))]
    let _ = error;
}

/// Reports that a server's clock went back: for so long nothing expires.
#[cfg(feature = "redis")]
pub(crate) fn clock_went_back(by: std::time::Duration) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "ref_core", ?by, "the server's clock went back; until it has caught up, nobody is found dead");
    #[cfg(not(feature = "tracing"))]
    let _ = by;
}

/// Reports that `what` could not be given back; the ledger's recovery gives it back later.
pub(crate) fn not_given_back(what: &str, error: &crate::Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "ref_core", what, %error, "not given back by drop");
    #[cfg(not(feature = "tracing"))]
    let _ = (what, error);
}
