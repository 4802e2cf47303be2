//! `propagate`: what a platform does that spreads files (Measures Art. 6).

use std::sync::Arc;

use biaoshi::job::{LabelOptions, Propagation, Signer, VerifyOptions, Wanted};
use biaoshi::label::code::Service;
use biaoshi::label::{Label, Level};
use biaoshi::plan::Layer;

use biaoshi::security::Party;

use crate::args::{Common, PropagateArgs};
use crate::exit::{Exit, Stop};
use crate::keys;
use crate::label::{Origin, Rules, Run, Stdin, Verb, check_provider, each, invalid, named_id, place, stdin};
use crate::names;
use crate::told::wants_json;

/// Verifies files and writes a platform's elements into them.
pub(crate) fn run(args: &PropagateArgs, common: &Common) -> Result<Exit, Stop> {
    if !common.worker {
        args.running.begin(common)?;
    }
    args.counts.check(&args.reports)?;
    let options = options(args, common)?;
    let PropagateArgs { paths, target, reports, counts, running, recording, .. } = args;
    let rules = Rules {
        verb: Verb::Propagate,
        required: &[],
        strict: false,
        lenient: args.unsupported.allow_unsupported,
        json: wants_json(common, reports, paths),
        recorded: recording.ledger.is_some(),
        policy: options.wanted.propagation().and_then(|how| how.look.policy.id().parse().ok()),
    };
    if paths.is_stdin() {
        return stdin(&Stdin { paths, target, reports, counts, recording, rules, common }, &options);
    }
    let place = place(paths, target)?;
    let command = command(args, &options);
    let origin = Origin::None;
    let shared_ids = true;
    each(
        &Run { paths, place, reports, counts, running, recording, shared_ids, common, rules, origin, command },
        options,
    )
}

fn options(args: &PropagateArgs, common: &Common) -> Result<LabelOptions, Stop> {
    let id = named_id("--propagate-id", &args.propagate_id)?;
    check_provider("--propagator", &args.propagator, (args.allow_name, Service::Propagation), common)?;
    Label::new(Level::Possible, &args.propagator, "x", args.allow_name).map_err(|e| invalid("--propagator", &e))?;
    let policy = args.policy.read(args.allow_unlabelled)?;
    names::tell_expected(&policy, common);
    // What a policy requires is looked for.
    let has = |layer: &str| {
        let required = Layer::parse(layer).is_some_and(|layer| policy.requires(layer));
        required || args.layers.iter().any(|l| l == layer)
    };
    let search = || keys::search(&args.marks, args.registry.as_deref()).map(Arc::new);
    let permits = Arc::new(common.permits());
    let look = VerifyOptions {
        limits: common.limits(),
        traces: has("traces"),
        explicit: has("explicit"),
        prompt: None,
        watermarks: has("watermark").then(search).transpose()?,
        declared: args.declared,
        permits: Arc::clone(&permits),
        expected_id: None,
        sha256: args.sums.sha256 || args.recording.ledger.is_some(),
        trust: keys::trust(&args.trusting, common)?,
        policy: Arc::new(policy),
    };
    let how = Propagation {
        propagator: args.propagator.clone(),
        allow_name: args.allow_name,
        id,
        level: args.level.as_deref().and_then(Level::parse),
        choose: args.choose(),
        on_signed: args.on_signed(),
        look,
    };
    Ok(LabelOptions {
        wanted: Wanted::Propagated(Box::new(how)),
        signer: keys::signing(&args.signing)?.map(|key| Signer { party: Party::Propagator, key }),
        overwrite: args.outputs.overwrite,
        sidecar: args.outputs.sidecar,
        durable: args.outputs.durable,
        dry_run: args.outputs.dry_run,
        sha256: args.sums.sha256 || args.recording.ledger.is_some(),
        preserve: args.keeping.preserve,
        backup: args.keeping.backup.clone(),
        copy_unknown: args.copy.copy_unsupported,
        limits: common.limits(),
        permits,
        ..LabelOptions::default()
    })
}

/// Everything that decides what a run does, beside its inputs and the limits. Of key files and a registry, what is in them.
fn command(args: &PropagateArgs, options: &LabelOptions) -> String {
    let PropagateArgs {
        paths: _,
        reports: _,
        counts: _,
        sums,
        batch: _,
        recording: _,
        running: _,
        verbose: _,
        marks: _,
        signing: _,
        trusting: _,
        registry: _,
        policy: _,
        allow_unlabelled: _,
        target,
        propagator,
        allow_name,
        propagate_id,
        level,
        layers,
        declared,
        outputs,
        keeping,
        copy,
        unsupported,
        ..
    } = args;
    let how = options.wanted.propagation();
    let search = how.map(|how| (&how.look.watermarks, &how.look.policy));
    let choose = how.map(|how| (how.choose, how.on_signed));
    let trust = how.map(|how| (&how.look.trust, &options.signer));
    let label = (propagator, allow_name, propagate_id, level, declared, choose);
    let files = (outputs, keeping, copy, unsupported, sums);
    format!("propagate {target:?} {label:?} {layers:?} {search:?} {trust:?} {files:?}")
}
