//! ffmpeg as an encoder, in a process of its own: samples go in and frames come out through pipes. Encoders of MP3 and AAC are not part
//! of this program: they are what a platform has already, under licences of its own.

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use biaoshi_container::{Bytes, Spool};
use biaoshi_media::{Codec, Coding, Encoder, Encoding, Error, Result};

use crate::plan::ENCODER;

/// Bytes of what it complains about that are read.
const COMPLAINT: u64 = 4096;
/// Bytes that go through a pipe in one go.
const PIECE: usize = 64 << 10;

/// The program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    program: PathBuf,
}

impl Ffmpeg {
    /// The program of this path or name.
    pub fn new(program: &Path) -> Self {
        Self { program: program.to_owned() }
    }

    fn failed(&self, why: &str) -> Error {
        Error::Unable(ENCODER.with([self.program.display().to_string().into(), why.to_owned().into()]))
    }
}

impl Encoder for Ffmpeg {
    fn begin(&self, coding: &Coding) -> Result<Box<dyn Encoding>> {
        let mut command = Command::new(&self.program);
        command.args(arguments(coding)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| self.failed(&e.to_string()))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(self.failed("no pipes"));
        };
        let most = coding.most;
        Ok(Box::new(Process {
            ffmpeg: self.clone(),
            child,
            stdin: Some(stdin),
            frames: Some(std::thread::spawn(move || collect(stdout, most))),
            complaint: Some(std::thread::spawn(move || complaint(stderr))),
            bytes: Vec::new(),
        }))
    }
}

/// What it is told: samples in, and frames out that are the same each time.
fn arguments(coding: &Coding) -> Vec<OsString> {
    let (codec, muxer): (&[&str], &[&str]) = match coding.codec {
        Codec::Mp3 if coding.constant => (&["libmp3lame"], &["-f", "mp3", "-write_xing", "0", "-id3v2_version", "0"]),
        Codec::Mp3 => (&["libmp3lame", "-abr", "1"], &["-f", "mp3", "-write_xing", "0", "-id3v2_version", "0"]),
        Codec::Aac => (&["aac"], &["-f", "adts"]),
    };
    let numbers = [coding.rate.to_string(), coding.channels.to_string(), coding.bitrate.to_string()];
    let [rate, channels, bitrate] = numbers.each_ref().map(String::as_str);
    let input =
        ["-hide_banner", "-nostats", "-v", "error", "-f", "f32le", "-ar", rate, "-ac", channels, "-i", "pipe:0"];
    let exact = ["-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"];
    let all = [&input[..], &exact, &["-b:a", bitrate, "-c:a"], codec, muxer, &["pipe:1"]].concat();
    all.into_iter().map(OsString::from).collect()
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

/// A stream that is being coded.
struct Process {
    ffmpeg: Ffmpeg,
    child: Child,
    stdin: Option<ChildStdin>,
    frames: Option<JoinHandle<std::io::Result<Bytes>>>,
    complaint: Option<JoinHandle<String>>,
    /// Samples as bytes, for their memory.
    bytes: Vec<u8>,
}

impl Process {
    /// Lets it end; what it coded, or why it failed.
    fn end(&mut self) -> Result<Bytes> {
        drop(self.stdin.take());
        let frames = self.frames.take().and_then(|thread| thread.join().ok());
        let complaint = self.complaint.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let status = self.child.wait().map_err(|e| self.ffmpeg.failed(&e.to_string()))?;
        match frames {
            Some(Ok(frames)) if status.success() => Ok(frames),
            Some(Err(e)) => Err(self.ffmpeg.failed(&e.to_string())),
            _ if complaint.is_empty() => Err(self.ffmpeg.failed(&status.to_string())),
            _ => Err(self.ffmpeg.failed(&complaint)),
        }
    }
}

impl Encoding for Process {
    fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.bytes.clear();
        self.bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let Some(stdin) = &mut self.stdin else { return Ok(()) };
        match stdin.write_all(&self.bytes) {
            Ok(()) => Ok(()),
            // It ended before its input did: what it says tells more than the pipe.
            Err(e) => Err(self.end().err().unwrap_or_else(|| self.ffmpeg.failed(&e.to_string()))),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<Bytes> {
        self.end()
    }
}

impl Drop for Process {
    /// A sound that could not be decoded to its end leaves no process behind.
    fn drop(&mut self) {
        if self.stdin.take().is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
