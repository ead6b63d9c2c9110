//! What a [`Bulk`](super::Bulk) may have as elements.

use bytemuck::Pod;

/// What a [`Bulk`](crate::Bulk) may have as elements: plain data, and `str` for text.
///
/// Plain data are types with [`bytemuck::Pod`](crate::bytemuck::Pod): numbers, arrays of numbers, and structs of numbers
/// without padding. Every pattern of bytes is a value of such a type, so that bytes of a store become elements without a
/// look at each. `bool` and `char` are not of this kind; store `u8` and `u32`. A type of size zero has no bytes, and a
/// `Bulk` of it does not compile.
///
/// A struct gets the trait by a derive of `bytemuck`, which the feature `bulk-derive` has:
///
/// ```
/// # #[cfg(feature = "bulk-derive")] mod example {
/// use ref_core::bytemuck::{Pod, Zeroable};
/// use ref_core::{Bulk, global_store};
///
/// #[global_store]
/// #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
/// #[bytemuck(crate = "ref_core::bytemuck")]
/// #[repr(C)]
/// struct Particle {
///     place: [f32; 3],
///     mass: f32,
/// }
///
/// # pub fn main() -> ref_core::Result<()> {
/// let store = ref_core::Store::open("memory:")?;
/// let particles = store.put(Bulk::from_vec(vec![Particle { place: [0.0; 3], mass: 1.0 }; 1000]))?;
/// assert_eq!(particles.borrow()?[7].mass, 1.0);
/// # Ok(())
/// # }
/// # }
/// # #[cfg(feature = "bulk-derive")] example::main().unwrap();
/// ```
///
/// No other crate can implement this trait by itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not plain data, which the elements of a `Bulk` are",
    label = "write `u8` for `bool`, `u32` for `char`; derive `bytemuck::Pod` for a struct of numbers; store a `Vec` of \
             what is not plain data",
    note = "not every byte is a `bool`, and not every number a `char`: write `u8` and `u32`",
    note = "for a `Copy` struct of numbers without padding: `#[repr(C)]` and `#[derive(Pod, Zeroable)]` of \
            `ref_core::bytemuck`, with the feature `bulk-derive`",
    note = "a `Vec` stores elements of every other `Stored` type"
)]
pub trait BulkElement: sealed::SealedElement {
    /// The type of the elements in memory: `u8` for `str`, and otherwise the type itself.
    #[doc(hidden)]
    type Item: Pod + Send + Sync;
}

#[diagnostic::do_not_recommend]
impl<T: Pod + Send + Sync> BulkElement for T {
    type Item = T;
}

#[diagnostic::do_not_recommend]
impl BulkElement for str {
    type Item = u8;
}

mod sealed {
    use bytemuck::Pod;

    pub trait SealedElement {}

    #[diagnostic::do_not_recommend]
    impl<T: Pod + Send + Sync> SealedElement for T {}

    #[diagnostic::do_not_recommend]
    impl SealedElement for str {}
}
