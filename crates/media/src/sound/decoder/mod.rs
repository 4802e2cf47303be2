//! Samples out of containers and codecs that other people's libraries read: symphonia, and opus-pure for the one codec that
//! it lacks.
//!
//! Nothing of a file is trusted to them unwatched: what they allocate from numbers is looked at before (`vorbis`), sums that
//! overflow and indices that miss end in [`guarded`], and the work is counted.

mod codec;
mod packets;
pub(super) mod vorbis;

use std::panic::{AssertUnwindSafe, catch_unwind};

use biaoshi_container::{Detail, Limits, Message, Pieces, Said, Source, phrase};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error as Trouble;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::units::{Time, Timestamp};
use symphonia::default::formats as readers;

use crate::reason::{BROKEN, DECODER, NO_SOUND};
use crate::samples::{Block, Sound};
use crate::{Error, Result};
use codec::Codec;
use packets::Packets;

/// Containers of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Adts,
    Aiff,
    Caf,
    Flac,
    Iso,
    Matroska,
    Mpeg,
    Ogg,
    Riff,
}

impl Container {
    /// The name in messages.
    fn name(self) -> &'static str {
        match self {
            Self::Adts => "ADTS",
            Self::Aiff => "AIFF",
            Self::Caf => "CAF",
            Self::Flac => "FLAC",
            Self::Iso => "MP4",
            Self::Matroska => "Matroska",
            Self::Mpeg => "MP3",
            Self::Ogg => "Ogg",
            Self::Riff => "WAV",
        }
    }

    fn reader<'a>(self, bytes: Pieces<'a>) -> std::result::Result<Box<dyn FormatReader + 'a>, Trouble> {
        // Where no header tells how long an MP3 is, its reader estimates that by the first bitrate, and stops there.
        let media = Media { bytes, seekable: self != Self::Mpeg };
        let stream = MediaSourceStream::new(Box::new(media), MediaSourceStreamOptions::default());
        let options = FormatOptions::default();
        Ok(match self {
            Self::Adts => Box::new(readers::AdtsReader::try_new(stream, options)?),
            Self::Aiff => Box::new(readers::AiffReader::try_new(stream, options)?),
            Self::Caf => Box::new(readers::CafReader::try_new(stream, options)?),
            Self::Flac => Box::new(readers::FlacReader::try_new(stream, options)?),
            Self::Iso => Box::new(readers::IsoMp4Reader::try_new(stream, options)?),
            Self::Matroska => Box::new(readers::MkvReader::try_new(stream, options)?),
            Self::Mpeg => Box::new(readers::MpaReader::try_new(stream, options)?),
            Self::Ogg => Box::new(readers::OggReader::try_new(stream, options)?),
            Self::Riff => Box::new(readers::WavReader::try_new(stream, options)?),
        })
    }
}

struct Media<'a> {
    bytes: Pieces<'a>,
    seekable: bool,
}

impl std::io::Read for Media<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.bytes.read(buf)
    }
}

impl std::io::Seek for Media<'_> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

impl MediaSource for Media<'_> {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.bytes.len())
    }
}

/// A length of time: so many of which there are `scale` in a second; of scale 0, sample frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ticks {
    pub(crate) count: u64,
    pub(crate) scale: u64,
}

impl Ticks {
    /// In sample frames, to the nearest.
    pub(crate) fn frames(self, rate: u32) -> u64 {
        if self.scale == 0 {
            return self.count;
        }
        let twice = u128::from(self.count) * u128::from(rate) * 2 + u128::from(self.scale);
        u64::try_from(twice / (2 * u128::from(self.scale))).unwrap_or(u64::MAX)
    }
}

/// Which part of what a codec gives is played, where the container says so and its reader does not heed it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Trim {
    /// Left out at the start.
    pub(crate) skipped: Ticks,
    /// Behind that; `None` for all that follows.
    pub(crate) played: Option<Ticks>,
}

