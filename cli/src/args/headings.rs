//! The headings under which help, manual and reference list the options.

pub(crate) const INPUTS: &str = "Inputs";
pub(crate) const OUTPUTS: &str = "Outputs";
pub(crate) const LABEL: &str = "Label";
pub(crate) const LAYERS: &str = "Layers";
pub(crate) const POLICY: &str = "Policy";
pub(crate) const REPORTS: &str = "Reports";
pub(crate) const PERFORMANCE: &str = "Performance";
pub(crate) const LIMITS: &str = "Limits";
pub(crate) const GENERAL: &str = "General";

/// All of them in the order of use, in English and Chinese.
pub(crate) const HEADINGS: [(&str, &str); 9] = [
    (INPUTS, "输入"),
    (OUTPUTS, "输出"),
    (LABEL, "标识内容"),
    (LAYERS, "标识层"),
    (POLICY, "处理策略"),
    (REPORTS, "报告"),
    (PERFORMANCE, "性能"),
    (LIMITS, "限制"),
    (GENERAL, "通用"),
];
