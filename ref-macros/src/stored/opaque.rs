//! An opaque type: its own serde traits write and read its values, and its fields are not looked at.
//!
//! One place proves that the type has serde's traits: `impl OpaqueFieldOf<Type, 0> for Type`, as for an opaque field. In
//! a type with parameters, the proof is the bound `Type: Serde`.

use super::expand::{codec, stored_generics};
use super::model::Model;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse_quote;

/// Expands to the proof and to `impl Stored`.
pub(super) fn all(model: &Model) -> TokenStream {
    let (private, this) = (&model.private, model.self_type());
    let is_plain = model.input.generics.params.is_empty();
    let evidence = is_plain.then(|| {
        quote_spanned! {model.ident().span()=>
            #[automatically_derived]
            impl #private::OpaqueFieldOf<'_, #this, 0> for #this {}
        }
    });
    let mut generics = stored_generics(model);
    if is_plain {
        let proven = parse_quote!(for<'__any> #this: #private::OpaqueFieldOf<'__any, #this, 0>);
        generics.make_where_clause().predicates.push(proven);
    }
    let (parameters, _, clause) = generics.split_for_impl();
    let (unlisted, codec) = (model.unlisted.as_ref().filter(|_| is_plain), codec(model));
    quote! {
        #evidence

        #unlisted
        #[automatically_derived]
        // The user's item may be deprecated.
        #[allow(deprecated)]
        impl #parameters #private::Stored for #this #clause {
            fn describe(__schema: &mut #private::Schema) {
                #private::describe_opaque::<Self>(__schema);
            }

            fn store<__S: #private::Serializer>(&self, __to: __S) -> #private::Result<__S::Ok, __S::Error> {
                #private::Serde::write(self, __to)
            }

            fn restore<'__de, __D: #private::Deserializer<'__de>>(__from: __D) -> #private::Result<Self, __D::Error> {
                #private::Serde::read(__from)
            }

            #codec
        }
    }
}
