//! Hears the rhythms in raw sound: `listen RATE CHANNELS < samples` (32-bit floats, little-endian), a line each.

use std::error::Error;
use std::io::{self, Read, Write};

use biaoshi_explicit::audio::Listener;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let mut number = || args.next().ok_or("listen RATE CHANNELS").map(|n| n.parse::<u32>());
    let mut listener = Listener::new(number()??, number()??)?;
    let (mut input, mut bytes) = (io::stdin().lock(), vec![0; 1 << 16]);
    let mut kept = 0;
    loop {
        let read = input.read(bytes.get_mut(kept..).unwrap_or_default())?;
        if read == 0 {
            break;
        }
        kept += read;
        let whole: Vec<f32> =
            bytes[..kept].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        listener.add(&whole);
        bytes.copy_within(whole.len() * 4..kept, 0);
        kept -= whole.len() * 4;
    }
    for h in listener.finish() {
        writeln!(
            io::stdout(),
            "{{\"start\":{:.3},\"end\":{:.3},\"unit\":{:.4},\"pitches\":{:.1?},\"ours\":{},\"first\":{},\"score\":{:.3},\"level\":{:.1},\"covered\":{},\"quiet\":{},\"cut\":{},\"no_gap\":{}}}",
            h.start,
            h.end,
            h.unit,
            h.pitches,
            h.ours,
            h.tier == biaoshi_explicit::audio::Tier::First,
            h.score,
            h.level,
            h.faults.covered,
            h.faults.quiet,
            h.faults.cut,
            h.faults.no_gap
        )?;
    }
    Ok(())
}
