/// How strong a mark is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strength {
    /// PSNR of the whole picture in dB, when it has texture enough.
    pub overall: f32,
    /// PSNR of the flattest quarter of its blocks in dB: there the eye sees most. Pictures without much else get up to
    /// 0.6 dB more.
    pub flat: f32,
}

impl Default for Strength {
    fn default() -> Self {
        Self { overall: 42.0, flat: 46.4 }
    }
}
