//! A file that is delivered without an explicit label, at its user's request (Measures Art. 9): the label in its metadata is never
//! waived, and nothing leaves without its line in the ledger.

use std::path::Path;
use std::sync::Arc;

use biaoshi_container::said;
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
        Err(error) => return failed(undeliverable(error)),
    };
    let wanted = Layers { wanted: vec![Layer::Metadata], ..Layers::default() };
    let options = LabelOptions { layers: wanted, sha256: true, ..options.clone() };
    let hidden = folder_of(output).join(format!("{TEMPORARY_PREFIX}{}", uuid::Uuid::new_v4().simple()));
    let report = label(input, &Output::File(hidden.clone()), &options);
    if let Err(error) = report.result {
        return failed(undeliverable(error));
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

/// Why the label cannot be written, without the options of `label` that a delivery does not have: the label in the metadata is never
/// waived (Measures Art. 9).
fn undeliverable(error: Error) -> Error {
    let refusal = match error {
        Error::Refused(refusal) => refusal,
        Error::UnknownFormat => Refusal::UnknownFormat,
        other => return other,
    };
    let why = match refusal {
        Refusal::Signed(what) => said!(
            "the file carries {}, which the label would break; name an original without it",
            "文件带有{},写入标识会使其失效;请给出不含它的原件",
            what
        ),
        Refusal::NoSlot(format) => said!(
            "{} files have no place for a label, and none is delivered without one; convert the original (`biaoshi formats`)",
            "{} 格式没有标识位置,而不含标识的文件不得提供;请先转换原件格式(见 `biaoshi formats`)",
            format
        ),
        Refusal::UnknownFormat => said!(
            "the format is not known, and no file is delivered without a label; convert the original (`biaoshi formats`)",
            "无法识别的格式,而不含标识的文件不得提供;请先转换原件格式(见 `biaoshi formats`)"
        ),
        refusal @ (Refusal::ForeignLabel(_)
        | Refusal::OtherLabel
        | Refusal::Assumed
        | Refusal::BrokenLabel
        | Refusal::Conflict
        | Refusal::SelfConflict) => said!(
            "{} (options of `biaoshi label`: write the label with it first, then deliver the file)",
            "{}(均为 `biaoshi label` 的选项:请先用它写好标识,再提供该文件)",
            refusal.message()
        ),
        other => return other.into(),
    };
    Refusal::Undeliverable(why).into()
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
