//! Marks in made sounds, found again.

use super::resample::Resampler;
use super::{Capacity, Detection, Detector, Embedder};
use crate::effort::Effort;
use crate::key::{Key, Stream};
use crate::payload::Payload;

const PAYLOAD: Payload = Payload(0x0123_4567_89ab_cdef);

/// Seconds of a made piece of music: three voices that move, and noise in bursts.
fn music(rate: u32, seconds: f32, seed: &str) -> Vec<f32> {
    let mut stream = Key::new([7; 16]).stream(seed);
    let frames = (seconds * rate as f32) as usize;
    let mut out = vec![0.0; frames];
    for voice in 0..3 {
        let (mut phase, mut hz, mut until) = (0.0_f32, 0.0, 0);
        for (n, sample) in out.iter_mut().enumerate() {
            if n >= until {
                hz = 110.0 * (1 + stream.below(24)) as f32 / (1 + voice) as f32 * 1.5;
                until = n + (rate as f32 * (0.1 + stream.below(50) as f32 / 100.0)) as usize;
            }
            phase += hz / rate as f32;
            // A tone with overtones.
            *sample +=
                0.08 * (1..6).map(|k| libm::sinf(phase * k as f32 * std::f32::consts::TAU) / k as f32).sum::<f32>();
        }
    }
    let mut loud = 0.0;
    for sample in &mut out {
        if stream.below(rate / 4) == 0 {
            loud = 0.2;
        }
        loud *= 1.0 - 8.0 / rate as f32;
        *sample += (0.02 + loud) * noise(&mut stream);
    }
    out
}

/// Uniform in -1 to 1.
fn noise(stream: &mut Stream) -> f32 {
    stream.below(20_001) as f32 / 10_000.0 - 1.0
}

/// Marks interleaved samples, handed over in pieces.
fn marked(samples: &[f32], rate: u32, channels: usize, piece: usize) -> (Vec<f32>, Capacity) {
    let mut marker = Embedder::new(&Key::PUBLISHED).marker(rate, channels, PAYLOAD).unwrap();
    let mut differences = Vec::new();
    for piece in samples.chunks(piece * channels) {
        marker.push(piece, &mut differences);
    }
    let capacity = marker.finish(&mut differences);
    assert_eq!(differences.len(), samples.len());
    (samples.iter().zip(&differences).map(|(s, d)| s + d).collect(), capacity)
}

fn detected(samples: &[f32], rate: u32, channels: usize, keys: &[Key], effort: Effort) -> Detection {
    let detector = Detector::new(keys);
    let mut search = detector.search(rate, channels, effort).unwrap();
    for piece in samples.chunks(4096 * channels) {
        search.push(piece);
    }
    search.finish()
}

fn payloads(samples: &[f32], rate: u32, effort: Effort) -> Vec<Payload> {
    detected(samples, rate, 1, &[Key::PUBLISHED], effort).marks.iter().map(|mark| mark.payload).collect()
}

fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    let (mut resampler, mut out) = (Resampler::new(from, to, 20_000.0), Vec::new());
    resampler.push(samples, &mut out);
    resampler.finish(&mut out);
    out
}

#[test]
fn marks_come_back_at_every_rate() {
    for rate in [8_000, 16_000, 22_050, 44_100, 48_000, 96_000] {
        let (sound, capacity) = marked(&music(rate, 10.0, "rates"), rate, 1, 5000);
        assert!(matches!(capacity, Capacity::Carries(_) | Capacity::Weakly(_)), "{rate}: {capacity:?}");
        let found = detected(&sound, rate, 1, &[Key::new([1; 16]), Key::PUBLISHED], Effort::Fast);
        let [mark] = &found.marks[..] else { panic!("{rate}: {found:?}") };
        assert_eq!((mark.key, mark.payload), (1, PAYLOAD), "{rate}");
        assert!(mark.start < 0.1 && mark.end > 9.0, "{rate}: {mark:?}");
        assert!(found.false_positive < 1e-9, "{rate}");
    }
}

