//! Checking one file: its labels, traces and watermarks, and what is said of them.

use std::sync::Arc;

use biaoshi_container::{Limits, Source, said};
use biaoshi_label::{Code, Field, Finding, Record};
use biaoshi_media as media;
use biaoshi_metadata::{FORMATS, Format, Found, Head, finding, sniff};

use super::marking::{self, Means, Search};
use super::{Input, Opened, Stamp, sidecar};
use crate::judge::{judge, shorten};
use crate::plan::{ExplicitOptions, Permits};
use crate::report::{Explicit, Report, Watermark};
use crate::{Error, Result};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// What one file may cost.
    pub limits: Limits,
    /// Look for traces in the metadata.
    pub traces: bool,
    /// Decode, and look for explicit labels.
    pub explicit: bool,
    /// Decode, and look for watermarks.
    pub watermarks: Option<Arc<Search>>,
    /// The uploader says that the files are AI-generated.
    pub declared: bool,
    /// The ProduceID that a label of the file should have.
    pub expected_id: Option<String>,
    /// Memory for decoded media.
    pub permits: Arc<Permits>,
}

/// Says what a file carries, what is wrong with it, and the verdict. Never fails: what went wrong is in the report.
pub fn verify(input: &Input, options: &VerifyOptions) -> Report {
    let mut evidence = Evidence::default();
    let error = evidence.gather(input, options).err();
    let Evidence { mut found, explicit, watermarks, bytes, format, stamp } = evidence;
    if !options.traces {
        found.traces.clear();
    }
    let marked = explicit.as_ref().is_some_and(|e| !e.is_empty()) || watermarks.as_ref().is_some_and(|w| !w.is_empty());
    let mut judgement = judge(&found, marked, options.declared);
    judgement.findings.extend(options.expected_id.iter().flat_map(|id| unexpected(&found.records, id)));
    judgement.findings.extend(shorten(&mut found.traces));
    Report {
        path: input.shown.clone(),
        bytes,
        format,
        labels: found.records,
        explicit,
        watermarks,
        traces: options.traces.then_some(found.traces),
        judgement,
        error,
        expected_id: None,
        row: Vec::new(),
        input: stamp,
    }
}

/// The labels with another ProduceID than somebody's database has for the file: they may be of another content.
fn unexpected<'a>(records: &'a [Record], id: &'a str) -> impl Iterator<Item = Finding> + 'a {
    let other = move |record: &&Record| !record.broken && record.get(Field::ProduceID) != Some(id);
    records.iter().filter(other).map(move |record| {
        let found = record.get(Field::ProduceID).unwrap_or("-");
        finding(Code::ExpectedId, record.placement.clone(), said!("{}, expected {}", "{},应为 {}", found, id))
    })
}

#[derive(Default)]
struct Evidence {
    found: Found,
    explicit: Option<Vec<Explicit>>,
    watermarks: Option<Vec<Watermark>>,
    bytes: u64,
    format: Option<&'static Format>,
    stamp: Option<Stamp>,
}

impl Evidence {
    fn gather(&mut self, input: &Input, options: &VerifyOptions) -> Result<()> {
        let opened = Opened::open(input, &options.limits)?;
        let source = &opened.window;
        self.bytes = source.len();
        self.stamp = Some(Stamp::from(&opened.metadata));
        let extension = input.extension();
        self.format = sniff(&Head::new(source, &extension)?);
        let beside = sidecar::read(input, source, &options.limits, &mut self.found)?;
        let Some(format) = self.format else {
            return if beside { Ok(()) } else { Err(Error::UnknownFormat) };
        };
        let own = |f: &Format| f.extensions.contains(&&*extension);
        // Other texts have no extensions of their own: the name is wrong where it is that of another format.
        let named = FORMATS.iter().any(|f| own(f)) || !format.extensions.is_empty();
        if !extension.is_empty() && named && !own(format) {
            let what = said!("the name says .{}, the bytes are {}", "文件名为 .{},内容为 {}", &*extension, format.name);
            self.found.findings.push(finding(Code::Extension, "", what));
        }
        (format.read)(source, &options.limits, &mut self.found)?;
        // One layer that cannot be decoded hides nothing of the other.
        let explicit = self.look(source, format, options);
        let marks = self.search(source, format, options);
        explicit.and(marks)
    }

    fn look(&mut self, source: &dyn Source, format: &Format, options: &VerifyOptions) -> Result<()> {
        if let (true, Some(layer)) = (options.explicit, media::explicit(format.name)) {
            let _permit = options.permits.take((layer.cost)(source, &options.limits));
            let found = (layer.find)(source, &ExplicitOptions::default(), &options.limits)?;
            self.explicit = Some(found.into_iter().map(Explicit::from).collect());
        }
        Ok(())
    }

    fn search(&mut self, source: &dyn Source, format: &Format, options: &VerifyOptions) -> Result<()> {
        if let Some(search) = &options.watermarks {
            let means = Means { limits: &options.limits, permits: &options.permits };
            self.watermarks = marking::find(source, format, search, means, &mut self.found)?;
        }
        Ok(())
    }
}
