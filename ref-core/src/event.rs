//! What `Drop` has to say, since it cannot return an error: `tracing` events, with that feature.

/// Reports that `what` could not be given back; the ledger's recovery gives it back later.
pub(crate) fn not_given_back(what: &str, error: &crate::Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "ref_core", what, %error, "not given back by drop");
    #[cfg(not(feature = "tracing"))]
    let _ = (what, error);
}
