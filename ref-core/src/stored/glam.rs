//! `Stored` for the types of `glam`. A matrix is stored by its columns.

use super::converted::as_array;
use glam::*;

/// Implements `Stored` for the vectors of each number type.
macro_rules! vectors {
    ($($number:ty: $two:ident $three:ident $four:ident;)+) => {$(
        as_array! {
            $two as [$number; 2]: vector => vector.to_array(), Self::from_array;
            $three as [$number; 3]: vector => vector.to_array(), Self::from_array;
            $four as [$number; 4]: vector => vector.to_array(), Self::from_array;
        }
    )+};
}

vectors! {
    f32: Vec2 Vec3 Vec4;
    f64: DVec2 DVec3 DVec4;
    i8: I8Vec2 I8Vec3 I8Vec4;
    u8: U8Vec2 U8Vec3 U8Vec4;
    i16: I16Vec2 I16Vec3 I16Vec4;
    u16: U16Vec2 U16Vec3 U16Vec4;
    i32: IVec2 IVec3 IVec4;
    u32: UVec2 UVec3 UVec4;
    i64: I64Vec2 I64Vec3 I64Vec4;
    u64: U64Vec2 U64Vec3 U64Vec4;
    isize: ISizeVec2 ISizeVec3 ISizeVec4;
    usize: USizeVec2 USizeVec3 USizeVec4;
}

as_array! {
    Vec3A as [f32; 3]: vector => vector.to_array(), Self::from_array;
    Quat as [f32; 4]: rotation => rotation.to_array(), Self::from_array;
    DQuat as [f64; 4]: rotation => rotation.to_array(), Self::from_array;
    BVec2 as [bool; 2]: mask => <[bool; 2]>::from(*mask), Self::from_array;
    BVec3 as [bool; 3]: mask => <[bool; 3]>::from(*mask), Self::from_array;
    BVec4 as [bool; 4]: mask => <[bool; 4]>::from(*mask), Self::from_array;
}

/// Implements `Stored` for matrices and affine maps.
macro_rules! matrices {
    ($($type:ident as [$number:ty; $len:literal];)+) => {
        as_array! {$(
            $type as [$number; $len]: matrix => matrix.to_cols_array(), |columns| Self::from_cols_array(&columns);
        )+}
    };
}

matrices! {
    Mat2 as [f32; 4];
    Mat3 as [f32; 9];
    Mat3A as [f32; 9];
    Mat4 as [f32; 16];
    Affine2 as [f32; 6];
    Affine3 as [f32; 12];
    Affine3A as [f32; 12];
    DMat2 as [f64; 4];
    DMat3 as [f64; 9];
    DMat4 as [f64; 16];
    DAffine2 as [f64; 6];
    DAffine3 as [f64; 12];
}
