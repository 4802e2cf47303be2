/// What one file may cost. One `Copy` value is passed down; every limit is named in the error that it causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest input in bytes.
    pub input: u64,
    /// Largest text document in bytes; a text is read whole.
    pub text: u64,
    /// Most lines of a text document.
    pub lines: usize,
    /// Largest metadata part (chunk, segment, box, tag) that is read whole, in bytes.
    pub part: u64,
    /// Most parts (chunks, segments, boxes, frames) in one file.
    pub parts: usize,
    /// Deepest nesting of XML elements.
    pub xml_depth: usize,
    /// Most attributes of one XML element.
    pub xml_attributes: usize,
    /// Largest inflated size of one stream in bytes; all streams of a file together may have twice that.
    pub inflated: u64,
    /// Largest label text in bytes.
    pub label: usize,
    /// Most label records in one file.
    pub records: usize,
    /// Largest picture side in pixels.
    pub side: u32,
    /// Largest decoded picture in bytes.
    pub decoded: u64,
    /// Longest audio in seconds.
    pub seconds: u64,
    /// Most work on the pixels or samples of one layer, for a file of up to [`SMALL`] bytes.
    pub work: u64,
}

/// Bytes of a small file. A larger one may cost as much for each so many bytes: work costs an attacker bytes.
const SMALL: u64 = 4 << 20;

impl Limits {
    /// The work that one layer of a file of so many bytes may be.
    pub fn work_of(&self, bytes: u64) -> u64 {
        self.work.saturating_mul(bytes.div_ceil(SMALL).max(1))
    }

    /// Largest decoded picture in a file of so many bytes: a quarter of the limit, and eight bytes for each of the file's
    /// own, as far as the limit goes. A few bytes of one color must not take gigabytes.
    pub fn decoded_of(&self, bytes: u64) -> u64 {
        (self.decoded / 4).saturating_add(bytes.saturating_mul(8)).min(self.decoded)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input: 64 << 30,
            text: 64 << 20,
            lines: 4_000_000,
            part: 64 << 20,
            parts: 100_000,
            xml_depth: 128,
            xml_attributes: 256,
            inflated: 16 << 20,
            label: 64 << 10,
            records: 64,
            side: 16_384,
            decoded: 1 << 30,
            seconds: 24 * 3600,
            work: 400 << 20,
        }
    }
}
