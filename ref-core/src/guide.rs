//! Pages about choosing handles, crashes, the reasons for the design, and the layout of the bytes.
//!
//! The pages are the files of the repository's `docs/`. The programs in them are tested with the crate.
//!
//! To use the crate, read [`patterns`], [`handles`], [`writing`], [`scopes`], [`calls`], [`crashes`] and
//! [`async_programs`]; [`stores`] has the addresses and the features. The [`command`] `ref` shows what is in a store,
//! [`hanging`] finds out with it why a program stands still, and [`observe`] has the spans and events of a program. If
//! you know ProxyStore, `Mutex` or `RefCell`, begin with [`from_proxystore`] or [`from_std`]. The promises are in
//! [`rules`] and [`failure`], what is refused and what is legal in [`catalogue`], and the reasons to believe them in
//! [`soundness`] and [`evidence`]; [`performance`] compares the costs with those of other stores, and [`workflows`] with
//! those of ProxyStore. How many workers and objects one server carries is in [`scale`]. Every public item is in [`api`],
//! and this crate's words are in [`glossary`]. To change the crate, read [`design`] and [`layout`].

/// Makes a module of each named file of `docs/`. In front of each page, the macro puts definitions of links that lead
/// to the modules of the other pages. Rustdoc takes the first of two definitions of a link; the definitions at the end
/// of a page are for readers of the file.
macro_rules! pages {
    ($($name:ident = $file:literal,)+) => {$(
        #[doc = pages!(links)]
        #[doc = include_str!(concat!("../docs/", $file))]
        pub mod $name {}
    )+};
    (links) => {
        "\
[patterns]: crate::guide::patterns
[handles]: crate::guide::handles
[writing]: crate::guide::writing
[scopes]: crate::guide::scopes
[calls]: crate::guide::calls
[crashes]: crate::guide::crashes
[async_programs]: crate::guide::async_programs
[stores]: crate::guide::stores
[command]: crate::guide::command
[hanging]: crate::guide::hanging
[observe]: crate::guide::observe
[from_proxystore]: crate::guide::from_proxystore
[from_std]: crate::guide::from_std
[rules]: crate::guide::rules
[catalogue]: crate::guide::catalogue
[failure]: crate::guide::failure
[glossary]: crate::guide::glossary
[design]: crate::guide::design
[layout]: crate::guide::layout
[soundness]: crate::guide::soundness
[evidence]: crate::guide::evidence
[performance]: crate::guide::performance
[workflows]: crate::guide::workflows
[scale]: crate::guide::scale
[api]: crate::guide::api
"
    };
}

pages! {
    patterns = "guide-patterns.md",
    handles = "guide-handles.md",
    writing = "guide-writing.md",
    scopes = "guide-scopes.md",
    calls = "guide-calls.md",
    crashes = "guide-crashes.md",
    async_programs = "guide-async.md",
    stores = "guide-stores.md",
    command = "command.md",
    hanging = "guide-hanging.md",
    observe = "guide-observe.md",
    from_proxystore = "from-proxystore.md",
    from_std = "from-std.md",
    rules = "rules.md",
    catalogue = "catalogue.md",
    failure = "failure.md",
    glossary = "glossary.md",
    design = "design.md",
    layout = "layout.md",
    soundness = "soundness.md",
    evidence = "evidence.md",
    performance = "performance.md",
    workflows = "workflows.md",
    scale = "scale.md",
    api = "api.md",
}
