//! Settings: what a type of connection declares about its own fields decides how their values are read.

use std::collections::{BTreeSet, HashMap};

use crate::config::report::{Report, quoted};
use crate::config::suggest::{listed, nearest};
use crate::config::text::{At, Span};
use crate::config::yaml::{Entry, Kind as Yaml, Node};
use crate::model::{Field, Json, Kind, Value};
use crate::provider::{ProviderType, SettingSpec, SettingType};

use super::{FieldAt, RawSetting, Reader, SettingAt, TypeSettings};

impl Reader<'_> {
    /// `settings:` by type of connection, for objects that may be of one of these kinds.
    pub(super) fn settings<'t>(&mut self, node: &Node<'t>, kinds: &[Kind]) -> Vec<TypeSettings<'t>> {
        let Some(entries) = self.map(node, "settings", "a map from a provider's type to its settings") else {
            return Vec::new();
        };
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(provider) = self.catalogue.get(&entry.key) else {
                let message = format!("{} is not a type of provider", quoted(&entry.key));
                let types = || self.catalogue.iter().map(|provider| provider.name);
                let help = match nearest(&entry.key, types()) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("settings stand under the type that has them: {}", listed(types())),
                };
                self.sink.put(Report::error("unknown-reference", entry.key_span, message).help(help));
                continue;
            };
            let Some(settings) = self.map(&entry.value, &entry.key, "a map from setting to value") else {
                continue;
            };
            let values =
                settings.iter().filter_map(|setting| self.setting(provider, setting, kinds)).collect();
            found.push(TypeSettings { type_name: At::new(entry.key.clone(), entry.key_span), values });
        }
        found
    }

    /// One setting of a type.
    fn setting(&mut self, provider: &ProviderType, entry: &Entry<'_>, kinds: &[Kind]) -> Option<SettingAt> {
        let fits = |spec: &&SettingSpec| spec.kinds.iter().any(|kind| kinds.contains(kind));
        let Some(spec) = provider.settings.iter().filter(fits).find(|spec| spec.name == entry.key) else {
            self.unknown_setting(provider, entry, kinds);
            return None;
        };
        let value = self.setting_value(spec, &entry.value)?;
        Some(SettingAt {
            name: self.setting_name(spec.name),
            value,
            span: entry.value.span,
            kinds: spec.kinds,
        })
    }

    fn unknown_setting(&mut self, provider: &ProviderType, entry: &Entry<'_>, kinds: &[Kind]) {
        let plural = kinds.first().map_or("objects", |kind| kind.plural());
        let message =
            format!("{} of type `{}` have no setting {}", plural, provider.name, quoted(&entry.key));
        let known = || {
            provider
                .settings
                .iter()
                .filter(|spec| spec.kinds.iter().any(|kind| kinds.contains(kind)))
                .map(|spec| spec.name)
        };
        let elsewhere = provider.settings.iter().find(|spec| spec.name == entry.key);
        let help = if let Some(spec) = elsewhere {
            let owners: Vec<&str> = spec.kinds.iter().map(|kind| kind.plural()).collect();
            format!("it is a setting of {}", owners.join(" and "))
        } else if let Some(word) = nearest(&entry.key, known()) {
            format!("did you mean `{word}`?")
        } else if known().next().is_none() {
            "there are none".to_owned()
        } else {
            format!("there are {}", listed(known()))
        };
        self.sink.put(Report::error("unknown-key", entry.key_span, message).help(help));
    }

    /// The settings of an object whose connection is of this type.
    pub(in crate::config) fn direct_settings(
        &mut self,
        provider: &ProviderType,
        entries: &[RawSetting<'_>],
        kind: Kind,
    ) -> Vec<FieldAt> {
        let declared = provider.settings.iter().any(|spec| spec.kinds.contains(&kind));
        let mut content = Vec::with_capacity(entries.len());
        for entry in entries {
            let (field, value, span) = if declared {
                let Some(setting) = self.setting(provider, entry, &[kind]) else {
                    continue;
                };
                (Field::Setting(setting.name), setting.value, setting.span)
            } else {
                let Some(json) = self.json(&entry.value) else {
                    continue;
                };
                let name = entry.key.as_ref().into();
                (Field::Setting(name), Value::Json(json), entry.value.span)
            };
            content.push(FieldAt { field, value, span });
        }
        content
    }

    /// A value, read as the setting declares.
    fn setting_value(&mut self, spec: &SettingSpec, node: &Node<'_>) -> Option<Value> {
        let key = spec.name;
        match spec.value {
            SettingType::Bool => self.bool(node, key).map(Value::Bool),
            SettingType::Int { min, max } => self.int(node, key, min, max).map(Value::Int),
            SettingType::Text { max } => {
                let text = self.text(node, key)?;
                let length = text.chars().count();
                if length > max {
                    let message = format!("`{key}` may have at most {max} characters, and this has {length}");
                    self.sink.put(Report::error("bad-value", node.span, message));
                    return None;
                }
                Some(Value::text(text))
            }
            SettingType::Word(words) => self.word(node, key, words).map(Value::text),
            SettingType::Words(words) => self.words(node, key, words).map(Value::Words),
            SettingType::Json => {
                if matches!(node.kind, Yaml::Null | Yaml::Broken) {
                    self.wrong_type(node, key, "a map, a list or a value");
                    return None;
                }
                self.json(node).map(Value::Json)
            }
        }
    }

    /// A set of words, each one of `known` where that is not empty.
    pub(super) fn words(&mut self, node: &Node<'_>, key: &str, known: &[&str]) -> Option<BTreeSet<String>> {
        let items = self.list(node, key, "a list of words")?;
        let mut seen: HashMap<&str, Span> = HashMap::with_capacity(items.len());
        let mut whole = true;
        for item in items {
            let word =
                if known.is_empty() { self.filled_text(item, key) } else { self.word(item, key, known) };
            let Some(word) = word else {
                whole = false;
                continue;
            };
            if let Some(&first) = seen.get(word) {
                self.twice(word, item.span, first);
            } else {
                seen.insert(word, item.span);
            }
        }
        whole.then(|| seen.into_keys().map(str::to_owned).collect())
    }

    /// A value as a JSON document.
    fn json(&mut self, node: &Node<'_>) -> Option<Json> {
        let mut text = String::new();
        self.write_json(node, &mut text)?;
        match Json::parse(&text) {
            Ok(json) => Some(json),
            Err(error) => {
                let message = format!("this cannot be a JSON document: {error}");
                self.sink.put(Report::error("bad-value", node.span, message));
                None
            }
        }
    }

    fn write_json(&mut self, node: &Node<'_>, out: &mut String) -> Option<()> {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        match &node.kind {
            Yaml::Broken => return None,
            Yaml::Null => out.push_str("null"),
            Yaml::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
            Yaml::Int(number) => out.push_str(&number.to_string()),
            Yaml::Float(text) => {
                // What is a JSON number already keeps its digits; the rest goes through floating point.
                let exact = serde_json::from_str::<serde_json::Number>(text).ok();
                let number = exact.or_else(|| text.parse().ok().and_then(serde_json::Number::from_f64));
                let Some(number) = number else {
                    let message = format!("{} is a number that JSON does not have", quoted(text));
                    self.sink.put(Report::error("bad-value", node.span, message));
                    return None;
                };
                out.push_str(&number.to_string());
            }
            Yaml::Str(text) => out.push_str(&string(text)),
            Yaml::Seq(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.write_json(item, out)?;
                }
                out.push(']');
            }
            Yaml::Map(entries) => {
                out.push('{');
                for (index, entry) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(&string(&entry.key));
                    out.push(':');
                    self.write_json(&entry.value, out)?;
                }
                out.push('}');
            }
        }
        Some(())
    }
}
