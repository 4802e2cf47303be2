//! ffmpeg as an encoder, in a process of its own: samples go in and frames come out through pipes. Encoders of MP3 and AAC are not part
//! of this program: they are what a platform has already, under licences of its own.

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use biaoshi_container::{Bytes, Detail, Spool, phrase};
use biaoshi_media::{Codec, Coding, Encoder, Encoding, Error, Result};

use crate::plan::ENCODER;

/// Bytes of what it complains about that are read.
const COMPLAINT: u64 = 4096;
/// How long it may take for a little sound, and for its end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether it ended, once its pipes are closed.
const GLANCE: Duration = Duration::from_millis(2);
/// Buffers between the sound and the program.
const BUFFERS: usize = 4;
/// Bytes that go through a pipe in one go.
const PIECE: usize = 64 << 10;

/// The program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    program: PathBuf,
    patience: Duration,
}

impl Ffmpeg {
    /// The program of this path or name.
    pub fn new(program: &Path) -> Self {
        Self { program: program.to_owned(), patience: PATIENCE }
    }

    fn failed(&self, why: impl Into<Detail>) -> Error {
        Error::Unable(ENCODER.with([self.program.display().to_string().into(), why.into()]))
    }

    fn stands_still(&self) -> Error {
        self.failed(phrase!("it took and gave nothing for a minute", "一分钟内既不读取也不输出"))
    }
}

impl Encoder for Ffmpeg {
    fn begin(&self, coding: &Coding) -> Result<Box<dyn Encoding>> {
        let mut command = Command::new(&self.program);
        command.args(arguments(coding)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| self.failed(e.to_string()))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(self.failed("no pipes".to_owned()));
        };
        let most = coding.most;
        let (full, buffers) = channel();
        let (back, empty) = channel();
        for _ in 0..BUFFERS {
            let _ = back.send(Vec::new());
        }
        std::thread::spawn(move || feed(stdin, buffers, &back));
        let ffmpeg = self.clone();
        let (frames, complaint) = (told(move || collect(stdout, most)), told(move || complaint(stderr)));
        Ok(Box::new(Process { ffmpeg, child, full: Some(full), empty, frames, complaint }))
    }
}

/// What a thread of its own tells.
fn told<T: Send + 'static>(tell: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (sender, told) = channel();
    std::thread::spawn(move || sender.send(tell()));
    told
}

/// Hands buffers to the program until there are no more, or it takes none.
fn feed(mut stdin: ChildStdin, buffers: Receiver<Vec<u8>>, back: &Sender<Vec<u8>>) {
    for bytes in buffers {
        if stdin.write_all(&bytes).is_err() || back.send(bytes).is_err() {
            return;
        }
    }
}

/// What it is told: samples in, and frames out that are the same each time.
fn arguments(coding: &Coding) -> Vec<OsString> {
    let quality = if coding.codec == Codec::Vorbis { quality(coding) } else { String::new() };
    // In milliseconds, of 48 sample frames.
    let duration =
        if let Codec::Opus { frames } = coding.codec { (frames as f64 / 48.0).to_string() } else { String::new() };
    let (codec, muxer): (&[&str], &[&str]) = match coding.codec {
        Codec::Mp3 if coding.constant => (&["libmp3lame"], &["-f", "mp3", "-write_xing", "0", "-id3v2_version", "0"]),
        Codec::Mp3 => (&["libmp3lame", "-abr", "1"], &["-f", "mp3", "-write_xing", "0", "-id3v2_version", "0"]),
        Codec::Aac => (&["aac"], &["-f", "adts"]),
        Codec::Vorbis => (&["libvorbis", "-q:a", &quality], &["-f", "ogg"]),
        Codec::Opus { .. } => (&["libopus", "-vbr", "constrained", "-frame_duration", &duration], &["-f", "ogg"]),
    };
    let numbers = [coding.rate.to_string(), coding.channels.to_string(), coding.bitrate.to_string()];
    let [rate, channels, bitrate] = numbers.each_ref().map(String::as_str);
    let input =
        ["-hide_banner", "-nostats", "-v", "error", "-f", "f32le", "-ar", rate, "-ac", channels, "-i", "pipe:0"];
    let exact = ["-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"];
    // libvorbis goes by quality, as it has no setup for some bitrates.
    let aim: &[&str] = if coding.codec == Codec::Vorbis { &["-c:a"] } else { &["-b:a", bitrate, "-c:a"] };
    let all = [&input[..], &exact, aim, codec, muxer, &["pipe:1"]].concat();
    all.into_iter().map(OsString::from).collect()
}

/// Kilobits a second at which libvorbis aims with qualities of 0, 3, 5, 8 and 10, mono and stereo, up to a rate.
const QUALITIES: [(u32, [[u32; 5]; 2]); 4] = [
    (14_000, [[14, 22, 28, 36, 42], [18, 32, 41, 55, 64]]),
    (25_000, [[24, 48, 64, 86, 100], [35, 67, 88, 138, 172]]),
    (39_000, [[42, 72, 86, 120, 190], [56, 112, 150, 230, 380]]),
    (u32::MAX, [[48, 80, 96, 140, 240], [64, 112, 160, 256, 500]]),
];
const STEPS: [f64; 5] = [0.0, 3.0, 5.0, 8.0, 10.0];

