//! `Stored` for the types that `bitflags!` makes.

use super::Stored;
use super::built::BitFlags;
use bitflags::Flags;

impl<F: Flags<Bits: Stored>> BitFlags for F {
    type Number = F::Bits;

    fn number(&self) -> F::Bits {
        self.bits()
    }

    fn of_number(number: F::Bits) -> F {
        F::from_bits_retain(number)
    }
}
