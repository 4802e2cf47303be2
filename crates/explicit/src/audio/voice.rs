//! Sounds for tests that correlate as speech does.

use std::f64::consts::PI;

/// What has the make of speech: voices of changing pitch and colour between hisses and short pauses.
pub(super) fn speech(rate: u32, seconds: f64) -> Vec<f32> {
    voice(rate, seconds, 1)
}

/// The same of another speaker.
pub(super) fn voice(rate: u32, seconds: f64, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24)
    };
    let mut out = Vec::new();
    while out.len() < (seconds * f64::from(rate)) as usize {
        let (pitch, bend, colour) = (90.0 + 120.0 * random(), random() - 0.5, 300.0 + 1500.0 * random());
        let (length, hiss) = (0.08 + 0.15 * random(), random() < 0.3);
        let count = (length * f64::from(rate)) as usize;
        let mut phase = 0.0;
        for n in 0..count {
            let part = n as f64 / count as f64;
            phase += 2.0 * PI * pitch * (1.0 + bend * part) / f64::from(rate);
            let harmonics = (1..20).map(|k| {
                let hz = pitch * f64::from(k);
                (phase * f64::from(k)).sin() * libm::exp(-((hz - colour) / 400.0).powi(2))
                    + (phase * f64::from(k)).sin() * 0.1 / f64::from(k)
            });
            let sound = if hiss { 0.1 * (random() - 0.5) } else { 0.15 * harmonics.sum::<f64>() };
            out.push((sound * (PI * part).sin()) as f32);
        }
        out.resize(out.len() + (0.02 * f64::from(rate)) as usize, 0.0);
    }
    out.truncate((seconds * f64::from(rate)) as usize);
    out
}
