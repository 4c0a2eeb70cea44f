//! `fuse test`: the test blocks of a package, one after the other.

use std::collections::HashMap;
use std::path::Path;

use fuse_diagnostics::display::display_path;
use fuse_diagnostics::{Sources, codes};
use fuse_hir::{FnId, Module, Program, Test};
use fuse_package::{MANIFEST_NAME, Manifest, Report};
use fuse_runtime::memory::{TestOutcome, symbols};

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::compile::{Effort, blocks_to_ir, cannot_run, internal_message};
use crate::execute;
use crate::session::Session;

/// Runs the tests.
pub fn run(session: &Session<'_>) -> u8 {
    session.framed(|| match front_end(session) {
        Ok(checked) => match &checked.program {
            Some(program) => test(session, program, &checked.sources),
            None => FAILED,
        },
        Err(status) => status,
    })
}

fn test(session: &Session<'_>, program: &Program, sources: &Sources) -> u8 {
    let options = &session.invocation.options;
    let mut tests = candidates(program, options.all);
    if let Some(message) = duplicate(session, program, &tests) {
        return cannot_start(session, &message);
    }
    if let Some(filter) = &options.filter {
        tests.retain(|test| test.name.contains(filter.as_str()));
    }
    sort(program, &mut tests);
    if tests.is_empty() {
        session.output.stdout("0 tests\n");
        return OK;
    }
    execute(session, program, sources, &tests)
}

fn module<'a>(program: &'a Program, test: &Test) -> &'a Module {
    let function = &program.functions[test.function.0 as usize];
    &program.modules[function.module.0 as usize]
}

/// The tests of the root module's package, or of all packages, in load order.
fn candidates(program: &Program, all: bool) -> Vec<&Test> {
    let own = program.modules.first().map(|root| &root.package);
    program.tests.iter().filter(|test| all || Some(&module(program, test).package) == own).collect()
}

/// The message if two modules of a package have tests of one name.
fn duplicate(session: &Session<'_>, program: &Program, tests: &[&Test]) -> Option<String> {
    let mut seen: HashMap<(&Path, &str), &Module> = HashMap::new();
    tests.iter().find_map(|test| {
        let module = module(program, test);
        let earlier = seen.insert((&module.package, &test.name), module)?;
        let path = display_path(&earlier.path, &session.cwd);
        Some(format!("duplicate test {} (also declared in {path})", on_one_line(&test.name)))
    })
}

/// By name, then by the name of the package, then in load order.
fn sort(program: &Program, tests: &mut [&Test]) {
    let mut packages: HashMap<&Path, String> = HashMap::new();
    for test in tests.iter() {
        let package = &module(program, test).package;
        packages.entry(package).or_insert_with(|| package_name(package));
    }
    let package = |test: &Test| packages.get(module(program, test).package.as_path());
    tests.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| package(a).cmp(&package(b))));
}

/// The name in a package's manifest; what may be wrong with that has been reported when the dependencies were resolved.
pub(super) fn package_name(package: &Path) -> String {
    let manifest = Manifest::load(&package.join(MANIFEST_NAME), &mut Report::new());
    manifest.map_or_else(String::new, |manifest| manifest.package.name)
}

fn execute(session: &Session<'_>, program: &Program, sources: &Sources, tests: &[&Test]) -> u8 {
    let output = session.output;
    let functions: Vec<FnId> = tests.iter().map(|test| test.function).collect();
    let ir = match blocks_to_ir(program, &functions) {
        Ok(ir) => ir,
        Err(reached) => return cannot_run(program, sources, reached, output),
    };
    let loaded = match fuse_codegen::load(&ir, &Effort::Quick.codegen(), symbols()) {
        Ok(loaded) => loaded,
        Err(error) => {
            output.error(codes::WRAPPER_INTERNAL, &internal_message(&error));
            return FAILED;
        }
    };
    execute::export(&session.environment);
    let mut failed = 0;
    let result = execute::execute_tests(&loaded, tests.len(), |number, outcome| {
        let name = on_one_line(&tests[number].name);
        output.stdout(&match outcome {
            TestOutcome::Passed => format!("ok {name}\n"),
            TestOutcome::Failed(text) | TestOutcome::Lost(text) => {
                failed += 1;
                format!("FAILED {name}: {}\n", on_one_line(&text))
            }
        });
    });
    if let Err(outcome) = result {
        return cannot_start(session, &execute::text(&outcome));
    }
    let count = tests.len();
    if failed == 0 {
        output.stdout(&format!("ok ({count} tests)\n"));
        OK
    } else {
        output.stdout(&format!("FAILED ({failed} failed of {count} tests)\n"));
        FAILED
    }
}

fn cannot_start(session: &Session<'_>, message: &str) -> u8 {
    session.output.failure(codes::WRAPPER_TEST_ERROR, &format!("test error: {message}"));
    FAILED
}

/// A text in a line.
fn on_one_line(text: &str) -> String {
    text.replace('\n', "\\n").replace('\r', "\\r")
}
