//! The arguments of `ledger`, and the one by which other commands record what they do.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use biaoshi::ledger::{Action, Day, Hash, SIX_MONTHS};
use biaoshi::report::said;
use biaoshi::watermark::Payload;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::headings::{INPUTS, OUTPUTS, POLICY, REPORTS};
use super::shared::{Machine, Offered};
use super::values::{Bad, number, payload};

/// Where it is recorded what is done.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Recording {
    /// Record what is done, file by file, in this ledger: a folder, which is made where it is missing
    ///
    /// 将对每个文件所做的处理记入此台账;台账是文件夹,不存在则新建
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
}

/// `ledger`.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Check that no line of a ledger was changed, removed or swapped
    ///
    /// 核验台账:各行是否被改动、删除或调换
    #[command(after_help = "
  biaoshi ledger verify ledger/
  biaoshi ledger verify ledger/ --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    Verify(LedgerVerifyArgs),
    /// Print number and hash of the last line: kept elsewhere, they show a cut end
    ///
    /// 输出最后一行的序号与散列值;另行保存,可据以发现末尾被删
    #[command(after_help = "
  biaoshi ledger head ledger/ >> /elsewhere/heads.txt")]
    Head(LedgerHeadArgs),
    /// Find the lines about an id, a watermark or a content
    ///
    /// 按编号、水印载荷或内容查找台账中的行
    #[command(after_help = "
  biaoshi ledger find ledger/ --payload 0123456789abcdef
  biaoshi ledger find ledger/ --produce-id 0192f1c0-7a2b-7c4d-9e1f-000000000001 --json")]
    Find(LedgerFindArgs),
    /// Print the lines of a ledger, all or some
    ///
    /// 输出台账中的全部或部分行
    #[command(after_help = "
  biaoshi ledger export ledger/ --from 2026-11-01 --to 2026-11-30 > november.jsonl
  biaoshi ledger export ledger/ --action delivered-unlabelled --as csv > deliveries.csv")]
    Export(LedgerExportArgs),
    /// Remove days whose time is over; deliveries without an explicit label stay for six months (Measures Art. 9)
    ///
    /// 删除保存期满的日期;未含显式标识的提供记录保存六个月(《标识办法》第九条)
    #[command(after_help = "
  biaoshi ledger retention ledger/ --dry-run
  biaoshi ledger retention ledger/ --retain 365")]
    Retention(LedgerRetentionArgs),
    /// Bring the index of `ledger find` up to date
    ///
    /// 更新 `ledger find` 所用的索引
    #[command(after_help = "
  biaoshi ledger index ledger/
  biaoshi ledger index ledger/ --rebuild")]
    Index(LedgerIndexArgs),
}

