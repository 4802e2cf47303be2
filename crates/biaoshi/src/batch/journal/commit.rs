//! Lines into the journal, by groups, each after what it speaks of is on the disk. A thread syncs one group while the
//! next is being worked on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A group is full with this many files, or when it is this old.
const FILES: usize = 256;
const AGE: Duration = Duration::from_secs(1);

/// Lines, and the file systems that hold what they speak of, by device.
#[derive(Debug, Default)]
struct Group {
    lines: String,
    files: usize,
    begun: Option<Instant>,
    systems: HashMap<u64, File>,
}

#[derive(Debug)]
pub(super) struct Commits {
    journal: Arc<Shared>,
    group: Group,
    sender: Option<SyncSender<Group>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// The journal, and why nothing more is written to it.
    file: Mutex<(File, Option<io::Error>)>,
}

impl Shared {
    /// Appends whole lines and syncs. After an error nothing is written any more: half a line must stay the last one.
    fn write(&self, lines: &[u8]) {
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, failed) = &mut *guard;
        if failed.is_none() {
            *failed = file.write_all(lines).and_then(|()| file.sync_data()).err();
        }
    }

    fn fail(&self, error: io::Error) {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).1.get_or_insert(error);
    }

    /// The error, for each who asks.
    fn check(&self) -> io::Result<()> {
        match &self.file.lock().unwrap_or_else(PoisonError::into_inner).1 {
            Some(e) => Err(e.raw_os_error().map_or_else(|| io::Error::from(e.kind()), io::Error::from_raw_os_error)),
            None => Ok(()),
        }
    }
}

impl Commits {
    /// `journal` stands at its end.
    pub(super) fn start(journal: File) -> io::Result<Self> {
        let journal = Arc::new(Shared { file: Mutex::new((journal, None)) });
        let (sender, receiver) = sync_channel(1);
        let shared = Arc::clone(&journal);
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || work(&shared, &receiver))?;
        Ok(Self { journal, group: Group::default(), sender: Some(sender), thread: Some(thread) })
    }

    /// Writes lines that need not wait for anything.
    pub(super) fn now(&self, lines: &[u8]) -> io::Result<()> {
        if !lines.is_empty() {
            self.journal.write(lines);
        }
        self.journal.check()
    }

    /// Takes a line into the group, which goes on its way when it is full.
    pub(super) fn add(&mut self, line: &str, outputs: &[&Path]) -> io::Result<()> {
        for output in outputs {
            // One open file a file system: syncing it covers all outputs there, and it says so when one was lost.
            let folder = output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let device = std::fs::metadata(folder)?.dev();
            if let Entry::Vacant(system) = self.group.systems.entry(device) {
                system.insert(File::open(folder)?);
            }
        }
        self.group.lines.push_str(line);
        self.group.lines.push('\n');
        self.group.files = self.group.files.saturating_add(1);
        let begun = *self.group.begun.get_or_insert_with(Instant::now);
        if self.group.files >= FILES || begun.elapsed() > AGE {
            self.send();
        }
        self.journal.check()
    }

    fn send(&mut self) {
        if self.group.files > 0
            && let Some(sender) = &self.sender
        {
            let _ = sender.send(std::mem::take(&mut self.group));
        }
    }

    /// Waits until everything is written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.send();
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.journal.check()
    }
}

fn work(journal: &Shared, groups: &Receiver<Group>) {
    for group in groups {
        for file in group.systems.values() {
            if let Err(e) = rustix::fs::syncfs(file) {
                journal.fail(e.into());
            }
        }
        journal.write(group.lines.as_bytes());
    }
}
