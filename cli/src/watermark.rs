//! `watermark`: the watermark alone.

use std::path::{Path, PathBuf};

use biaoshi::Error;
use biaoshi::batch;
use biaoshi::job::{Detected, Input, Marker, Seen, WatermarkOptions, detect_watermark, embed_watermark};
use biaoshi::paths;
use biaoshi::report::{Lang, clean, content, mark_counts, mark_place, said, trouble};
use biaoshi::watermark::Payload;
use biaoshi::watermark::text::Foreign;
use serde_json::{Value, json};

use crate::args::{Common, DetectArgs, EmbedArgs, WatermarkCommand};
use crate::exit::{Exit, Stop};
use crate::inputs;
use crate::interruption::{self, Grace, Interruption};
use crate::keys::named;
use crate::out::{self, Out};
use crate::progress::{Inputs, Progress};

/// The form of one result.
const SCHEMA: &str = "biaoshi.watermark/1";

/// Marks pictures, sounds and texts, or looks for marks.
pub(crate) fn run(command: &WatermarkCommand, common: &Common) -> Result<Exit, Stop> {
    match command {
        WatermarkCommand::Embed(args) => embed(args, common),
        WatermarkCommand::Detect(args) => detect(args, common),
    }
}

fn options(common: &Common, overwrite: bool) -> WatermarkOptions {
    WatermarkOptions { limits: common.limits(), permits: common.permits(), overwrite }
}

fn lines(list: &PathBuf) -> Result<Vec<String>, Stop> {
    let text = std::fs::read_to_string(list).map_err(|e| {
        let list = list.display();
        Stop::Usage(said!("--list {}: {}", "--list {}:{}", list, trouble(&e)))
    })?;
    Ok(text.lines().map(str::to_owned).collect())
}

#[derive(Clone)]
struct Job {
    input: PathBuf,
    output: PathBuf,
    payload: Payload,
}

fn embed(args: &EmbedArgs, common: &Common) -> Result<Exit, Stop> {
    args.running.begin(common)?;
    let jobs = match (&args.list, &args.input, &args.output, args.payload) {
        (Some(list), ..) => jobs(list)?,
        (None, Some(input), Some(output), Some(payload)) => {
            vec![Job { input: input.clone(), output: output.clone(), payload }]
        }
        _ => {
            return Err(Stop::usage("give IN, OUT and --payload, or --list", "请给出输入、输出和 --payload,或 --list"));
        }
    };
    let marker =
        Marker::with_style(named(args.mark.key.as_deref())?, args.style.into()).with_encoder(args.encoder.ffmpeg());
    let options = options(common, args.overwrite);
    let interrupted = interruption::listen(Grace::FilesInHand(args.running.stopping.grace()))?;
    let (mut printer, lang) = (Printer::new(common), common.lang());
    let progress = Progress::new(common, &args.running, &Inputs::Known(jobs.len() as u64));
    let work = |job: &Job| {
        let input = Input::new(job.input.clone(), 0);
        (job.clone(), embed_watermark(&input, &job.output, job.payload, &marker, &options))
    };
    let caught = |job: &Job, panic| (job.clone(), Err(Error::Internal(panic)));
    batch::run(
        common.jobs(),
        jobs.into_iter(),
        |job| batch::size_of(&job.input),
        work,
        caught,
        || interrupted.is_set(),
        |(job, result)| {
            progress.step(batch::size_of(&job.input), result.is_err());
            progress.around(|| {
            let path = job.input.display().to_string();
            let error = printer.failure(&path, result.as_ref().err(), lang);
            let (payload, output) = (job.payload.to_string(), job.output.display().to_string());
            if common.json {
                let notes: Vec<_> = result.iter().flatten().map(|note| note.tell(lang)).collect();
                let mut row = json!({
                    "schema": SCHEMA, "path": path, "output": output, "payload": payload, "notes": notes, "error": error,
                });
                add_bytes(&mut row, "path_bytes", &job.input);
                add_bytes(&mut row, "output_bytes", &job.output);
                printer.line(&row.to_string());
            } else if args.list.is_some() {
                printer.line(if error.is_some() { "error" } else { "ok" });
            }
        })
        },
    )?;
    progress.finish();
    printer.finish(interrupted)
}

/// Prints in the order of the jobs, and remembers what failed.
struct Printer {
    out: Out,
    exit: Exit,
    broken: std::io::Result<()>,
}

impl Printer {
    fn new(common: &Common) -> Self {
        Self { out: Out::new(common), exit: Exit::Done, broken: Ok(()) }
    }

    /// The words of an error, which also go to standard error.
    fn failure(&mut self, path: &str, error: Option<&Error>, lang: Lang) -> Option<String> {
        let message = error.map(|e| e.message().tell(lang))?;
        self.exit = Exit::Failed;
        out::error(&format!("{}: {message}", clean(path)));
        Some(message)
    }

    fn line(&mut self, text: &str) {
        if self.broken.is_ok() {
            self.broken = self.out.line(text);
        }
    }

    fn finish(mut self, interrupted: Interruption) -> Result<Exit, Stop> {
        self.broken?;
        self.out.flush()?;
        Ok(if interrupted.is_set() { Exit::Interrupted } else { self.exit })
    }
}

