//! URLs of repositories: which are allowed, and how they are shown without what is secret in them.

use std::fmt;
use std::ops::Range;

/// Schemes that git may be given. Others can run programs.
const SCHEMES: [&str; 5] = ["https", "http", "ssh", "git", "file"];
/// What stands for user-info.
const HIDDEN: &str = "***";

/// The URL of a repository, fit to be given to git. Whoever shows it shows it without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    text: String,
    /// Where the user-info lies, if it has to be hidden.
    secret: Option<Range<usize>>,
}

impl Url {
    /// Accepts a URL, or says why it is refused.
    pub fn parse(text: &str) -> Result<Url, &'static str> {
        safe_value(text)?;
        if let Some(address) = text.strip_prefix("git@") {
            let (host, path) = address.split_once(':').ok_or("`git@host:path` has no `:`")?;
            safe_host(host)?;
            if path.is_empty() || path.starts_with('-') {
                return Err("`git@host:path` has no path, or one that begins with `-`");
            }
            return Ok(Url { text: text.to_owned(), secret: None });
        }
        let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| SCHEMES.contains(scheme))
        else {
            return Err("the scheme must be https, http, ssh, git or file, or the form `git@host:path`");
        };
        let start = scheme.len() + "://".len();
        let user = user_info(rest).map(|end| start..start + end);
        let authority = &rest[..authority_end(rest)];
        if has_bad_port(authority) {
            return Err("the port is not a number");
        }
        safe_value(authority)?;
        safe_host(authority.rsplit('@').next().unwrap_or(authority)).or_else(|reason| {
            // Only files need no host.
            if scheme == "file" && authority.is_empty() { Ok(()) } else { Err(reason) }
        })?;
        // The login name of ssh is part of the address.
        let secret = user.filter(|user| scheme != "ssh" || text[user.clone()].contains(':'));
        Ok(Url { text: text.to_owned(), secret })
    }

    /// The URL as it is written into lock files and messages: user-info is hidden.
    pub fn shown(&self) -> String {
        let mut shown = self.text.clone();
        if let Some(secret) = &self.secret {
            shown.replace_range(secret.clone(), HIDDEN);
        }
        shown
    }

    /// Whether what is fetched can be changed on its way.
    pub fn is_unprotected(&self) -> bool {
        self.text.starts_with("http://") || self.text.starts_with("git://")
    }

    /// As git needs it, with credentials.
    pub(super) fn raw(&self) -> &str {
        &self.text
    }

    /// A text without the credentials of this URL, in any form in which git may repeat them.
    pub(super) fn redact(&self, text: &str) -> String {
        let Some(secret) = &self.secret else { return text.to_owned() };
        let info = &self.text[secret.clone()];
        let (user, password) = info.split_once(':').unwrap_or((info, info));
        let mut secrets = vec![info.to_owned(), decoded(info), password.to_owned(), decoded(password)];
        secrets.extend([format!("{user}@"), format!("{}@", decoded(user))]);
        secrets.retain(|secret| !secret.trim_end_matches('@').is_empty());
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| {
            let end = if secret.ends_with('@') { "@" } else { "" };
            text.replace(secret.as_str(), &format!("{HIDDEN}{end}"))
        })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), formatter)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown())
    }
}

/// Refuses what git could take for an option, and what no name or URL contains.
pub(super) fn safe_value(value: &str) -> Result<(), &'static str> {
    if value.starts_with('-') {
        return Err("it begins with `-`, and git would take it for an option");
    }
    if value.chars().any(char::is_control) {
        return Err("it contains a control character");
    }
    Ok(())
}

fn safe_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("it names no host");
    }
    if host.starts_with('-') || decoded(host).starts_with('-') {
        return Err("its host begins with `-`, and a program would take it for an option");
    }
    Ok(())
}

/// A text that may contain URLs, user-info replaced by as many bytes of `*`, so that places in it stay what they are.
pub(crate) fn mask(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    while let Some(found) = text[at..].windows(3).position(|three| three == b"://") {
        let start = at + found + 3;
        let end = text[start..].iter().position(|byte| b"\"'\r\n".contains(byte));
        let end = end.map_or(text.len(), |length| start + length);
        // What is not UTF-8 is shown with replacement characters, and is no URL.
        let secret = std::str::from_utf8(&text[start..end]).ok().and_then(user_info);
        out[start..start + secret.unwrap_or(0)].fill(b'*');
        at = start;
    }
    out
}

