//! Tests that write and read the vectors, matrices and arrays of other crates.

use super::super::{Schema, Stored};
use super::slices::{refuses, whole};
use super::written::{ROOMY, body, codecs, json, positional, stored};
use proptest::prelude::*;
use std::fmt::Debug;

/// Checks that two values are stored, alone, in a list and in an array. Returns the description of their type. They are
/// checked as one value, since the compiler takes long for each type that is written by all codecs.
fn both<T: Stored + PartialEq + Debug + Clone>(values: [T; 2]) -> String {
    whole((values[0].clone(), values.to_vec(), values));
    Schema::of::<T>().to_string()
}

#[test]
fn half_has_its_types_stored() {
    use half::{bf16, f16};
    assert_eq!(both([f16::MAX, f16::from_f32(-0.333)]), "f16");
    assert_eq!(both([bf16::MIN_POSITIVE_SUBNORMAL, bf16::from_f32(0.1)]), "bf16");
    assert_eq!(json(&vec![f16::from_f32(0.5)]), "[0.5]");
    for codec in positional::<Vec<f16>>() {
        assert_eq!(body(&vec![f16::ONE, f16::NAN], codec).unwrap(), [4, 0x00, 0x3c, 0x00, 0x7e]);
    }
    refuses::<Vec<f16>>(&[3, 0, 0, 0]);
}

