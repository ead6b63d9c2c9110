//! Measurements; see the folder `benches` and the README beside this file.
