//! What a reply says: done or not, in which words, with which items (`contracts/atmail.md §2, §3`).
//!
//! The service wraps each answer in an element named after itself and one named after the call; neither name is
//! relied on. Where `status` and `message` stand, and how the items of a list are named, differs between its calls.

use crate::http::{Reply, excerpt};

use super::xml::{self, Element};

const STATUS: &str = "status";
const MESSAGE: &str = "message";
const RESPONSE: &str = "response";
const RESULTS: &str = "results";

/// How deep under the call's element the items of a list are looked for.
const ITEMS_DEPTH: usize = 4;

/// An answer of the service's interface.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    /// Whether the service says that it succeeded.
    pub(super) success: bool,
    /// Its words; empty where there are none.
    pub(super) message: String,
    call: Element,
}

impl Envelope {
    /// The answer in a reply, whatever its status.
    ///
    /// # Errors
    /// In words, where the body is not the service's envelope.
    pub(super) fn of(reply: &Reply) -> Result<Self, String> {
        Self::read(&reply.body)
    }

    fn read(body: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(document(body)?).map_err(|_| "its body is not UTF-8".to_owned())?;
        let root = xml::parse(text)?;
        if root.name.eq_ignore_ascii_case("html") {
            return Err("a web page answered".to_owned());
        }
        let mut children = root.children;
        let Some(call) = children.pop().filter(|_| children.is_empty()) else {
            return Err("it does not hold one element, named after the call".to_owned());
        };
        let at = |name: &str| {
            call.child(name).or_else(|| call.child(RESPONSE).and_then(|response| response.child(name)))
        };
        let success = match at(STATUS).map(Element::trimmed) {
            Some(word) if word.eq_ignore_ascii_case("success") => true,
            Some(word) if word.eq_ignore_ascii_case("failed") => false,
            Some(word) => return Err(format!("its status is `{}`", excerpt(word))),
            // Zend adds `success` to an answer without a status, so one without either is cut short or another's.
            None if items_of(&call).is_empty() => return Err("it tells no status".to_owned()),
            None => true,
        };
        let message = at(MESSAGE).map(|message| message.trimmed().to_owned()).unwrap_or_default();
        Ok(Self { success, message, call })
    }

    /// The items of a list.
    ///
    /// # Errors
    /// In words, where something stands in it that is neither an item nor nothing: such a list is not empty.
    pub(super) fn items(&self) -> Result<Vec<Record<'_>>, String> {
        let items = items_of(&self.call);
        if !items.is_empty() {
            return Ok(items.into_iter().map(Record).collect());
        }
        let mut odd = self.contents().filter(|element| !element.is_empty());
        match odd.next() {
            None => Ok(Vec::new()),
            Some(element) => {
                Err(format!("a list holds `{}` instead of numbered items", excerpt(&element.name)))
            }
        }
    }

    /// The one record of a view: the item, or the element that holds this key.
    ///
    /// # Errors
    /// In words, where there is none, or more than one.
    pub(super) fn record(&self, keys: &[&str]) -> Result<Record<'_>, String> {
        let containers = [Some(&self.call), self.call.child(RESPONSE)];
        let results = containers.iter().flatten().filter_map(|element| element.child(RESULTS));
        let mut direct = containers.iter().flatten().copied().chain(results);
        if let Some(record) = direct.find(|element| Record(element).text(keys).is_some()) {
            return Ok(Record(record));
        }
        match items_of(&self.call)[..] {
            [item] if Record(item).text(keys).is_some() => Ok(Record(item)),
            [] | [_] => Err(format!("a view holds no record with a `{}`", keys.first().unwrap_or(&""))),
            ref several => Err(format!("a view holds {} records", several.len())),
        }
    }

    /// What the call's element holds beside status and message, with what only wraps it taken off.
    fn contents(&self) -> impl Iterator<Item = &Element> {
        beside_words(&self.call).flat_map(|child| {
            let wraps = [RESPONSE, RESULTS].contains(&child.name.as_str()) && !child.children.is_empty();
            if wraps { beside_words(child).collect() } else { vec![child] }
        })
    }
}

