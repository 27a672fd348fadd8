//! Just enough of Rust's grammar to read paths: what is code, what is text, which modules a place lies in.

/// A source text in which comments, and text in quotes, are blank. Positions are those of the source.
pub(super) struct Blanked {
    /// Without comments and without text.
    pub(super) code: String,
    /// Without the modules and files that are only compiled for tests; else as the source.
    pub(super) shipped: String,
}

impl Blanked {
    pub(super) fn new(source: &str) -> Self {
        let code = blank(source);
        let mut shipped = source.to_owned();
        for range in test_modules(&code) {
            shipped.replace_range(range.clone(), &spaces(&source[range]));
        }
        for range in calls(&code, "include_str!") {
            shipped.replace_range(range.clone(), &spaces(&source[range]));
        }
        Self { code, shipped }
    }

    /// The code without what is only compiled for tests.
    pub(super) fn shipped_code(&self) -> String {
        let mut code = self.code.clone();
        for range in test_modules(&self.code) {
            code.replace_range(range.clone(), &spaces(&self.code[range]));
        }
        code
    }
}

/// As many blanks as there are bytes, lines kept.
fn spaces(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

fn blank(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let blanked = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                Some(source[at..].find('\n').map_or(bytes.len(), |length| at + length))
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => Some(block_comment_end(bytes, at)),
            b'"' => Some(string_end(bytes, at + 1)),
            b'r' | b'b' | b'c' if !is_word(bytes, at.wrapping_sub(1)) => raw_or_prefixed_end(bytes, at),
            b'\'' => char_end(source, at),
            _ => None,
        };
        let Some(end) = blanked else {
            at += 1;
            continue;
        };
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(out).expect("whole characters are blanked")
}

fn is_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => (at, depth) = (at + 2, depth + 1),
            (b'*', Some(b'/')) => {
                (at, depth) = (at + 2, depth - 1);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `c"…"`; none where the letter begins something else.
fn raw_or_prefixed_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while matches!(bytes.get(at), Some(b'r' | b'b' | b'c')) && at < start + 2 {
        at += 1;
    }
    let is_raw = bytes[start..at].contains(&b'r');
    let hashes = bytes[at..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(at + hashes) != Some(&b'"') || (!is_raw && hashes > 0) {
        return None;
    }
    if !is_raw {
        return Some(string_end(bytes, at + 1));
    }
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let from = at + hashes + 1;
    let found = bytes[from..].windows(close.len()).position(|window| window == close);
    Some(found.map_or(bytes.len(), |position| from + position + close.len()))
}

/// The end of a character's quotes; none for a lifetime.
fn char_end(source: &str, start: usize) -> Option<usize> {
    let mut chars = source[start + 1..].char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        let from = start + 3;
        return source.get(from..)?.find('\'').map(|length| from + length + 1);
    }
    let (length, next) = chars.next()?;
    (next == '\'').then_some(start + 1 + length + 1)
}

/// Every `mod … { … }` that stands after `#[cfg(test)]`.
fn test_modules(code: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(position) = code[from..].find("#[cfg(test)]") {
        let start = from + position;
        let after = &code[start..];
        let open = after.find('{').unwrap_or(after.len());
        let end = after.find(';').unwrap_or(after.len());
        from = start + if open < end { open + matching(&after[open..]) } else { (end + 1).min(after.len()) };
        found.push(start..from);
    }
    found
}

/// Every call of a macro, with its argument.
fn calls(code: &str, name: &str) -> Vec<std::ops::Range<usize>> {
    let starts = code.match_indices(name).map(|(start, _)| start);
    starts.map(|start| start..start + code[start..].find(')').map_or(0, |length| length + 1)).collect()
}

/// The length of a text up to the brace that closes its first one.
fn matching(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// The modules that are written out around a position.
pub(super) fn inline_modules(code: &str, position: usize) -> usize {
    let mut around = 0;
    for (start, _) in code.match_indices("mod ") {
        if start >= position || is_word(code.as_bytes(), start.wrapping_sub(1)) {
            continue;
        }
        let name = code[start + 4..].trim_start();
        let rest = name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start();
        if rest.starts_with('{') {
            let open = code.len() - rest.len();
            if position > open && position < open + matching(rest) {
                around += 1;
            }
        }
    }
    around
}

/// A path that begins with `crate`, `self` or `super`, groups spelled out, with its position.
pub(super) fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let bytes = code.as_bytes();
    for word in ["crate", "self", "super"] {
        for (start, _) in code.match_indices(word) {
            // A later segment of another path, or another word.
            let before = code[..start].trim_end();
            let is_inner =
                is_word(bytes, start.wrapping_sub(1)) || before.ends_with("::") || before.ends_with('$');
            if is_inner || is_word(bytes, start + word.len()) {
                continue;
            }
            let mut spelled = Vec::new();
            follow(code, start, &[], &mut spelled);
            found.extend(spelled.into_iter().filter(|path| path.len() > 1).map(|path| (start, path)));
        }
    }
    found
}

/// Reads a path at a position and returns where it ends.
fn follow(code: &str, mut at: usize, so_far: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let skip = |at: usize| at + (code[at..].len() - code[at..].trim_start().len());
    let mut path = so_far.to_vec();
    loop {
        at = skip(at);
        if code[at..].starts_with('{') {
            at += 1;
            loop {
                at = skip(at);
                match code[at..].chars().next() {
                    Some('}') => return at + 1,
                    Some(',') => at += 1,
                    Some('*') => {
                        found.push(path.clone());
                        at += 1;
                    }
                    Some(c) if c.is_alphabetic() || c == '_' => at = follow(code, at, &path, found),
                    _ => return at,
                }
            }
        }
        let word: String = code[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if word.is_empty() {
            found.push(path);
            return at + usize::from(code[at..].starts_with('*'));
        }
        at += word.len();
        path.push(word);
        let next = skip(at);
        if !code[next..].starts_with("::") {
            // `as name` inside a group.
            let rest = &code[next..];
            if let Some(renamed) = rest.strip_prefix("as ") {
                let name = renamed.trim_start();
                let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
                at = code.len() - name.len() + end;
            }
            found.push(path);
            return at;
        }
        at = next + 2;
    }
}
