//! Build information: the line of `key=value` pairs that executables print and tools read.

use crate::json;
use fuse_abi::metadata::Profile;

/// Version of the contract between executables and those who run them.
pub(crate) const CONTRACT: &str = "aot-v1";

/// The pairs of the build information, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    pairs: Vec<(String, String)>,
}

impl BuildInfo {
    pub(crate) fn new(
        profile: Profile,
        target: &str,
        rustc: &str,
        cli: &str,
        interface: u32,
        build: &str,
    ) -> BuildInfo {
        let interface = interface.to_string();
        let pairs = [
            ("mode", "aot"),
            ("profile", profile.name()),
            ("target", target),
            ("rustc", rustc),
            ("cli", cli),
            ("runtime_cache", &interface),
            ("contract", CONTRACT),
            ("build", build),
        ];
        BuildInfo { pairs: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into() }
    }

    /// The line, without a line end.
    pub fn line(&self) -> String {
        let pairs: Vec<String> = self.pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        pairs.join(" ")
    }

    /// Reads a line. Pairs after the known ones are kept.
    pub fn parse(line: &str) -> Option<BuildInfo> {
        let pairs: Option<Vec<(String, String)>> = line
            .split(' ')
            .map(|pair| pair.split_once('=').filter(|(key, value)| !key.is_empty() && !value.is_empty()))
            .map(|pair| pair.map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect();
        let info = BuildInfo { pairs: pairs? };
        (info.get("mode") == Some("aot") && info.get("build").is_some()).then_some(info)
    }

    /// The value of a pair.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The build id: at least 16 lower-case hexadecimal digits.
    pub fn build_id(&self) -> &str {
        self.get("build").unwrap_or_default()
    }

    /// The pairs as a JSON object, keys sorted, `runtime_cache` as a number.
    pub fn json(&self) -> String {
        let mut pairs: Vec<&(String, String)> = self.pairs.iter().collect();
        pairs.sort();
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(key, value)| {
                let number = key == "runtime_cache" && value.parse::<u32>().is_ok();
                let value = if number { value.clone() } else { json::quoted(value) };
                format!("{}:{value}", json::quoted(key))
            })
            .collect();
        format!("{{{}}}", pairs.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_round_trip_and_later_pairs_are_kept() {
        let info = BuildInfo::new(Profile::Release, "t", "1.95.0", "0.1.0", 3, "5f0c2a9d11e84b67");
        let line = info.line();
        assert_eq!(
            line,
            "mode=aot profile=release target=t rustc=1.95.0 cli=0.1.0 runtime_cache=3 contract=aot-v1 build=5f0c2a9d11e84b67"
        );
        assert_eq!(BuildInfo::parse(&line), Some(info));
        let more = BuildInfo::parse(&format!("{line} new=1")).expect("more pairs are fine");
        assert_eq!(more.get("new"), Some("1"));
        for bad in ["", "mode=aot", "mode=jit build=1", "mode=aot  build=1", "mode=aot build="] {
            assert_eq!(BuildInfo::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn json_is_sorted_with_a_number() {
        let info = BuildInfo::new(Profile::Debug, "t", "r", "c", 3, "b");
        assert_eq!(
            info.json(),
            r#"{"build":"b","cli":"c","contract":"aot-v1","mode":"aot","profile":"debug","runtime_cache":3,"rustc":"r","target":"t"}"#
        );
    }
}
