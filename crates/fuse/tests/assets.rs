//! The hook before a build, the pipeline of style sheets, and what the manifest becomes at run time (toolchain reference 6.5, 9).

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Ended, command, ended, folder, fuse};

const MANIFEST: &str = "[package]\nentry = \"main.fuse\"\n";
const HASHED: &str = "[assets]\ncss = \"css\"\nhash = true\n";
const SHOW: &str = "app \"show\":\n  print(asset(\"css/site.css\"))\n";

fn package(name: &str, settings: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
    let manifest = format!("{MANIFEST}{settings}");
    let own = [("fuse.toml", manifest.as_str()), ("main.fuse", SHOW)];
    folder(name, &[&own, files].concat())
}

fn build(root: &Path) -> Ended {
    let build = fuse(root, &["build"]);
    assert_eq!(build.status, 0, "{}", build.stderr);
    build
}

/// The style sheets below a folder, sorted.
fn style_sheets(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".css")).collect();
    names.sort();
    names
}

fn map(root: &Path) -> String {
    fs::read_to_string(root.join(".fuse/assets-manifest.json")).unwrap()
}

#[test]
fn hashed_copies_follow_their_files() {
    let look_alike = ("css/theme.abcdef.css", "b{}\n");
    let root = package("assets-hash", HASHED, &[("css/site.css", "a{}\n"), look_alike]);
    let css = root.join("css");
    build(&root);
    let first = ["site.c113e66fff.css", "site.css", "theme.abcdef.c8b619fe43.css", "theme.abcdef.css"];
    assert_eq!(style_sheets(&css), first);
    let first_map = "{\"css/site.css\":\"/css/site.c113e66fff.css\",\"css/theme.abcdef.css\":\"/css/theme.abcdef.c8b619fe43.css\"}";
    assert_eq!(map(&root), first_map);
    assert_eq!(fs::read(css.join("site.c113e66fff.css")).unwrap(), b"a{}\n");

    // Again, nothing is written; without its map nothing is taken for a file of its own.
    let time = |path: &str| fs::metadata(root.join(path)).unwrap().modified().unwrap();
    let times = [time("css/site.c113e66fff.css"), time(".fuse/assets-manifest.json")];
    build(&root);
    assert_eq!([time("css/site.c113e66fff.css"), time(".fuse/assets-manifest.json")], times);
    for damage in [None, Some("{\"css/site.css\":1}"), Some("no JSON")] {
        match damage {
            None => fs::remove_file(root.join(".fuse/assets-manifest.json")).unwrap(),
            Some(text) => fs::write(root.join(".fuse/assets-manifest.json"), text).unwrap(),
        }
        build(&root);
        assert_eq!((style_sheets(&css), map(&root).as_str()), (first.map(String::from).to_vec(), first_map));
    }

    fs::write(css.join("site.css"), "a{b}\n").unwrap();
    build(&root);
    let second = ["site.86b51157a4.css", "site.css", "theme.abcdef.c8b619fe43.css", "theme.abcdef.css"];
    assert_eq!(style_sheets(&css), second, "the copy of the old text is gone, what is written by hand stays");

    // A map cannot make the pipeline remove what it has not made.
    let others = ["css/mine.css", "css/mine.abcdef.css", "else/where.abcdef.css", "else/where.css"];
    fs::create_dir(root.join("else")).unwrap();
    others.iter().for_each(|other| fs::write(root.join(other), "").unwrap());
    let forged = "{\"css/site.css\":\"/main.fuse\",\"a\":\"/css/mine.css\",\"css/site.css\":\"/css/mine.abcdef.css\",\
                  \"else/where.css\":\"/else/where.abcdef.css\",\"css/../else/where.css\":\"/css/../else/where.abcdef.css\"}";
    fs::write(root.join(".fuse/assets-manifest.json"), forged).unwrap();
    build(&root);
    assert!(root.join("main.fuse").exists() && others.iter().all(|other| root.join(other).exists()));

    // Without `hash` files stay as they are, and there is no map.
    let before = style_sheets(&css);
    fs::write(root.join("fuse.toml"), format!("{MANIFEST}[assets]\ncss = \"css\"\n")).unwrap();
    build(&root);
    assert_eq!(style_sheets(&css), before);
    assert!(!root.join(".fuse/assets-manifest.json").exists());
}