#[test]
fn glam_has_its_types_stored() {
    use glam::*;
    macro_rules! vectors {
        ($($type:ident)+) => {$(
            let last = $type::from_array(std::array::from_fn(|nth| nth as _));
            assert_eq!(both([$type::MAX, last]), stringify!($type));
        )+};
    }
    vectors! {
        Vec2 Vec3 Vec3A Vec4 DVec2 DVec3 DVec4 I8Vec2 I8Vec3 I8Vec4 U8Vec2 U8Vec3 U8Vec4 I16Vec2 I16Vec3 I16Vec4
        U16Vec2 U16Vec3 U16Vec4 IVec2 IVec3 IVec4 UVec2 UVec3 UVec4 I64Vec2 I64Vec3 I64Vec4 U64Vec2 U64Vec3 U64Vec4
        ISizeVec2 ISizeVec3 ISizeVec4 USizeVec2 USizeVec3 USizeVec4
    }
    macro_rules! matrices {
        ($($type:ident)+) => {$(
            let one = $type::from_cols_array(&std::array::from_fn(|nth| nth as _));
            assert_eq!(both([one, $type::IDENTITY]), stringify!($type));
        )+};
    }
    matrices! { Mat2 Mat3 Mat3A Mat4 Affine2 Affine3 Affine3A DMat2 DMat3 DMat4 DAffine2 DAffine3 }
    both([Quat::from_xyzw(1.0, 2.0, 3.0, 4.0), Quat::IDENTITY]);
    both([DQuat::from_xyzw(1.0, 2.0, 3.0, 4.0), DQuat::IDENTITY]);
    both([BVec2::new(true, false), BVec2::TRUE]);
    both([BVec3::new(true, false, true), BVec3::FALSE]);
    both([BVec4::new(true, false, true, false), BVec4::FALSE]);

    assert_eq!(json(&vec![Vec3A::new(1.0, 2.0, 3.0)]), "[[1.0,2.0,3.0]]");
    for codec in positional::<Vec<Vec3A>>() {
        // The padding of a `Vec3A` is not stored.
        assert_eq!(body(&vec![Vec3A::ZERO; 2], codec).unwrap(), [&[24][..], &[0; 24]].concat());
    }
    refuses::<Vec3>(&[11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    refuses::<Vec<Vec3>>(&[4, 0, 0, 0, 0]);
    refuses::<BVec2>(&[2, 0, 2]);
    refuses::<Vec<BVec2>>(&[4, 0, 1, 2, 0]);
}

#[test]
fn nalgebra_has_its_types_stored() {
    use nalgebra::*;
    assert_eq!(both([Vector3::new(1.0_f64, 2.0, 3.0), Vector3::zeros()]), "SMatrix<f64,3,1>");
    assert_eq!(both([Matrix2x3::new(1_u8, 2, 3, 4, 5, 6), Matrix2x3::zeros()]), "SMatrix<u8,2,3>");
    assert_eq!(stored(SMatrix::<String, 1, 2>::from_fn(|_, nth| nth.to_string())), "SMatrix<String,1,2>");
    assert_eq!(stored(SMatrix::<f32, 0, 3>::zeros()), "SMatrix<f32,0,3>");
    assert_eq!(both([DMatrix::from_fn(2, 3, |r, c| (r * 3 + c) as f32), DMatrix::zeros(0, 7)]), "Matrix<f32,Dyn,Dyn>");
    assert_eq!(both([DVector::from_vec(vec!['a', 'b']), DVector::from_vec(vec![])]), "Matrix<char,Dyn,1>");
    assert_eq!(both([RowDVector::from_vec(vec![true]), RowDVector::from_vec(vec![])]), "Matrix<bool,1,Dyn>");
    assert_eq!(both([Point2::new(1.5_f64, 2.0), Point2::origin()]), "Point<f64,2>");
    assert_eq!(both([Translation3::new(1_i64, 2, 3), Translation3::new(0, 0, 0)]), "Translation<i64,3>");
    assert_eq!(both([Rotation2::new(0.5_f64), Rotation2::identity()]), "Rotation<f64,2>");
    assert_eq!(both([Quaternion::new(1.0_f32, 2.0, 3.0, 4.0), Quaternion::identity()]), "Quaternion<f32>");
    let turn = UnitQuaternion::from_euler_angles(0.1_f64, 0.2, 0.3);
    assert_eq!(both([turn, UnitQuaternion::identity()]), "Unit<Quaternion<f64>>");
    let moved = Isometry3::from_parts(Translation3::new(1.0, 2.0, 3.0), turn);
    assert_eq!(both([moved, Isometry3::identity()]), "Isometry<f64,Unit<Quaternion<f64>>,3>");
    assert_eq!(stored(Unit::new_normalize(Vector2::new(3.0_f64, 4.0))), "Unit<SMatrix<f64,2,1>>");

    assert_eq!(json(&Vector2::new(1, 2)), "[[1,2]]");
    assert_eq!(json(&DMatrix::from_row_slice(2, 2, &[1, 2, 3, 4])), "[2,2,[1,3,2,4]]");
    refuses::<Vector2<f64>>(&[8, 0, 0, 0, 0, 0, 0, 0, 0]);
    // Numbers of elements that are not the product of the numbers of rows and columns.
    refuses::<DMatrix<u8>>(&[2, 3, 5, 0, 0, 0, 0, 0]);
    refuses::<DMatrix<u8>>(&[0, 1, 1, 0]);
    refuses::<DMatrix<()>>(&[2, 2, 3]);
    // A vector of two columns, and a row of two rows.
    refuses::<DVector<u8>>(&[1, 2, 2, 0, 0]);
    refuses::<RowDVector<u8>>(&[2, 1, 2, 0, 0]);
}

#[cfg(feature = "bincode")]
#[test]
fn a_product_that_overflows_is_no_shape() {
    use crate::codec::{Bincode, CodecOf};
    let half = [&[253][..], &(1_u64 << 63).to_le_bytes()].concat();
    let matrix = [&half, &[2, 0][..]].concat();
    let codec = CodecOf::<nalgebra::DMatrix<u8>>::new::<Bincode>();
    assert!(codec.decode(codec.id(), &matrix, ROOMY).is_err());
}

#[test]
fn ndarray_has_its_types_stored() {
    use ndarray::*;
    assert_eq!(both([array![[1.0_f64, 2.0, 3.0], [4.0, 5.0, 6.0]], Array2::zeros((0, 9))]), "Array<f64,2>");
    assert_eq!(both([arr0('x'), arr0('y')]), "Array<char,0>");
    assert_eq!(both([array![1_u8, 2], array![]]), "Array<u8,1>");
    assert_eq!(both([array![[true]].into_dyn(), array![false].into_dyn()]), "Array<bool,Dyn>");
    assert_eq!(both([array![1_i16, 2].into_shared(), array![].into_shared()]), "Array<i16,1>");
    assert_eq!(stored(array![["a".to_owned()], ["b".to_owned()]]), "Array<String,2>");
    assert_eq!(stored(Array2::from_elem((3, 4), ())), "Array<(),2>");

    // The order in memory is no part of the value.
    let array = Array3::from_shape_fn((2, 3, 4), |(a, b, c)| (a * 12 + b * 4 + c) as u32);
    let turned = array.clone().reversed_axes();
    let reversed = array.slice_move(s![..;-1, 1.., ..;2]);
    for value in [turned, reversed] {
        assert!(!value.is_standard_layout());
        whole(value.clone());
        let _description = stored(value.clone());
        let _description = stored(value.mapv(|number| number.to_string()));
    }
    assert_eq!(json(&array![[1, 2], [3, 4]].reversed_axes()), "[[2,2],[1,3,2,4]]");

    let shaped = |shape: &[u64], elements: &[u8]| {
        let shape: Vec<u8> = shape.iter().flat_map(|extent| extent.to_le_bytes()).collect();
        [&[shape.len() as u8][..], &shape, &[elements.len() as u8], elements].concat()
    };
    assert_eq!(read_by_all::<Array2<u8>>(&shaped(&[1, 2], &[7, 8])), array![[7, 8]]);
    refuses::<Array2<u8>>(&shaped(&[2], &[7, 8]));
    refuses::<Array2<u8>>(&shaped(&[1, 2, 1], &[7, 8]));
    refuses::<Array2<u8>>(&shaped(&[2, 2], &[7, 8]));
    refuses::<Array2<u8>>(&shaped(&[1, 1], &[7, 8]));
    refuses::<Array2<u8>>(&shaped(&[0, u64::MAX], &[]));
    refuses::<Array2<u8>>(&shaped(&[1 << 63, 2], &[]));
    refuses::<ArrayD<u8>>(&shaped(&[], &[]));
    refuses::<ArrayD<u8>>(&shaped(&[0, 1 << 40, 1 << 40], &[]));
}

/// Reads `bytes` by each positional codec, checks that all read the same value, and returns that value.
fn read_by_all<T: Stored + Debug + PartialEq>(bytes: &[u8]) -> T {
    let mut read = positional::<T>().map(|codec| codec.decode(codec.id(), bytes, ROOMY).unwrap());
    let first = read.next().unwrap();
    assert!(read.all(|other| other == first));
    first
}

proptest! {
    #[test]
    fn random_bytes_are_no_panic(
        wild in proptest::collection::vec(any::<u8>(), 0..120),
        tame in proptest::collection::vec(0_u8..9, 0..120),
    ) {
        fn try_all<T: Stored>(bytes: &[u8]) {
            for codec in codecs::<T>() {
                let _read_or_refused = codec.decode(codec.id(), bytes, ROOMY);
            }
        }
        for bytes in [&wild, &tame] {
            try_all::<ndarray::Array2<u8>>(bytes);
            try_all::<ndarray::ArrayD<()>>(bytes);
            try_all::<nalgebra::DMatrix<u16>>(bytes);
            try_all::<Vec<nalgebra::Isometry3<f32>>>(bytes);
            try_all::<Vec<glam::BVec3>>(bytes);
            try_all::<(half::f16, Vec<half::bf16>)>(bytes);
            #[cfg(feature = "rust_decimal")]
            try_all::<(rust_decimal::Decimal, Vec<rust_decimal::Decimal>)>(bytes);
            #[cfg(feature = "serde_json")]
            try_all::<(serde_json::Value, serde_json::Number)>(bytes);
            #[cfg(feature = "url")]
            try_all::<Vec<url::Url>>(bytes);
            #[cfg(feature = "time")]
            try_all::<((time::OffsetDateTime, time::UtcDateTime), (time::Duration, time::Month, time::Weekday))>(bytes);
        }
    }
}
