//! What a hostile or broken configuration cannot pass. Each limit is named in the error that it causes.

/// Bytes of one file. A file for 100 000 mailboxes with a dozen keys each takes about 40 MiB.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// Bytes of all files together.
pub const MAX_TOTAL_BYTES: u64 = 256 << 20;
/// Files of one configuration.
pub const MAX_FILES: usize = 10_000;
/// How deep folders may lie in one another.
pub const MAX_FOLDER_DEPTH: usize = 32;
/// How deep maps and lists may lie in one another. The deepest key of the format lies at 8, the rest is for JSON
/// documents in settings. It also bounds the recursion of every pass over the tree.
pub const MAX_DEPTH: usize = 64;
/// Values of one file, as written. A value takes about 100 bytes of memory while its file is read.
pub const MAX_FILE_NODES: u64 = 8_000_000;
/// Values of all files together. What is made of a file is smaller than its values, which go before the next is read: a
/// million mailboxes of a dozen keys each.
pub const MAX_NODES: u64 = 24_000_000;
/// Values that `*anchors` and merge keys may stand for, over all files: what a small file can blow itself up to.
pub const MAX_ALIAS_NODES: u64 = 4_000_000;
/// Characters of a key.
pub const MAX_KEY_CHARS: usize = 1024;
/// Problems that are kept; what comes after is only counted, so that a broken file of a million lines stays
/// readable.
pub const MAX_PROBLEMS: usize = 1_000;
