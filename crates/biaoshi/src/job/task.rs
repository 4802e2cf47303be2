//! What the parts of labelling one file share.

use biaoshi_metadata::Found;

use super::Input;
use super::options::{LabelOptions, Output};
use crate::judge::Verdict;
use crate::report::LabelReport;

/// One file on its way.
pub(super) struct Job<'a> {
    pub(super) input: &'a Input,
    pub(super) output: &'a Output,
    pub(super) options: &'a LabelOptions,
    pub(super) report: &'a mut LabelReport,
    /// Of a platform's propagation: what the evidence comes to.
    pub(super) verdict: Verdict,
    /// Seconds of the sound in which the explicit label is heard: they are no content.
    pub(super) sounded: Vec<(f64, f64)>,
    /// What the read-back found in the output, where one was made.
    pub(super) read_back: Option<Found>,
}
