//! `Ref` and `RefMut`: borrows inside this process, which the compiler checks and which cost what a reference costs.

use crate::backend::LocalBorrow;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A shared borrow of a stored value, which is used as a `&'a T`. [`Owned::borrow`](crate::Owned::borrow),
/// [`OwnedLoan::borrow`](crate::OwnedLoan::borrow) and [`Lease::borrow`](crate::Lease::borrow) make a `Ref`.
///
/// A `Ref` has no destructor, so the borrow ends at the last use of the `Ref`. The functions of `Ref` are associated
/// functions, as in [`std::cell::Ref`], and so hide no method of `T`: `borrow.clone()` clones the value, and
/// [`Ref::clone`] makes another borrow of the value.
///
/// A `Ref` can be compared with a value, `count.borrow()? == 3`, and iterated over as `&T` can. Two `Ref`s are compared
/// by `*a == *b`.
///
/// ```
/// use ref_core::Store;
///
/// # fn main() -> ref_core::Result<()> {
/// let store = Store::open("memory:")?;
/// let mut words = store.put(vec![String::from("one"), String::from("two")])?;
///
/// let a = words.borrow()?;
/// let b = words.borrow()?; // any number of shared borrows
/// assert_eq!(a.len(), b.len());
///
/// words.borrow_mut()?.clear(); // `a` and `b` are not used any more
/// # Ok(())
/// # }
/// ```
///
/// Rules: [R06](crate::guide::rules#r06), [R08](crate::guide::rules#r08), [R17](crate::guide::rules#r17),
/// [R18](crate::guide::rules#r18), [R38](crate::guide::rules#r38).
pub struct Ref<'a, T: ?Sized> {
    value: &'a T,
    local: LocalBorrow<'a>,
}

/// An exclusive borrow of a stored value, which is used as a `&'a mut T`.
/// [`Owned::borrow_mut`](crate::Owned::borrow_mut) and [`Lease::borrow_mut`](crate::Lease::borrow_mut) make a `RefMut`.
///
/// A change through a `RefMut` stays in this process at first. An owner's change is written to the store before another
/// process can read the object; a lease's change is written by [`Lease::commit`](crate::Lease::commit).
///
/// A `RefMut` has no destructor, so the borrow ends at the last use of the `RefMut`.
///
/// ```
/// use ref_core::{RefMut, Store};
///
/// # fn main() -> ref_core::Result<()> {
/// let store = Store::open("memory:")?;
/// let mut pair = store.put((1_u64, String::from("one")))?;
///
/// let whole = pair.borrow_mut()?;
/// let mut number = RefMut::map(whole, |pair| &mut pair.0);
/// *number += 1;
/// assert_eq!(pair.borrow()?.0, 2);
/// # Ok(())
/// # }
/// ```
///
/// Rules: [R02](crate::guide::rules#r02), [R06](crate::guide::rules#r06), [R08](crate::guide::rules#r08),
/// [R11](crate::guide::rules#r11), [R18](crate::guide::rules#r18).
pub struct RefMut<'a, T: ?Sized> {
    value: &'a mut T,
    local: LocalBorrow<'a>,
}

/// A struct whose fields can be borrowed one by one. `#[global_store]` implements this trait for structs with named
/// fields.
///
/// [`Ref::fields`] and [`RefMut::fields`] borrow the fields.
///
/// Rule: [R27](crate::guide::rules#r27).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no field handles",
    label = "use `Ref::map`, `RefMut::map` or `RefMut::map_split`: field handles are those of a struct with named fields \
             under `#[global_store]`"
)]
pub trait HasFields: Sized {
    /// A struct with a [`Ref`] of each field.
    type Fields<'a>
    where
        Self: 'a;

    /// A struct with a [`RefMut`] of each field.
    type FieldsMut<'a>
    where
        Self: 'a;

    #[doc(hidden)]
    fn fields(whole: Ref<'_, Self>) -> Self::Fields<'_>;

    #[doc(hidden)]
    fn fields_mut(whole: RefMut<'_, Self>) -> Self::FieldsMut<'_>;
}

/// Makes a `Ref`. This and the like are no associated functions, since rustc proposes those to a program that makes a
/// handle by hand, whether the program may call them or not.
#[inline]
pub(crate) fn new_ref<'a, T: ?Sized>(value: &'a T, local: LocalBorrow<'a>) -> Ref<'a, T> {
    Ref { value, local }
}

#[inline]
pub(crate) fn new_ref_mut<'a, T: ?Sized>(value: &'a mut T, local: LocalBorrow<'a>) -> RefMut<'a, T> {
    RefMut { value, local }
}

/// Makes a borrow of a field, beside those of the other fields.
pub(crate) fn ref_of_field<T: ?Sized>(value: &T) -> Ref<'_, T> {
    new_ref(value, LocalBorrow::of_field())
}

/// Makes a borrow of a field, beside those of the other fields.
pub(crate) fn ref_mut_of_field<T: ?Sized>(value: &mut T) -> RefMut<'_, T> {
    new_ref_mut(value, LocalBorrow::of_field())
}

