//! The parts of the page, each of which can be measured alone.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Small,
    Large,
    Encoding,
    Names,
    Columns,
}

impl Part {
    /// In the order of the page.
    pub(crate) const ALL: [Self; 5] = [Self::Small, Self::Large, Self::Encoding, Self::Names, Self::Columns];

    /// Returns what `cargo xtask bench` calls the part.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
            Self::Encoding => "encoding",
            Self::Names => "names",
            Self::Columns => "columns",
        }
    }

    /// Returns the heading of the part's section.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Small => "Values of 100 bytes",
            Self::Large => "Values of 1 MiB and of 100 MiB",
            Self::Encoding => "The encoding of 1 MiB",
            Self::Names => "Objects by name",
            Self::Columns => "Columns that other processes change",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let part = Self::ALL.into_iter().find(|part| part.name() == name);
        part.ok_or_else(|| format!("no part is called `{name}`; there are {}", Self::ALL.map(Self::name).join(", ")))
    }
}
