//! Why a platform's elements cannot be written into a file.

use std::path::PathBuf;

use biaoshi_container::{Message, Said, said};

use super::foreign;
use crate::{Error, Refusal};

/// Why a platform's elements cannot be written into a file.
#[derive(Debug, Clone)]
pub enum Obstacle {
    /// The output is there already.
    There(PathBuf),
    /// A label that cannot be read: nobody knows which values are to stay.
    Unreadable,
    /// A label that states a key more than once, and not the same.
    SelfConflict,
    /// Labels that contradict each other.
    Conflict,
    /// The same, of several producers.
    Producers,
    /// A label in a place that cannot be written, and one beside the file would contradict it.
    Inside,
    /// The only label stands in a sidecar that belongs to other bytes.
    Stale,
    /// A label in the file and one beside it, of which only one can be replaced at a time.
    TwoPlaces,
    /// Something covers the whole file and would break.
    Signed(&'static Said),
    /// The same, and the label stands inside, so that one beside it would contradict it.
    SignedLabel(&'static Said),
}

impl Obstacle {
    /// The name in JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::There(_) => "exists",
            Self::Unreadable => "unreadable",
            Self::SelfConflict | Self::Conflict | Self::Producers => "conflict",
            Self::Inside => "no-place",
            Self::Stale | Self::TwoPlaces => "sidecar",
            Self::Signed(_) | Self::SignedLabel(_) => "signed",
        }
    }

    pub(super) fn message(&self) -> Message {
        match self {
            Self::There(path) => said!(
                "{} is there already; --resume passes over files that are done, --overwrite replaces them",
                "输出 {} 已存在;--resume 可跳过已完成的文件,--overwrite 可覆盖",
                path.display()
            ),
            Self::Unreadable => said!(
                "the file carries a label that cannot be read, so that its values cannot stay; its producer can write it anew",
                "已有无法读取的标识,其值无法保留;可由生成者重新写入"
            ),
            Self::SelfConflict => foreign::contradicting_itself(),
            Self::Conflict => said!(
                "the file carries labels that contradict each other; where they are of one producer, --choose first or last says which one stays",
                "已有相互矛盾的标识;若为同一生成者,可用 --choose first 或 last 指明保留哪一个"
            ),
            Self::Producers => said!(
                "the file carries labels of several producers that contradict each other; none can be chosen for another's content",
                "已有不同生成者的相互矛盾的标识,无法从中选择"
            ),
            Self::Inside => said!(
                "the label stands in a place of the file that cannot be written, and one in a sidecar would contradict it",
                "标识位于文件中无法改写的位置,另写边车文件会与之矛盾"
            ),
            Self::Stale => said!(
                "the sidecar beside the file belongs to other bytes, so that its label may be of another content; put the right one there, or move it away",
                "文件旁的边车文件对应的不是这些字节,其标识可能属于其他内容;请换上正确的边车文件,或将其移走"
            ),
            Self::TwoPlaces => said!(
                "a label stands in the file and another beside it in a sidecar, which would belong to other bytes then; write to --out",
                "文件内与边车文件中各有一个标识,改动文件后边车文件将与之不符;请改用 --out 输出"
            ),
            Self::Signed(what) => said!(
                "the file carries {}, which a change would break; --on-signed says what becomes of such files: sidecar, break or notice",
                "文件带有{},修改会使其失效;请用 --on-signed 指明如何处理此类文件:sidecar、break 或 notice",
                *what
            ),
            Self::SignedLabel(what) => said!(
                "the file carries {}, which a change would break, and its label inside, which one in a sidecar would contradict; give --on-signed break or notice",
                "文件带有{},修改会使其失效,且标识在文件之内,另写边车文件会与之矛盾;请用 --on-signed break 或 notice",
                *what
            ),
        }
    }
}

impl From<Obstacle> for Error {
    fn from(obstacle: Obstacle) -> Self {
        Self::Refused(Refusal::Propagation(obstacle))
    }
}
