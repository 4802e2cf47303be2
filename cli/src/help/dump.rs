//! All pages as JSON: what documents and tests are made from.

use std::io::{self, Write};

use super::Page;

/// One object a command on standard output.
pub(crate) fn dump(pages: &[Page]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    pages.iter().try_for_each(|page| writeln!(out, "{}", serde_json::to_string(page)?))
}
