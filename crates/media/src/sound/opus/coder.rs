//! The rhythm as Opus packets, joined to the content's so that decoders keep nothing of the one when the other begins.
//!
//! The packets are coded as they are needed, so the level is exact. The rhythm is CELT, which carries pure tones. A decoder
//! forgets CELT's state when the mode changes and SILK's when it comes from CELT (RFC 6716 section 4.5.2): before
//! content in CELT, the label's last packets are silence in SILK; before other content CELT itself is the other mode. Behind
//! content nothing of the like is needed: silence in CELT sets all that its next frame is predicted from.

use biaoshi_container::said;
use opus_pure::{Application, Bandwidth, MAX_PACKET_BYTES, OpusEncoder, OpusMode, RateControl, Signal, packet};

use super::RATE;
use super::stream::Head;
use crate::reason::DECODER;
use crate::{Error, Result};

/// Sample frames of a packet: 20 ms, of which the rhythm with its silences is a whole number.
pub(super) const PACKET: usize = 960;
/// Packets of silence in SILK.
const SILENCE: usize = 3;
/// Bits a second for each channel of tones, and of silence.
const TONES: i32 = 24_000;
const SILENT: i32 = 12_000;

/// Where the label goes, and what of the content lies between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Before content whose first packet is coded so; of the label, so many sample frames are not played.
    Before { skipped: u16, next: OpusMode },
    /// Behind content of which so many sample frames more are played now.
    Behind { trimmed: u16 },
}

/// The label, one channel of it, in packets of [`PACKET`] sample frames.
///
/// # Errors
/// [`Error::Unable`] where the encoder gives up.
pub(super) fn packets(samples: &[f32], head: &Head, side: Side) -> Result<Vec<Vec<u8>>> {
    let mut tones = Coder::tones(head.channels)?;
    let delay = tones.encoder.lookahead() as i64;
    let (ahead, silent) = match side {
        Side::Before { skipped, next } => (delay - i64::from(skipped), next == OpusMode::CeltOnly),
        Side::Behind { trimmed } => (delay + i64::from(trimmed), false),
    };
    let level = level(samples, head.gain);
    let at = |n: usize| {
        let n = usize::try_from(n as i64 + ahead).ok();
        level * n.and_then(|n| samples.get(n)).copied().unwrap_or(0.0)
    };
    // What is played of the content now takes the place of silence, of which no whole packet is to be left over.
    let spare = if let Side::Behind { trimmed } = side { usize::from(trimmed) / PACKET } else { 0 };
    let count = (samples.len() / PACKET).saturating_sub(spare);
    let silence = if silent { SILENCE } else { 0 };
    let mut out = Vec::with_capacity(count);
    for start in (0..count.saturating_sub(silence)).map(|n| n * PACKET) {
        out.push(tones.encode((start..start + PACKET).map(at))?);
    }
    let mut quiet = Coder::silence(head.channels)?;
    for _ in 0..silence {
        out.push(quiet.encode(std::iter::repeat_n(0.0, PACKET))?);
    }
    Ok(out)
}

/// What takes back the output gain, which players apply to the label too (RFC 7845 section 5.1), as far as full scale goes.
fn level(samples: &[f32], gain: i16) -> f32 {
    let peak = samples.iter().fold(f32::MIN_POSITIVE, |peak, s| peak.max(s.abs()));
    10f32.powf(-f32::from(gain) / 256.0 / 20.0).min(1.0 / peak)
}

/// An encoder that is held to one mode.
struct Coder {
    encoder: OpusEncoder,
    mode: OpusMode,
    interleaved: Vec<f32>,
    packet: Vec<u8>,
}

impl Coder {
    fn new(channels: u8, application: Application, mode: OpusMode, bits: i32) -> Result<Self> {
        let mut encoder = OpusEncoder::new(RATE as i32, channels.into(), application).map_err(refused)?;
        encoder.rate_control = RateControl::Vbr;
        encoder.bitrate_bps = bits * i32::from(channels);
        // The tones end at 1320 Hz; decoders take a bandwidth from each packet.
        encoder.force_bandwidth = Some(Bandwidth::Wideband);
        Ok(Self { encoder, mode, interleaved: Vec::new(), packet: vec![0; MAX_PACKET_BYTES] })
    }

    fn tones(channels: u8) -> Result<Self> {
        Self::new(channels, Application::RestrictedLowDelay, OpusMode::CeltOnly, TONES)
    }

    fn silence(channels: u8) -> Result<Self> {
        let mut coder = Self::new(channels, Application::Voip, OpusMode::SilkOnly, SILENT)?;
        coder.encoder.signal_type = Some(Signal::Voice);
        Ok(coder)
    }

    /// A packet of what all channels have.
    fn encode(&mut self, mono: impl Iterator<Item = f32>) -> Result<Vec<u8>> {
        let channels = self.encoder.channels();
        self.interleaved.clear();
        self.interleaved.extend(mono.flat_map(|s| std::iter::repeat_n(s, channels)));
        let size = self.encoder.encode(&self.interleaved, PACKET, &mut self.packet).map_err(refused)?;
        let packet = self.packet.get(..size).unwrap_or_default().to_vec();
        match packet::mode(&packet) {
            Ok(mode) if mode == self.mode => Ok(packet),
            _ => Err(Error::Unable(
                DECODER.with([said!("a packet of the label has another mode", "标识的包模式不符").into()]),
            )),
        }
    }
}

fn refused(error: opus_pure::Error) -> Error {
    let why = biaoshi_container::Message::pair(error.to_string(), format!("编码器原文:{error}"));
    Error::Unable(DECODER.with([why.into()]))
}
