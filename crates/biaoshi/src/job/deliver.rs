//! A file that is delivered without an explicit label, at its user's request (Measures Art. 9): the label in its metadata is never
//! waived, and nothing leaves without its line in the ledger.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempPath;

use super::temporary::TEMPORARY_PREFIX;
use super::write::folder_of;
use super::{Input, LabelOptions, Output, VerifyOptions, label, verify};
use crate::plan::{Layer, Layers};
use crate::report::LabelReport;
use crate::{Error, Refusal, Result};

/// Whether explicit labels were looked for in a file that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explicitness {
    /// They were, and there is none.
    Absent,
    /// Nobody can: they are not known for this format.
    Unchecked,
}

/// Labels an original in its metadata alone. `record` is given the report of the finished file before that has its name, and keeps it
/// from getting one by an error. An original that carries an explicit label is refused: nothing is ever removed (Measures Art. 10).
/// Never fails: what went wrong is in the report, and then there is no output.
pub fn deliver(
    input: &Input,
    output: &Path,
    options: &LabelOptions,
    record: impl FnOnce(&LabelReport, Explicitness) -> Result<()>,
) -> LabelReport {
    let failed = |error| LabelReport::new(&input.shown, Err(error));
    let looked = match look(input, output, options) {
        Ok(looked) => looked,
        Err(error) => return failed(error),
    };
    let wanted = Layers { wanted: vec![Layer::Metadata], ..Layers::default() };
    let options = LabelOptions { layers: wanted, sha256: true, ..options.clone() };
    let hidden = folder_of(output).join(format!("{TEMPORARY_PREFIX}{}", uuid::Uuid::new_v4().simple()));
    let report = label(input, &Output::File(hidden.clone()), &options);
    if report.result.is_err() {
        return report;
    }
    // From here on it goes away unless it gets its name.
    let named = TempPath::try_from_path(hidden).map_err(Error::from).and_then(|hidden| {
        let report = LabelReport { output: Some(output.to_owned()), ..report };
        record(&report, looked)?;
        match hidden.persist_noclobber(output) {
            Ok(()) => Ok(report),
            Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => Err(there(output)),
            Err(e) => Err(Error::Output(output.to_owned(), e.error)),
        }
    });
    named.unwrap_or_else(failed)
}

fn there(output: &Path) -> Error {
    Refusal::Taken(output.to_owned()).into()
}

/// Whether it may be delivered so.
fn look(input: &Input, output: &Path, options: &LabelOptions) -> Result<Explicitness> {
    if output.symlink_metadata().is_ok() {
        return Err(there(output));
    }
    let permits = Arc::clone(&options.permits);
    let report =
        verify(input, &VerifyOptions { limits: options.limits, explicit: true, permits, ..VerifyOptions::default() });
    match (report.error, report.explicit.as_deref()) {
        (Some(error), _) => Err(error),
        (None, Some([])) => Ok(Explicitness::Absent),
        (None, Some(_)) => Err(Refusal::Explicit.into()),
        (None, None) => Ok(Explicitness::Unchecked),
    }
}
