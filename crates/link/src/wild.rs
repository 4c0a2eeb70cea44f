//! The link in this process, from memory to memory, with `libwild`.

use crate::link::LinkError;
use libwild::error::Result as WildResult;
use libwild::{Args, FileSystem, FileType, InputFileData, Linker, OutputFileData, OutputOptions};
use std::borrow::Cow;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};

/// An input: its name on the linker's command line and its bytes.
pub(crate) type NamedInput = (&'static str, Cow<'static, [u8]>);

/// The name of the output on the linker's command line; there is no such file.
const OUTPUT: &str = "program";

/// Start of the names of threads on which the linker runs; panics there are not printed.
const THREAD: &str = "fuse-link-";

#[derive(Debug)]
struct Input(Arc<[NamedInput]>, usize);

impl InputFileData for Input {
    fn bytes(&self) -> &[u8] {
        &self.0[self.1].1
    }
}

struct Output {
    bytes: Vec<u8>,
    done: Arc<Mutex<Option<Vec<u8>>>>,
}

impl OutputFileData for Output {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> WildResult {
        if let Ok(mut done) = self.done.lock() {
            *done = Some(self.bytes);
        }
        Ok(())
    }
}

/// A file system that holds the inputs and nothing else.
struct Memory {
    inputs: Arc<[NamedInput]>,
    done: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Memory {
    fn find(&self, path: &Path) -> Option<usize> {
        self.inputs.iter().position(|(name, _)| path == Path::new(name))
    }
}

fn not_found() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::NotFound, "the link reads no files")
}

impl FileSystem for Memory {
    type Input = Input;
    type Output = Output;

    fn open_input(&self, path: &Path, _prepopulate: bool) -> WildResult<(Input, Option<Arc<File>>)> {
        let index = self.find(path).ok_or_else(not_found)?;
        Ok((Input(self.inputs.clone(), index), None))
    }

    fn file_type(&self, path: &Path) -> WildResult<FileType> {
        self.find(path).map(|_| FileType::File).ok_or_else(|| not_found().into())
    }

    fn canonicalize(&self, path: &Path) -> WildResult<PathBuf> {
        Ok(path.to_owned())
    }

    fn remove_file(&self, _: &Path) -> WildResult {
        Err(not_found().into())
    }

    fn rename_file(&self, _: &Path, _: &Path) -> WildResult {
        Err(not_found().into())
    }

    fn create_output(&self, _: Arc<Path>, options: OutputOptions) -> WildResult<Output> {
        let size = usize::try_from(options.size).map_err(|_| not_found())?;
        Ok(Output { bytes: vec![0; size], done: self.done.clone() })
    }

    fn write_auxiliary(&self, _: &Path, _: &[u8]) -> WildResult {
        Err(not_found().into())
    }
}

/// Links `inputs`, in this order, with `options`. Does not return before every thread it started has ended.
pub(crate) fn link(
    options: &[String],
    inputs: Vec<NamedInput>,
    threads: usize,
) -> Result<Vec<u8>, LinkError> {
    crate::environment::scrub();
    quiet_threads();
    let done = Arc::new(Mutex::new(None));
    let outcome = catch_unwind(AssertUnwindSafe(|| run(options, inputs.into(), threads, done.clone())));
    outcome.unwrap_or_else(|_| Err("the linker panicked".to_owned())).map_err(LinkError::Failed)?;
    let bytes = done.lock().ok().and_then(|mut done| done.take());
    bytes.ok_or_else(|| LinkError::Failed("the linker wrote nothing".to_owned()))
}

fn run(
    options: &[String],
    inputs: Arc<[NamedInput]>,
    threads: usize,
    done: Arc<Mutex<Option<Vec<u8>>>>,
) -> Result<(), String> {
    let mut words = vec!["ld".to_owned(), "-o".to_owned(), OUTPUT.to_owned(), format!("--threads={threads}")];
    words.extend_from_slice(options);
    words.extend(inputs.iter().map(|(name, _)| (*name).to_owned()));
    let words = || words.iter().map(String::as_str);

    let warnings = Arc::new(Mutex::new(Vec::new()));
    let mut args = Args::new(words).map_err(|error| error.to_string())?;
    let sink = warnings.clone();
    args.on_warning(Box::new(move |warning| {
        if let Ok(mut warnings) = sink.lock() {
            warnings.push(warning.to_string());
        }
    }));
    args.parse(words).map_err(|error| error.to_string())?;

    let panicked = Arc::new(Mutex::new(false));
    let flag = panicked.clone();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("{THREAD}{index}"))
        .panic_handler(move |_| {
            if let Ok(mut panicked) = flag.lock() {
                *panicked = true;
            }
        })
        .build()
        .map_err(|error| error.to_string())?;
    pool.install(|| {
        let linker = Linker::with_file_system(Memory { inputs, done });
        linker.run(&args).map(|_| ()).map_err(|error| error.to_string())
    })?;
    if panicked.lock().map_or(true, |panicked| *panicked) {
        return Err("the linker panicked".to_owned());
    }
    // A warning means that the linker did something that the bundle does not expect of it.
    match warnings.lock() {
        Ok(warnings) if warnings.is_empty() => Ok(()),
        Ok(warnings) => Err(warnings.join("; ")),
        Err(_) => Err("the linker panicked".to_owned()),
    }
}

/// Keeps panics of the linker's threads from being printed; they are reported as errors.
fn quiet_threads() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !std::thread::current().name().is_some_and(|name| name.starts_with(THREAD)) {
                before(info);
            }
        }));
    });
}
