//! The deflate stream in the IDAT chunks (PNG specification clause 10, RFC 1950 and 1951).

use biaoshi_container::png::{Chunk, encode};
use biaoshi_container::{Error, Limits, Patch, Result, Said, Source, SourceExt, phrase};
use flate2::{Compress, Compression, FlushCompress, Status};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags as flags};

use super::NAME;
use super::header::Header;

/// Bytes that are made room for at a time.
const STEP: usize = 64 << 10;
/// How far back deflate may refer.
pub(super) const WINDOW: usize = 32 << 10;
/// Compression of scanlines: the highest level gains nothing on photos and costs twice the time.
pub(super) const LEVEL: u32 = 6;
/// zlib header: deflate with a 32 KiB window, default level.
const ZLIB: [u8; 2] = [0x78, 0x9c];

/// The data of all IDAT chunks.
pub(super) struct Stream {
    chunks: Vec<Chunk>,
    bytes: Vec<u8>,
}

/// Inflated: filtered scanlines, and where the stream can be cut in front of the changed ones.
pub(super) struct Lines {
    pub(super) raw: Vec<u8>,
    pub(super) cut: Cut,
}

/// A boundary between two deflate blocks; the default is the start of the stream.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cut {
    /// Bits of the stream in front of it, zlib header included.
    pub(super) bits: usize,
    /// Inflated bytes in front of it.
    pub(super) raw: usize,
}

impl Stream {
    pub(super) fn read(source: &dyn Source, header: &Header, limits: &Limits) -> Result<Self> {
        let mut bytes = Vec::new();
        for chunk in &header.idat {
            let left = limits.decoded.saturating_sub(bytes.len() as u64);
            bytes.extend(source.bytes(NAME, chunk.data(), left, phrase!("the compressed picture", "压缩的图像"))?);
        }
        Ok(Self { chunks: header.idat.clone(), bytes })
    }

    fn broken(&self, why: &'static Said) -> Error {
        Error::invalid(NAME, self.chunks.first().map_or(0, |c| c.start), why)
    }

    /// Inflates all scanlines; the cut will be the last one at or before row `first`.
    pub(super) fn inflate(&self, header: &Header, first: usize) -> Result<Lines> {
        let size = header.size();
        // Deflate gives at most 1032 bytes for one: nothing is allocated that cannot be there.
        if self.bytes.len().saturating_mul(1032) < size {
            return Err(self.broken(phrase!("too little compressed data for the picture", "压缩数据不足以构成图像")));
        }
        let [cmf, _, deflated @ ..] = self.bytes.as_slice() else {
            return Err(self.broken(phrase!("the zlib header is missing", "缺少 zlib 头")));
        };
        if cmf & 15 != 8 {
            return Err(self.broken(phrase!("compressed data that is not deflate", "压缩数据不是 deflate")));
        }
        let changed = first * (header.line() + 1);
        let mut lines = Lines { raw: vec![0; size], cut: Cut::default() };
        let mut state = Box::<DecompressorOxide>::default();
        let (mut read, mut written) = (0, 0);
        let options = flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
        loop {
            let input = deflated.get(read..).unwrap_or_default();
            let (status, taken, given) = decompress(&mut state, input, &mut lines.raw, written, options);
            read += taken;
            written += given;
            match status {
                TINFLStatus::BlockBoundary => {
                    let spare = state.block_boundary_state().map_or(0, |s| usize::from(s.num_bits));
                    // Only a 32 KiB window can be continued with ours.
                    if written <= changed && cmf >> 4 == 7 {
                        lines.cut = Cut { bits: (2 + read) * 8 - spare, raw: written };
                    }
                }
                TINFLStatus::Done => break,
                // More than the picture needs: decoders ignore it.
                TINFLStatus::HasMoreOutput if written == size => return Ok(lines),
                _ => return Err(self.broken(phrase!("the compressed data is damaged", "压缩数据有误"))),
            }
        }
        let sum = deflated.get(read..read + 4).and_then(|s| s.first_chunk()).map(|s| u32::from_be_bytes(*s));
        if written != size || sum != Some(simd_adler32::adler32(&lines.raw.as_slice())) {
            return Err(self.broken(phrase!("the compressed data is cut off or damaged", "压缩数据被截断或有误")));
        }
        Ok(lines)
    }

    /// What [`Stream::splice`] copies of the chunk in which the stream is cut: whole bytes in front of the cut, or the zlib
    /// header.
    pub(super) fn copied(&self, cut: Cut) -> &[u8] {
        if cut.raw == 0 {
            return &ZLIB;
        }
        let mut start = 0;
        for chunk in &self.chunks {
            let end = start + chunk.length as usize;
            if end > cut.bits / 8 {
                break;
            }
            start = end;
        }
        self.bytes.get(start..cut.bits / 8).unwrap_or_default()
    }

    /// Puts changed scanlines back: the stream up to the cut stays, the rest is deflated again.
    pub(super) fn splice(&self, lines: &Lines, patch: &mut Patch) -> Result<()> {
        let Cut { bits, raw } = lines.cut;
        let mut coded = self.bytes.get(..bits / 8).unwrap_or_default().to_vec();
        if raw == 0 {
            coded = ZLIB.to_vec();
        } else {
            // An empty stored block leads from the middle of a byte to the next whole one (RFC 1951 3.2.4).
            let kept = self.bytes.get(bits / 8).map_or(0, |b| b & ((1u16 << (bits % 8)) - 1) as u8);
            coded.push(kept);
            if bits % 8 > 5 {
                coded.push(0);
            }
            coded.extend([0, 0, 0xff, 0xff]);
        }
        let dictionary = lines.raw.get(raw.saturating_sub(WINDOW)..raw).unwrap_or_default();
        deflate(lines.raw.get(raw..).unwrap_or_default(), dictionary, LEVEL, &mut coded)
            .ok_or_else(|| self.broken(phrase!("the picture cannot be compressed", "图像无法压缩")))?;
        coded.extend(simd_adler32::adler32(&lines.raw.as_slice()).to_be_bytes());

        // Chunks whose data comes before the cut stay as they are.
        let same = if raw == 0 { 0 } else { bits / 8 };
        let mut before = 0;
        let mut fresh = Some(());
        for chunk in &self.chunks {
            let end = before + chunk.length as usize;
            if end > same {
                let data = fresh.take().map(|()| encode(*b"IDAT", coded.get(before..).unwrap_or_default()));
                patch.replace(chunk.range(), data.unwrap_or_default());
            }
            before = end;
        }
        Ok(())
    }
}

/// A whole zlib stream for scanlines.
pub(super) fn compress(raw: &[u8], level: u32) -> Option<Vec<u8>> {
    let mut coded = ZLIB.to_vec();
    deflate(raw, &[], level, &mut coded)?;
    coded.extend(simd_adler32::adler32(&raw).to_be_bytes());
    Some(coded)
}

/// Appends raw deflate data for `raw`, which may refer back into `dictionary`.
fn deflate(raw: &[u8], dictionary: &[u8], level: u32, out: &mut Vec<u8>) -> Option<()> {
    let mut state = Compress::new(Compression::new(level), false);
    if !dictionary.is_empty() {
        state.set_dictionary(dictionary).ok()?;
    }
    loop {
        out.reserve(STEP);
        let read = usize::try_from(state.total_in()).ok()?;
        match state.compress_vec(raw.get(read..)?, out, FlushCompress::Finish).ok()? {
            Status::StreamEnd => return Some(()),
            Status::Ok | Status::BufError => {}
        }
    }
}
