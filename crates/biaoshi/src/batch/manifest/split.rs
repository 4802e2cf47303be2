//! One row of CSV into cells, as RFC 4180 says and no other way: what a lenient reader guesses about a stray quote would
//! be a label that nobody meant.

use super::Fault;

/// The cells of a row without its line end.
pub(in crate::batch) fn cells(row: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let (mut cells, mut rest) = (Vec::new(), row);
    loop {
        let (cell, behind) = match rest.strip_prefix(b"\"") {
            Some(quoted) => self::quoted(quoted)?,
            None => bare(rest)?,
        };
        cells.push(cell);
        match behind.split_first() {
            Some((b',', next)) => rest = next,
            Some(_) => return Err(Fault::Quote),
            None => return Ok(cells),
        }
    }
}

/// A cell without quotes, and what follows it.
fn bare(text: &[u8]) -> Result<(Vec<u8>, &[u8]), Fault> {
    let end = text.iter().position(|b| matches!(b, b',' | b'"')).unwrap_or(text.len());
    let (cell, behind) = text.split_at_checked(end).unwrap_or((text, &[]));
    if behind.first() == Some(&b'"') { Err(Fault::Quote) } else { Ok((cell.to_vec(), behind)) }
}

/// A cell behind its opening quote, and what follows the closing one. Two quotes inside are one.
fn quoted(text: &[u8]) -> Result<(Vec<u8>, &[u8]), Fault> {
    let (mut cell, mut rest) = (Vec::new(), text);
    loop {
        let end = rest.iter().position(|b| *b == b'"').ok_or(Fault::NotClosed)?;
        let (part, behind) = rest.split_at_checked(end).ok_or(Fault::NotClosed)?;
        cell.extend_from_slice(part);
        let behind = behind.strip_prefix(b"\"").unwrap_or(behind);
        match behind.strip_prefix(b"\"") {
            Some(next) => {
                cell.push(b'"');
                rest = next;
            }
            None => return Ok((cell, behind)),
        }
    }
}
