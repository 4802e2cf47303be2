//! From arguments to what the library is told.

use std::sync::Arc;

use biaoshi::job::{Id, IdError, LabelOptions, Marker, Own, Signer, Wanted};
use biaoshi::label::code::{ProviderCode, Service};
use biaoshi::label::{Field, InvalidLabel, Label, Level};
use biaoshi::plan::{ExplicitOptions, Layers};
use biaoshi::report::said;
use biaoshi::security::Party;

use super::{Rules, Verb};
use crate::args::{Common, CopyUnsupported, Keeping, LabelArgs, Look, MarkEncoder, MarkKey, MarkStyle, Writing};
use crate::exit::Stop;
use crate::keys;
use crate::out;
use crate::told::wants_json;

/// The options of all files.
pub(super) fn of(args: &LabelArgs, common: &Common) -> Result<LabelOptions, Stop> {
    let id = named_id("--id", &args.id)?;
    check_provider("--producer", &args.producer, (args.allow_name, Service::Generation), common)?;
    if let Some(propagator) = args.propagator.as_deref().filter(|propagator| *propagator != args.producer) {
        check_provider("--propagator", propagator, (args.allow_name, Service::Propagation), common)?;
    }
    // A dry label says at once what every file would be refused for.
    let level = args.level.as_deref().and_then(Level::parse);
    let propagate_id = args.propagate_id.as_deref().map(|text| named_id("--propagate-id", text)).transpose()?;
    let propagator = args.propagator.as_deref().unwrap_or(&args.producer);
    Label::with_propagator(Level::Confirmed, (&args.producer, "x"), (propagator, "x"), args.allow_name)
        .map_err(|e| invalid(culprit(args, &e), &e))?;
    Ok(LabelOptions {
        wanted: Wanted::Own(Own {
            producer: args.producer.clone(),
            allow_name: args.allow_name,
            id,
            level,
            propagator: args.propagator.clone(),
            propagate_id,
        }),
        layers: args
            .if_possible
            .beside(args.layers.as_deref(), Layers::default().wanted)?
            .trying(&args.required.layers),
        signer: keys::signing(&args.signing)?.map(|key| Signer { party: Party::Producer, key }),
        replace: args.replace,
        reason: args.replacing.reason.clone(),
        sha256: args.sums.sha256 || args.recording.ledger.is_some(),
        ..shared(
            &args.look,
            (&args.mark, args.style, &args.encoder),
            (&args.writing, &args.keeping, &args.copy),
            common,
        )?
    })
}

impl LabelArgs {
    /// How results count, and who takes them.
    pub(super) fn rules(&self, common: &Common) -> Rules<'_> {
        Rules {
            verb: Verb::Label,
            required: &self.required.layers,
            strict: self.writing.strict,
            lenient: self.unsupported.allow_unsupported,
            json: wants_json(common, &self.reports, &self.paths),
            recorded: self.recording.ledger.is_some(),
            policy: None,
        }
    }
}

/// The options that `label` and `carry` share.
pub(crate) fn shared(
    look: &Look,
    (mark, style, encoder): (&MarkKey, MarkStyle, &MarkEncoder),
    (writing, keeping, copy): (&Writing, &Keeping, &CopyUnsupported),
    common: &Common,
) -> Result<LabelOptions, Stop> {
    let marker = Marker::with_style(keys::named(mark.key.as_deref())?, style.into());
    Ok(LabelOptions {
        explicit: ExplicitOptions {
            words: look.text.clone(),
            bilingual: look.bilingual,
            superscript: look.corner_mark,
            corner: look.corner.into(),
            position: look.position.into(),
            every_page: look.every_page,
            sheet: look.sheet.into(),
            break_signatures: writing.break_signatures,
            prompt: look.spoken.read(common)?,
            strict: writing.strict,
        },
        marker: Arc::new(marker.with_encoder(encoder.ffmpeg())),
        overwrite: writing.outputs.overwrite,
        skip_existing: writing.existing.skip_existing,
        break_signatures: writing.break_signatures,
        sidecar: writing.outputs.sidecar,
        durable: writing.outputs.durable,
        dry_run: writing.outputs.dry_run,
        preserve: keeping.preserve,
        backup: keeping.backup.clone(),
        copy_unknown: copy.copy_unsupported,
        limits: common.limits(),
        permits: Arc::new(common.permits()),
        ..LabelOptions::default()
    })
}

