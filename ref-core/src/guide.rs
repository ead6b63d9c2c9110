//! Pages to read: choosing handles, what a crash does, why it is made so, and what the bytes mean.
//!
//! They are the files of the repository's `docs/`. Their programs are tested with the crate.
//!
//! To use the crate, read [`handles`], [`writing`], [`scopes`] and [`crashes`]; from another world, [`from_proxystore`] or
//! [`from_std`]. To know what is promised, [`rules`] and [`failure`],
//! and why that may be believed, [`soundness`] and [`evidence`]. To change it, [`design`] and [`layout`].

/// A page: a file of `docs/`, whose links to other pages lead to their modules here. Of two definitions of a link,
/// the first one counts, and the pages have their own at their end, for readers of the files.
macro_rules! pages {
    ($($name:ident = $file:literal,)+) => {$(
        #[doc = pages!(links)]
        #[doc = include_str!(concat!("../docs/", $file))]
        pub mod $name {}
    )+};
    (links) => {
        "\
[handles]: crate::guide::handles
[writing]: crate::guide::writing
[scopes]: crate::guide::scopes
[crashes]: crate::guide::crashes
[from_proxystore]: crate::guide::from_proxystore
[from_std]: crate::guide::from_std
[rules]: crate::guide::rules
[failure]: crate::guide::failure
[glossary]: crate::guide::glossary
[design]: crate::guide::design
[layout]: crate::guide::layout
[soundness]: crate::guide::soundness
[evidence]: crate::guide::evidence
"
    };
}

pages! {
    handles = "guide-handles.md",
    writing = "guide-writing.md",
    scopes = "guide-scopes.md",
    crashes = "guide-crashes.md",
    from_proxystore = "from-proxystore.md",
    from_std = "from-std.md",
    rules = "rules.md",
    failure = "failure.md",
    glossary = "glossary.md",
    design = "design.md",
    layout = "layout.md",
    soundness = "soundness.md",
    evidence = "evidence.md",
}
