//! MP3: the rhythm is coded into frames of its own before or behind the content, as frames of the file's own kind. The
//! content's frames keep every byte; the header of Xing or Fraunhofer and the times in ID3v2 follow.

mod again;
mod coder;
mod huffman;
mod hybrid;
mod info;
mod layout;
mod sound;
mod stream;
mod times;

use biaoshi_container::{Limits, Patch, Said, Source};

use super::due::{Carries, due};
use super::listen::sides;
use crate::{Content, Error, Explicit, ExplicitOptions, Media, Outcome, Result, Samples};
use layout::Label;
use sound::open;
use stream::Stream;

const NAME: &str = "MP3";

/// Frames of free format do not say how long they are.
static FREE: Said = Said {
    code: "mp3.free-format",
    en: "frames of free format: the label has to be frames of the file's own bitrate",
    zh: "自由格式(free format)帧:标识须为文件自身码率的帧",
};

/// Layer I or II.
static LAYER: Said = Said {
    code: "mp3.layer",
    en: "MPEG audio of Layer {}; the label can be put into Layer III only",
    zh: "MPEG 音频为第 {} 层(Layer);标识只能写入第三层",
};

/// The sound is several streams in a row.
static CHANGES: Said = Said {
    code: "mp3.changes",
    en: "version, layer, sample rate or number of channels change in the middle",
    zh: "版本、层、采样率或声道数中途改变",
};

/// Frames are too small for two tones.
static BITRATE: Said = Said {
    code: "mp3.bitrate",
    en: "the bitrate is too low for a label that can be heard as what it is",
    zh: "码率过低,写入的标识无法听清",
};

/// The content begins in the middle of what it was cut from.
static SILENCED: Said = Said {
    code: "mp3.silenced",
    en: "the content begins in the middle of a stream: {} frames whose beginning is not in the file are silent, as in players",
    zh: "内容从流的中间开始:{} 个缺少前部数据的帧已置为静音,与播放器的处理相同",
};

/// Times that count from the label now.
static TIMES: Said = Said {
    code: "mp3.times",
    en: "times in the ID3v2 tag were not moved and count from the label now: {}",
    zh: "ID3v2 标签中的时间未随内容移动,现从标识开始计算:{}",
};

pub(crate) static MEDIA: Media = Media {
    format: "mp3",
    explicit: Some(Explicit {
        apply: mark,
        find: |source, options, limits| {
            Ok(sides(open(source, limits)?.as_mut(), options)?.found().into_iter().collect())
        },
        cost: |_, _| 8 << 20,
    }),
    content: Content::Samples(Samples { open, add: None, anew: Some(again::anew), cost: |_, _| 1 << 20 }),
    says: &[&FREE, &LAYER, &CHANGES, &BITRATE, &SILENCED, &TIMES],
};

/// Inserts the rhythm where it is missing, 6 LU quieter than the content.
///
/// # Errors
/// I/O, no frame where the sound should begin, limits.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let stream = match Stream::read(source, limits)? {
        Ok(stream) => stream,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut sound = match open(source, limits) {
        Ok(sound) => sound,
        Err(Error::Unable(reason)) => return Ok(Outcome::Skip(reason)),
        Err(error) => return Err(error),
    };
    let mut due = match due(sound.as_mut(), options, Carries::Tones)? {
        Ok(due) => due,
        Err(settled) => return Ok(settled),
    };
    let Some(label) = Label::new(&stream, &due) else {
        return Ok(Outcome::Skip(BITRATE.message()));
    };
    let samples = (label.before.count + stream.frames) * stream.size();
    let samples = samples.saturating_sub(layout::skipped(&stream));
    let mut patch = Patch::new();
    due.notes.extend(layout::plan(source, &stream, label, limits, &mut patch)?);
    Ok(Outcome::Drawn(due.drawn(patch, samples as f64 / f64::from(stream.first.rate))))
}

#[cfg(test)]
mod tests;
