//! Checking one file: its labels, traces and watermarks, and what is said of them.

use std::sync::Arc;

use biaoshi_container::{Limits, Source, phrase, said};
use biaoshi_label::Code;
use biaoshi_media::{self as media, Clip};
use biaoshi_metadata::{FORMATS, Format, Head, Kind, Writer, finding, sniff};
use biaoshi_security::Trust;

use super::id::sha256;
use super::marking::{self, Means, Search};
use super::{Input, Opened, Stamp, sidecar, signing};
use crate::judge::{Evidence, Explicit, Judgement, Looked, Policy, judge, shorten};
use crate::plan::{ExplicitOptions, Layer, Permits};
use crate::report::Report;
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
    /// The recording that may be a spoken label of sounds.
    pub prompt: Option<Arc<Clip>>,
    /// Decode, and look for watermarks.
    pub watermarks: Option<Arc<Search>>,
    /// The uploader says that the files are AI-generated.
    pub declared: bool,
    /// The ProduceID that a label of the file should have.
    pub expected_id: Option<String>,
    /// The keys of signatures that somebody vouches for.
    pub trust: Arc<Trust>,
    /// How much findings matter, and what a file must have.
    pub policy: Arc<Policy>,
    /// Say the SHA-256 of the file.
    pub sha256: bool,
    /// Memory for decoded media.
    pub permits: Arc<Permits>,
}

/// Says what a file carries, what is wrong with it, and the verdict. Never fails: what went wrong is in the report.
pub fn verify(input: &Input, options: &VerifyOptions) -> Report {
    let mut gathered = Gathered::new(options);
    let error = gathered.gather(input, options).err();
    let judgement = gathered.judge(options, error.as_ref());
    gathered.report(input, options, judgement, error)
}

impl Evidence {
    /// Nobody looked for a layer that was asked for, since the file could not be read so far: that is said, too.
    fn unable(&mut self, error: &Error, options: &VerifyOptions) {
        if options.explicit && self.explicit == Looked::Unasked {
            self.explicit = Looked::Unable(error.message());
        }
        if options.watermarks.is_some() && self.watermarks == Looked::Unasked {
            self.watermarks = Looked::Unable(error.message());
        }
    }
}

/// The evidence, and what else is known of the file.
pub(super) struct Gathered {
    pub(super) evidence: Evidence,
    bytes: u64,
    pub(super) format: Option<&'static Format>,
    stamp: Option<Stamp>,
    sha256: Option<String>,
}

impl Gathered {
    /// What others say of the file.
    pub(super) fn new(options: &VerifyOptions) -> Self {
        let (declared, expected_id) = (options.declared, options.expected_id.clone());
        let evidence = Evidence { declared, expected_id, ..Evidence::default() };
        Self { evidence, bytes: 0, format: None, stamp: None, sha256: None }
    }

    /// What all this comes to. `error`: why there may be more.
    pub(super) fn judge(&mut self, options: &VerifyOptions, error: Option<&Error>) -> Judgement {
        if !options.traces {
            self.evidence.found.traces.clear();
        }
        if let Some(error) = error {
            self.evidence.unable(error, options);
        }
        judge(&self.evidence, &options.policy)
    }

    /// What is told of it.
    pub(super) fn report(
        self,
        input: &Input,
        options: &VerifyOptions,
        judgement: Judgement,
        error: Option<Error>,
    ) -> Report {
        let Self { evidence, bytes, format, stamp, sha256 } = self;
        let Evidence { mut found, signatures, explicit, watermarks, declared, .. } = evidence;
        shorten(&mut found.traces);
        Report {
            path: input.shown.clone(),
            bytes,
            format,
            labels: found.records,
            signatures,
            explicit: explicit.into_found(),
            watermarks: watermarks.into_found(),
            traces: options.traces.then_some(found.traces),
            declared,
            judgement,
            error,
            expected_id: None,
            sha256,
            row: Vec::new(),
            input: stamp,
        }
    }

    /// What the file shows itself.
    fn gather(&mut self, input: &Input, options: &VerifyOptions) -> Result<()> {
        let opened = Opened::open(input, &options.limits)?;
        self.read(&opened, input, options)?;
        self.decode(&opened, options)
    }