fn beside_words(element: &Element) -> impl Iterator<Item = &Element> {
    element.children.iter().filter(|child| ![STATUS, MESSAGE].contains(&child.name.as_str()))
}

/// Where the document begins: a server may print warnings before it.
fn document(body: &[u8]) -> Result<&[u8], String> {
    let begins = |mark: &[u8]| body.windows(mark.len()).position(|window| window == mark);
    match begins(b"<?xml").or_else(|| begins(b"<api")) {
        Some(start) => Ok(&body[start..]),
        None => Err("it is no XML document".to_owned()),
    }
}

/// The numbered elements at the least depth where there are any.
fn items_of(call: &Element) -> Vec<&Element> {
    let mut level: Vec<&Element> = vec![call];
    for _ in 0..ITEMS_DEPTH {
        for element in &level {
            let items: Vec<&Element> = element.children.iter().filter(|child| is_item(&child.name)).collect();
            if !items.is_empty() {
                return items;
            }
        }
        level = level.into_iter().flat_map(|element| &element.children).collect();
    }
    Vec::new()
}

/// True for `key_0`, which is how the service writes down the item of an array.
fn is_item(name: &str) -> bool {
    name.strip_prefix("key_").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// One item of a list: a record, or a bare name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a>(&'a Element);

impl<'a> Record<'a> {
    fn field(self, names: &[&str]) -> Option<&'a Element> {
        names
            .iter()
            .find_map(|name| self.0.children.iter().find(|child| child.name.eq_ignore_ascii_case(name)))
    }

    /// The text of the first of these fields that is told; empty for one without a value. White space at the ends of
    /// a value does not count.
    pub(super) fn text(self, names: &[&str]) -> Option<&'a str> {
        self.field(names).filter(|field| field.children.is_empty()).map(Element::trimmed)
    }

    /// What a bare item says; else the text of the first of these fields.
    pub(super) fn name(self, names: &[&str]) -> Option<&'a str> {
        if self.0.children.is_empty() && is_item(&self.0.name) {
            return Some(self.0.trimmed());
        }
        self.text(names)
    }

    /// The members of a field that holds several: numbered ones, records of one field, or words in one text. None
    /// where the field is not told.
    pub(super) fn members(self, names: &[&str]) -> Option<Vec<&'a str>> {
        let field = self.field(names)?;
        // The same field several times is how some lists are written down.
        let same = self.0.children.iter().filter(|child| child.name == field.name);
        let mut members = Vec::new();
        for field in same {
            for child in &field.children {
                match &child.children[..] {
                    [] => members.push(child.trimmed()),
                    inner => members.extend(
                        inner
                            .iter()
                            .filter(|inner| inner.name.eq_ignore_ascii_case("Domain"))
                            .map(Element::trimmed),
                    ),
                }
            }
            if field.children.is_empty() {
                members.extend(field.text.split([',', ';', ' ', '\n']).map(str::trim));
            }
        }
        members.retain(|member| !member.is_empty());
        Some(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(inner: &str) -> Result<Envelope, String> {
        Envelope::read(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<api generator=\"zend\" version=\"1.0\">{inner}</api>").as_bytes())
    }

    #[test]
    fn finds_status_and_message_at_either_depth_in_any_order() {
        for (inner, success, message) in [
            (
                "<domainadd><message>a.example added</message><status>success</status></domainadd>",
                true,
                "a.example added",
            ),
            (
                "<useradd><response><message>User exists</message></response><status>failed</status></useradd>",
                false,
                "User exists",
            ),
            (
                "<x><status>success</status><response><message>ok</message><results/></response></x>",
                true,
                "ok",
            ),
            ("<x><response><status>failed</status></response></x>", false, ""),
            ("<x><response><key_0>a.example</key_0></response></x>", true, ""),
        ] {
            let read = envelope(inner).expect(inner);
            assert_eq!((read.success, read.message.as_str()), (success, message), "{inner}");
        }
        for (bad, words) in [
            ("<x><response/></x>", "no status"),
            ("<x><status>maybe</status></x>", "`maybe`"),
            ("<status>success</status><response/>", "one element"),
            ("", "one element"),
        ] {
            assert!(envelope(bad).expect_err(bad).contains(words), "{bad}");
        }
    }

    #[test]
    fn reads_past_warnings_and_refuses_pages() {
        let body = b"\nWarning: \xff in /x.php on line 3\n<?xml version=\"1.0\"?><api><x><status>success</status></x></api>";
        assert!(Envelope::read(body).expect("an envelope").success);
        assert!(Envelope::read(b"<api><x><status>success</status></x></api>").is_ok());
        for page in [
            "<!DOCTYPE html><html><title>Login</title></html>",
            "<?xml version=\"1.0\"?><!DOCTYPE html><html><body/></html>",
            "<?xml version=\"1.0\"?><html><body/></html>",
            "",
        ] {
            assert!(Envelope::read(page.as_bytes()).is_err(), "{page}");
        }
    }

    #[test]
    fn items_are_numbered_at_the_least_depth() {
        let names = |inner: &str| {
            let read = envelope(inner).expect(inner);
            let items = read.items()?;
            Ok::<_, String>(
                items
                    .iter()
                    .map(|item| item.name(&["Account"]).unwrap_or("?").to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        let records = "<l><response><key_7><Account>a</Account><roles><key_9>x</key_9></roles></key_7><key_3><account> b </account></key_3></response><status>success</status></l>";
        assert_eq!(names(records), Ok(vec!["a".to_owned(), "b".to_owned()]));
        let bare = "<l><status>success</status><response><message/><results><key_0>a</key_0></results></response></l>";
        assert_eq!(names(bare), Ok(vec!["a".to_owned()]));
        for empty in [
            "<l><response/><status>success</status></l>",
            "<l><status>success</status></l>",
            "<l><response><message>none</message><results></results></response><status>success</status></l>",
        ] {
            assert_eq!(names(empty), Ok(Vec::new()), "{empty}");
        }
        for odd in [
            "<l><response><Account>a</Account></response><status>success</status></l>",
            "<l><response><user><Account>a</Account></user></response><status>success</status></l>",
            "<l><response>a, b</response><status>success</status></l>",
        ] {
            assert!(names(odd).expect_err(odd).contains("instead of numbered items"));
        }
    }

    #[test]
    fn a_view_is_a_record_or_its_only_item() {
        let account = |inner: &str| {
            let read = envelope(inner).expect(inner);
            read.record(&["Account"]).map(|record| record.text(&["Account"]).unwrap_or("?").to_owned())
        };
        for inner in [
            "<v><response><Account>a</Account><x><key_0>1</key_0></x></response><status>success</status></v>",
            "<v><response><key_0><Account>a</Account></key_0></response><status>success</status></v>",
            "<v><Account>a</Account><status>success</status></v>",
            "<v><response><results><Account>a</Account></results></response><status>success</status></v>",
        ] {
            assert_eq!(account(inner), Ok("a".to_owned()), "{inner}");
        }
        assert!(account("<v><response/><status>success</status></v>").is_err());
        let two = "<v><response><key_0><Account>a</Account></key_0><key_1><Account>b</Account></key_1></response><status>success</status></v>";
        assert!(account(two).expect_err("two").contains("2 records"));
    }

    #[test]
    fn members_have_several_shapes() {
        for inner in [
            "<Domains><key_0>a.example</key_0><key_1>b.example</key_1></Domains>",
            "<Domains><key_0><Username>x</Username><Domain>a.example</Domain></key_0><key_1><Domain>b.example</Domain></key_1></Domains>",
            "<Domains>a.example, b.example</Domains>",
            "<Domains>a.example</Domains><Domains>b.example</Domains>",
        ] {
            let read = envelope(&format!(
                "<v><response><Username>x</Username>{inner}</response><status>success</status></v>"
            ))
            .expect(inner);
            let record = read.record(&["Username"]).expect("a record");
            assert_eq!(record.members(&["Domains"]), Some(vec!["a.example", "b.example"]), "{inner}");
            assert_eq!(record.members(&["Other"]), None);
        }
    }
}
