//! Children of a process. They are tested in one of its own, since a child that is just being started holds copies of
//! what is open, locked journals of other tests among it.
#![allow(missing_docs, clippy::unwrap_used)]

use std::process::Command;
use std::time::Duration;

use biaoshi::batch::isolate::{Workers, serve};
use rustix::process::{Pid, Signal};

fn shell(script: &'static str) -> Workers {
    Workers::new(move || {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    })
}

const ECHO: &str = r#"while read -r job; do case "$job" in die) kill -11 $$;; leave) exit 7;; half) printf ha; exit 0;; *) echo "$$ $job";; esac; done"#;

#[test]
fn a_death_is_one_answer_and_the_next_job_has_a_new_child() {
    let workers = shell(ECHO);
    let ask = |job| workers.ask(job).map_err(|e| e.to_string());
    let first = ask("one").unwrap();
    assert_eq!(ask("one").unwrap(), first, "the same child serves again");
    for (job, said) in [("die", "signal 11 (SIGSEGV)"), ("leave", "exit code 7"), ("half", "exit code 0")] {
        let error = workers.ask(job).unwrap_err();
        assert_eq!(error.kind(), "crashed");
        assert!(error.to_string().contains(said), "{error}");
    }
    assert_ne!(ask("one").unwrap(), first);
}

#[test]
fn a_child_that_died_while_it_waited_costs_no_job() {
    let workers = shell(ECHO);
    let pid = workers.ask("x").unwrap().split(' ').next().unwrap().parse().unwrap();
    rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    assert!(workers.ask("y").unwrap().ends_with(" y"));
}

#[test]
fn no_child_is_an_error_of_its_own() {
    let error = Workers::new(|| Command::new("/nowhere/at/all")).ask("x").unwrap_err();
    assert_eq!(error.kind(), "io");
}

#[test]
fn jobs_are_served_in_order() {
    let mut answers = Vec::new();
    serve(&b"1\n2\n"[..], &mut answers, |job: u32| format!("<{job}>")).unwrap();
    assert_eq!(answers, b"\"<1>\"\n\"<2>\"\n");
    rustix::process::set_parent_process_death_signal(None).unwrap();
}
