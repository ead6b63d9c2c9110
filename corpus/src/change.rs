//! A crate with the attribute on its types: which additions each type needs, and the changed text.

use crate::check::Fault;
use crate::fetch::write;
use crate::items::{self, Item};
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What is done with serde's derives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serde {
    Kept,
    TakenAway,
}

/// A published crate.
pub(crate) struct Krate {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) folder: PathBuf,
    /// Whether the crate has a feature `serde`.
    pub(crate) has_feature: bool,
    pub(crate) files: Vec<File>,
}

/// A file with types.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    original: String,
    pub(crate) types: Vec<Type>,
}

/// A type, and the decisions about it.
pub(crate) struct Type {
    pub(crate) item: Item,
    /// The fields that are opaque.
    pub(crate) opaque: BTreeSet<usize>,
    /// Whether the attribute of the type gets `handles = false`.
    pub(crate) no_handles: bool,
    /// Whether the attribute of the type gets `diagnostic = false`.
    pub(crate) no_diagnostic: bool,
    /// Whether the type has an `impl Serialize` that is written by hand.
    has_own_serde: bool,
    /// Whether the attribute of the type gets `opaque`.
    pub(crate) is_opaque: bool,
    /// Whether values of the type are made. A generic type may have no value for `f64`.
    pub(crate) is_made: bool,
    /// Why the type does not get the attribute.
    pub(crate) refused: Option<String>,
    /// Whether the type has no derive of serde, and gets the attribute since a field of another type needs it.
    pub(crate) is_needed: bool,
}

impl Type {
    /// Returns whether the type derives traits of serde, and has no lifetime.
    pub(crate) fn counts(&self) -> bool {
        !self.item.derives.is_empty() && !self.item.borrows
    }

    /// Returns whether the type gets the attribute.
    pub(crate) fn is_changed(&self) -> bool {
        self.refused.is_none() && (self.is_needed || !self.item.derives.is_empty())
    }

    /// Returns how many additions the type needs beside the attribute: one for each opaque field, and one for
    /// each option of the attribute.
    pub(crate) fn additions(&self) -> usize {
        self.opaque.len() + self.options().len()
    }

    /// Returns the options of the attribute.
    pub(crate) fn options(&self) -> Vec<&'static str> {
        let options = [
            (self.no_handles, "handles = false"),
            (self.no_diagnostic, "diagnostic = false"),
            (self.is_opaque, "opaque"),
        ];
        options.into_iter().filter_map(|(is_given, option)| is_given.then_some(option)).collect()
    }

    /// Decides from an error at this type. Returns whether anything has changed.
    fn repair(&mut self, fault: &Fault, spot: &Spot) -> bool {
        if self.refused.is_some() {
            return false;
        }
        if spot.is_entry {
            return std::mem::take(&mut self.is_made);
        }
        if self.has_own_serde && self.is_needed && fault.message.contains("cannot live in a store") && !self.is_opaque {
            (self.is_opaque, self.opaque) = (true, BTreeSet::new());
            return true;
        }
        let field = self.item.fields.iter().position(|field| field.contains(&spot.place));
        match (fault.code.as_str(), field) {
            ("E0277", Some(field)) if fault.message.contains("cannot live in a store") && self.opaque.insert(field) => {
            }
            ("E0428", _) if !self.no_handles => self.no_handles = true,
            ("E0433", _) if fault.message.contains("`do_not_recommend`") && !self.no_diagnostic => {
                self.no_diagnostic = true;
            }
            _ => self.refused = Some(fault.to_string()),
        }
        true
    }
}

/// Where an error is: the file, the type in it, the byte of the original text, and whether the error is in an `entry!`
/// that was added.
struct Spot {
    file: usize,
    nth: Option<usize>,
    place: usize,
    is_entry: bool,
}

