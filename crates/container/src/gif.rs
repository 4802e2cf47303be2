//! GIF blocks (GIF89a specification), found by their sizes; no picture is decoded.

use std::ops::Range;

use crate::{Error, Limits, Result, Source, SourceExt, phrase};

const NAME: &str = "GIF";
/// The application identifier and authentication code of XMP (ISO 16684-1, XMP part 3).
pub const XMP: &[u8; 11] = b"XMP DataXMP";
/// Length of what follows a packet: bytes that lead a reader of sub-blocks to the block's end from wherever it lands.
const TRAILER: u64 = 258;

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An image: descriptor, colours, data.
    Image,
    /// An application extension with its identifier and authentication code.
    Application([u8; 11]),
    /// A comment.
    Comment,
    /// Any other extension.
    Other(u8),
}

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// From its introducer to its terminator, both included.
    pub range: Range<u64>,
    /// Its data sub-blocks, sizes and terminator included.
    pub data: Range<u64>,
}

/// The layout of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Whether the version is 89a, the first with extensions.
    pub extensions: bool,
    /// Offset behind the global colour table, where the first block starts.
    pub front: u64,
    /// The blocks in order, without the trailer.
    pub blocks: Vec<Block>,
}

/// Walks a file up to its trailer. The damage that ended the walk comes beside what lies before it.
///
/// # Errors
/// I/O, or a header that is no GIF's.
pub fn read(source: &dyn Source, limits: &Limits) -> Result<(Layout, Option<Error>)> {
    let head = source.array::<13>(NAME, 0, phrase!("the header", "文件头"))?;
    let [b'G', b'I', b'F', b'8', version @ (b'7' | b'9'), b'a', _, _, _, _, flags, _, _] = head else {
        return Err(Error::invalid(
            NAME,
            0,
            phrase!("the header is not GIF87a or GIF89a", "文件头不是 GIF87a 或 GIF89a"),
        ));
    };
    let front = 13 + colours(flags);
    if front > source.len() {
        return Err(Error::truncated(NAME, 13, phrase!("the global colour table", "全局颜色表")));
    }
    let mut layout = Layout { extensions: version == b'9', front, blocks: Vec::new() };
    let damage = walk(source, limits, &mut layout).err();
    Ok((layout, damage))
}

/// Bytes of the colour table that a packed field announces.
fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn walk(source: &dyn Source, limits: &Limits, layout: &mut Layout) -> Result<()> {
    let (mut at, mut strays) = (layout.front, 0);
    loop {
        if layout.blocks.len() + strays >= limits.parts {
            return Err(Error::limit(
                NAME,
                phrase!("the number of blocks", "块数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        let [introducer] =
            source.array::<1>(NAME, at, phrase!("the blocks; the trailer is missing", "出现结束标记之前"))?;
        let (kind, data) = match introducer {
            0x3b => return Ok(()),
            0x2c => {
                let [.., flags] = source.array::<10>(NAME, at, phrase!("an image descriptor", "图像描述符"))?;
                (Kind::Image, at + 10 + colours(flags) + 1)
            }
            0x21 => extension(source, at)?,
            // Some writers end a block twice.
            0 => {
                at += 1;
                strays += 1;
                continue;
            }
            _ => return Err(Error::invalid(NAME, at, phrase!("a block without introducer", "块缺少引导字节"))),
        };
        let end = skip(source, data)?;
        layout.blocks.push(Block { kind, range: at..end, data: data..end });
        at = end;
    }
}

/// The kind of the extension at `at`, and where its data sub-blocks start.
fn extension(source: &dyn Source, at: u64) -> Result<(Kind, u64)> {
    let [_, label] = source.array::<2>(NAME, at, phrase!("an extension", "扩展块"))?;
    if label == 0xfe {
        return Ok((Kind::Comment, at + 2));
    }
    if label == 0xff {
        let [_, _, size] = source.array::<3>(NAME, at, phrase!("an application extension", "应用扩展块"))?;
        if size == 11 {
            let [_, _, _, id @ ..] = source.array::<14>(NAME, at, phrase!("an application extension", "应用扩展块"))?;
            return Ok((Kind::Application(id), at + 14));
        }
    }
    Ok((Kind::Other(label), at + 2))
}

/// The end of the sub-blocks that start at `at`, terminator included.
fn skip(source: &dyn Source, mut at: u64) -> Result<u64> {
    loop {
        let [size] = source.array::<1>(NAME, at, phrase!("a data sub-block", "数据子块"))?;
        at += 1 + u64::from(size);
        if size == 0 {
            return Ok(at);
        }
    }
}

/// The bytes inside the sub-blocks of a block, at most `cap` of them.
///
/// # Errors
/// I/O, or more than `cap` bytes.
pub fn joined(source: &dyn Source, block: &Block, cap: u64) -> Result<Vec<u8>> {
    let raw = source.bytes(NAME, block.data.clone(), cap, phrase!("an extension", "扩展块"))?;
    let (mut out, mut rest) = (Vec::new(), raw.as_slice());
    while let Some((size, tail)) = rest.split_first() {
        let (part, tail) = tail.split_at_checked(usize::from(*size)).unwrap_or((tail, &[]));
        out.extend(part);
        rest = tail;
    }
    Ok(out)
}

/// Where the packet of an XMP extension stands when it is written as Adobe does: bare, with the trailer behind it.
///
/// # Errors
/// I/O.
pub fn packet(source: &dyn Source, block: &Block) -> Result<Option<Range<u64>>> {
    let Some(end) = block.data.end.checked_sub(TRAILER).filter(|end| *end >= block.data.start) else {
        return Ok(None);
    };
    let tail = source.bytes(NAME, end..block.data.end, TRAILER, phrase!("the XMP trailer", "XMP 尾部"))?;
    Ok((tail == trailer()).then_some(block.data.start..end))
}

fn trailer() -> Vec<u8> {
    let mut out = vec![1];
    out.extend((0..=u8::MAX).rev());
    out.push(0);
    out
}

/// An XMP extension round a packet; `None` when the packet holds a NUL, which would end the block.
pub fn encode(packet: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0x21, 0xff, 11];
    out.extend(XMP);
    out.extend(packet);
    out.extend(trailer());
    (!packet.contains(&0)).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0";

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_panic(tail in prop::collection::vec(prop_oneof![Just(0x21), Just(0x2c), Just(0xff), Just(0xfe), Just(0), any::<u8>()], 0..300)) {
            let bytes = [HEAD, &tail].concat();
            let (layout, _) = read(&bytes, &Limits::default()).unwrap();
            for block in &layout.blocks {
                prop_assert!(block.range.end <= bytes.len() as u64);
                joined(&bytes, block, 1000).unwrap();
                packet(&bytes, block).unwrap();
            }
        }

        #[test]
        fn a_packet_is_read_as_written(text in "[^\0]{0,600}") {
            let bytes = [HEAD, &encode(text.as_bytes()).unwrap(), b"\x21\xfe\x02hi\0\x3b"].concat();
            let (layout, damage) = read(&bytes, &Limits::default()).unwrap();
            prop_assert!(damage.is_none());
            prop_assert_eq!(layout.blocks.len(), 2);
            let range = packet(&bytes, &layout.blocks[0]).unwrap().unwrap();
            prop_assert_eq!(&bytes[range.start as usize..range.end as usize], text.as_bytes());
            prop_assert_eq!(joined(&bytes, &layout.blocks[1], 10).unwrap(), b"hi");
        }
    }
}
