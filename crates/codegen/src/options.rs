//! What a caller may choose.

/// How much the code generator optimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimise {
    /// Quick to build, slower code: `fuse run` and the debug profile.
    #[default]
    None,
    /// Full: the release profiles.
    Speed,
}

/// Options of code generation.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How much to optimise.
    pub optimise: Optimise,
    /// Line information for debuggers, in objects only.
    pub debug_info: bool,
    /// The build information line that goes into the image; empty for programs in memory.
    pub build_info: String,
    /// Runs Cranelift's verifier on each function; for tests.
    pub verify: bool,
    /// Test hook of contract requirement R3: the function with this name is refused.
    pub refuse: Option<String>,
}

impl Options {
    /// Options with this level and nothing else.
    pub fn new(optimise: Optimise) -> Options {
        Options { optimise, ..Options::default() }
    }
}
