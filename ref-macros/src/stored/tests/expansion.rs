//! The expansions of items, as snapshots to read.

use super::super::global_store;
use proc_macro2::TokenStream;
use quote::quote;

fn expanded(options: TokenStream, item: TokenStream) -> String {
    let file = syn::parse2(global_store(options, item)).unwrap();
    prettyplease::unparse(&file)
}

#[test]
fn a_struct() {
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            /// A field of heat.
            #[derive(Debug)]
            pub struct Grid {
                step: u64,
                pub(crate) cells: Vec<f64>,
            }
        }
    ));
}

#[test]
fn a_generic_struct() {
    insta::assert_snapshot!(expanded(
        quote!(version = 2, name = "pair"),
        quote! {
            pub struct Pair<T: Clone = u32, const N: usize = 2>
            where
                T: PartialEq,
            {
                first: T,
                rest: Vec<T>,
                parent: Option<Box<Self>>,
            }
        }
    ));
}

#[test]
fn an_enum() {
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            enum Shape {
                Circle { radius: f64 },
                Polygon(Vec<(f64, f64)>),
                Empty,
            }
        }
    ));
}

#[test]
fn a_struct_with_an_earlier_definition() {
    insta::assert_snapshot!(expanded(
        quote!(version = 2, from = GridV1<T>, handles = false),
        quote! {
            pub struct Grid<T> {
                cells: Vec<T>,
            }
        }
    ));
    insta::assert_snapshot!(expanded(
        quote!(version = 2, from = v1::Grid, handles = false),
        quote! {
            pub struct Grid;
        }
    ));
}

#[test]
fn a_struct_with_a_codec() {
    insta::assert_snapshot!(expanded(
        quote!(codec = formats::Json::<2>, handles = false),
        quote! {
            struct Settings<T> {
                names: Vec<T>,
            }
        }
    ));
    insta::assert_snapshot!(expanded(
        quote!(codec = Json, handles = false),
        quote! {
            struct Empty;
        }
    ));
}

#[test]
fn a_struct_with_options_on_fields() {
    insta::assert_snapshot!(expanded(
        quote!(crate = crate::vendored::store, handles = false),
        quote! {
            struct Entry<T> {
                #[global_store(opaque)]
                id: uuid::Uuid,
                #[global_store(skip)]
                cache: Option<T>,
                #[global_store(with = by_hand)]
                size: Size,
                r#mode: u32,
            }
        }
    ));
}

#[test]
fn an_item_in_error() {
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            pub struct Counter {
                #[global_store(opaque)]
                count: Cell<u64>,
            }
        }
    ));
}

#[test]
fn the_default_path_is_not_written_when_another_is_given() {
    let text = expanded(
        quote!(crate = elsewhere),
        quote! {
            struct S<T> {
                a: T,
                b: Vec<T>,
                #[global_store(opaque)]
                c: Foreign,
            }
        },
    );
    assert!(!text.contains("ref_core"), "{text}");
}

#[test]
fn the_kind_of_access_is_called_by_a_free_name() {
    let ticket = |item: TokenStream| {
        let text = global_store(quote!(), item).to_string();
        let (_, ticket) = text.split_once("Ticket < ").unwrap();
        ticket.split([' ', ',']).next().unwrap().to_owned()
    };
    assert_eq!(
        ticket(quote!(
            struct S<B>(B);
        )),
        "A"
    );
    assert_eq!(
        ticket(quote!(
            struct S<A>(A);
        )),
        "Access"
    );
    assert_eq!(
        ticket(quote!(
            struct A;
        )),
        "Access"
    );
    assert_eq!(
        ticket(quote!(
            struct Access<B = [A; 2]>(B);
        )),
        "__Access"
    );
}
