//! Inputs whose names arrive during the run: what another program writes into a pipe is worked on as it comes.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, TryRecvError, bounded};

use super::super::UNSTARTED;
use super::{BOM, Item, Root, Roots};

/// How long whoever stops a run may go unheard while nothing arrives.
const MOMENT: Duration = Duration::from_millis(100);

/// The longest name in bytes, far above what a file system takes.
const LONGEST: u64 = 1 << 20;

/// Inputs that arrive.
#[derive(Debug)]
pub(in crate::batch) struct Arrivals {
    items: Receiver<io::Result<Item>>,
    /// Whether no more will come.
    over: AtomicBool,
}

impl Arrivals {
    /// Reads names on a thread of its own; `roots` says what is below each. `null`: names end with NUL; else they do when there
    /// is one in what is there first, and with lines otherwise.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(in crate::batch) fn read(names: impl Read + Send + 'static, null: bool, roots: Roots) -> io::Result<Self> {
        let (sender, items) = bounded(UNSTARTED / 2);
        let read = move || {
            let mut index = 0;
            for name in Names::new(BufReader::with_capacity(1 << 16, names), null) {
                let sent = match name {
                    Ok(name) => roots.items(&Root::listed(name)).all(|item| {
                        index += 1;
                        sender.send(Ok(item.numbered(index - 1))).is_ok()
                    }),
                    Err(e) => sender.send(Err(e)).is_ok(),
                };
                // Nobody receives any more: the run is over.
                if !sent {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("names".into()).spawn(read)?;
        Ok(Self { items, over: AtomicBool::new(false) })
    }

    /// What is there now. Nothing may be there, and more later.
    pub(in crate::batch) fn now(&self) -> Option<io::Result<Item>> {
        match self.items.try_recv() {
            Ok(item) => Some(item),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.over.store(true, Ordering::Relaxed);
                None
            }
        }
    }

    /// Waits for an input or a result, a moment at most; whether an input may still come.
    pub(in crate::batch) fn wait<T>(&self, results: &Receiver<T>) -> bool {
        if self.over.load(Ordering::Relaxed) {
            return false;
        }
        let mut either = Select::new();
        either.recv(&self.items);
        either.recv(results);
        // Which one it is shows when both are asked.
        let _ = either.ready_timeout(MOMENT);
        true
    }
}

/// The names of a list, as a stream. It ends at the first error.
struct Names<R> {
    reader: R,
    null: bool,
    begun: bool,
    over: bool,
}

impl<R: BufRead> Names<R> {
    fn new(reader: R, null: bool) -> Self {
        Self { reader, null, begun: false, over: false }
    }

    fn name(&mut self) -> io::Result<Option<PathBuf>> {
        if !std::mem::replace(&mut self.begun, true) {
            let start = self.reader.fill_buf()?;
            self.null |= start.contains(&0);
            let mark = if start.starts_with(BOM) { BOM.len() } else { 0 };
            self.reader.consume(mark);
        }
        let end = if self.null { 0 } else { b'\n' };
        loop {
            let mut name = Vec::new();
            if self.reader.by_ref().take(LONGEST).read_until(end, &mut name)? == 0 {
                return Ok(None);
            }
            if name.len() as u64 == LONGEST {
                return Err(io::ErrorKind::InvalidFilename.into());
            }
            name.pop_if(|last| *last == end);
            if !self.null {
                name.pop_if(|last| *last == b'\r');
            }
            if !name.is_empty() {
                return Ok(Some(OsString::from_vec(name).into()));
            }
        }
    }
}

impl<R: BufRead> Iterator for Names<R> {
    type Item = io::Result<PathBuf>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let name = self.name().transpose();
        self.over = !matches!(name, Some(Ok(_)));
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &[u8], null: bool) -> Vec<String> {
        Names::new(text, null).map(|name| name.unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn names_end_with_lines_or_nul() {
        assert_eq!(names(b"a b\r\n\nc\nd", false), ["a b", "c", "d"]);
        assert_eq!(names(b"a\nb\0c\r\0", false), ["a\nb", "c\r"]);
        assert_eq!(names(b"a\nb\0", true), ["a\nb"]);
        assert_eq!(names(b"a\nb", true), ["a\nb"]);
        assert_eq!(names(b"\xef\xbb\xbfa\nb", false), ["a", "b"]);
        assert!(names(b"", false).is_empty());
    }

    #[test]
    fn a_name_without_an_end_is_an_error() {
        let mut names = Names::new(BufReader::new(io::repeat(b'a')), false);
        assert_eq!(names.next().unwrap().unwrap_err().kind(), io::ErrorKind::InvalidFilename);
        assert!(names.next().is_none());
    }
}
