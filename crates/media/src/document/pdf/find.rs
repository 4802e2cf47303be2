//! Labels among the first and the last lines of pages.

use biaoshi_container::pdf::{File, Page, Side};
use biaoshi_container::{Limits, Source};
use biaoshi_explicit::text::{Kind, Matcher};
use biaoshi_explicit::words;

use super::letters::lines;
use super::{ENCRYPTED, open};
use crate::{Error, ExplicitOptions, Found, Part, Place, Result};

/// Pages at either end that are read.
const PAGES: usize = 3;
/// Lines at either end of a page.
const LINES: usize = 3;

/// Finds label lines.
///
/// # Errors
/// I/O, damage, limits, a document that stays closed.
pub(super) fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let file = open(source, limits)?;
    if file.closed().is_some() {
        return Err(Error::Unable(ENCRYPTED.message()));
    }
    Ok(labels(&file, options)?.into_iter().map(|(found, _)| found).collect())
}

/// A label that conforms.
pub(super) fn conforming(file: &File<'_>, options: &ExplicitOptions) -> Result<Option<Found>> {
    Ok(labels(file, options)?.into_iter().find(|(_, kind)| *kind == Kind::Conforming).map(|(found, _)| found))
}

fn labels(file: &File<'_>, options: &ExplicitOptions) -> Result<Vec<(Found, Kind)>> {
    let matcher = options.matcher(words::TEXT);
    let mut all = Vec::new();
    for (number, page) in pages(file)? {
        on_page(number, &lines(file, &page)?, &matcher, &mut all);
    }
    Ok(all)
}

/// The first pages and the last ones, with their numbers.
fn pages(file: &File<'_>) -> Result<Vec<(u32, Page)>> {
    let count = count(file)?;
    let mut pages: Vec<(u32, Page)> = (1..).zip(file.pages(Side::Front, PAGES)?).collect();
    let last = pages.len() as u32;
    if count > last {
        let behind = file.pages(Side::Back, PAGES.min((count - last) as usize))?;
        let numbered = (0..).zip(behind).map(|(n, page)| (count.saturating_sub(n), page));
        pages.extend(numbered.filter(|(n, _)| *n > last).collect::<Vec<_>>().into_iter().rev());
    }
    Ok(pages)
}

/// How many pages the document says it has.
fn count(file: &File<'_>) -> Result<u32> {
    let Some(catalog) = file.named("Root")? else { return Ok(0) };
    let root = file.entry(&catalog, "Pages")?;
    let count = root.map(|root| file.entry(&root, "Count")).transpose()?.flatten();
    Ok(count.and_then(|count| count.value.number()).and_then(|n| u32::try_from(n).ok()).unwrap_or(0))
}

fn on_page(number: u32, lines: &[String], matcher: &Matcher, all: &mut Vec<(Found, Kind)>) {
    let mut offset = 0;
    for (n, line) in lines.iter().enumerate() {
        let length = line.chars().count();
        let at_end = n < LINES || n + LINES >= lines.len();
        if let Some(kind) = matcher.kind(line, true).filter(|_| at_end) {
            let (part, words) = (Some(Part::Page(number)), line.trim().to_owned());
            let score = if kind == Kind::Conforming { 1.0 } else { 0.5 };
            all.push((Found { place: Place::Text { part, offset, length, words }, score }, kind));
        }
        offset += length + 1;
    }
}