#[test]
fn a_file_or_a_folder_with_all_below_it() {
    let files = [
        ("public/a.css", "1"),
        ("public/deep/er/b.css", "2"),
        ("public/target/c.css", "3"),
        ("public/.git/d.css", "4"),
        ("public/e.CSS", "5"),
        ("other/f.css", "6"),
    ];
    let root = package("assets-where", "[assets]\ncss = \"public\"\nhash = true\n", &files);
    build(&root);
    let deep = "\"deep/er/b.css\":\"/deep/er/b.da4b9237ba.css\"";
    assert_eq!(map(&root), format!("{{\"a.css\":\"/a.356a192b79.css\",{deep}}}"), "relative to `public`");

    for (css, serve, expected) in [
        ("other/f.css", "", "{\"other/f.css\":\"/other/f.c1dfd96eea.css\"}"),
        ("other/f.css", "[serve]\nstatic_dir = \"./other/\"\n", "{\"f.css\":\"/f.c1dfd96eea.css\"}"),
        (
            "public/deep",
            "[serve]\nstatic_dir = \"other\"\n",
            &format!("{{{}}}", deep.replace("deep/", "public/deep/")),
        ),
    ] {
        let settings = format!("{serve}[assets]\ncss = \"{css}\"\nhash = true\n");
        fs::write(root.join("fuse.toml"), format!("{MANIFEST}{settings}")).unwrap();
        build(&root);
        assert_eq!(map(&root), expected, "{settings}");
    }

    for (css, problem) in [
        ("nothing", "assets.css path does not exist: "),
        ("main.fuse", "assets.css is neither a folder nor a file `*.css`: "),
    ] {
        fs::write(root.join("fuse.toml"), format!("{MANIFEST}[assets]\ncss = \"{css}\"\n")).unwrap();
        let failed = fuse(&root, &["build"]);
        let path = root.join(css);
        let expected = format!(
            "[build] start\nerror: {problem}{}\n  code: wrapper_asset_error\n[build] failed\n",
            path.display()
        );
        assert_eq!((failed.status, failed.stderr), (1, expected));
    }
}

/// The map reaches a program in every way; what the environment says outranks it.
#[test]
fn programs_are_given_the_map() {
    let root = package("assets-map", HASHED, &[("css/site.css", "a{}\n")]);
    assert_eq!(fuse(&root, &["run"]).stdout, "/css/site.css\n", "nothing has been built");
    let executable = ended(command(&root, &["build", "--release"]));
    assert_eq!(executable.status, 0, "{}", executable.stderr);
    let hashed = "/css/site.c113e66fff.css\n";
    for (variable, expected) in [
        (None, hashed),
        (Some("{}"), "/css/site.css\n"),
        (Some(""), "/css/site.css\n"),
        (Some("{\"css/site.css\":\"x\"}"), "/x\n"),
    ] {
        let run = |mut command: Command| {
            command.env_remove("FUSE_ASSET_MAP").envs(variable.map(|value| ("FUSE_ASSET_MAP", value)));
            ended(command)
        };
        assert_eq!(run(command(&root, &["run"])).stdout, expected, "{variable:?}");
        let alone = run(Command::new(root.join(".fuse/build/program.aot")));
        assert_eq!((alone.stdout.as_str(), alone.stderr.as_str()), (expected, ""), "{variable:?}");
    }
    // A damaged map is none.
    for damage in ["{\"css/site.css\":\"\0\"}", "{", ""] {
        fs::write(root.join(".fuse/assets-manifest.json"), damage).unwrap();
        let run = fuse(&root, &["run"]);
        assert_eq!((run.status, run.stdout.as_str()), (0, "/css/site.css\n"), "{}", run.stderr);
    }
    // What is embedded is an input of the build.
    let report = || fs::read_to_string(root.join(".fuse/build/program.aot.json")).unwrap();
    let first = report();
    assert!(first.contains("{\"path\":\"css/site.css\",\"sha256\":"), "{first}");
    fs::write(root.join("css/site.css"), "a{b}\n").unwrap();
    assert_eq!(fuse(&root, &["build", "--release"]).status, 0);
    let id = |report: &str| report.split_once("\"build\":\"").unwrap().1[..16].to_owned();
    assert_ne!(id(&first), id(&report()));
}

