//! From arguments to what the library is told.

use std::sync::Arc;

use biaoshi::job::{Id, IdError, LabelOptions, Marker, Own, Wanted};
use biaoshi::label::{Field, InvalidLabel, Label, Level, code};
use biaoshi::plan::{ExplicitOptions, Layers};
use biaoshi::report::said;

use super::Rules;
use crate::args::{Common, CopyUnsupported, Keeping, LabelArgs, Look, MarkKey, Writing};
use crate::exit::Stop;
use crate::keys;
use crate::told::wants_json;

/// The options of all files.
pub(super) fn of(args: &LabelArgs, common: &Common) -> Result<LabelOptions, Stop> {
    let id: Id = args.id.parse().map_err(|e: IdError| Stop::Usage(said!("--id: {}", "--id:{}", e.message())))?;
    check_producer(&args.producer, args.allow_name)?;
    // A dry label says at once what every file would be refused for.
    let level = args.level.as_deref().and_then(Level::parse);
    let propagate_id = args.propagate_id.as_deref().map(|text| named_id("--propagate-id", text)).transpose()?;
    let propagator = args.propagator.as_deref().unwrap_or(&args.producer);
    Label::with_propagator(Level::Confirmed, (&args.producer, "x"), (propagator, "x"), args.allow_name)
        .map_err(|e| invalid(args, &e))?;
    Ok(LabelOptions {
        wanted: Wanted::Own(Own {
            producer: args.producer.clone(),
            allow_name: args.allow_name,
            id,
            level,
            propagator: args.propagator.clone(),
            propagate_id,
        }),
        layers: args.if_possible.beside(args.layers.as_deref(), Layers::default().wanted)?,
        replace: args.replace,
        reason: args.replacing.reason.clone(),
        ..shared(&args.look, &args.mark, (&args.writing, &args.keeping, &args.copy), common)?
    })
}

impl LabelArgs {
    /// How results count, and who takes them.
    pub(super) fn rules(&self, common: &Common) -> Rules {
        Rules {
            strict: self.writing.strict,
            lenient: self.unsupported.allow_unsupported,
            json: wants_json(common, &self.reports, &self.paths),
        }
    }
}

/// The options that `label` and `carry` share.
pub(crate) fn shared(
    look: &Look,
    mark: &MarkKey,
    (writing, keeping, copy): (&Writing, &Keeping, &CopyUnsupported),
    common: &Common,
) -> Result<LabelOptions, Stop> {
    Ok(LabelOptions {
        explicit: ExplicitOptions {
            words: look.text.clone(),
            corner: look.corner.into(),
            position: look.position.into(),
        },
        marker: Arc::new(Marker::new(keys::named(mark.key.as_deref())?)),
        overwrite: writing.overwrite,
        skip_existing: writing.existing.skip_existing,
        break_signatures: writing.break_signatures,
        sidecar: writing.sidecar,
        durable: writing.durable,
        dry_run: writing.dry_run,
        preserve: keeping.preserve,
        backup: keeping.backup.clone(),
        copy_unknown: copy.copy_unsupported,
        limits: common.limits(),
        permits: Arc::new(common.permits()),
        ..LabelOptions::default()
    })
}

/// What is wrong with a label, and which option says so.
fn invalid(args: &LabelArgs, error: &InvalidLabel) -> Stop {
    let option = match error {
        InvalidLabel::Character(Field::PropagateID, _) | InvalidLabel::Empty(Field::PropagateID) => "--propagate-id",
        InvalidLabel::Character(Field::ContentPropagator, _) | InvalidLabel::Empty(Field::ContentPropagator)
            if args.propagator.is_some() =>
        {
            "--propagator"
        }
        _ => "--producer",
    };
    Stop::usage(format!("{option}: {error}"), format!("{option}:{}", error.to_chinese()))
}

/// A code with wrong digits, or a plain name without the option, is a slip of the user, not of the files.
fn check_producer(producer: &str, allow_name: bool) -> Result<(), Stop> {
    match code::ProviderCode::parse(producer) {
        Err(e) if !allow_name => Err(Stop::usage(
            format!("--producer {producer:?} is no provider code: {e}; --allow-name lets it be a plain name"),
            format!("--producer {producer:?} 不是服务提供者编码:{};名称须加 --allow-name", e.to_chinese()),
        )),
        _ => Ok(()),
    }
}

/// Everything that decides what a run does, wherever it was set, beside its inputs and the limits. Each argument has its
/// name here, so that whoever adds one decides whether it does. Of a key file, its key.
pub(super) fn command(args: &LabelArgs, marker: &Marker) -> String {
    let LabelArgs {
        paths: _,
        reports: _,
        batch: _,
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
        look,
        mark: _,
        replace,
        replacing,
        writing,
        keeping,
        copy,
        unsupported,
    } = args;
    let files = (writing, keeping, copy, unsupported);
    let label = (producer, allow_name, id, level, propagator, propagate_id);
    format!(
        "label {target:?} {label:?} {layers:?} {if_possible:?} {look:?} {marker:?} {replace:?} {replacing:?} {files:?}"
    )
}
