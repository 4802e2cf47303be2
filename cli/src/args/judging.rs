//! The arguments that say how much findings matter, and what makes a file fail.

use std::path::PathBuf;

use biaoshi::judge::{Policy, Trigger};
use biaoshi::label::{Code, Severity};
use biaoshi::plan::Layer;
use biaoshi::policy;
use biaoshi::report::said;
use clap::Args as ClapArgs;

use super::headings::POLICY;
use super::values::{finding, layer, producer, trigger, weight};
use crate::exit::Stop;

/// A policy, from a file and from options.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = POLICY)]
pub(crate) struct PolicyArgs {
    /// File with a policy (TOML): severity, fail-on, expect-producer, require, ignore, allow-unlabelled; the options add to it
    ///
    /// 策略文件(TOML),可含 `severity`、`fail-on`、`expect-producer`、`require`、`ignore`、`allow-unlabelled`;各选项在其基础上增加
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Also exit 1 for these verdicts, and for findings at least so severe: confirmed, possible, suspected, none, error, warning, info
    ///
    /// 出现这些结论,或严重程度不低于此的问题时,也以 1 退出:`confirmed`、`possible`、`suspected`、`none`、`error`、`warning`、`info`
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = trigger)]
    fail_on: Vec<Trigger>,
    /// Layers that a file must have: metadata, explicit, watermark; they are looked for, and one that is not found is an error finding
    ///
    /// 文件必须具有的标识层:`metadata`、`explicit`、`watermark`;会检查这些层,未发现即为错误级问题
    #[arg(long, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    require: Vec<Layer>,
    /// The producers whose labels are expected; a label of another one is a finding
    ///
    /// 应出现的生成方编码;出现其他生成方的标识即为问题
    #[arg(long, value_delimiter = ',', value_name = "CODES", value_parser = producer)]
    expect_producer: Vec<String>,
    /// Findings that are not listed and do not count; the verdict stays
    ///
    /// 不列出也不计数的问题;结论不变
    #[arg(long, value_delimiter = ',', value_name = "FINDINGS", value_parser = finding)]
    ignore: Vec<Code>,
    /// Another severity for a finding: info, warning or error, as `label.characters=error`
    ///
    /// 改变某个问题的严重程度:`info`、`warning` 或 `error`,如 `label.characters=error`
    #[arg(long, value_delimiter = ',', value_name = "FINDING=SEVERITY", value_parser = weight)]
    severity: Vec<(Code, Severity)>,
}

impl PolicyArgs {
    /// The policy of a run.
    pub(crate) fn read(&self, allow_unlabelled: bool) -> Result<Policy, Stop> {
        let Self { policy, fail_on, require, expect_producer, ignore, severity } = self;
        let file = policy.as_deref().map(|path| {
            policy::read(path).map_err(|e| {
                let shown = biaoshi::report::clean(&path.to_string_lossy());
                Stop::Usage(said!("--policy {}", "--policy {}", e.message(&shown)))
            })
        });
        let options = Policy {
            severities: severity.iter().copied().collect(),
            ignored: ignore.iter().copied().collect(),
            fail_on: fail_on.iter().copied().collect(),
            producers: expect_producer.clone(),
            required: require.iter().copied().collect(),
            allow_unlabelled,
        };
        Ok(file.transpose()?.unwrap_or_default().with(options))
    }
}
