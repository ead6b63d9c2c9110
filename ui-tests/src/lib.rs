//! Programs that must not compile, each beside its repaired twin: see `rules.md` and `tests/ui`.