impl<'a, T: ?Sized> Ref<'a, T> {
    /// Makes another shared borrow of the same value.
    ///
    /// ```
    /// use ref_core::{Ref, Store};
    ///
    /// # fn main() -> ref_core::Result<()> {
    /// let store = Store::open("memory:")?;
    /// let words = store.put(vec![String::from("one"), String::from("two")])?;
    /// let all = words.borrow()?;
    /// let first = Ref::map(Ref::clone(&all), |words| &words[0]);
    /// let copied: Vec<String> = all.clone(); // calls `Vec::clone`
    /// assert_eq!(first, copied[0]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "as in `std::cell::Ref`: a method would hide the value's")]
    pub fn clone(this: &Self) -> Self {
        new_ref(this.value, this.local)
    }

    /// Borrows a part of the value instead of the whole.
    ///
    /// ```
    /// use ref_core::{Ref, Store};
    ///
    /// # fn main() -> ref_core::Result<()> {
    /// let store = Store::open("memory:")?;
    /// let pair = store.put((7_u64, String::from("seven")))?;
    /// let text = Ref::map(pair.borrow()?, |pair| pair.1.as_str());
    /// assert_eq!(&*text, "seven");
    /// # Ok(())
    /// # }
    /// ```
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&'a T) -> &'a U) -> Ref<'a, U> {
        this.local.used();
        new_ref(part(this.value), this.local)
    }

    /// Returns the plain reference, which lives as long as the borrow.
    #[must_use]
    pub fn into_ref(this: Self) -> &'a T {
        this.local.taken_out();
        this.value
    }

    /// Borrows each field on its own.
    ///
    /// ```
    /// use ref_core::{Ref, Store, global_store};
    ///
    /// #[global_store]
    /// struct Point {
    ///     x: i64,
    ///     y: i64,
    /// }
    ///
    /// # fn main() -> ref_core::Result<()> {
    /// let store = Store::open("memory:")?;
    /// let point = store.put(Point { x: 3, y: 4 })?;
    /// let PointFields { x, y } = Ref::fields(point.borrow()?);
    /// assert_eq!(*x + *y, 7);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn fields<F>(this: Self) -> F
    where
        T: HasFields<Fields<'a> = F>,
    {
        this.local.taken_out();
        T::fields(this)
    }
}

impl<'a, T: ?Sized> RefMut<'a, T> {
    /// Borrows a part of the value instead of the whole.
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&'a mut T) -> &'a mut U) -> RefMut<'a, U> {
        this.local.used();
        new_ref_mut(part(this.value), this.local)
    }

    /// Borrows two parts of the value that do not overlap.
    ///
    /// ```
    /// use ref_core::{RefMut, Store};
    ///
    /// # fn main() -> ref_core::Result<()> {
    /// let store = Store::open("memory:")?;
    /// let mut row = store.put(vec![1, 2, 3, 4])?;
    /// let (mut left, mut right) = RefMut::map_split(row.borrow_mut()?, |row| row.split_at_mut(2));
    /// std::mem::swap(&mut left[0], &mut right[1]);
    /// assert_eq!(*row.borrow()?, [4, 2, 3, 1]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn map_split<U: ?Sized, V: ?Sized>(
        this: Self,
        parts: impl FnOnce(&'a mut T) -> (&'a mut U, &'a mut V),
    ) -> (RefMut<'a, U>, RefMut<'a, V>) {
        this.local.used();
        let (one, other) = parts(this.value);
        (new_ref_mut(one, this.local), new_ref_mut(other, this.local))
    }

    /// Borrows the value from this borrow for a shorter time. After the last use of the shorter borrow, this borrow can
    /// be used again.
    ///
    /// The compiler reborrows a `&mut` by itself, but not a `RefMut`.
    ///
    /// ```
    /// use ref_core::{RefMut, Store};
    ///
    /// fn double(mut number: RefMut<'_, u64>) {
    ///     *number *= 2;
    /// }
    ///
    /// # fn main() -> ref_core::Result<()> {
    /// let store = Store::open("memory:")?;
    /// let mut number = store.put(5_u64)?;
    /// let mut borrow = number.borrow_mut()?;
    /// double(RefMut::reborrow(&mut borrow));
    /// double(borrow); // moves `borrow`
    /// assert_eq!(*number.borrow()?, 20);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reborrow(this: &mut Self) -> RefMut<'_, T> {
        new_ref_mut(this.value, this.local)
    }

    /// Returns the plain reference, which lives as long as the borrow.
    #[must_use]
    pub fn into_mut(this: Self) -> &'a mut T {
        this.local.taken_out();
        this.value
    }

    /// Borrows each field on its own: one field can be changed while another one is read, passed on or lent.
    ///
    /// ```
    /// use ref_core::{RefMut, Store, global_store};
    ///
    /// #[global_store]
    /// struct Tally {
    ///     sum: u64,
    ///     seen: Vec<u64>,
    /// }
    ///
    /// # fn main() -> ref_core::Result<()> {
    /// let store = Store::open("memory:")?;
    /// let mut tally = store.put(Tally { sum: 0, seen: vec![2, 3] })?;
    /// let TallyFieldsMut { mut sum, seen } = RefMut::fields(tally.borrow_mut()?);
    /// for number in seen.iter() {
    ///     *sum += number;
    /// }
    /// assert_eq!(tally.borrow()?.sum, 5);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn fields<F>(this: Self) -> F
    where
        T: HasFields<FieldsMut<'a> = F>,
    {
        this.local.taken_out();
        T::fields_mut(this)
    }
}