    /// Reads the metadata and the sidecar; what is needed to write there comes back. `None`: the format is not known, and all that
    /// is there stands in a sidecar.
    pub(super) fn read(
        &mut self,
        opened: &Opened,
        input: &Input,
        options: &VerifyOptions,
    ) -> Result<Option<Box<dyn Writer>>> {
        let source = &opened.window;
        self.bytes = source.len();
        self.stamp = Some(Stamp::from(&opened.metadata));
        if options.sha256 {
            self.sha256 = Some(sha256(source)?);
        }
        let extension = input.extension();
        self.format = sniff(&Head::new(source, &extension)?);
        let found = &mut self.evidence.found;
        let beside = sidecar::read(input, source, &options.limits, found)?;
        let Some(format) = self.format else {
            self.evidence.signatures = signing::checked(&found.records, None, source, &options.trust, &options.limits);
            return if beside { Ok(None) } else { Err(Error::UnknownFormat) };
        };
        self.evidence.kind = Some(format.kind);
        let own = |f: &Format| f.extensions.contains(&&*extension);
        // Other texts have no extensions of their own: the name is wrong where it is that of another format.
        let named = FORMATS.iter().any(|f| own(f)) || !format.extensions.is_empty();
        if !extension.is_empty() && named && !own(format) {
            let what = said!("the name says .{}, the bytes are {}", "文件名为 .{},内容为 {}", &*extension, format.name);
            found.findings.push(finding(Code::Extension, "", what));
        }
        let read = (format.read)(source, &options.limits, found);
        self.evidence.signatures =
            signing::checked(&found.records, Some(format), source, &options.trust, &options.limits);
        Ok(Some(read?))
    }

    /// Looks for the layers for which a file is decoded.
    pub(super) fn decode(&mut self, opened: &Opened, options: &VerifyOptions) -> Result<()> {
        let (Some(format), source) = (self.format, &opened.window) else { return Ok(()) };
        // One layer that cannot be decoded hides nothing of the other.
        let explicit = self.look(source, format, options);
        let marks = self.search(source, format, options);
        explicit.and(marks)
    }

    fn look(&mut self, source: &dyn Source, format: &Format, options: &VerifyOptions) -> Result<()> {
        if !options.explicit {
            return Ok(());
        }
        let Some(layer) = media::row_of(format.name).and_then(media::Media::look) else {
            self.evidence.explicit = Looked::Unable(Layer::Explicit.missing(format.name));
            return Ok(());
        };
        let wanted = ExplicitOptions { prompt: options.prompt.clone(), ..ExplicitOptions::default() };
        let _permit = options.permits.take(layer.cost(source, &wanted, &options.limits));
        let media::Looked { found, seconds } = match layer.find(source, &wanted, &options.limits) {
            Ok(looked) => looked,
            Err(media::Error::Unable(why)) => {
                self.evidence.explicit = Looked::Unable(why);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.evidence.seconds = seconds;
        let (labels, alike): (Vec<_>, Vec<_>) = found.into_iter().partition(media::Found::is_label);
        self.evidence.alike = alike.into_iter().map(Explicit::from).collect();
        // The label of a film stands on its pictures (clause 5.4); only its sound was listened to.
        self.evidence.explicit = if labels.is_empty() && format.kind == Kind::Video {
            Looked::Unable(
                phrase!(
                    "the sound has no rhythm, and pictures of films are not looked at yet",
                    "声音中无节奏标识;视频画面尚不能检查"
                )
                .into(),
            )
        } else {
            Looked::Found(labels.into_iter().map(Explicit::from).collect())
        };
        Ok(())
    }

    fn search(&mut self, source: &dyn Source, format: &Format, options: &VerifyOptions) -> Result<()> {
        if let Some(search) = &options.watermarks {
            let means = Means { limits: &options.limits, permits: &options.permits };
            let (marks, hidden) = marking::find(source, format, search, means, &self.evidence.found.records)?;
            (self.evidence.watermarks, self.evidence.hidden) = (marks, hidden);
        }
        Ok(())
    }
}
