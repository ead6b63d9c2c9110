//! The item and its options, with every default filled in. The checks and the expansion use nothing else.

use super::parse::{self, ItemOptions, PartOptions, SerdeWord};
use super::private::Private;
use crate::diagnostics::Diagnostics;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Data, DeriveInput, Member, Path, Type, parse_quote};

/// A type under `#[global_store]`.
pub(crate) struct Model {
    /// The user's item, without our attributes.
    pub(crate) input: DeriveInput,
    pub(crate) options: ItemOptions,
    /// The attribute `#[global_store]`, where it stands a second time.
    pub(crate) repeated: Vec<Attribute>,
    /// Attributes that a `#[cfg_attr]` hides from the macro.
    pub(crate) hidden: Vec<Attribute>,
    pub(crate) private: Private,
    /// The name in the fingerprint.
    pub(crate) name: String,
    pub(crate) version: Literal,
    /// Whether this macro derives serde's traits.
    pub(crate) serde: bool,
    pub(crate) handles: bool,
    pub(crate) derives: Derives,
    /// The serde words on the type.
    pub(crate) serde_words: Vec<SerdeWord>,
    pub(crate) shape: Shape,
}

/// The places where the user derives serde's traits.
#[derive(Default)]
pub(crate) struct Derives {
    pub(crate) serialize: Option<Path>,
    pub(crate) deserialize: Option<Path>,
}

impl Derives {
    fn of(attributes: &[Attribute]) -> Self {
        let mut derives = Self::default();
        let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
        for path in lists.filter_map(|list| list.parse_args_with(Paths::parse_terminated).ok()).flatten() {
            match path.segments.last().map(|last| last.ident.to_string()).as_deref() {
                Some("Serialize") => derives.serialize = Some(path),
                Some("Deserialize") => derives.deserialize = Some(path),
                _ => {}
            }
        }
        derives
    }
}

type Paths = syn::punctuated::Punctuated<Path, syn::Token![,]>;

pub(crate) enum Shape {
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) hidden: Vec<Attribute>,
    pub(crate) options: PartOptions,
    pub(crate) serde_words: Vec<SerdeWord>,
    pub(crate) fields: Vec<Field>,
}

pub(crate) struct Field {
    /// The field's number in the type, counted through all variants.
    pub(crate) index: Literal,
    /// The `#[cfg]`s of the field and of its variant.
    pub(crate) cfgs: Vec<Attribute>,
    /// Attributes that a `#[cfg_attr]` hides from the macro.
    pub(crate) hidden: Vec<Attribute>,
    pub(crate) member: Member,
    /// The type as written, with `Self` replaced by the item's type.
    pub(crate) ty: Type,
    pub(crate) vis: syn::Visibility,
    pub(crate) options: PartOptions,
    pub(crate) serde_words: Vec<SerdeWord>,
    pub(crate) storage: Storage,
}

/// How a field is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// As a type that is `Stored`.
    Stored,
    /// By the serde traits of its type.
    Opaque,
    /// By functions that the field's serde attributes name.
    Custom,
    /// The field is not stored.
    Skipped,
}

impl Model {
    pub(crate) fn new(options: ItemOptions, mut input: DeriveInput, errors: &mut Diagnostics) -> Self {
        let shape = Shape::new(&mut input, errors);
        let name = options.name.as_ref().map_or_else(|| input.ident.unraw().to_string(), |name| name.value.clone());
        Self {
            hidden: parse::hidden_attributes(&input.attrs),
            repeated: parse::repeated(&mut input.attrs),
            private: Private::new(options.krate.as_ref().map(|krate| &krate.value), &input.ident),
            name,
            version: Literal::u32_unsuffixed(options.version.as_ref().map_or(1, |version| version.value)),
            serde: options.serde.as_ref().is_none_or(|serde| serde.value),
            handles: options.handles.as_ref().is_none_or(|handles| handles.value),
            derives: Derives::of(&input.attrs),
            serde_words: parse::serde_words(&input.attrs),
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
            Shape::Struct(fields) => Box::new(fields.iter()),
            Shape::Enum(variants) => Box::new(variants.iter().flat_map(|variant| &variant.fields)),
        }
    }

    /// Returns the variants of an enum, or none for a struct.
    pub(crate) fn variants(&self) -> &[Variant] {
        match &self.shape {
            Shape::Struct(_) => &[],
            Shape::Enum(variants) => variants,
        }
    }

    /// Returns the fields of a struct with named fields.
    pub(crate) fn named_fields(&self) -> Option<&[Field]> {
        match (&self.shape, &self.input.data) {
            (Shape::Struct(fields), Data::Struct(data)) if matches!(data.fields, syn::Fields::Named(_)) => Some(fields),
            _ => None,
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
            Data::Struct(data) => Self::Struct(reader.fields(&mut data.fields, &[])),
            Data::Enum(data) => Self::Enum(data.variants.iter_mut().map(|variant| reader.variant(variant)).collect()),
            Data::Union(_) => Self::Struct(Vec::new()),
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
        let cfgs = parse::cfgs(&variant.attrs);
        Variant {
            ident: variant.ident.clone(),
            hidden: parse::hidden_attributes(&variant.attrs),
            options: parse::variant_options(&mut variant.attrs, self.errors),
            serde_words: parse::serde_words(&variant.attrs),
            fields: self.fields(&mut variant.fields, &cfgs),
            cfgs,
        }
    }

    fn fields(&mut self, fields: &mut syn::Fields, cfgs: &[Attribute]) -> Vec<Field> {
        fields.iter_mut().enumerate().map(|(position, field)| self.field(position, field, cfgs)).collect()
    }

    fn field(&mut self, position: usize, field: &mut syn::Field, cfgs: &[Attribute]) -> Field {
        let index = Literal::usize_unsuffixed(self.next);
        self.next += 1;
        let options = parse::field_options(&mut field.attrs, self.errors);
        let serde_words = parse::serde_words(&field.attrs);
        Field {
            index,
            cfgs: [cfgs, &parse::cfgs(&field.attrs)].concat(),
            hidden: parse::hidden_attributes(&field.attrs),
            member: member(position, field),
            ty: without_self(&field.ty, &self.this),
            vis: field.vis.clone(),
            storage: Storage::new(&options, &serde_words),
            options,
            serde_words,
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
}

impl Storage {
    fn new(options: &PartOptions, words: &[SerdeWord]) -> Self {
        let says = |name: &str| words.iter().any(|word| word.name == name);
        if says("skip") {
            Self::Skipped
        } else if options.opaque.is_none() {
            Self::Stored
        } else if says("with") || (says("serialize_with") && says("deserialize_with")) {
            Self::Custom
        } else {
            Self::Opaque
        }
    }
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
