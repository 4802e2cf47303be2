//! The headings under which help, manual and reference list the options, in the order of use.

pub(crate) const INPUTS: &str = "Inputs";
pub(crate) const OUTPUTS: &str = "Outputs";
pub(crate) const LABEL: &str = "Label";
pub(crate) const LAYERS: &str = "Layers";
pub(crate) const POLICY: &str = "Policy";
pub(crate) const REPORTS: &str = "Reports";
pub(crate) const PERFORMANCE: &str = "Performance";
pub(crate) const LIMITS: &str = "Limits";
pub(crate) const GENERAL: &str = "General";