/// The option that says what is wrong with a label.
fn culprit(args: &LabelArgs, error: &InvalidLabel) -> &'static str {
    match error {
        InvalidLabel::Character(Field::ContentPropagator, _) | InvalidLabel::Empty(Field::ContentPropagator)
            if args.propagator.is_some() =>
        {
            "--propagator"
        }
        _ => "--producer",
    }
}

/// What is wrong with a label, and which option says so.
pub(crate) fn invalid(option: &str, error: &InvalidLabel) -> Stop {
    Stop::usage(format!("{option}: {error}"), format!("{option}:{}", error.to_chinese()))
}

/// Reads where ids come from.
pub(crate) fn named_id(option: &'static str, text: &str) -> Result<Id, Stop> {
    text.parse().map_err(|e: IdError| Stop::Usage(said!("{}: {}", "{}:{}", option, e.message())))
}

/// A code with wrong digits, or a plain name without the option, is a slip of the user, not of the files. One of another service is
/// told, and goes on: the service is the registry's matter (TC260-PG-20252A).
pub(crate) fn check_provider(
    option: &str,
    code: &str,
    (allow_name, service): (bool, Service),
    common: &Common,
) -> Result<(), Stop> {
    match ProviderCode::parse(code) {
        Err(e) if !allow_name => Err(Stop::usage(
            format!("{option} {code:?} is no provider code: {e}; --allow-name lets it be a plain name"),
            format!("{option} {code:?} 不是服务提供者编码:{};名称须加 --allow-name", e.to_chinese()),
        )),
        Ok(found) if found.service.is_some_and(|other| other != service) && !common.worker => {
            let said = match service {
                Service::Generation => said!(
                    "warning: {} {} is the code of a propagation service; a producer has one of a generation service",
                    "警告:{} {} 是传播服务的编码;生成者应使用生成合成服务的编码",
                    option.to_owned(),
                    code.to_owned()
                ),
                Service::Propagation => said!(
                    "warning: {} {} is the code of a generation service; a platform that spreads files has one of a propagation service",
                    "警告:{} {} 是生成合成服务的编码;传播平台应使用传播服务的编码",
                    option.to_owned(),
                    code.to_owned()
                ),
            };
            out::error(&said.tell(common.lang()));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Everything that decides what a run does, wherever it was set, beside its inputs and the limits. Each argument has its
/// name here, so that whoever adds one decides whether it does. Of key files, their keys.
pub(super) fn command(args: &LabelArgs, options: &LabelOptions) -> String {
    let (marker, signer, prompt) = (&options.marker, &options.signer, &options.explicit.prompt);
    let LabelArgs {
        paths: _,
        reports: _,
        counts: _,
        sums,
        batch: _,
        recording: _,
        running: _,
        target,
        producer,
        allow_name,
        id,
        shared: _,
        level,
        propagator,
        propagate_id,
        layers,
        if_possible,
        required,
        look,
        mark: _,
        style: _,
        encoder: _,
        signing: _,
        replace,
        replacing,
        writing,
        keeping,
        copy,
        unsupported,
    } = args;
    let files = (writing, keeping, copy, unsupported, sums);
    let label = (producer, allow_name, id, level, propagator, propagate_id);
    format!(
        "label {target:?} {label:?} {layers:?} {if_possible:?} {required:?} {look:?} {prompt:?} {marker:?} {signer:?} {replace:?} {replacing:?} {files:?}"
    )
}
