//! Raw profiles, as ImageMagick writes them: XMP and EXIF as hexadecimal text under a keyword of their own. They are read
//! as what they are; a packet moves into the chunk that the guide names.

use biaoshi_container::phrase;
use biaoshi_container::png::{self, Chunk};
use biaoshi_label::Dialect;

use super::{EXIF, Reader, Stored, blank};
use crate::exif;
use crate::xmp::{Packet, Place};

const KEYWORD: &str = "Raw profile type ";
const EXIF_HEAD: &[u8] = b"Exif\0\0";
const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP: &str = "png/raw profile/XMP";
/// Bytes of a profile in one line of text.
const LINE: usize = 36;

/// A profile that may hold a label.
pub(super) enum Profile {
    /// A packet.
    Xmp(Vec<u8>),
    /// A TIFF block, and what stands in front of it.
    Exif(Vec<u8>, &'static [u8]),
    /// Text under the keyword of a profile that is none.
    Broken,
}

/// The profile in a text; `None` for texts that are none, and for kinds that hold no label (colours, IPTC).
pub(super) fn decode(keyword: &str, text: &[u8]) -> Option<Profile> {
    let head = keyword.get(..KEYWORD.len()).filter(|head| head.eq_ignore_ascii_case(KEYWORD))?;
    let kind = keyword.get(head.len()..)?.to_ascii_lowercase();
    if !["xmp", "exif", "app1"].contains(&kind.as_str()) {
        return None;
    }
    let Some(bytes) = bytes(text) else { return Some(Profile::Broken) };
    // An APP1 segment of a JPEG says itself what it is.
    Some(if let Some(packet) = bytes.strip_prefix(XMP_HEAD) {
        Profile::Xmp(packet.to_vec())
    } else if let Some(block) = bytes.strip_prefix(EXIF_HEAD) {
        Profile::Exif(block.to_vec(), EXIF_HEAD)
    } else if kind == "xmp" {
        Profile::Xmp(bytes)
    } else {
        Profile::Exif(bytes, &[])
    })
}

/// A line end, the name, the number of bytes, the bytes in hexadecimal: each in lines of their own.
fn bytes(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.strip_prefix(b"\n").unwrap_or(text).splitn(3, |b| *b == b'\n');
    let (_, count, hex) = (lines.next()?, lines.next()?, lines.next()?);
    std::str::from_utf8(count).ok()?.trim().parse::<u64>().ok()?;
    let digits: Vec<u8> = hex.iter().filter(|b| !b.is_ascii_whitespace() && **b != 0).copied().collect();
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    digits.chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// A chunk with a profile.
pub(super) fn encode(kind: &str, profile: &[u8]) -> Vec<u8> {
    let mut data = format!("{KEYWORD}{kind}\0\n{kind}\n{:8}\n", profile.len());
    for line in profile.chunks(LINE) {
        data.extend(line.iter().map(|b| format!("{b:02x}")));
        data.push('\n');
    }
    png::encode(*b"tEXt", data.as_bytes())
}

impl Reader<'_> {
    pub(super) fn profile(&mut self, chunk: &Chunk, keyword: &str, profile: Profile) {
        let first = self.found.records.len();
        match profile {
            Profile::Xmp(bytes) => {
                let dialects = &[Dialect::PngRawProfile];
                let place = Place { placement: XMP, offset: None, part: chunk.data(), dialects };
                let packet = Packet::read(&bytes, &place, self.limits, self.found);
                self.layout.packets.push(Stored { chunk: chunk.range(), packet, raw: true });
            }
            Profile::Exif(mut block, head) => {
                let labels = exif::read(&block, 0, EXIF, self.limits, self.found);
                for record in self.found.records.iter_mut().skip(first) {
                    record.add(Dialect::PngRawProfile);
                    record.span = chunk.data();
                }
                if !labels.is_empty() {
                    blank(&mut block, &labels);
                    let kind = keyword.get(KEYWORD.len()..).unwrap_or_default();
                    self.layout.blanked.push((chunk.range(), encode(kind, &[head, &block].concat())));
                }
            }
            Profile::Broken => self.found.damaged(
                format!("png/{keyword}"),
                phrase!("a raw profile that is no hexadecimal text", "不是十六进制文本的 raw profile"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_written() {
        for (kind, bytes) in [("xmp", vec![b'x'; 100]), ("APP1", [XMP_HEAD, b"<x/>"].concat()), ("xmp", Vec::new())] {
            let chunk = encode(kind, &bytes);
            let data = &chunk[8..chunk.len() - 4];
            let end = data.iter().position(|b| *b == 0).unwrap();
            let keyword = std::str::from_utf8(&data[..end]).unwrap();
            let Some(Profile::Xmp(read)) = decode(keyword, &data[end + 1..]) else { panic!("{kind}") };
            assert_eq!(read, bytes.strip_prefix(XMP_HEAD).unwrap_or(&bytes));
        }
    }

    #[test]
    fn what_is_no_profile() {
        assert!(decode("Raw profile type icc", b"\nicc\n 1\n00\n").is_none());
        assert!(decode("Comment", b"\nxmp\n 1\n00\n").is_none());
        for text in [&b""[..], b"\nxmp", b"\nxmp\nsize\n00", b"\nxmp\n 1\n0", b"\nxmp\n 1\nzz"] {
            assert!(matches!(decode("raw profile type XMP", text), Some(Profile::Broken)), "{text:?}");
        }
    }
}
