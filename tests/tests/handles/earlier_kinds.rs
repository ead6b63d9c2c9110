//! Types of every kind, whose definitions have all changed. The modules have the definitions of the earlier build.

use crate::earlier::{Cart, carts, reads};
use crate::places::everywhere;
use ref_core::codec::{Codec, Failure, Limits, Sink};
use ref_core::global_store;

/// A type that has got a parameter, an enum that has got a variant, and a struct that has become an enum.
mod shapes {
    #[ref_core::global_store]
    pub(crate) struct Grid {
        pub(crate) cells: Vec<f32>,
    }

    #[ref_core::global_store]
    pub(crate) enum Shape {
        Circle(f64),
        Nothing,
    }

    #[ref_core::global_store]
    pub(crate) struct Place {
        pub(crate) shape: Shape,
    }
}

#[global_store(name = "Grid", version = 1)]
struct GridV1 {
    cells: Vec<f32>,
}

#[global_store(version = 2, from = GridV1)]
#[derive(Debug, PartialEq)]
struct Grid<T: From<f32>> {
    cells: Vec<T>,
}

impl<T: From<f32>> From<GridV1> for Grid<T> {
    fn from(old: GridV1) -> Self {
        Self { cells: old.cells.into_iter().map(T::from).collect() }
    }
}

#[global_store(name = "Shape", version = 1)]
enum ShapeV1 {
    Circle(f64),
    Nothing,
}

#[global_store(version = 2, from = ShapeV1)]
#[derive(Debug, PartialEq)]
enum Shape {
    Square(u8),
    Circle { radius: f64 },
    Nothing,
}

impl From<ShapeV1> for Shape {
    fn from(old: ShapeV1) -> Self {
        match old {
            ShapeV1::Circle(radius) => Self::Circle { radius },
            ShapeV1::Nothing => Self::Nothing,
        }
    }
}

#[global_store(name = "Place", version = 1)]
struct PlaceV1 {
    shape: Shape,
}

#[global_store(name = "Place", version = 7, from = PlaceV1)]
#[derive(Debug, PartialEq)]
enum Somewhere {
    Nowhere,
    At(Shape),
}

impl From<PlaceV1> for Somewhere {
    fn from(old: PlaceV1) -> Self {
        Self::At(old.shape)
    }
}

#[test]
fn every_shape_of_a_type_changes() {
    everywhere(|place| {
        reads(place, shapes::Grid { cells: vec![0.5] }, Grid::<f64> { cells: vec![0.5] });
        let grids = vec![shapes::Grid { cells: vec![0.5] }];
        reads(place, grids, vec![Grid::<f32> { cells: vec![0.5] }]);
        let circle = || shapes::Shape::Circle(2.0);
        reads(place, vec![circle(), shapes::Shape::Nothing], vec![Shape::Circle { radius: 2.0 }, Shape::Nothing]);
        reads(place, shapes::Place { shape: circle() }, Somewhere::At(Shape::Circle { radius: 2.0 }));
    });
}

/// The codec of the earlier build.
struct Json;

impl Codec for Json {
    const ID: u8 = 201;
    const NAME: &'static str = "json";

    fn encode<T: serde::Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        Ok(serde_json::to_writer(sink, value)?)
    }

    fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

mod settings {
    #[ref_core::global_store(codec = super::Json)]
    pub(crate) struct Settings {
        pub(crate) depth: u8,
        pub(crate) cart: crate::earlier::first::Cart,
    }
}

#[global_store(name = "Settings", version = 1, codec = Json)]
struct SettingsV1 {
    depth: u8,
    cart: Cart,
}

#[global_store(version = 2, from = SettingsV1)]
#[derive(Debug, PartialEq)]
struct Settings {
    cart: Cart,
    depth: u64,
}

impl From<SettingsV1> for Settings {
    fn from(old: SettingsV1) -> Self {
        Self { cart: old.cart, depth: old.depth.into() }
    }
}

#[test]
fn the_codec_of_an_earlier_definition_reads_its_values() {
    everywhere(|place| {
        let (old, cart) = carts();
        reads(place, settings::Settings { depth: 3, cart: old }, Settings { cart, depth: 3 });
    });
}

/// Makes, for each named type, its first definition, its second, and a copy of the first as its earlier definition.
/// Also makes a struct of all these types, and a test that reads it.
macro_rules! changed {
    ($($name:ident $literal:literal $old:ident)+) => {
        mod twelve {
            $(
                #[ref_core::global_store]
                pub(crate) struct $name(pub(crate) u8);
            )+
            #[ref_core::global_store]
            pub(crate) struct All($(pub(crate) $name),+);
        }
        $(
            #[global_store(name = $literal, version = 1)]
            struct $old(u8);

            #[global_store(version = 2, from = $old)]
            #[derive(Debug, PartialEq)]
            struct $name(u16);

            impl From<$old> for $name {
                fn from(old: $old) -> Self {
                    Self(old.0.into())
                }
            }
        )+
        #[global_store]
        #[derive(Debug, PartialEq)]
        struct All($($name),+);

        #[test]
        fn twelve_types_change_at_once() {
            everywhere(|place| {
                reads(place, twelve::All($(twelve::$name(7)),+), All($($name(7)),+));
            });
        }
    };
}

changed! {
    A "A" A1 B "B" B1 C "C" C1 D "D" D1 E "E" E1 F "F" F1
    G "G" G1 H "H" H1 I "I" I1 J "J" J1 K "K" K1 L "L" L1
}