/// Opens the sound of a file whose container begins at `start`.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] where there is no sound, or none that can be decoded.
pub(crate) fn open<'a>(
    container: Container,
    source: &'a dyn Source,
    start: u64,
    trim: Trim,
    limits: &Limits,
) -> Result<Box<dyn Sound + 'a>> {
    let bytes = Pieces::new(source, start);
    let budget = limits.work_of(source.len());
    let reader = guarded(|| container.reader(bytes)).map_err(|e| unable(container, e))?;
    let (track, codec, stated) = track(reader.as_ref()).ok_or_else(|| Error::Unable(NO_SOUND.message()))?;
    let codec = Codec::new(&codec).map_err(Error::Unable)?;
    // Readers leave it to the codec's user to skip what Opus has at the start (RFC 7845 section 4.2); in MP4 the edit list says it.
    let skipped = if trim.skipped.count == 0 { codec.lead() } else { trim.skipped };
    let mut decoder = Decoder {
        source,
        start,
        ended: false,
        codec,
        container,
        packets: Packets::new(reader),
        track,
        first: Block::default(),
        stated,
        trim: Trim { skipped, ..trim },
        skipped: 0,
        end: u64::MAX,
        at: 0,
        steps: 0,
        budget,
        seconds: limits.seconds,
        damage: None,
    };
    decoder.prime()?;
    Ok(Box::new(decoder))
}

/// The first track of sound: its number, its coding, and the frames that it states.
fn track(reader: &dyn FormatReader) -> Option<(u32, AudioCodecParameters, Option<u64>)> {
    reader.tracks().iter().find_map(|track| match &track.codec_params {
        Some(CodecParameters::Audio(codec)) => Some((track.id, codec.clone(), frames(track, codec))),
        _ => None,
    })
}

fn frames(track: &Track, codec: &AudioCodecParameters) -> Option<u64> {
    let rate = codec.sample_rate?;
    let lasts = track.time_base.zip(track.duration).map(|(base, duration)| {
        let ticks = u128::from(duration.get()) * u128::from(base.numer.get()) * u128::from(rate);
        u64::try_from(ticks / u128::from(base.denom.get())).unwrap_or(u64::MAX)
    });
    lasts.or(track.num_frames).filter(|n| *n > 0)
}

/// A sound that is being decoded.
struct Decoder<'a> {
    source: &'a dyn Source,
    start: u64,
    container: Container,
    packets: Packets<'a>,
    track: u32,
    codec: Codec,
    /// The block that told rate and channels, until it is asked for.
    first: Block,
    stated: Option<u64>,
    trim: Trim,
    /// The trim in frames: the first one that is played, and the first one that no longer is.
    skipped: u64,
    end: u64,
    /// Frames that were decoded so far, from the start of the track.
    at: u64,
    /// Samples that were decoded so far, and most of them.
    steps: u64,
    budget: u64,
    seconds: u64,
    damage: Option<Message>,
    /// Whether the reader came to the end: some find no way back from there.
    ended: bool,
}

impl Decoder<'_> {
    /// Decodes up to the first block: only the codec knows for certain what it gives.
    fn prime(&mut self) -> Result<()> {
        let mut block = Block::default();
        if !self.decode(&mut block)? {
            return Err(Error::Unable(self.damage.take().unwrap_or_else(|| NO_SOUND.message())));
        }
        self.first = block;
        Ok(())
    }

    /// The next block as the codec gives it, trimmed; false at the end.
    fn decode(&mut self, block: &mut Block) -> Result<bool> {
        loop {
            let packet = match self.packets.next(self.track) {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                Err(Trouble::ResetRequired) if self.follow() => continue,
                // That a file was cut off is said where its structure is read; a live recording just ends.
                Err(Trouble::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(Trouble::IoError(e)) => return Err(biaoshi_container::Error::io(self.container.name(), e).into()),
                // Nobody can tell where the next packet begins.
                Err(e) => {
                    self.broken(&e.to_string());
                    return Ok(false);
                }
            };
            let decoded = guarded(|| self.codec.decode(&packet, block));
            // A packet of nothing costs a step too.
            self.steps = self.steps.saturating_add(block.samples.len() as u64 + 1);
            self.check(block.rate)?;
            if let Err(e) = decoded {
                self.broken(&e.to_string());
                self.codec.reset();
                continue;
            }
            if self.first.rate == 0 {
                self.learn(block);
            }
            let from = self.at;
            self.at += block.frames() as u64;
            self.trim(from, block);
            if !block.samples.is_empty() {
                return Ok(true);
            }
            if self.at >= self.end {
                return Ok(false);
            }
        }
    }

    /// Takes rate and channels from the first block.
    fn learn(&mut self, block: &Block) {
        (self.first.rate, self.first.channels) = (block.rate, block.channels);
        self.skipped = self.trim.skipped.frames(block.rate);
        self.end = self.trim.played.map_or(u64::MAX, |n| self.skipped.saturating_add(n.frames(block.rate)));
    }

    /// Leaves out what is not played of a block that begins at frame `from`.
    fn trim(&self, from: u64, block: &mut Block) {
        let frames = block.frames() as u64;
        let keep = |at: u64| at.saturating_sub(from).min(frames) as usize * block.channels.max(1);
        let (start, end) = (keep(self.skipped), keep(self.end));
        block.samples.truncate(end);
        block.samples.drain(..start.min(end));
    }

    /// Goes on with the next of several streams in a row; false where there is none.
    fn follow(&mut self) -> bool {
        let Some((track, codec, _)) = track(self.packets.reader.as_ref()) else { return false };
        let Ok(codec) = Codec::new(&codec) else { return false };
        (self.track, self.codec) = (track, codec);
        true
    }

    /// Notes the first damage.
    fn broken(&mut self, why: &str) {
        let rate = f64::from(self.first.rate.max(1));
        let seconds = format!("{:.1}", self.at as f64 / rate);
        self.damage.get_or_insert_with(|| BROKEN.with([Detail::Term(seconds), told(why).into()]));
    }

    /// # Errors
    /// More work or a longer sound than the limits allow.
    fn check(&self, rate: u32) -> Result<()> {
        let name = self.container.name();
        let limit =
            |what: &'static Said, most, option| Err(biaoshi_container::Error::limit(name, what, most, option).into());
        if self.steps > self.budget {
            return limit(phrase!("the work of decoding it", "解码的工作量"), self.budget, "--limit-work");
        }
        if rate > 0 && self.at / u64::from(rate) > self.seconds {
            let what = phrase!("the length of the sound in seconds", "音频时长(秒)");
            return limit(what, self.seconds, "--limit-seconds");
        }
        Ok(())
    }
}

