//! Small pictures of the first pictures of a run. They are made when all files are done, so that no file waits for one, and
//! stand as styles behind the page, each for the element of its file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use biaoshi::Limits;
use biaoshi::batch;
use biaoshi::job::thumbnail;
use biaoshi::media;
use biaoshi::plan::Permits;
use serde_json::Value;

use super::super::path::named;
use crate::args::Common;

/// How many pictures have one; a page of many files is for its numbers.
const MOST: usize = 200;

/// The longest side in pixels: the 64 of the style sheet, and half as much again for fine screens.
const SIDE: usize = 96;

/// The pictures that are to have one.
pub(crate) struct Thumbnails {
    most: usize,
    jobs: usize,
    limits: Limits,
    permits: Permits,
    wanted: Vec<(u64, PathBuf)>,
}

impl Thumbnails {
    /// As many as a page has.
    pub(crate) fn new(common: &Common) -> Self {
        Self { most: MOST, jobs: common.jobs(), limits: common.limits(), permits: common.permits(), wanted: Vec::new() }
    }

    /// There shall be none.
    pub(super) fn leave_out(&mut self) {
        self.most = 0;
    }

    /// A file, and its number on the page.
    pub(super) fn offer(&mut self, number: u64, report: &Value) {
        let is_picture = report["format"].as_str().is_some_and(|format| media::pixels(format).is_some());
        if is_picture && report["error"].is_null() && self.wanted.len() < self.most {
            // What a dry run would write is not there; the input is.
            let name = if report["output"].is_string() { "output" } else { "path" };
            self.wanted.push((number, named(report, name)));
        }
    }

    /// Writes them: of files that are gone or cannot be decoded there are none.
    pub(super) fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        let (limits, permits) = (&self.limits, &self.permits);
        let mut written = Ok(());
        batch::run(
            self.jobs,
            std::mem::take(&mut self.wanted).into_iter(),
            |(_, path)| batch::size_of(path),
            |(number, path): &(u64, PathBuf)| (*number, made(path, limits, permits)),
            |(number, _), _| (*number, None),
            || false,
            |(number, picture)| {
                if let (Ok(()), Some(picture)) = (&written, picture) {
                    let picture = STANDARD.encode(picture);
                    written = writeln!(
                        out,
                        "<style>#f{number}>.thumb{{color:transparent;background-image:url(data:image/png;base64,{picture})}}</style>"
                    );
                }
            },
        )?;
        written
    }
}

fn made(path: &Path, limits: &Limits, permits: &Permits) -> Option<Vec<u8>> {
    thumbnail(path, SIDE, limits, permits)
}