/// The jobs of a list; a wrong line is a wrong command line, so nothing is done.
fn jobs(list: &PathBuf) -> Result<Vec<Job>, Stop> {
    let job = |(line, number): (&String, usize)| {
        let mut cells = line.split('\t');
        match (cells.next(), cells.next(), cells.next().map(str::parse), cells.next()) {
            (Some(input), Some(output), Some(Ok(payload)), None) => {
                Ok(Job { input: input.into(), output: output.into(), payload })
            }
            _ => {
                let list = list.display();
                Err(Stop::usage(
                    format!(
                        "--list {list}: line {number} is not IN, OUT and a payload of 1 to 16 hexadecimal digits, separated by tabs"
                    ),
                    format!("--list {list}:第 {number} 行应为以制表符分隔的输入、输出和 1 至 16 位十六进制载荷"),
                ))
            }
        }
    };
    lines(list)?.iter().zip(1..).map(job).collect()
}

fn detect(args: &DetectArgs, common: &Common) -> Result<Exit, Stop> {
    args.running.begin(common)?;
    let named_inputs: Vec<PathBuf> = match (&args.list, &args.input) {
        (Some(list), _) => lines(list)?.into_iter().map(PathBuf::from).collect(),
        (None, input) => input.iter().cloned().collect(),
    };
    let stdin = args.list.is_none() && named_inputs.iter().any(|path| path.as_os_str() == "-");
    let spooled = stdin.then(|| inputs::spool(common, None)).transpose()?;
    let inputs: Vec<Input> = match &spooled {
        Some((_, input)) => vec![input.clone()],
        None => named_inputs.into_iter().map(|path| Input::new(path, 0)).collect(),
    };
    let marker = Marker::new(named(args.mark.key.as_deref())?);
    let options = options(common, false);
    let interrupted = interruption::listen(Grace::FilesInHand(args.running.stopping.grace()))?;
    let (mut printer, lang) = (Printer::new(common), common.lang());
    let progress = Progress::new(common, &args.running, &Inputs::Known(inputs.len() as u64));
    let work = |input: &Input| (input.clone(), detect_watermark(input, &marker, args.effort.into(), &options));
    let caught = |input: &Input, panic| (input.clone(), Err(Error::Internal(panic)));
    batch::run(
        common.jobs(),
        inputs.into_iter(),
        |input| batch::size_of(&input.path),
        work,
        caught,
        || interrupted.is_set(),
        |(input, result)| {
            progress.step(batch::size_of(&input.path), result.is_err());
            progress.around(|| {
                let shown = input.shown.display().to_string();
                let error = printer.failure(&shown, result.as_ref().err(), lang);
                printer.line(&match (&result, common.json) {
                    (result, true) => row(&input.shown, result.as_ref().ok(), &marker.key_id(), error),
                    (Ok(found), false) => found.marks.first().map_or_else(|| "none".into(), |m| m.payload.to_string()),
                    (Err(_), false) => "error".to_owned(),
                });
            })
        },
    )?;
    progress.finish();
    printer.finish(interrupted)
}

/// The bytes of a path whose text is not all of it.
fn add_bytes(row: &mut Value, key: &str, path: &Path) {
    if let (Some(bytes), Some(object)) = (paths::bytes(path), row.as_object_mut()) {
        object.insert(key.to_owned(), bytes.into());
    }
}

/// What a mark in a text consists of.
fn add_counts(row: &mut Value, mark: &Seen) {
    let counts = mark_counts(mark.place).and_then(|counts| serde_json::to_value(counts).ok());
    if let (Some(Value::Object(counts)), Some(row)) = (counts, row.as_object_mut()) {
        row.extend(counts);
    }
}

fn row(path: &Path, detected: Option<&Detected>, key_id: &str, error: Option<String>) -> String {
    let told = |mark: &Seen| {
        let mut told = json!({
            "medium": mark.place.medium(),
            "payload": mark.payload.to_string(),
            "where": mark_place(mark.place),
            "content": mark.place.content().map(content),
        });
        add_counts(&mut told, mark);
        told
    };
    let mark = detected.and_then(|d| d.marks.first());
    let mut row = json!({
        "schema": SCHEMA,
        "path": path.to_string_lossy(),
        "payload": mark.map(|m| m.payload.to_string()),
        "score": detected.map(|d| d.score),
        "false_positive": detected.map(|d| d.false_positive),
        "key_id": key_id,
        "where": mark.map(|m| mark_place(m.place)),
        "content": mark.and_then(|m| m.place.content()).map(content),
        "marks": detected.map(|d| d.marks.iter().map(told).collect::<Vec<_>>()),
        "error": error,
    });
    if let (Some(hidden), Some(row)) = (detected.and_then(|d| d.hidden), row.as_object_mut()) {
        let Foreign { zero_width, tags, selectors } = hidden.foreign;
        let told = json!({ "shards": hidden.unread, "zero_width": zero_width, "tags": tags, "selectors": selectors });
        row.insert("hidden".into(), told);
    }
    if let Some(mark) = mark {
        add_counts(&mut row, mark);
    }
    add_bytes(&mut row, "path_bytes", path);
    row.to_string()
}