impl Krate {
    /// Reads the sources of a crate.
    pub(crate) fn read(name: &str, version: &str, folder: PathBuf, has_feature: bool) -> Result<Self, String> {
        let mut paths = Vec::new();
        sources(&folder.join("src"), &mut paths).map_err(|error| format!("{name}: {error}"))?;
        paths.sort();
        let read = |path: PathBuf| {
            let original = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            let types = items::of(&original).into_iter().map(|item| Type {
                refused: item.borrows.then(|| "it borrows".to_owned()),
                item,
                opaque: BTreeSet::new(),
                no_handles: false,
                no_diagnostic: false,
                has_own_serde: false,
                is_opaque: false,
                is_made: true,
                is_needed: false,
            });
            Ok(File { path, types: types.collect(), original })
        };
        let mut files = paths.into_iter().map(read).collect::<Result<Vec<_>, String>>()?;
        let texts: Vec<String> = files.iter().map(|file| file.original.clone()).collect();
        for ty in files.iter_mut().flat_map(|file| &mut file.types) {
            let own = format!("Serialize for {} {{", ty.item.name);
            ty.has_own_serde = texts.iter().any(|text| text.contains(&own));
        }
        Ok(Self { name: name.to_owned(), version: version.to_owned(), folder, has_feature, files })
    }

    /// Writes the changed sources.
    pub(crate) fn write(&self, serde: Serde) -> Result<(), String> {
        self.files
            .iter()
            .filter(|file| !file.types.is_empty())
            .try_for_each(|file| write(&file.path, &file.text(serde)))
    }

    /// Decides from the errors what to add to the types, or which types to refuse. Returns whether anything has
    /// changed.
    pub(crate) fn repair(&mut self, faults: &[Fault]) -> bool {
        let (mut changed, mut decided, mut now_needed) = (false, BTreeSet::new(), BTreeSet::new());
        // All places are found before the first decision, which changes the additions, and so where they stand.
        for (fault, spot) in faults.iter().filter_map(|fault| Some((fault, self.spot(fault)?))).collect::<Vec<_>>() {
            if let Some(needed) = self.lacking(fault, &now_needed) {
                changed |= !std::mem::replace(&mut needed.is_needed, true);
                now_needed.insert(needed.item.name.clone());
                continue;
            }
            // Another error at the same place: the decision of this round on the first error may repair this
            // error too.
            let key = (fault.path.clone(), fault.byte);
            if fault.code == "E0277" && decided.contains(&key) {
                continue;
            }
            if let Some(ty) = spot.nth {
                changed |= self.files[spot.file].types[ty].repair(fault, &spot);
            }
            decided.insert(key);
        }
        changed
    }

    /// Returns where an error is, if it is in a file of this crate.
    fn spot(&self, fault: &Fault) -> Option<Spot> {
        let file = self.files.iter().position(|file| file.path == fault.path)?;
        let (place, is_entry) = self.files[file].place(fault.byte, Serde::Kept);
        let nth = self.files[file].type_at(fault.byte, Serde::Kept);
        Some(Spot { file, nth, place, is_entry })
    }

    /// Returns the first type of this crate that has no derives of serde and whose name is in the error, if the type
    /// has no attribute yet, or got the attribute in this round.
    fn lacking(&mut self, fault: &Fault, again: &BTreeSet<String>) -> Option<&mut Type> {
        if fault.code != "E0277" || !fault.message.contains("cannot live in a store") {
            return None;
        }
        let quoted = fault.message.split('`').nth(1)?;
        let names: Vec<&str> = quoted.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let mut types = self.files.iter_mut().flat_map(|file| &mut file.types);
        types.find(|ty| {
            let is_plain = ty.item.derives.is_empty() && !ty.item.borrows && ty.refused.is_none();
            let is_open = is_plain && (!ty.is_needed || again.contains(&ty.item.name));
            is_open && ty.item.after.is_some() && names.contains(&ty.item.name.as_str())
        })
    }

    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        self.files.iter().flat_map(|file| &file.types)
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// A change of the text: the bytes that are replaced, and the new text.
type Edit = (Range<usize>, String);

impl File {
    fn edits(&self, serde: Serde) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        for ty in self.types.iter().filter(|ty| ty.is_changed()) {
            let options = match ty.options()[..] {
                [] => String::new(),
                ref options => format!("({})", options.join(", ")),
            };
            let start = ty.item.range.start;
            edits.push((start..start, format!("#[::ref_core::global_store{options}]\n")));
            for field in &ty.opaque {
                let start = ty.item.fields[*field].start;
                edits.push((start..start, "#[global_store(opaque)]\n".to_owned()));
            }
            if let (Some(after), true) = (ty.item.after, ty.is_made) {
                let conditions: String = ty.item.conditions.iter().map(|range| &self.original[range.clone()]).collect();
                let entry =
                    format!("\n{conditions}::corpus_support::entry!({:?}, {});\n", ty.item.name, ty.item.concrete);
                edits.push((after..after, entry));
            }
            if serde == Serde::TakenAway {
                edits.extend(
                    ty.item.derives.iter().map(|range| (range.clone(), "::corpus_support::Nothing".to_owned())),
                );
            }
        }
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        edits
    }

