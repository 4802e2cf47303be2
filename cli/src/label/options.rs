//! From arguments to what the library is told.

use std::sync::Arc;

use biaoshi::job::{Id, LabelOptions};
use biaoshi::label::{Level, code};
use biaoshi::plan::{ExplicitOptions, Layers};

use crate::args::{Common, LabelArgs};
use crate::exit::Stop;

/// The options of all files.
pub(super) fn of(args: &LabelArgs, common: &Common) -> Result<LabelOptions, Stop> {
    let same = |e: &dyn std::fmt::Display| Stop::usage(e.to_string(), e.to_string());
    let id: Id = args.id.parse().map_err(|e| same(&e))?;
    check_producer(&args.producer, args.allow_name)?;
    // A dry label says at once what every file would be refused for.
    let level = args.level.as_deref().and_then(Level::parse);
    let propagator = args.propagator.as_deref().unwrap_or(&args.producer);
    let propagate_id = args.propagate_id.as_deref().unwrap_or("x");
    biaoshi::label::Label::with_propagator(
        Level::Confirmed,
        (&args.producer, "x"),
        (propagator, propagate_id),
        args.allow_name,
    )
    .map_err(|e| Stop::usage(e.to_string(), e.to_chinese()))?;
    if !biaoshi_explicit::words::conform(&args.text) {
        let e = biaoshi_explicit::Error::Words;
        return Err(Stop::usage(e.to_string(), e.to_chinese()));
    }
    Ok(LabelOptions {
        producer: args.producer.clone(),
        allow_name: args.allow_name,
        id,
        level,
        propagator: args.propagator.clone(),
        propagate_id: args.propagate_id.clone(),
        layers: args.layers.clone().map_or_else(Layers::default, |wanted| Layers { wanted, named: true }),
        explicit: ExplicitOptions { words: args.text.clone(), corner: args.corner(), position: args.position() },
        replace: args.replace,
        overwrite: args.overwrite,
        break_signatures: args.break_signatures,
        sidecar: args.sidecar,
        durable: args.durable,
        dry_run: args.dry_run,
        limits: common.limits(),
        permits: Arc::new(common.permits()),
        mark: String::new(),
    })
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

/// Everything that decides what a run does, beside its inputs: whoever adds an argument decides here whether it does.
pub(super) fn command(args: &LabelArgs, common: &Common) -> impl std::fmt::Debug {
    let LabelArgs { paths: _, reports: _, dry_run: _, out, output, in_place, producer, .. } = args;
    let LabelArgs { allow_name, id, level, propagator, propagate_id, layers, text, .. } = args;
    let LabelArgs { replace, overwrite, break_signatures, sidecar, durable, .. } = args;
    let place = format!("{out:?} {output:?} {in_place:?} {overwrite:?} {durable:?}");
    let label = format!("{producer:?} {allow_name:?} {id:?} {level:?} {propagator:?} {propagate_id:?}");
    let explicit = format!("{layers:?} {text:?} {:?} {:?}", args.corner(), args.position());
    let policy = format!("{replace:?} {break_signatures:?} {sidecar:?} {:?}", common.limits());
    ("label", place, label, explicit, policy)
}
