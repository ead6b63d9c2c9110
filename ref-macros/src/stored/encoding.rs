//! The encoding of a type: its definition as data, and the functions that write and read its fields in their order.

use super::model::{Field, Kind, Model, Shape, Storage};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Path, Type};

/// Returns a local name of the generated code. A name in the user's code never refers to it.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Expands to `const DEFINITION`.
pub(crate) fn definition(model: &Model, arguments: &TokenStream) -> TokenStream {
    let (private, name, version) = (&model.private, &model.name, &model.version);
    let (is_enum, variants, names) = match &model.shape {
        Shape::Struct(kind, fields) => (false, vec![variant_definition(model, "", *kind, fields)], Vec::new()),
        Shape::Enum(variants) => {
            let names: Vec<_> = variants.iter().map(|variant| variant.ident.unraw().to_string()).collect();
            let all = variants.iter().zip(&names);
            (true, all.map(|(own, name)| variant_definition(model, name, own.kind, &own.fields)).collect(), names)
        }
    };
    quote! {
        const DEFINITION: &'static #private::Definition = &#private::Definition {
            name: #name,
            version: #version,
            arguments: #arguments,
            is_enum: #is_enum,
            variants: &[#(#variants),*],
            variant_names: &[#(#names),*],
        };
    }
}

fn variant_definition(model: &Model, name: &str, kind: Kind, fields: &[Field]) -> TokenStream {
    let private = &model.private;
    let kind = match kind {
        Kind::Unit => quote!(Unit),
        Kind::Newtype => quote!(Newtype),
        Kind::Tuple => quote!(Tuple),
        Kind::Named => quote!(Named),
    };
    let stored = fields.iter().filter(|field| field.is_written()).map(Field::label);
    let fields = fields.iter().map(|field| {
        let (label, ty) = (field.label(), &field.ty);
        let content = match field.storage() {
            Storage::Stored => quote!(of::<#ty>()),
            Storage::Flags => quote!(of::<<Self as #private::BitFlags>::Number>()),
            Storage::Opaque => quote!(opaque::<#ty>()),
            Storage::With(_) => quote!(With),
            Storage::Skipped => quote!(Skipped),
        };
        quote!(#private::FieldDefinition { name: #label, content: #private::Content::#content })
    });
    quote! {
        #private::VariantDefinition {
            name: #name,
            kind: #private::VariantKind::#kind,
            stored: &[#(#stored),*],
            fields: &[#(#fields),*],
        }
    }
}

/// Expands to `fn store`.
pub(crate) fn store(model: &Model) -> TokenStream {
    let (private, to) = (&model.private, local("__to"));
    let body = match &model.shape {
        Shape::Struct(kind, fields) => {
            let place = |field: &Field| {
                let member = &field.member;
                match field.storage() {
                    Storage::Flags => quote!(&#private::BitFlags::number(self)),
                    // A field of a packed struct is copied, since it cannot be borrowed.
                    _ if model.packed().is_some() => quote!(&{ self.#member }),
                    _ => quote!(&self.#member),
                }
            };
            let values: Vec<_> = fields.iter().map(place).collect();
            write(model, *kind, None, fields, &values)
        }
        Shape::Enum(variants) if variants.is_empty() => quote!(match *self {}),
        Shape::Enum(variants) => {
            let arms = variants.iter().enumerate().map(|(nth, variant)| {
                let (ident, fields) = (&variant.ident, &variant.fields);
                let names: Vec<_> = (0..fields.len()).map(|nth| local(&format!("__field{nth}"))).collect();
                let written = fields.iter().zip(&names).filter(|(field, _)| field.is_written());
                let patterns = written.map(|(Field { member, .. }, name)| quote!(#member: #name));
                let rest = fields.iter().any(|field| !field.is_written()).then(|| quote!(..));
                let values: Vec<_> = names.iter().map(|name| quote!(#name)).collect();
                let body = write(model, variant.kind, Some(nth), fields, &values);
                quote!(Self::#ident { #(#patterns,)* #rest } => #body)
            });
            quote!(match self { #(#arms,)* })
        }
    };
    quote! {
        fn store<__S: #private::Serializer>(&self, #to: __S) -> #private::Result<__S::Ok, __S::Error> {
            #body
        }
    }
}

/// Expands to a call that writes a struct, or the variant with the number `variant`.
fn write(model: &Model, kind: Kind, variant: Option<usize>, fields: &[Field], values: &[TokenStream]) -> TokenStream {
    let (private, to) = (&model.private, local("__to"));
    let function = match kind {
        Kind::Unit => "unit",
        Kind::Newtype => "newtype",
        Kind::Tuple => "tuple",
        Kind::Named => "structure",
    };
    let function = match variant {
        None => format_ident!("{function}"),
        Some(_) => format_ident!("{function}_variant"),
    };
    let number = variant.map(Literal::usize_unsuffixed).map(|number| quote!(, #number));
    let whole = quote!(#to, <Self as #private::Built>::DEFINITION #number);
    match (kind, values) {
        (Kind::Unit, _) => quote!(#private::#function(#whole)),
        (Kind::Newtype, [value]) => quote!(#private::#function(#whole, #value)),
        _ => {
            let parts = fields.iter().zip(values).filter_map(|(field, value)| match field.storage() {
                Storage::Stored | Storage::Flags => Some(value.clone()),
                Storage::Opaque => Some(quote!(&#private::OpaqueFieldRef(#value))),
                Storage::With(_) => {
                    let index = &field.index;
                    Some(quote!(&#private::WithRef::<Self, #index>(#value)))
                }
                Storage::Skipped => None,
            });
            quote!(#private::#function(#whole, &[#(#parts),*]))
        }
    }
}

/// Returns the name of the function that reads a value.
pub(crate) fn restore(model: &Model) -> Ident {
    let name = match &model.shape {
        Shape::Enum(_) => "restore_enum",
        Shape::Struct(Kind::Unit, _) => "restore_unit",
        Shape::Struct(Kind::Newtype, _) => "restore_newtype",
        Shape::Struct(Kind::Tuple, _) => "restore_tuple",
        Shape::Struct(Kind::Named, _) => "restore_named",
    };
    Ident::new(name, Span::call_site())
}

/// Expands to `fn build`.
pub(crate) fn build(model: &Model) -> TokenStream {
    let (private, from, variant) = (&model.private, local("__from"), local("__variant"));
    let body = match &model.shape {
        Shape::Struct(_, fields) => {
            let fields = fields.iter().map(|field| read(model, field));
            quote!(#private::Result::Ok(Self { #(#fields),* }))
        }
        Shape::Enum(variants) => {
            let arms = variants.iter().enumerate().map(|(nth, own)| {
                let (nth, ident) = (Literal::usize_unsuffixed(nth), &own.ident);
                let fields = own.fields.iter().map(|field| read(model, field));
                quote!(#nth => #private::Result::Ok(Self::#ident { #(#fields),* }))
            });
            quote!(match #variant { #(#arms,)* _ => #private::unknown_variant(#from, #variant) })
        }
    };
    quote! {
        // A struct has no variant, and a type without fields reads nothing.
        #[allow(unused_variables)]
        fn build<'__de, __P: #private::PartReader<'__de>>(
            #variant: #private::u32,
            #from: &mut __P,
        ) -> #private::Result<Self, __P::Error> {
            #body
        }
    }
}

/// Expands to `step: match PartReader::part(__from) { .. }`. A `?` would cost the compiler several times as much: it
/// calls two more functions for each type of fields.
fn read(model: &Model, field: &Field) -> TokenStream {
    let (private, member, from, index) = (&model.private, &field.member, local("__from"), &field.index);
    let (ok, error) = (local("__part"), local("__error"));
    let tried = |part: TokenStream| {
        quote! {
            match #part {
                #private::Result::Ok(#ok) => #ok,
                #private::Result::Err(#error) => return #private::Result::Err(#error),
            }
        }
    };
    let value = match field.storage() {
        Storage::Stored => tried(quote!(#private::PartReader::part(#from))),
        Storage::Flags => {
            let number = tried(quote!(#private::PartReader::part(#from)));
            quote!(<Self as #private::BitFlags>::of_number(#number).#member)
        }
        Storage::Opaque => tried(quote!(#private::PartReader::opaque(#from))),
        Storage::With(_) => tried(quote!(#private::PartReader::with::<Self, #index>(#from))),
        Storage::Skipped => {
            let ty = &field.ty;
            quote_spanned!(field.span()=> #private::skipped::<#ty>())
        }
    };
    quote!(#member: #value)
}

/// Expands to the content of `impl WithField`, which calls the functions of the module `path`.
pub(crate) fn functions(private: &TokenStream, path: &Path, ty: &Type) -> TokenStream {
    quote! {
        type Field = #ty;

        fn write<__S: #private::Serializer>(__field: &#ty, __to: __S) -> #private::Result<__S::Ok, __S::Error> {
            #path::serialize(__field, __to)
        }

        fn read<'__de, __D: #private::Deserializer<'__de>>(__from: __D) -> #private::Result<#ty, __D::Error> {
            #path::deserialize(__from)
        }
    }
}
