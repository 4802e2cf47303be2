use super::*;
use biaoshi_container::Message;
use biaoshi_explicit::audio::Rhythm;

/// Blocks as they are.
struct Blocks(std::vec::IntoIter<Block>);

impl Blocks {
    fn of(parts: &[(u32, usize, Vec<f32>)]) -> Self {
        let blocks = parts.iter().flat_map(|(rate, channels, samples)| {
            // Odd sizes, as codecs have them.
            samples.chunks(1000 * channels).map(|s| Block { rate: *rate, channels: *channels, samples: s.to_vec() })
        });
        Self(blocks.collect::<Vec<_>>().into_iter())
    }
}

impl Sound for Blocks {
    fn rate(&self) -> u32 {
        0
    }

    fn channels(&self) -> usize {
        0
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn next(&mut self, block: &mut Block) -> Result<bool> {
        let next = self.0.next();
        let more = next.is_some();
        *block = next.unwrap_or_default();
        Ok(more)
    }

    fn seek(&mut self, _: u64) -> Result<u64> {
        Ok(0)
    }

    fn damage(&self) -> Option<Message> {
        None
    }
}

fn labelled(rate: u32, channels: usize) -> (u32, usize, Vec<f32>) {
    let rhythm = Rhythm::new(rate, channels as u32, None).unwrap();
    let mono = [rhythm.samples(true), vec![0.0; rate as usize * 2]].concat();
    (rate, channels, mono.iter().flat_map(|sample| vec![*sample; channels]).collect())
}

fn starts(found: &[Found]) -> Vec<f64> {
    let tones = |f: &Found| match &f.place {
        Place::Sound(all) => all[0].start,
        other => panic!("{other:?}"),
    };
    found.iter().map(tones).collect()
}

/// The rhythms in a sound.
fn all(sound: &mut dyn Sound) -> Result<Vec<Found>> {
    hear(sound, None).map(|heard| heard.found)
}

#[test]
fn times_count_from_the_start_of_the_sound_though_its_rate_changes() {
    let (first, second) = (labelled(8000, 1), labelled(16_000, 2));
    let lasts = first.2.len() as f64 / 8000.0;
    let found = all(&mut Blocks::of(&[first, second])).unwrap();
    let at = starts(&found);
    assert_eq!(at.len(), 2, "{found:?}");
    assert!((at[0] - 0.3).abs() < 0.011 && (at[1] - lasts - 0.3).abs() < 0.011, "{at:?}");
    let Place::Sound(tones) = &found[1].place else { panic!() };
    assert!(tones[0].own && (tones[0].end - tones[0].start - 1.32).abs() < 0.02, "{tones:?}");
    assert!((tones[0].unit - 0.12).abs() < 0.005 && (tones[0].pitches[0] - 880.0).abs() < 9.0, "{tones:?}");
    assert!(found.iter().all(Found::is_label));
}

#[test]
fn a_rate_without_a_rhythm_is_told_and_so_are_endless_changes() {
    let unable = |parts: &[(u32, usize, Vec<f32>)]| match all(&mut Blocks::of(parts)) {
        Err(Error::Unable(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(unable(&[(1000, 1, vec![0.0; 100])]).to_string().contains("1000"));
    let flips: Vec<_> = (0..300).map(|n| (8000 + n % 2, 1, vec![0.0; 10])).collect();
    assert_eq!(unable(&flips).code(), "sound.changes");
    assert_eq!(all(&mut Blocks::of(&[])).unwrap(), []);
}
