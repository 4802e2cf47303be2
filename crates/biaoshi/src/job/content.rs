//! Whether two files are one content, for numbers that may be given to one content alone.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use biaoshi_metadata::{Head, Status, sniff};

use super::id::sha256;
use super::{Input, Opened};
use crate::{Limits, Result};

/// How much of two files is compared at a time.
const STEP: usize = 1 << 18;

/// Whether a file can carry a label at all, by its format; `beside`: in a sidecar too.
pub(crate) fn has_place(input: &Input, limits: &Limits, beside: bool) -> bool {
    let format = || -> Result<bool> {
        let opened = Opened::open(input, limits)?;
        let format = sniff(&Head::new(&opened.window, &input.extension())?);
        Ok(beside || format.is_some_and(|format| format.status != Status::Sidecar))
    };
    format().unwrap_or(false)
}

/// SHA-256 of a file, lower-case hex.
pub(crate) fn digest(input: &Input, limits: &Limits) -> Result<String> {
    sha256(&Opened::open(input, limits)?.window)
}

/// Whether two files hold the same bytes.
pub(crate) fn same_bytes(a: &Path, b: &Path) -> io::Result<bool> {
    same_start(a, b, u64::MAX)
}

/// Whether two files are of one size and hold the same bytes as far as `most`.
pub(crate) fn same_start(a: &Path, b: &Path, most: u64) -> io::Result<bool> {
    let (a, b) = (File::open(a)?, File::open(b)?);
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (BufReader::with_capacity(STEP, a.take(most)), BufReader::with_capacity(STEP, b.take(most)));
    loop {
        let (left, right) = (a.fill_buf()?, b.fill_buf()?);
        let length = left.len().min(right.len());
        if left.get(..length) != right.get(..length) {
            return Ok(false);
        }
        if length == 0 {
            return Ok(left.len() == right.len());
        }
        a.consume(length);
        b.consume(length);
    }
}
