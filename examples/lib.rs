//! The programs of this folder are examples; this library is empty.