impl LedgerCommand {
    /// The shared options.
    pub(crate) fn offered(&self) -> Offered<'_> {
        match self {
            Self::Verify(args) => (&args.machine).into(),
            Self::Head(args) => (&args.machine).into(),
            Self::Find(args) => (&args.machine).into(),
            Self::Retention(args) => (&args.machine).into(),
            Self::Export(_) | Self::Index(_) => Offered::default(),
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerVerifyArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// What `ledger head` printed once, or the hash of it alone: it must still be in the chain
    ///
    /// `ledger head` 曾输出的一行,或其中的散列值:须仍在链中
    #[arg(long, value_name = "HASH", value_parser = head, help_heading = POLICY)]
    pub(crate) head: Option<Hash>,
    #[command(flatten)]
    machine: Machine,
}

/// Which ledger.
#[derive(Debug, ClapArgs)]
pub(crate) struct Which {
    /// The folder of the ledger
    ///
    /// 台账所在的文件夹
    #[arg(value_name = "DIR", help_heading = INPUTS)]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerHeadArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    machine: Machine,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerFindArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) key: FindKey,
    /// The most lines to print
    ///
    /// 最多输出的行数
    #[arg(long, value_name = "N", default_value = "1000", value_parser = number(1_u32, 1_000_000), help_heading = REPORTS)]
    pub(crate) most: u32,
    #[command(flatten)]
    machine: Machine,
}

/// What to find.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = INPUTS)]
pub(crate) struct FindKey {
    /// The ProduceID of a label
    ///
    /// 标识的 ProduceID
    #[arg(long, value_name = "ID", conflicts_with_all = ["find_payload", "content_tag", "find_sha256"])]
    pub(crate) produce_id: Option<String>,
    /// The payload of a watermark: found by it are also files that were labelled without one
    ///
    /// 水印载荷;未加水印的已标识文件亦可据此查找
    #[arg(long, id = "find_payload", value_name = "HEX", value_parser = payload, conflicts_with_all = ["content_tag", "find_sha256"])]
    pub(crate) payload: Option<Payload>,
    /// The last 10 digits of a payload, which come from the ProduceID alone
    ///
    /// 载荷的末 10 位,仅由 ProduceID 得出
    #[arg(long, value_name = "HEX", value_parser = tag, conflicts_with = "find_sha256")]
    pub(crate) content_tag: Option<u64>,
    /// The SHA-256 of a file, before or after it was labelled
    ///
    /// 文件在添加标识之前或之后的 SHA-256
    #[arg(long, id = "find_sha256", value_name = "HASH", value_parser = hash)]
    pub(crate) sha256: Option<Hash>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerExportArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// From this day or time on (UTC): 2026-11-30 or 2026-11-30T08:00:00Z
    ///
    /// 自此日或此时起(`UTC`):2026-11-30 或 2026-11-30T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = from, help_heading = INPUTS)]
    pub(crate) from: Option<SystemTime>,
    /// Up to this day with all of it, or before this time (UTC)
    ///
    /// 至此日(含全天),或至此时之前(`UTC`)
    #[arg(long, value_name = "TIME", value_parser = to, help_heading = INPUTS)]
    pub(crate) to: Option<SystemTime>,
    /// Only lines of these actions
    ///
    /// 只含这些动作的行
    #[arg(long = "action", value_delimiter = ',', value_name = "ACTIONS", value_parser = action, help_heading = INPUTS)]
    pub(crate) actions: Vec<Action>,
    /// Only lines of this ContentProducer
    ///
    /// 只含此 ContentProducer 的行
    #[arg(long, id = "export_producer", value_name = "CODE", help_heading = INPUTS)]
    pub(crate) producer: Option<String>,
    /// JSON Lines, word for word as they are in the ledger, or CSV
    ///
    /// `jsonl` 为台账原文,`csv` 为表格
    #[arg(long = "as", value_enum, default_value = "jsonl", value_name = "FORM", help_heading = OUTPUTS)]
    pub(crate) form: ExportForm,
}

/// How lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportForm {
    Jsonl,
    Csv,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerRetentionArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Keep days for so many days (our convention: six months); deliveries without an explicit label for 184 in any case
    ///
    /// 各日期保存的天数(我们的约定:六个月);未含显式标识的提供记录至少保存 184 天
    #[arg(long, value_name = "DAYS", default_value_t = SIX_MONTHS, value_parser = number(1_u32, 36_500), help_heading = POLICY)]
    pub(crate) retain: u32,
    /// Only say which days would be removed
    ///
    /// 只说明将删除哪些日期
    #[arg(long, help_heading = OUTPUTS)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    machine: Machine,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerIndexArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Make it anew
    ///
    /// 重新建立
    #[arg(long, help_heading = OUTPUTS)]
    pub(crate) rebuild: bool,
}

/// A SHA-256.
fn hash(text: &str) -> Result<Hash, Bad> {
    text.parse()
        .map_err(|_| Bad(said!("{} is not 64 hexadecimal digits", "{} 不是 64 位十六进制数字", format!("{text:?}"))))
}

/// The end of a chain as `ledger head` prints it, number and hash, or the hash alone.
fn head(text: &str) -> Result<Hash, Bad> {
    hash(text.trim().rsplit(' ').next().unwrap_or_default())
}

/// A content tag.
fn tag(text: &str) -> Result<u64, Bad> {
    let digits = text.len() == 10 && text.bytes().all(|b| b.is_ascii_hexdigit());
    u64::from_str_radix(text, 16)
        .ok()
        .filter(|_| digits)
        .ok_or_else(|| Bad(said!("{} is not 10 hexadecimal digits", "{} 不是 10 位十六进制数字", format!("{text:?}"))))
}

/// An action of lines.
fn action(name: &str) -> Result<Action, Bad> {
    Action::ALL.into_iter().find(|action| action.name() == name).ok_or_else(|| {
        let all: Vec<_> = Action::ALL.into_iter().map(Action::name).collect();
        Bad(said!("{} is no action; there are {}", "没有动作 {};可用 {}", format!("{name:?}"), all.join(", ")))
    })
}

fn from(text: &str) -> Result<SystemTime, Bad> {
    time(text, Day::begin)
}

fn to(text: &str) -> Result<SystemTime, Bad> {
    time(text, |day| day.begin() + Duration::from_secs(24 * 3600))
}

/// A time, or a day and which moment of it is meant.
fn time(text: &str, moment: impl Fn(Day) -> SystemTime) -> Result<SystemTime, Bad> {
    let day = Day::parse(text).map(moment);
    day.or_else(|| humantime::parse_rfc3339(text).ok()).ok_or_else(|| {
        Bad(said!(
            "{} is no day or time; write such as 2026-11-30 or 2026-11-30T08:00:00Z",
            "{} 不是日期或时间;应写作 2026-11-30 或 2026-11-30T08:00:00Z",
            format!("{text:?}")
        ))
    })
}