/// Turns an exclusive borrow into a shared borrow. The value can be read through the `Ref` and its
/// [clones](Ref::clone), and cannot be changed while the `Ref` or a clone is in use.
impl<'a, T: ?Sized> From<RefMut<'a, T>> for Ref<'a, T> {
    fn from(exclusive: RefMut<'a, T>) -> Self {
        new_ref(exclusive.value, exclusive.local)
    }
}

/// Iterates as `&T` does.
impl<'a, T: ?Sized> IntoIterator for Ref<'a, T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.local.taken_out();
        self.value.into_iter()
    }
}

/// Iterates as `&mut T` does.
impl<'a, T: ?Sized> IntoIterator for RefMut<'a, T>
where
    &'a mut T: IntoIterator,
{
    type Item = <&'a mut T as IntoIterator>::Item;
    type IntoIter = <&'a mut T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.local.taken_out();
        self.value.into_iter()
    }
}

/// Iterates as `&T` does.
impl<'r, T: ?Sized> IntoIterator for &'r Ref<'_, T>
where
    &'r T: IntoIterator,
{
    type Item = <&'r T as IntoIterator>::Item;
    type IntoIter = <&'r T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.local.taken_out();
        self.value.into_iter()
    }
}

/// Iterates as `&T` does.
impl<'r, T: ?Sized> IntoIterator for &'r RefMut<'_, T>
where
    &'r T: IntoIterator,
{
    type Item = <&'r T as IntoIterator>::Item;
    type IntoIter = <&'r T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.local.taken_out();
        (*self.value).into_iter()
    }
}

/// Iterates as `&mut T` does.
impl<'r, T: ?Sized> IntoIterator for &'r mut RefMut<'_, T>
where
    &'r mut T: IntoIterator,
{
    type Item = <&'r mut T as IntoIterator>::Item;
    type IntoIter = <&'r mut T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.local.taken_out();
        self.value.into_iter()
    }
}

/// Compares the borrowed value with another value: `count.borrow()? == 3`.
impl<T: ?Sized + PartialEq<U>, U: ?Sized> PartialEq<U> for Ref<'_, T> {
    fn eq(&self, other: &U) -> bool {
        self.local.used();
        self.value.eq(other)
    }
}

/// Compares the borrowed value with another value: `count.borrow_mut()? == 3`.
impl<T: ?Sized + PartialEq<U>, U: ?Sized> PartialEq<U> for RefMut<'_, T> {
    fn eq(&self, other: &U) -> bool {
        self.local.used();
        (*self.value).eq(other)
    }
}

impl<T: ?Sized> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.local.used();
        self.value
    }
}

impl<T: ?Sized> Deref for RefMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.local.used();
        self.value
    }
}

impl<T: ?Sized> DerefMut for RefMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.local.used();
        self.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local.used();
        self.value.fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local.used();
        self.value.fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local.used();
        self.value.fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local.used();
        self.value.fmt(f)
    }
}