#[test]
fn excerpts_noise_and_telephones_keep_the_mark() {
    let rate = 16_000;
    let (sound, _) = marked(&music(rate, 20.0, "attacks"), rate, 1, 16_000);
    assert_eq!(payloads(&sound[87_654..87_654 + 6 * 16_000], rate, Effort::Fast), [PAYLOAD], "six seconds");
    let mut stream = Key::new([2; 16]).stream("noise");
    let noisy: Vec<f32> = sound.iter().map(|s| -0.3 * s + 0.004 * noise(&mut stream)).collect();
    assert_eq!(payloads(&noisy, rate, Effort::Fast), [PAYLOAD], "upside down, quiet, noisy");
    assert_eq!(payloads(&resampled(&sound, rate, 8_000), 8_000, Effort::Fast), [PAYLOAD], "a telephone's rate");
}

#[test]
fn other_speeds_are_told() {
    let rate = 16_000;
    let (sound, _) = marked(&music(rate, 12.0, "speed"), rate, 1, 16_000);
    let speeds = [(15_680, 1.0204, Effort::Normal), (16_560, 0.9662, Effort::Normal), (12_900, 1.2403, Effort::Deep)];
    for (to, speed, effort) in speeds {
        let played = resampled(&sound, rate, to);
        let less = if effort == Effort::Deep { Effort::Normal } else { Effort::Fast };
        assert_eq!(payloads(&played, rate, less), [], "{speed}");
        let found = detected(&played, rate, 1, &[Key::PUBLISHED], effort);
        let [mark] = &found.marks[..] else { panic!("{speed}: {found:?}") };
        assert_eq!(mark.payload, PAYLOAD);
        assert!((mark.tempo - speed).abs() < 0.001 && (mark.pitch - speed).abs() < 0.006, "{speed}: {mark:?}");
    }
}

#[test]
fn joined_sounds_show_each_mark_where_it_is() {
    let rate = 16_000;
    let (first, _) = marked(&music(rate, 15.0, "first"), rate, 1, 16_000);
    let other = Payload(0xfeed_0000_0000_beef);
    let mut marker = Embedder::new(&Key::PUBLISHED).marker(rate, 1, other).unwrap();
    let second = music(rate, 15.0, "second");
    let mut differences = Vec::new();
    marker.push(&second, &mut differences);
    marker.finish(&mut differences);
    let second: Vec<f32> = second.iter().zip(&differences).map(|(s, d)| s + d).collect();
    let joined = [&first[..], &music(rate, 20.0, "between"), &second].concat();
    let found = detected(&joined, rate, 1, &[Key::PUBLISHED], Effort::Normal);
    let [one, two] = &found.marks[..] else { panic!("{found:?}") };
    assert_eq!((one.payload, two.payload), (PAYLOAD, other));
    assert!(one.start < 1.0 && (12.0..19.0).contains(&one.end), "{one:?}");
    assert!((31.0..39.0).contains(&two.start) && two.end > 48.0, "{two:?}");
}

#[test]
fn unmarked_sounds_and_wrong_keys_give_nothing() {
    let rate = 16_000;
    let plain = music(rate, 40.0, "plain");
    assert_eq!(payloads(&plain, rate, Effort::Normal), []);
    let (sound, _) = marked(&plain, rate, 1, 16_000);
    let keys: Vec<Key> = (0..4).map(|n| Key::new([n; 16])).collect();
    assert_eq!(detected(&sound, rate, 1, &keys, Effort::Fast).marks, []);
}