    /// Returns the changed text.
    fn text(&self, serde: Serde) -> String {
        let (mut text, mut at) = (String::new(), 0);
        for (range, new) in self.edits(serde) {
            text.push_str(&self.original[at..range.start]);
            text.push_str(&new);
            at = range.end;
        }
        text.push_str(&self.original[at..]);
        text
    }

    /// Returns the place in the original text of a byte of the changed text, and whether the byte is in an `entry!`
    /// that was added.
    fn place(&self, byte: usize, serde: Serde) -> (usize, bool) {
        let (mut old, mut new_at) = (0, 0);
        for (range, new) in self.edits(serde) {
            let start = new_at + (range.start - old);
            if byte < start {
                break;
            }
            if byte < start + new.len() {
                return (range.start, new.contains("::corpus_support::entry!"));
            }
            (old, new_at) = (range.end, start + new.len());
        }
        (old + (byte - new_at), false)
    }

    /// Returns the type at a byte of the changed text.
    pub(crate) fn type_at(&self, byte: usize, serde: Serde) -> Option<usize> {
        let (place, is_entry) = self.place(byte, serde);
        self.types.iter().position(|ty| match is_entry {
            true => ty.item.after == Some(place),
            false => ty.item.range.contains(&place),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
#[derive(Serialize, Deserialize)]
pub struct One { first: Foreign, second: u8 }
#[derive(Serialize, Deserialize)]
pub struct Two { first: u8, second: Foreign }
#[derive(Serialize, Deserialize)]
pub struct Three { first: u8, second: Foreign, third: u8 }
";

    fn krate() -> Krate {
        let types = items::of(TEXT).into_iter().map(|item| Type {
            item,
            opaque: BTreeSet::new(),
            no_handles: false,
            no_diagnostic: false,
            has_own_serde: false,
            is_opaque: false,
            is_made: true,
            refused: None,
            is_needed: false,
        });
        let file = File { path: PathBuf::from("lib.rs"), original: TEXT.to_owned(), types: types.collect() };
        let (name, version) = ("a".to_owned(), "1".to_owned());
        Krate { name, version, folder: PathBuf::new(), has_feature: false, files: vec![file] }
    }

    #[test]
    fn errors_of_one_round_are_each_repaired_at_their_own_field() {
        let mut krate = krate();
        let text = krate.files[0].text(Serde::Kept);
        let faults: Vec<Fault> = text
            .match_indices("Foreign")
            .map(|(byte, _)| Fault {
                path: PathBuf::from("lib.rs"),
                byte,
                code: "E0277".to_owned(),
                message: "`Foreign` cannot live in a store".to_owned(),
            })
            .collect();
        assert_eq!(faults.len(), 3);
        assert!(krate.repair(&faults));
        let decided: Vec<_> = krate.types().map(|ty| (ty.opaque.clone(), ty.refused.clone())).collect();
        assert_eq!(decided, [0, 1, 1].map(|field| (BTreeSet::from([field]), None)));
    }

    #[test]
    fn a_type_of_a_macro_that_borrows_is_known_by_its_lifetime() {
        let text = "macro_rules! ids { ($name:ident) => { #[derive(Serialize)] pub struct $name<'a>(Cow<'a, str>); } }";
        assert!(items::of(text).iter().all(|item| item.borrows) && items::of(text).len() == 1);
    }
}
