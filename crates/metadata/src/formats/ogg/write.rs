//! New header pages. The number of pages stays where it can: else all later pages of the stream get new numbers and
//! check sums, eight bytes each, without touching what they hold.

use biaoshi_container::ogg::{self, Frame};
use biaoshi_container::{Error, Limits, Patch, Patched, Result, Source, SourceExt, phrase, to_vec};
use biaoshi_label::Label;

use super::read::{Chain, Stream};
use super::{Framing, NAME};
use crate::format::Writer;
use crate::vorbis;

impl Writer for Chain {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        let mut label = Some(label);
        for link in &self.0 {
            let mut moved = Vec::new();
            for (index, stream) in link.streams.iter().enumerate() {
                let label = label.take_if(|_| index == link.home());
                if label.is_some() || stream.list.as_ref().is_some_and(|l| !l.labels.is_empty()) {
                    let by = stream.plan(source, label, limits, &mut patch)?;
                    if by != 0 {
                        moved.push((stream.serial, stream.pages.last().map_or(0, |p| p.end()), by));
                    }
                }
            }
            renumber(source, &moved, limits, &mut patch)?;
        }
        Ok(patch)
    }
}

impl Stream {
    /// Replaces the header pages; returns by how many pages they became more.
    fn plan(&self, source: &dyn Source, label: Option<&Label>, limits: &Limits, patch: &mut Patch) -> Result<i64> {
        if self.pages.iter().any(ogg::Page::positioned) {
            return Err(Error::unsupported(
                NAME,
                phrase!("sound on the pages of the headers", "头部页上有音频数据的流"),
            ));
        }
        let mut packets = vec![self.comments_with(source, label, limits)?];
        let mut room = limits.part;
        for pieces in self.packets.iter().skip(1) {
            let packet = to_vec(&ogg::Packet::new(source, pieces), room)?;
            room -= packet.len() as u64;
            packets.push(packet);
        }
        let (Some(first), Some(last)) = (self.pages.first(), self.pages.last()) else {
            return Err(Error::truncated(NAME, 0, phrase!("the headers", "头部")));
        };
        let frame = Frame { serial: self.serial, sequence: first.sequence, pages: self.pages.len(), last: last.last() };
        let mut made = ogg::pages(&packets, frame).into_iter();
        let mut growth = 0;
        for page in &self.pages {
            match made.next() {
                Some(bytes) => patch.replace(page.start..page.end(), bytes),
                None => {
                    growth -= 1;
                    patch.remove(page.start..page.end())
                }
            };
        }
        for bytes in made {
            growth += 1;
            patch.insert(last.end(), bytes);
        }
        Ok(growth)
    }

    /// The comment packet with the labels taken out and `label` in their place.
    fn comments_with(&self, source: &dyn Source, label: Option<&Label>, limits: &Limits) -> Result<Vec<u8>> {
        let packet = self.comment_packet(source);
        let Some(list) = &self.list else {
            return Err(Error::truncated(NAME, 0, phrase!("the comment header", "注释头")));
        };
        let mut patch = Patch::new();
        list.plan(&label.map(vorbis::text).into_iter().collect::<Vec<_>>(), &mut patch)?;
        let growth = patch.growth();
        let (end, len) = (list.comments.end, packet.len());
        match self.framing() {
            Framing::Plain => {}
            Framing::Bit if end < len => {
                let [bits] = packet.array::<1>(NAME, end, phrase!("the framing bit", "帧位"))?;
                patch.replace(end..end + 1, [bits | 1]);
            }
            Framing::Bit => {
                patch.insert(end, [1]);
            }
            Framing::Padded if end < len => {
                let [first] = packet.array::<1>(NAME, end, phrase!("the padding", "填充区"))?;
                let pay = u64::try_from(growth).unwrap_or(0).min(len - end);
                if first & 1 == 0 {
                    patch.remove(len - pay..len);
                }
            }
            Framing::Padded => {}
            Framing::Block => {
                let size = i64::try_from(len).ok().and_then(|n| u32::try_from(n - 4 + growth).ok());
                let Some([0, a, b, c]) = size.map(u32::to_be_bytes) else {
                    return Err(Error::unsupported(
                        NAME,
                        phrase!("a comment block of more than 16 MiB", "超过 16 MiB 的注释块"),
                    ));
                };
                patch.replace(1..4, [a, b, c]);
            }
        }
        to_vec(&Patched::new(&packet, &patch), limits.part.saturating_add(limits.label as u64))
    }
}

/// Gives the pages of some streams, each from an offset on, new numbers up to the end of the link.
fn renumber(source: &dyn Source, moved: &[(u32, u64, i64)], limits: &Limits, patch: &mut Patch) -> Result<()> {
    let Some(mut at) = moved.iter().map(|(_, from, _)| *from).min() else { return Ok(()) };
    let mut count = 0;
    while let Some(page) = ogg::header(source, at)? {
        // A page that begins a stream belongs to the next link of the chain.
        if page.first() {
            break;
        }
        count += 1;
        if count > limits.parts {
            return Err(Error::limit(
                NAME,
                phrase!("the number of pages", "页数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        let by = moved.iter().find(|(serial, from, _)| *serial == page.serial && *from <= at);
        if let Some((_, _, by)) = by {
            patch.replace(at + 18..at + 26, page.renumbered(*by));
        }
        at = page.end();
    }
    Ok(())
}