/// The difference is the same in whatever pieces the samples come, and every channel gets its own share.
#[test]
fn pieces_do_not_matter() {
    let rate = 22_050;
    let (left, right) = (music(rate, 7.0, "left"), music(rate, 7.0, "right"));
    let both: Vec<f32> = left.iter().zip(&right).flat_map(|(l, r)| [*l, *r]).collect();
    let (whole, _) = marked(&both, rate, 2, usize::MAX / 2);
    let (pieces, _) = marked(&both, rate, 2, 777);
    assert!(whole == pieces);
    let channel = |n: usize| whole.iter().skip(n).step_by(2).copied().collect::<Vec<f32>>();
    for side in [channel(0), channel(1)] {
        assert_eq!(payloads(&side, rate, Effort::Fast), [PAYLOAD]);
    }
}

#[test]
fn silence_stays_silent() {
    let rate = 44_100;
    let mut sound = music(rate, 8.0, "silence");
    sound[100_000..200_000].fill(0.0);
    let (after, _) = marked(&sound, rate, 1, 10_000);
    assert!(after[100_000..200_000].iter().all(|s| *s == 0.0));
    assert!(after[..100_000] != sound[..100_000]);
    let (nothing, capacity) = marked(&vec![0.0; 400_000], rate, 1, 10_000);
    assert!(nothing.iter().all(|s| *s == 0.0));
    assert_eq!(capacity, Capacity::Cannot);
    let (_, capacity) = marked(&sound[..5_000], rate, 1, 10_000);
    assert_eq!(capacity, Capacity::Cannot, "a tenth of a second");
}

#[test]
fn strange_rates_and_channels_are_refused() {
    let embedder = Embedder::new(&Key::PUBLISHED);
    for (rate, channels) in [(7_999, 1), (192_001, 1), (0, 1), (44_100, 0), (44_100, 9)] {
        assert!(embedder.marker(rate, channels, PAYLOAD).is_none());
        assert!(Detector::new(&[Key::PUBLISHED]).search(rate, channels, Effort::Fast).is_none());
    }
}

/// Samples far beyond full scale, steps and constants are sounds like others.
#[test]
fn hostile_samples_are_survived() {
    let steps: Vec<f32> = (0..100_000).map(|n| if n / 1000 % 2 == 0 { 1e6 } else { -1e6 }).collect();
    for sound in [steps, vec![1.0; 100_000], vec![1e-30; 100_000], vec![f32::MAX / 1e6; 50_000]] {
        let (after, _) = marked(&sound, 44_100, 1, 1 << 20);
        assert!(after.iter().all(|s| s.is_finite()));
        assert_eq!(payloads(&sound, 44_100, Effort::Normal), []);
    }
}

/// In front of an attack of noise a low tone hides nothing of what lies high: there the mark is as soft as where no attack comes.
#[test]
fn nothing_is_heard_before_an_attack() {
    let (rate, mut stream) = (16_000_u32, Key::new([7; 16]).stream("attacks"));
    let samples: Vec<f32> = (0..rate * 12)
        .map(|n| {
            let tone = 0.3 * libm::sinf(n as f32 * 100.0 / rate as f32 * std::f32::consts::TAU);
            let burst = if n % 8_000 >= 6_000 { 0.2 } else { 1e-5 };
            tone + burst * noise(&mut stream)
        })
        .collect();
    let (new, _) = marked(&samples, rate, 1, 4096);
    let added: Vec<f32> = new.iter().zip(&samples).map(|(new, old)| new - old).collect();
    // Third differences take the tone out, and what belongs to it.
    let power = |from: usize, to: usize| {
        let moments = (1..24).flat_map(|burst| (burst * 8_000 + from)..(burst * 8_000 + to));
        let high = moments.map(|n| added[n] - 3.0 * added[n - 1] + 3.0 * added[n - 2] - added[n - 3]);
        let (sum, count) = high.fold((0.0, 0.0), |(sum, count), v| (sum + v * v, count + 1.0_f32));
        10.0 * libm::log10f(sum / count + 1e-20)
    };
    let (early, before, inside) = (power(5_000, 5_500), power(5_900, 5_990), power(6_100, 7_900));
    assert!(
        before < inside - 18.0,
        "{early} dB far from attacks, {before} dB before them, {inside} dB in what follows"
    );
}
