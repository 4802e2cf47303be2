//! One row of CSV into cells, as RFC 4180 says and no other way: what a lenient reader guesses about a stray quote would
//! be a label that nobody meant.

use std::borrow::Cow;

use super::Fault;

/// The characters that may stand between cells: what spreadsheets and databases write.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The separator of a table, by its first row: the one of them that stands there outside of quotes. Where several do, `tab` (the
/// table's name says that it is one of tabs) decides, or nobody can.
pub(in crate::batch) fn separator(first: &[u8], tab: bool) -> Result<u8, Fault> {
    let mut open = false;
    let outside = first.iter().filter(|b| {
        open ^= **b == b'"';
        !open
    });
    let found: Vec<u8> = outside.copied().collect();
    let mut there = SEPARATORS.into_iter().filter(|s| found.contains(s));
    match (there.next(), there.next()) {
        (Some(_), Some(_)) if tab && found.contains(&b'\t') => Ok(b'\t'),
        (Some(_), Some(_)) => Err(Fault::Separators),
        (Some(one), None) => Ok(one),
        _ => Ok(b','),
    }
}

/// The cells of a row without its line end.
pub(in crate::batch) fn cells(row: &[u8], separator: u8) -> Result<Vec<Cow<'_, [u8]>>, Fault> {
    let (mut cells, mut rest) = (Vec::new(), row);
    loop {
        let (cell, behind) = match rest.strip_prefix(b"\"") {
            Some(quoted) => self::quoted(quoted)?,
            None => bare(rest, separator)?,
        };
        cells.push(cell);
        match behind.split_first() {
            Some((between, next)) if *between == separator => rest = next,
            Some(_) => return Err(Fault::Quote),
            None => return Ok(cells),
        }
    }
}

/// A cell, and what follows it.
type Cell<'r> = (Cow<'r, [u8]>, &'r [u8]);

/// A cell without quotes.
fn bare(text: &[u8], separator: u8) -> Result<Cell<'_>, Fault> {
    let end = text.iter().position(|b| *b == separator || *b == b'"').unwrap_or(text.len());
    let (cell, behind) = text.split_at_checked(end).unwrap_or((text, &[]));
    if behind.first() == Some(&b'"') { Err(Fault::Quote) } else { Ok((cell.into(), behind)) }
}

/// A cell behind its opening quote. Two quotes inside are one.
fn quoted(text: &[u8]) -> Result<Cell<'_>, Fault> {
    let (mut cell, mut rest) = (Cow::Borrowed(&[][..]), text);
    loop {
        let end = rest.iter().position(|b| *b == b'"').ok_or(Fault::NotClosed)?;
        let (part, behind) = rest.split_at_checked(end).ok_or(Fault::NotClosed)?;
        if cell.is_empty() {
            cell = part.into();
        } else {
            cell.to_mut().extend_from_slice(part);
        }
        let behind = behind.strip_prefix(b"\"").unwrap_or(behind);
        match behind.strip_prefix(b"\"") {
            Some(next) => {
                cell.to_mut().push(b'"');
                rest = next;
            }
            None => return Ok((cell, behind)),
        }
    }
}
