//! The item and its options, with every default filled in. The checks and the expansion use nothing else.

use super::parse::{self, FieldOptions, Given, ItemOptions};
use super::private;
use crate::diagnostics::Diagnostics;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Data, DeriveInput, Member, Path, Type, TypePath, parse_quote};

/// A type under `#[global_store]`.
pub(crate) struct Model {
    /// The user's item, without our attributes.
    pub(crate) input: DeriveInput,
    pub(crate) options: ItemOptions,
    /// The further `#[global_store]` attributes of the item.
    pub(crate) repeated: Vec<Attribute>,
    /// The path to `ref_core::__private`.
    pub(crate) private: TokenStream,
    /// The name in the fingerprint.
    pub(crate) name: String,
    pub(crate) version: Literal,
    /// The type of the earlier definition, with `Self` replaced by the item's type.
    pub(crate) earlier: Option<Type>,
    pub(crate) handles: bool,
    /// The attribute by which rustc does not list the type in an error for another type.
    pub(crate) unlisted: Option<TokenStream>,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    Struct(Kind, Vec<Field>),
    Enum(Vec<Variant>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) kind: Kind,
    pub(crate) fields: Vec<Field>,
}

/// How the fields of a struct or a variant are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unit,
    Newtype,
    Tuple,
    Named,
}

pub(crate) struct Field {
    /// The field's number in the type, counted through all variants.
    pub(crate) number: usize,
    /// The same number, as generated code has it.
    pub(crate) index: Literal,
    pub(crate) member: Member,
    /// The type as written, with `Self` replaced by the item's type.
    pub(crate) ty: Type,
    pub(crate) vis: syn::Visibility,
    pub(crate) options: FieldOptions,
}

/// How a field is stored.
#[derive(Clone, Copy)]
pub(crate) enum Storage<'m> {
    /// As a type that is `Stored`.
    Stored,
    /// By the serde traits of its type.
    Opaque,
    /// As the number that holds the flags of a type of `bitflags!`.
    Flags,
    /// By the functions `serialize` and `deserialize` of a module.
    With(&'m Path),
    /// The field is not stored.
    Skipped,
}

/// Returns whether an option is `true` or not given.
fn is_not_off(option: Option<&Given<bool>>) -> bool {
    option.is_none_or(|option| option.value)
}

impl Model {
    pub(crate) fn new(options: ItemOptions, mut input: DeriveInput, errors: &mut Diagnostics) -> Self {
        let shape = Shape::new(&mut input, errors);
        let name = options.name.as_ref().map_or_else(|| input.ident.unraw().to_string(), |name| name.value.clone());
        Self {
            repeated: parse::repeated(&mut input.attrs),
            private: private(options.krate.as_ref().map(|krate| &krate.value)),
            name,
            version: Literal::u32_unsuffixed(options.version.as_ref().map_or(1, |version| version.value)),
            earlier: options.from.as_ref().map(|from| without_self(&from.value, &self_type(&input))),
            handles: is_not_off(options.handles.as_ref()),
            unlisted: is_not_off(options.diagnostic.as_ref()).then(|| quote!(#[diagnostic::do_not_recommend])),
            input,
            options,
            shape,
        }
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.input.ident
    }

    /// Returns the item's type, such as `Pair<U, N>`.
    pub(crate) fn self_type(&self) -> TokenStream {
        self_type(&self.input)
    }

    /// Returns all fields, of all variants.
    pub(crate) fn fields(&self) -> Box<dyn Iterator<Item = &Field> + '_> {
        match &self.shape {
            Shape::Struct(_, fields) => Box::new(fields.iter()),
            Shape::Enum(variants) => Box::new(variants.iter().flat_map(|variant| &variant.fields)),
        }
    }

    /// Returns the attribute that packs the item, if there is one. The fields of a packed item cannot be borrowed.
    pub(crate) fn packed(&self) -> Option<&Attribute> {
        let mut lists = self.input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr"));
        lists.find(|list| {
            let tokens = list.meta.require_list().map(|list| list.tokens.to_string());
            tokens.is_ok_and(|tokens| tokens.contains("packed"))
        })
    }

    /// Returns the fields, if the item is a struct with named fields.
    pub(crate) fn named_fields(&self) -> Option<&[Field]> {
        match &self.shape {
            Shape::Struct(Kind::Named, fields) => Some(fields),
            Shape::Struct(..) | Shape::Enum(_) => None,
        }
    }
}

/// Returns the fields of all variants, in the order of [`Model::fields`].
pub(crate) fn fields_mut(input: &mut DeriveInput) -> Box<dyn Iterator<Item = &mut syn::Field> + '_> {
    match &mut input.data {
        Data::Struct(data) => Box::new(data.fields.iter_mut()),
        Data::Enum(data) => Box::new(data.variants.iter_mut().flat_map(|variant| variant.fields.iter_mut())),
        Data::Union(data) => Box::new(data.fields.named.iter_mut()),
    }
}