#[test]
fn the_hook_comes_first_and_only_in_builds() {
    let hook = "[assets]\ncss = \"made\"\n[assets.hooks]\nbefore_build = \"echo out; mkdir -p made; echo import >> runs\"\n";
    let root = package("assets-hook", hook, &[("t.fuse", "test \"t\":\n  assert(true)\n")]);
    for words in [
        &["check"][..],
        &["run"],
        &["test", "t.fuse"],
        &["fmt", "--check"],
        &["openapi"],
        &["build", "--clean"],
    ] {
        assert_eq!(fuse(&root, words).status, 0, "{words:?}");
        assert!(!root.join("runs").exists(), "{words:?}");
    }
    let built = build(&root);
    assert_eq!((built.stdout.as_str(), built.stderr.as_str()), ("", "[build] start\n[build] ok\n"));
    assert_eq!(fs::read_to_string(root.join("runs")).unwrap(), "import\n");

    for (hook, said) in
        [("echo out; echo err >&2; exit 3", "err"), ("echo out; exit 3", "out"), ("exit 3", "exit status: 3")]
    {
        fs::write(root.join("fuse.toml"), format!("{MANIFEST}[assets.hooks]\nbefore_build = \"{hook}\"\n"))
            .unwrap();
        let message = format!("asset hook error: before_build failed: {said}");
        let failed = fuse(&root, &["build", "--aot"]);
        assert_eq!(
            (failed.status, failed.stderr),
            (1, format!("[build] start\n{message}\n[build] failed\n"))
        );
        let record = format!(
            "{{\"code\":\"wrapper_asset_error\",\"kind\":\"cli_message\",\"level\":\"error\",\"message\":\"{message}\"}}\n"
        );
        assert!(fuse(&root, &["build", "--diagnostics=json"]).stderr.contains(&record));
        assert!(!root.join(".fuse").exists());
    }
    let start = std::time::Instant::now();
    for hook in ["", "sleep 60 &", "head -c 3000000 /dev/zero | cat; head -c 3000000 /dev/zero >&2"] {
        fs::write(root.join("fuse.toml"), format!("{MANIFEST}[assets.hooks]\nbefore_build = \"{hook}\"\n"))
            .unwrap();
        build(&root);
    }
    assert!(start.elapsed().as_secs() < 30, "what a hook leaves in the background is not waited for");
}

/// A dependency's hook and style sheets are its own business.
#[test]
fn nothing_of_a_dependency_is_run() {
    let files = [
        (
            "dep/fuse.toml",
            "[package]\n[assets]\ncss = \"nothing\"\n[assets.hooks]\nbefore_build = \"touch ran\"\n",
        ),
        ("dep/m.fuse", "fn f() -> Int:\n  return 1\n"),
    ];
    let root = package("assets-dependency", "[dependencies]\nDep = \"./dep\"\n", &files);
    fs::write(root.join("main.fuse"), "import M from \"dep:Dep/m\"\n\napp \"a\":\n  print(M.f())\n").unwrap();
    build(&root);
    assert!(!root.join("ran").exists() && !root.join("dep/ran").exists());
}

const VARIABLES: &str = "app \"variables\":\n  for name in [\"FUSE_STATIC_DIR\", \"FUSE_STATIC_INDEX\", \"FUSE_OPENAPI_JSON_PATH\", \"FUSE_OPENAPI_UI_PATH\"]:\n    print(env(name) ?? \"-\")\n";

/// The four variables, as a program finds them under `fuse run`.
fn variables(root: &Path, own: &[(&str, &str)]) -> Vec<String> {
    let mut run = command(root, &["run"]);
    run.envs(own.iter().copied());
    let run = ended(run);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn settings_become_variables() {
    let root = package("assets-settings", "", &[]);
    fs::write(root.join("main.fuse"), VARIABLES).unwrap();
    let set = |settings: &str| fs::write(root.join("fuse.toml"), format!("{MANIFEST}{settings}")).unwrap();
    assert_eq!(variables(&root, &[]), ["-"; 4]);

    set("[vite]\n");
    let dist = root.join("dist").display().to_string();
    assert_eq!(variables(&root, &[]), [&dist, "-", "-", "-"]);

    set("[serve]\nstatic_dir = \"site\"\nstatic_index = \"home.html\"\nopenapi_ui = true\n[vite]\n");
    let (site, document) = (root.join("site"), root.join(".fuse/dev/openapi.json"));
    let (site, document) = (site.display().to_string(), document.display().to_string());
    assert_eq!(variables(&root, &[]), [&site, "home.html", &document, "/docs"]);
    assert_eq!(fs::read_to_string(&document).unwrap(), fuse(&root, &["openapi"]).stdout);

    // What the user set stays, even if it is empty, and no document is made that nobody reads.
    fs::remove_dir_all(root.join(".fuse")).unwrap();
    let own = [("FUSE_STATIC_DIR", ""), ("FUSE_OPENAPI_JSON_PATH", "mine.json")];
    assert_eq!(variables(&root, &own), ["", "home.html", "mine.json", "/docs"]);
    assert!(!root.join(".fuse").exists());
    fs::write(root.join(".env"), "FUSE_STATIC_INDEX=env.html\n").unwrap();
    assert_eq!(variables(&root, &[])[1], "env.html");

    // A place where the document cannot be written.
    fs::remove_dir_all(root.join(".fuse")).unwrap();
    fs::write(root.join(".fuse"), "").unwrap();
    let failed = fuse(&root, &["run"]);
    assert!(
        failed.status == 1 && failed.stderr.contains("  code: wrapper_file_write\n"),
        "{}",
        failed.stderr
    );
}
