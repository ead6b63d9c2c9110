//! Programs that must not compile, each beside its repaired twin: see `docs/rules.md` and `tests/ui`.
