//! Documents against the standard's own schema, and what must not pass.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::render::samples::{audit_report, hostile};

const PLACES: Places<'static> = Places { root: "mail", fallback: "mailwright.yaml" };

fn document(report: &AuditReport, places: Places<'_>) -> Value {
    serde_json::from_str(&audit(report, places).expect("JSON")).expect("JSON")
}

#[test]
fn every_rule_is_described_and_every_result_points_at_its_own() {
    let document = document(&audit_report(), PLACES);
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), RULES.len());
    assert_eq!(rules[0]["id"], "MW001");
    assert_eq!(rules[0]["name"], "FieldDiffers");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), audit_report().findings.len());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["locations"].as_array().map(Vec::len), Some(1), "{result}");
    }
}

#[test]
fn a_finding_has_its_place_and_what_differs() {
    let document = document(&audit_report(), PLACES);
    let results = document["runs"][0]["results"].as_array().expect("results");
    let field = results.iter().find(|result| result["ruleId"] == "MW001").expect("a finding");
    insta::assert_snapshot!(serde_json::to_string_pretty(field).expect("JSON"), @r#"
{
  "level": "error",
  "locations": [
    {
      "logicalLocations": [
        {
          "fullyQualifiedName": "box/mailbox/li@example.com",
          "kind": "object",
          "name": "li@example.com"
        }
      ],
      "physicalLocation": {
        "artifactLocation": {
          "uri": "mail/team.yaml",
          "uriBaseId": "%SRCROOT%"
        },
        "region": {
          "startColumn": 3,
          "startLine": 57
        }
      }
    }
  ],
  "message": {
    "text": "mailbox li@example.com on box: quota is 1 GiB, declared 5 GiB"
  },
  "partialFingerprints": {
    "mailwright/v1": "5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f"
  },
  "properties": {
    "declared": "5 GiB",
    "remote": "1 GiB"
  },
  "ruleId": "MW001",
  "ruleIndex": 0
}
"#);
    let gap = results.iter().find(|result| result["ruleId"] == "MW005").expect("a finding");
    assert_eq!(
        gap["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "mail/mailwright.yaml",
        "what has no place is shown at the configuration"
    );
}

#[test]
fn paths_are_parts_of_a_uri() {
    assert_eq!(percent_encoded("people/a b:c#1%.yaml"), "people/a%20b%3Ac%231%25.yaml");
    assert_eq!(percent_encoded("Jörg.yaml"), "J%C3%B6rg.yaml");
}

proptest! {
    #[test]
    fn no_text_makes_a_link_or_a_placeholder(text in hostile()) {
        let shown = message(&text);
        prop_assert!(!shown.contains("]("));
        prop_assert_eq!(shown.replace("{{", "").matches('{').count(), 0);
        prop_assert!(!shown.chars().any(char::is_control));
    }
}
