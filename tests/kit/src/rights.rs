//! What a user of a server has to be allowed to do.

const PAGE: &str = include_str!("../../../docs/layout.md");

/// Returns the rights that the page on layout lists for the keys `keys`, as `ACL SETUSER` takes them: `+get`. So a test
/// with such a user also holds the page.
///
/// # Panics
/// If the page has no such list.
#[must_use]
pub fn rights(keys: &str) -> Vec<String> {
    let lists = PAGE.split("needs these rights (ACL)").skip(1);
    let list = lists.filter_map(|after| after.split_once("```text")).find(|(before, _)| before.contains(keys));
    let (_, after) = list.unwrap_or_else(|| panic!("docs/layout.md lists the rights for {keys}"));
    let (list, _) = after.split_once("```").expect("the list has an end");
    list.split_whitespace().map(|right| format!("+{right}")).collect()
}
