//! Full scale: what is added fades where it would drive a sample over it. Clipped, it would be heard in bands that hide nothing.

/// The highest level that 16 bits have on both sides.
const FULL: f32 = 1.0 - 1.0 / 32_768.0;
/// Length of a fade on either side, in seconds.
const FADE: f64 = 0.003;

/// Gains for what is added to one channel.
pub(super) struct Ceiling {
    /// How much of a fade is felt so many samples away.
    fade: Vec<f32>,
    /// Of the samples that are not told yet; 1 behind them.
    gains: Vec<f32>,
    /// Samples that were looked at, of these.
    seen: usize,
}

impl Ceiling {
    /// For a sample rate in Hz.
    pub(super) fn new(rate: u32) -> Self {
        let length = (FADE * f64::from(rate)).ceil();
        let felt = |n: usize| (0.5 + 0.5 * libm::cos(std::f64::consts::PI * n as f64 / length)) as f32;
        Self { fade: (0..length as usize).map(felt).collect(), gains: Vec::new(), seen: 0 }
    }

    /// Looks at frames of samples, of which one is this channel's, and at what is to be added to it, from the first on that is not
    /// told yet. Returns how many gains are final.
    pub(super) fn look<'s>(
        &mut self,
        frames: impl ExactSizeIterator<Item = &'s [f32]>,
        channel: usize,
        differences: &[f32],
        is_last: bool,
    ) -> usize {
        let seen = std::mem::replace(&mut self.seen, frames.len().min(differences.len()));
        for (n, (frame, difference)) in frames.zip(differences).enumerate().skip(seen) {
            let sample = frame[channel];
            let level = (sample + difference).abs();
            // What is over full scale by itself is for those who made it so.
            if level > FULL && level > sample.abs() && sample.abs() <= 1.0 {
                let gain = ((FULL - sample.abs()) / difference.abs()).max(0.0);
                self.fade(n, gain);
            }
        }
        self.gains.resize(self.gains.len().max(self.seen), 1.0);
        if is_last { self.seen } else { self.seen.saturating_sub(self.fade.len()) }
    }

    fn fade(&mut self, at: usize, gain: f32) {
        let length = self.fade.len();
        self.gains.resize(self.gains.len().max(at + length), 1.0);
        let start = at.saturating_sub(length - 1);
        for (n, faded) in self.gains[start..at + length].iter_mut().enumerate() {
            *faded = faded.min(1.0 - (1.0 - gain) * self.fade[at.abs_diff(start + n)]);
        }
    }

    /// The gains.
    pub(super) fn gains(&self) -> &[f32] {
        &self.gains
    }

    /// Forgets so many samples, which are told.
    pub(super) fn pass(&mut self, count: usize) {
        self.gains.drain(..count);
        self.seen -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the pieces, no sample is driven over full scale, what is added fades smoothly, and far away nothing changes.
    #[test]
    fn nothing_is_driven_over_full_scale() {
        let samples: Vec<f32> = (0..4000).map(|n| libm::sinf(n as f32 * 0.004)).collect();
        let differences: Vec<f32> = (0..4000).map(|n| 0.1 * libm::sinf(n as f32 * 0.37)).collect();
        let run = |size: usize| {
            let (mut ceiling, mut gains, mut told) = (Ceiling::new(44_100), Vec::new(), 0);
            for end in (0..4000).step_by(size).map(|n| (n + size).min(4000)) {
                let count = ceiling.look(samples[told..end].chunks_exact(1), 0, &differences[told..end], end == 4000);
                gains.extend_from_slice(&ceiling.gains()[..count]);
                ceiling.pass(count);
                told += count;
            }
            gains
        };
        let gains = run(4000);
        assert_eq!(gains.len(), 4000);
        assert_eq!(gains, run(1));
        assert_eq!(gains, run(77));
        let marked = |n: usize| samples[n] + gains[n] * differences[n];
        assert!((0..4000).all(|n| marked(n).abs() <= FULL.max(samples[n].abs()) + 1e-6));
        assert!(gains.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.05));
        assert!(gains[..40].iter().all(|gain| *gain == 1.0) && gains.iter().any(|gain| *gain < 0.5));
    }
}
