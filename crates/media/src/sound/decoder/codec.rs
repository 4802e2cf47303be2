//! One packet in, interleaved samples out.

use biaoshi_container::{Message, said};
use opus_pure::OpusMSDecoder;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_OPUS, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Trouble;
use symphonia::core::packet::Packet;

use super::{Ticks, vorbis};
use crate::reason::DECODER;
use crate::samples::Block;

/// Sample frames a second that Opus decodes to (RFC 7845 section 5.1: the rate of the input is only a note).
const OPUS_RATE: u32 = 48_000;
/// Sample frames of the longest Opus packet, 120 ms (RFC 6716 section 3.2.5).
const OPUS_LONGEST: usize = 5760;

/// A decoder for one track.
pub(super) enum Codec {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Opus),
}

/// Opus, with what its header says.
pub(super) struct Opus {
    decoder: Box<OpusMSDecoder>,
    channels: usize,
    /// Sample frames at the start that are not played.
    lead: u16,
}

impl Codec {
    /// The decoder for a coding; the reason where there is none.
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Self, Message> {
        let refuse = |why: String| DECODER.with([super::told(&why).into()]);
        let header = params.extra_data.as_deref().unwrap_or_default();
        if params.codec == CODEC_ID_OPUS {
            // Channels, pre-skip, output gain and mapping family (RFC 7845 section 5.1); in MP4, of version 0, in the other
            // order of bytes (Encapsulation of Opus in ISO Base Media File Format, section 4.3.2).
            let byte = |at: usize, other: u8| header.get(at).copied().unwrap_or(other);
            let word = |at: usize| match (byte(8, 1), [byte(at, 0), byte(at + 1, 0)]) {
                (0, bytes) => u16::from_be_bytes(bytes),
                (_, bytes) => u16::from_le_bytes(bytes),
            };
            let (channels, family) = (usize::from(byte(9, 2)), byte(18, 0));
            let decoder = OpusMSDecoder::new(OPUS_RATE as i32, channels, family);
            let mut decoder = decoder.map_err(|e| refuse(e.to_string()))?;
            // Players apply the gain, so it is part of what is heard.
            let gain = i32::from(word(16).cast_signed());
            decoder.streams_mut().iter_mut().for_each(|stream| stream.gain_q8 = gain);
            let lead = word(10);
            return Ok(Self::Opus(Opus { decoder: Box::new(decoder), channels, lead }));
        }
        if params.codec == CODEC_ID_VORBIS && !vorbis::is_modest(header) {
            let why = said!("its Vorbis codebooks would take too much memory", "其 Vorbis 码本会占用过多内存");
            return Err(DECODER.with([why.into()]));
        }
        let options = AudioDecoderOptions::default();
        let made = super::guarded(|| symphonia::default::get_codecs().make_audio_decoder(params, &options));
        made.map(Self::Symphonia).map_err(|e| refuse(e.to_string()))
    }

    /// Decodes a packet into a block, which is empty on errors.
    pub(super) fn decode(&mut self, packet: &Packet, block: &mut Block) -> Result<(), Trouble> {
        block.samples.clear();
        match self {
            Self::Symphonia(decoder) => {
                let decoded = decoder.decode(packet)?;
                (block.rate, block.channels) = (decoded.spec().rate(), decoded.spec().channels().count());
                decoded.copy_to_vec_interleaved(&mut block.samples);
            }
            Self::Opus(Opus { decoder, channels, .. }) => {
                (block.rate, block.channels) = (OPUS_RATE, *channels);
                block.samples.resize(OPUS_LONGEST * *channels, 0.0);
                let frames = decoder.decode(&packet.data, OPUS_LONGEST, &mut block.samples);
                let played = frames.map(|n| n.saturating_sub(packet.trim_end.get() as usize));
                block.samples.truncate(played.as_ref().map_or(0, |n| n * *channels));
                played.map_err(|_| Trouble::DecodeError("opus: invalid packet"))?;
            }
        }
        // Damaged floating-point samples would spoil every sum.
        block.samples.iter_mut().filter(|s| !s.is_finite()).for_each(|s| *s = 0.0);
        Ok(())
    }

    /// Forgets what came before: the next packet does not follow the last one.
    pub(super) fn reset(&mut self) {
        match self {
            Self::Symphonia(decoder) => decoder.reset(),
            Self::Opus(opus) => drop(opus.decoder.reset_state()),
        }
    }

    /// What is not played at the start, as the codec's own header has it.
    pub(super) fn lead(&self) -> Ticks {
        match self {
            Self::Symphonia(_) => Ticks::default(),
            Self::Opus(opus) => Ticks { count: opus.lead.into(), scale: OPUS_RATE.into() },
        }
    }
}