pub(crate) fn variants_mut(input: &mut DeriveInput) -> Box<dyn Iterator<Item = &mut syn::Variant> + '_> {
    match &mut input.data {
        Data::Enum(data) => Box::new(data.variants.iter_mut()),
        Data::Struct(_) | Data::Union(_) => Box::new(std::iter::empty()),
    }
}

impl Shape {
    fn new(input: &mut DeriveInput, errors: &mut Diagnostics) -> Self {
        let this = self_type(input);
        let mut reader = Reader { this, next: 0, errors };
        match &mut input.data {
            Data::Struct(data) => {
                let fields = reader.fields(&mut data.fields);
                Self::Struct(Kind::of(&data.fields, &fields), fields)
            }
            Data::Enum(data) => Self::Enum(data.variants.iter_mut().map(|variant| reader.variant(variant)).collect()),
            Data::Union(_) => Self::Struct(Kind::Unit, Vec::new()),
        }
    }
}

/// Reads the fields in their order, and numbers them.
struct Reader<'e> {
    this: TokenStream,
    next: usize,
    errors: &'e mut Diagnostics,
}

impl Reader<'_> {
    fn variant(&mut self, variant: &mut syn::Variant) -> Variant {
        parse::no_variant_options(&mut variant.attrs, self.errors);
        let fields = self.fields(&mut variant.fields);
        Variant { ident: variant.ident.clone(), kind: Kind::of(&variant.fields, &fields), fields }
    }

    fn fields(&mut self, fields: &mut syn::Fields) -> Vec<Field> {
        fields.iter_mut().enumerate().map(|(position, field)| self.field(position, field)).collect()
    }

    fn field(&mut self, position: usize, field: &mut syn::Field) -> Field {
        let number = self.next;
        self.next += 1;
        Field {
            number,
            index: Literal::usize_unsuffixed(number),
            options: parse::field_options(&mut field.attrs, self.errors),
            member: member(position, field),
            ty: without_self(&field.ty, &self.this),
            vis: field.vis.clone(),
        }
    }
}

impl Kind {
    fn of(syntax: &syn::Fields, fields: &[Field]) -> Self {
        match (syntax, fields) {
            (syn::Fields::Named(_), _) => Self::Named,
            (syn::Fields::Unnamed(_), [only]) if matches!(only.storage(), Storage::Stored | Storage::Flags) => {
                Self::Newtype
            }
            (syn::Fields::Unnamed(_), _) => Self::Tuple,
            (syn::Fields::Unit, _) => Self::Unit,
        }
    }
}

fn member(position: usize, field: &syn::Field) -> Member {
    match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => {
            Member::Unnamed(syn::Index { index: u32::try_from(position).unwrap_or(u32::MAX), span: field.ty.span() })
        }
    }
}

impl Field {
    /// Returns the field's name in the fingerprint: `step`, or `0` in a tuple.
    pub(crate) fn label(&self) -> String {
        match &self.member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.ty.span()
    }

    /// Returns how the field is stored.
    pub(crate) fn storage(&self) -> Storage<'_> {
        match &self.options {
            FieldOptions { skip: Some(_), .. } => Storage::Skipped,
            FieldOptions { with: Some(with), .. } => Storage::With(&with.value),
            FieldOptions { opaque: Some(_), .. } => Storage::Opaque,
            _ if is_flags(&self.ty) => Storage::Flags,
            _ => Storage::Stored,
        }
    }

    /// Returns whether the field is stored at all.
    pub(crate) fn is_written(&self) -> bool {
        !matches!(self.storage(), Storage::Skipped)
    }
}

/// Returns whether `ty` is the type that `bitflags!` gives to the only field of a type that it makes:
/// `<Flags as bitflags::__private::PublicFlags>::Internal`. No program can name that type, or implement a trait for it.
fn is_flags(ty: &Type) -> bool {
    let Type::Path(TypePath { qself: Some(_), path, .. }) = ty else { return false };
    path.segments.iter().rev().map(|segment| &segment.ident).take(2).eq(["Internal", "PublicFlags"])
}

fn self_type(input: &DeriveInput) -> TokenStream {
    let (ident, (_, arguments, _)) = (&input.ident, input.generics.split_for_impl());
    quote!(#ident #arguments)
}

fn without_self(ty: &Type, this: &TokenStream) -> Type {
    let mut ty = ty.clone();
    ReplaceSelf { this }.visit_type_mut(&mut ty);
    ty
}

struct ReplaceSelf<'t> {
    this: &'t TokenStream,
}

impl VisitMut for ReplaceSelf<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self")) {
            let this = self.this;
            *ty = parse_quote!(#this);
        } else {
            visit_mut::visit_type_mut(self, ty);
        }
    }
}
