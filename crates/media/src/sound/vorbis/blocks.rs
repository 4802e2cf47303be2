//! Which blocks a label has: of one size but for the one beside the content, whose size the content tells (Vorbis I, section 4.3.1).

use super::setup::Setup;
use super::stream::Edge;

/// The blocks of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) blocks: Vec<Block>,
    /// Whether the blocks in front of them and behind them are long.
    pub(super) around: [bool; 2],
    /// Sample frames by which the sound becomes longer.
    pub(super) length: u64,
    /// Of these, how many are heard of the content: what was hidden, and its last block, which had no other to overlap with.
    pub(super) heard: u64,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) long: bool,
    /// The sample of the rhythm at its middle.
    pub(super) middle: u64,
    /// Sample frames that decoders give for it: from the middle of the block before on.
    pub(super) frames: u64,
}

impl Blocks {
    /// Before content: at least so many sample frames.
    pub(super) fn before(setup: &Setup, long: bool, content: Edge, frames: u64) -> Self {
        let size = setup.size(long);
        let beside = setup.beside(long, content);
        let seam = (setup.size(beside) + setup.size(content.long)) / 4;
        let turn = if beside == long { 0 } else { (size + setup.size(beside)) / 4 };
        let rest = seam + content.hidden;
        let mut blocks = vec![Block { long, middle: 0, frames: 0 }];
        let mut middle = 0;
        while middle + turn + rest < frames {
            middle += size / 2;
            blocks.push(Block { long, middle, frames: size / 2 });
        }
        if turn > 0 {
            middle += turn;
            blocks.push(Block { long: beside, middle, frames: turn });
        }
        Self { blocks, around: [long, content.long], length: middle + rest, heard: setup.heard(seam, content) }
    }

    /// Behind content: at least so many sample frames.
    pub(super) fn behind(setup: &Setup, long: bool, content: Edge, frames: u64) -> Self {
        let size = setup.size(long);
        let beside = setup.beside(long, content);
        let seam = (setup.size(beside) + setup.size(content.long)) / 4;
        let mut middle = seam + content.hidden;
        let mut blocks = vec![Block { long: beside, middle, frames: seam }];
        if beside != long {
            let turn = (size + setup.size(beside)) / 4;
            middle += turn;
            blocks.push(Block { long, middle, frames: turn });
        }
        while middle < frames {
            middle += size / 2;
            blocks.push(Block { long, middle, frames: size / 2 });
        }
        Self { blocks, around: [content.long, long], length: middle, heard: setup.heard(seam, content) }
    }

    /// Whether the block before one and that behind it are long.
    pub(super) fn around(&self, n: usize) -> [bool; 2] {
        let [first, last] = self.around;
        let long = |n: Option<usize>| n.and_then(|n| self.blocks.get(n)).map(|block| block.long);
        [long(n.checked_sub(1)).unwrap_or(first), long(n.checked_add(1)).unwrap_or(last)]
    }
}

impl Setup {
    /// Sample frames that are heard of content beside a silent block: its own block ends where its window does.
    fn heard(&self, seam: u64, content: Edge) -> u64 {
        seam.min(self.size(content.long) / 2) + content.hidden
    }

    /// Whether the block beside the content is long, among those that are or are not. A stream that lacks such blocks lies: what
    /// decoders make of the content is the same.
    fn beside(&self, long: bool, content: Edge) -> bool {
        content.beside.filter(|wanted| self.modes.iter().any(|mode| mode.long == *wanted)).unwrap_or(long)
    }
}