/// A value that was refused, for messages: without what may be credentials.
pub(super) fn shown_refused(value: &str) -> String {
    let start = value.find("://").map_or(0, |at| at + 3);
    match value[start..].rfind('@') {
        Some(at) if !value.starts_with("git@") => {
            format!("{}{HIDDEN}{}", &value[..start], &value[start + at..])
        }
        _ => value.to_owned(),
    }
}

/// Where the user-info at the start of what follows `://` ends: at an `@`.
fn user_info(rest: &str) -> Option<usize> {
    let authority = &rest[..authority_end(rest)];
    // A password with a slash in it is no URL, but a secret all the same.
    authority.rfind('@').or_else(|| rest.rfind('@').filter(|_| has_bad_port(authority)))
}

fn authority_end(rest: &str) -> usize {
    rest.find(['/', '?', '#']).unwrap_or(rest.len())
}

fn has_bad_port(authority: &str) -> bool {
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.rsplit(']').next().unwrap_or(host);
    host.split_once(':').is_some_and(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The text with `%xx` decoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Url::parse(text).map_or_else(|_| "refused".into(), |url| url.shown())
    }

    #[test]
    fn allowed_as_they_are() {
        for text in [
            "https://git.example.org/a.git",
            "http://git.example.org:8080/a",
            "ssh://git@git.example.org/mono.git",
            "git://git.example.org/a",
            "file:///srv/git/a.git",
            "git@git.example.org:team/a.git",
            "https://[::1]:80/a",
            "https://git.example.org/@team/a",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn refused() {
        for text in [
            "ext::sh -c id",
            "ext::sh://x",
            "ext://x",
            "fd::17",
            "HTTPS://git.example.org/a",
            "../a.git",
            "/srv/a.git",
            "-uid",
            "--upload-pack=id",
            "user@host:a",
            "git@host",
            "git@:a",
            "git@-oProxyCommand=id:a",
            "git@host:-a",
            "ssh://-oProxyCommand=id/a",
            "ssh://git@-oProxyCommand=id/a",
            "ssh://%2doProxyCommand=id/a",
            "ssh://-l@host/a",
            "https:///a",
            "https://user:pass/word@host/a",
            "https://host/a\nb",
            "https://host/\0",
            "\u{202e}https://host",
            "",
        ] {
            assert_eq!(shown(text), "refused", "{text:?}");
        }
    }

    #[test]
    fn credentials_are_hidden() {
        assert_eq!(shown("https://ann:s3cret@host/a"), "https://***@host/a");
        assert_eq!(shown("https://token@host/a"), "https://***@host/a");
        assert_eq!(shown("https://ann:p@ss@host/a"), "https://***@host/a");
        assert_eq!(shown("ssh://ann:s3cret@host/a"), "ssh://***@host/a");
        assert_eq!(shown_refused("ext://ann:s3/cret@host/a"), "ext://***@host/a");
        assert_eq!(shown_refused("ann:s3cret@host:a"), "***@host:a");
        assert_eq!(shown_refused("nothing"), "nothing");
        let url = Url::parse("https://ann:s%2Fcret@host/a").unwrap();
        assert_eq!(format!("{url:?} {url}"), "\"https://***@host/a\" https://***@host/a");
        assert_eq!(
            url.redact("for 'https://ann:s%2Fcret@host/a': ann@host, s/cret, ann:s/cret"),
            "for 'https://***@host/a': ***@host, ***, ***"
        );
    }

    #[test]
    fn masked_text_keeps_its_places() {
        let masked = |text: &str| String::from_utf8(mask(text.as_bytes())).unwrap();
        assert_eq!(masked("a = \"https://ann:pw@host/a\" # x@y"), "a = \"https://******@host/a\" # x@y");
        assert_eq!(masked("a = 'https://host/@a'"), "a = 'https://host/@a'");
        assert_eq!(masked("://://é@x"), "://://**@x");
        assert_eq!(mask(b"://\xff@"), b"://\xff@");
    }
}
