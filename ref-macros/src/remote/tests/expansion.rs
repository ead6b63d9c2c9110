//! Compares the generated code with `snapshots/`.

use super::super::remote;
use proc_macro2::TokenStream;
use quote::quote;

fn expanded(options: TokenStream, item: TokenStream) -> String {
    let file = syn::parse2(remote(options, item)).unwrap();
    prettyplease::unparse(&file)
}

#[test]
fn every_kind_of_parameter() {
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            /// Lets heat flow.
            pub fn diffuse(grid: &Grid, out: &mut Heat, log: Owned<Log>, name: &str, at: &[u64], to: &mut [u8], (a, b): (u8, u8)) -> f64 {
                flow(grid, out, log, name, at, to, a, b)
            }
        }
    ));
}

#[test]
fn a_result() {
    insta::assert_snapshot!(expanded(
        quote!(crate = crate::vendored::store),
        quote! {
            #[cfg(unix)]
            #[inline]
            pub(crate) fn grow<'a>(r#type: &'a Grid) -> Result<Owned<Grid>, Overflow> {
                r#type.grown()
            }
        }
    ));
}

#[test]
fn nothing() {
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            fn r#loop() {}
        }
    ));
}

#[test]
fn a_function_in_error() {
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            #[cfg(unix)]
            #[remote]
            pub async fn sum(grid: &Grid, numbers: &mut str) -> Vec<u64> {}
        }
    ));
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            fn first<T>(numbers: Vec<T>) -> T {}
        }
    ));
    insta::assert_snapshot!(expanded(
        quote!(),
        quote! {
            fn method(&self) {}
        }
    ));
}
