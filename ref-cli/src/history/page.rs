//! The picture of a recording as a page: one file, which needs no network.

use super::bars::Picture;
use super::svg::{BARS, LOCAL_BARS, MARKS, colour, is_thin, sign, word};
use serde::Serialize;

const PAGE: &str = include_str!("page.html");

/// What the page's script draws.
#[derive(Serialize)]
struct PageContent<'a> {
    #[serde(flatten)]
    picture: &'a Picture,
    /// The kinds of bars, each with its colour and words, and whether it is thin.
    kinds: Vec<(serde_json::Value, &'a str, &'a str, bool)>,
    /// The kinds of marks, each with its sign and word.
    signs: Vec<(serde_json::Value, &'a str, &'a str)>,
}

pub(crate) fn text(picture: &Picture) -> Result<String, String> {
    let name = |kind: serde_json::Result<serde_json::Value>| kind.unwrap_or_default();
    let local = if picture.has_local { &LOCAL_BARS[..] } else { &[] };
    let kind = |kind: &_| (name(serde_json::to_value(kind)), colour(*kind), word(*kind), is_thin(*kind));
    let kinds = BARS.iter().chain(local).map(kind).collect();
    let signs = MARKS.iter().map(|kind| (name(serde_json::to_value(kind)), sign(*kind).0, sign(*kind).1)).collect();
    let content = PageContent { picture, kinds, signs };
    // No text of a recording ends the element in which the page has it.
    let content = serde_json::to_string(&content).map_err(|error| error.to_string())?.replace('<', "\\u003c");
    Ok(PAGE.replace("PICTURE", &content))
}
