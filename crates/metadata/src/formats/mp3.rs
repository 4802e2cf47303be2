//! MP3. The label is an ID3v2 frame TXXX with the description `AIGC` (audio guide); tags behind the sound are read.

use biaoshi_container::mpeg::{self, Header};
use biaoshi_container::{Error, Limits, Patch, Result, Said, Source, SourceExt, phrase, said};
use biaoshi_label::Label;

use crate::content::Part;
use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::Found;
use crate::id3::{self, Carrier, TagLayout};
use crate::tail::{self, Tail};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "mp3",
    media_type: "audio/mpeg",
    extensions: &["mp3"],
    kind: Kind::Audio,
    status: Status::Standard,
    placement: TAGS.txxx,
    clause: "TC260-PG-202510A",
    touches: "a TXXX frame first in the first ID3v2 tag, paid by its padding; a tag of version 2.4 is made where there is none, with title, artist and the like from the tags behind the sound",
    families: &["ape", "id3"],
    sniff,
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "MP3";
const TAGS: Carrier = Carrier {
    name: NAME,
    txxx: "mp3/ID3v2/TXXX",
    other: "mp3/ID3v2",
    geob: "mp3/ID3v2/GEOB",
    ape: "mp3/APE",
    dialects: &[],
    even: false,
};

fn sniff(head: &Head<'_>) -> Confidence {
    if let Ok(Some(tag)) = biaoshi_container::id3::tag(head.source, 0) {
        // FLAC, AAC and others carry ID3 tags too; behind one, anything that is not theirs is taken for MP3.
        let next = head.source.array::<4>(NAME, tag.end(), phrase!("a frame header", "帧头"));
        return match next {
            Ok(next) if Header::parse(next).is_some() => Confidence::Magic,
            Ok(next) if &next == b"fLaC" || matches!(next, [0xff, b, ..] if b & 0xf6 == 0xf0) => Confidence::No,
            _ => Confidence::Likely,
        };
    }
    // A tag that runs past the end is a damaged MP3; `ID3 tags explained` is a text.
    if matches!(head.get(0..10), [b'I', b'D', b'3', 2..=4, 0..=0xfe, _, a, b, c, d] if (a | b | c | d) & 0x80 == 0) {
        return Confidence::Likely;
    }
    let first = head.bytes.first_chunk().and_then(|h| Header::parse(*h));
    let begins = first.is_some_and(|first| {
        match head.source.array::<4>(NAME, first.length(), phrase!("a frame header", "帧头")) {
            Ok(next) => Header::parse(next).is_some(),
            Err(_) => head.extension == "mp3",
        }
    });
    if begins || id3::behind(head, &["mp3"], mpeg::begins).is_some_and(|at| at > 0 && mpeg::begins(head.source, at)) {
        return Confidence::Likely;
    }
    Confidence::No
}

/// A file of another kind right behind the tags at the front, and where it begins. What players show of it is in places of its
/// own: ffmpeg shows no ID3v2 in front of a WAV.
fn container(source: &dyn Source) -> Option<(&'static Said, u64)> {
    let mut at = 0;
    while let Ok(Some(tag)) = biaoshi_container::id3::tag(source, at) {
        at = tag.end();
    }
    let name = match source.array::<12>(NAME, at, phrase!("the header", "文件头")).ok().filter(|_| at > 0)? {
        [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => {
            phrase!("a WAV or other RIFF file", "WAV 或其他 RIFF 文件")
        }
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C'] => phrase!("an AIFF file", "AIFF 文件"),
        [b'O', b'g', b'g', b'S', ..] => phrase!("an Ogg file", "Ogg 文件"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => phrase!("a Matroska file", "Matroska 文件"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => phrase!("an MP4 file", "MP4 文件"),
        _ => return None,
    };
    Some((name, at))
}

/// The frames, from behind the tags at the front to before those at the end.
fn content(source: &dyn Source, _: &Limits) -> Result<Vec<Part>> {
    let start = biaoshi_container::id3::front(source, mpeg::begins, &mut |_| Ok(()))?;
    Ok(vec![Part::new(*b"MPEG", start..tail::start(source, start)?)])
}

struct Layout {
    tags: Vec<TagLayout>,
    tail: Tail,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut tags = Vec::new();
    let at = id3::front(source, &TAGS, mpeg::begins, limits, found, &mut tags)?;
    if source.len() < at + 4 {
        return Err(Error::truncated(NAME, at, phrase!("the tags; no audio follows", "出现音频数据之前")));
    }
    if let Some((name, at)) = container(source) {
        let what = said!(
            "an ID3v2 tag before {} (at byte {}; players read that alone: take the tag away)",
            "位于{}之前的 ID3v2 标签(字节 {};播放器只读后者,请去掉该标签)",
            name,
            at
        );
        return Err(Error::unsupported(NAME, what));
    }
    let tail = tail::read(source, at, &TAGS, limits, found)?;
    Ok(Box::new(Layout { tags, tail }))
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let mut patch = id3::plan(&self.tags, &self.tail.basics, &TAGS, source, label, limits)?;
        self.tail.plan(&TAGS, source, limits, &mut patch)?;
        Ok(patch)
    }
}
