//! The table of `docs/evidence.md`, and lists of the types and errors that the table only counts.

use crate::change::{Krate, Serde};
use crate::check::{Fault, Ran};

/// Prints errors.
pub(crate) fn faults(faults: &[Fault]) {
    for fault in faults {
        println!("  {}:{} {fault}", fault.path.display(), fault.byte);
    }
}

/// Prints the table and the lists.
pub(crate) fn print(crates: &[Krate], alone: &[Fault], outcomes: &[Ran]) {
    println!("| crate | types | nothing added | one line or more (lines) | not | values came back equal | not made |");
    println!("|---|---|---|---|---|---|---|");
    let mut totals = [0; 7];
    for krate in crates {
        let types: Vec<_> = krate.types().filter(|ty| ty.counts()).collect();
        let refused = types.iter().filter(|ty| ty.refused.is_some()).count();
        let added = types.iter().filter(|ty| ty.refused.is_none() && ty.additions() > 0).count();
        let lines: usize = types.iter().filter(|ty| ty.refused.is_none()).map(|ty| ty.additions()).sum();
        let module = format!("{}::", krate.name.replace('-', "_"));
        // The types that derive nothing of serde are in no column.
        let counts = |ran: &&Ran| {
            let name = ran.name.rsplit("::").next();
            !krate.types().any(|ty| ty.is_needed && Some(ty.item.name.as_str()) == name)
        };
        let of_this = outcomes.iter().filter(|ran| ran.name.starts_with(&module)).filter(counts);
        let equal = of_this.filter(|ran| ran.word == "equal").count();
        let plain = types.len() - refused - added;
        let row = [types.len(), plain, added, lines, refused, equal, types.len() - equal];
        totals.iter_mut().zip(row).for_each(|(total, number)| *total += number);
        print_row(&format!("`{}` {}", krate.name, krate.version), row);
    }
    print_row("all", totals);
    for krate in crates {
        let needed = krate.types().filter(|ty| ty.is_needed && ty.refused.is_none());
        needed.for_each(|ty| {
            println!("not serde-derived: {}::{}: options {:?}", krate.name, ty.item.name, ty.options());
        });
        for ty in krate.types().filter(|ty| ty.is_needed || !ty.item.derives.is_empty()) {
            match &ty.refused {
                Some(why) => println!("not: {}::{}: {why}", krate.name, ty.item.name),
                None if ty.additions() > 0 => {
                    println!(
                        "added: {}::{}: opaque {:?}, options {:?}",
                        krate.name,
                        ty.item.name,
                        ty.opaque,
                        ty.options()
                    );
                }
                None => {}
            }
        }
    }
    for ran in outcomes.iter().filter(|ran| ran.word != "equal") {
        println!("{}: {}: {}", ran.word, ran.name, ran.why);
    }
    report_alone(crates, alone);
}

fn print_row(name: &str, [types, plain, added, lines, refused, equal, unmade]: [usize; 7]) {
    println!("| {name} | {types} | {plain} | {added} ({lines}) | {refused} | {equal} | {unmade} |");
}

/// Prints the errors at changed types in the build without serde's derives. Other errors are only counted: they are at
/// the crate's own uses of serde, or at opaque fields, which need serde's traits.
fn report_alone(crates: &[Krate], alone: &[Fault]) {
    let mut elsewhere = 0;
    for fault in alone {
        let file = crates.iter().flat_map(|krate| &krate.files).find(|file| file.path == fault.path);
        let ty = file.and_then(|file| Some(&file.types[file.type_at(fault.byte, Serde::TakenAway)?]));
        match ty {
            // A type without the attribute has kept its derives.
            Some(ty) if ty.is_changed() && !fault.message.contains("serde cannot both") => {
                println!("alone: {}:{} {fault}", fault.path.display(), fault.byte)
            }
            _ => elsewhere += 1,
        }
    }
    println!("alone: {elsewhere} errors where the crates use serde themselves, or a field is opaque");
}