/// The quality at which libvorbis aims at a bitrate.
fn quality(coding: &Coding) -> String {
    let of_rate = QUALITIES.iter().find(|(rate, _)| coding.rate <= *rate);
    let aims = of_rate.map_or([0; 5], |(_, aims)| if coding.channels < 2 { aims[0] } else { aims[1] });
    let aims = aims.map(|aim| f64::from(aim) * 1000.0);
    let wanted = f64::from(coding.bitrate).clamp(aims[0], aims[4]);
    let between = aims.windows(2).zip(STEPS.windows(2)).find(|(aims, _)| wanted <= aims[1]);
    let quality = between.map_or(10.0, |(a, q)| q[0] + (q[1] - q[0]) * (wanted - a[0]) / (a[1] - a[0]));
    format!("{quality:.2}")
}

/// All that comes out, unless it is more than was asked for: then the pipe is closed, and the program ends.
fn collect(mut from: impl Read, most: u64) -> std::io::Result<Bytes> {
    let (mut out, mut left, mut bytes) = (Spool::new(), most, vec![0; PIECE]);
    loop {
        let got = match from.read(&mut bytes) {
            Ok(0) => return out.finish(),
            Ok(got) => got,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        left = left.checked_sub(got as u64).ok_or(ErrorKind::FileTooLarge)?;
        out.push(bytes.get(..got).unwrap_or_default())?;
    }
}

/// The first line of what it complains about; the rest is passed over, so that the pipe does not fill.
fn complaint(mut from: impl Read) -> String {
    let mut text = Vec::new();
    let _ = from.by_ref().take(COMPLAINT).read_to_end(&mut text);
    let _ = std::io::copy(&mut from, &mut std::io::sink());
    String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned()
}

/// A stream that is being coded. Threads of their own hold the pipes, and no wait for them is without an end.
struct Process {
    ffmpeg: Ffmpeg,
    child: Child,
    /// Buffers on their way to the program, and those that came back.
    full: Option<Sender<Vec<u8>>>,
    empty: Receiver<Vec<u8>>,
    frames: Receiver<std::io::Result<Bytes>>,
    complaint: Receiver<String>,
}

impl Process {
    /// Lets it end; what it coded, or why it failed.
    fn end(&mut self) -> Result<Bytes> {
        drop(self.full.take());
        let frames = self.told(&self.frames)?;
        let complaint = self.told(&self.complaint)?.unwrap_or_default();
        let status = self.status()?;
        match frames {
            Some(Ok(frames)) if status.success() => Ok(frames),
            Some(Err(e)) => Err(self.ffmpeg.failed(e.to_string())),
            _ if complaint.is_empty() => Err(self.ffmpeg.failed(status.to_string())),
            _ => Err(self.ffmpeg.failed(complaint)),
        }
    }

    /// What a thread tells; `None` where it ended without a word.
    fn told<T>(&self, thread: &Receiver<T>) -> Result<Option<T>> {
        match thread.recv_timeout(self.ffmpeg.patience) {
            Ok(told) => Ok(Some(told)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(self.ffmpeg.stands_still()),
        }
    }

    fn status(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.child.try_wait().map_err(|e| self.ffmpeg.failed(e.to_string()))? {
                Some(status) => return Ok(status),
                None if begun.elapsed() > self.ffmpeg.patience => return Err(self.ffmpeg.stands_still()),
                None => std::thread::sleep(GLANCE),
            }
        }
    }
}

impl Encoding for Process {
    fn push(&mut self, samples: &[f32]) -> Result<()> {
        let sent = self.told(&self.empty)?.is_some_and(|mut bytes| {
            bytes.clear();
            bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
            self.full.as_ref().is_some_and(|full| full.send(bytes).is_ok())
        });
        if sent {
            return Ok(());
        }
        // It ended before its input did: what it says tells more than the pipe.
        Err(self.end().err().unwrap_or_else(|| self.ffmpeg.failed(ErrorKind::BrokenPipe.to_string())))
    }

    fn finish(mut self: Box<Self>) -> Result<Bytes> {
        self.end()
    }
}

impl Drop for Process {
    /// Neither a sound that could not be decoded to its end nor one that was waited for in vain leaves a process behind.
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn coded(script: &str, seconds: usize) -> Result<Bytes> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("encoder");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let ffmpeg = Ffmpeg { patience: Duration::from_millis(300), ..Ffmpeg::new(&program) };
        let coding =
            Coding { codec: Codec::Aac, rate: 48_000, channels: 1, bitrate: 64_000, constant: false, most: 1 << 20 };
        let mut encoding = ffmpeg.begin(&coding)?;
        (0..seconds).try_for_each(|_| encoding.push(&[0.0; 48_000]))?;
        encoding.finish()
    }

    #[test]
    fn what_comes_out_is_kept() {
        assert_eq!(coded("wc -c | tr -d ' \n'", 3).unwrap().len(), 6);
    }

    /// One that reads nothing, one that does not end, and one whose own child does not.
    #[test]
    fn one_that_stands_still_is_not_waited_for() {
        let begun = Instant::now();
        for script in
            ["exec sleep 100", "cat > /dev/null; exec sleep 100", "exec >&- 2>&-; sleep 100", "sleep 100 & cat"]
        {
            let Err(Error::Unable(reason)) = coded(script, 4) else { panic!("{script}") };
            assert_eq!(reason.code(), "watermark.encoder", "{script}");
            assert!(reason.to_string().contains("a minute"), "{script}: {reason}");
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
