//! What may be wrong with a line of a ledger.

use biaoshi_container::{Message, said};

use crate::day::Day;

/// A fault: which line shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The day whose file holds the line.
    pub day: Day,
    /// Its number in that file, from 1.
    pub line: u64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It is no line of ours.
    Unreadable,
    /// Its number is not the next one.
    Sequence {
        /// The next one.
        expected: u64,
        /// What it has.
        found: u64,
    },
    /// It names another line than the one before it.
    Chain,
    /// Its time is not of the day whose file holds it.
    Date,
}

impl FaultKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Sequence { .. } => "sequence",
            Self::Chain => "chain",
            Self::Date => "date",
        }
    }
}

impl Fault {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        let place = said!("{}.jsonl, line {}", "{}.jsonl 第 {} 行", self.day.to_string(), self.line);
        match self.kind {
            FaultKind::Unreadable => said!(
                "{}: expected an object with \"schema\":\"biaoshi.ledger/1\", a number, a time and the line before",
                "{}:应为含 \"schema\":\"biaoshi.ledger/1\"、序号、时间和前一行散列值的对象",
                place
            ),
            FaultKind::Sequence { expected, found } if found > expected => said!(
                "{}: its number is {}, expected {}: lines before it were removed, or it was put in or swapped",
                "{}:序号为 {},应为 {}:此前的行被删除,或该行系插入或调换",
                place,
                found,
                expected
            ),
            FaultKind::Sequence { expected, found } => said!(
                "{}: its number is {}, expected {}: it was put in, swapped or repeated",
                "{}:序号为 {},应为 {}:该行系插入、调换或重复",
                place,
                found,
                expected
            ),
            FaultKind::Chain => said!(
                "{}: it does not fit the line before it: that line was changed, or this one",
                "{}:与前一行不符:前一行或本行被改动",
                place
            ),
            FaultKind::Date => {
                said!("{}: its time is of another day: the file was renamed", "{}:时间不属于该日:文件被改名", place)
            }
        }
    }
}