impl Sound for Decoder<'_> {
    fn rate(&self) -> u32 {
        self.first.rate
    }

    fn channels(&self) -> usize {
        self.first.channels
    }

    fn frames(&self) -> Option<u64> {
        let stated = self.stated.map(|n| n.saturating_sub(self.skipped));
        if self.end < u64::MAX { Some(self.end - self.skipped) } else { stated }
    }

    fn next(&mut self, block: &mut Block) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if !self.first.samples.is_empty() {
            *block = Block { samples: std::mem::take(&mut self.first.samples), ..self.first };
            return Ok(true);
        }
        self.ended = !self.decode(block)?;
        Ok(!self.ended)
    }

    fn seek(&mut self, frame: u64) -> Result<u64> {
        self.first.samples.clear();
        if std::mem::take(&mut self.ended) {
            let bytes = Pieces::new(self.source, self.start);
            let reader = guarded(|| self.container.reader(bytes)).map_err(|e| unable(self.container, e))?;
            self.packets = Packets::new(reader);
        }
        let rate = u64::from(self.first.rate.max(1));
        let target = frame.saturating_add(self.skipped);
        let nanos = u128::from(target) * 1_000_000_000 / u128::from(rate);
        let time = Time::try_from_nanos_u128(nanos).unwrap_or(Time::ZERO);
        let to = SeekTo::Time { time, track_id: Some(self.track) };
        let sought = guarded(|| self.packets.seek(SeekMode::Coarse, to)).map_err(|e| unable(self.container, e))?;
        self.codec.reset();
        self.at = self.frame(sought.actual_ts);
        Ok(self.at.saturating_sub(self.skipped))
    }

    fn damage(&self) -> Option<Message> {
        self.damage.clone()
    }
}

impl Decoder<'_> {
    /// A time of the track as a frame.
    fn frame(&self, at: Timestamp) -> u64 {
        let base = self.packets.reader.tracks().iter().find(|t| t.id == self.track).and_then(|t| t.time_base);
        let ticks = u64::try_from(at.get()).unwrap_or(0);
        let Some(base) = base else { return ticks };
        let frames = u128::from(ticks) * u128::from(base.numer.get()) * u128::from(self.first.rate);
        u64::try_from(frames / u128::from(base.denom.get())).unwrap_or(u64::MAX)
    }
}

/// Calls a library on bytes of a file: what it does not survive is damage of the file, not the end of the run.
fn guarded<T>(call: impl FnOnce() -> std::result::Result<T, Trouble>) -> std::result::Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(Trouble::DecodeError("the decoder gave up")))
}

/// Why a library does not open a file.
fn unable(container: Container, why: Trouble) -> Error {
    match why {
        Trouble::IoError(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => {
            biaoshi_container::Error::io(container.name(), e).into()
        }
        why => Error::Unable(DECODER.with([told(&why.to_string()).into()])),
    }
}

/// What a library says, which is English.
fn told(why: &str) -> Message {
    Message::pair(why.to_owned(), format!("解码器原文:{why}"))
}
