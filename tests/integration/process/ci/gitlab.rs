//! A simulated GitLab: the part of its REST interface that the recipe calls, as its documentation has it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::host::{Desk, Query, Served, Storage, lock, page, query_of, reply, said};
use super::{HEAD, Host, Job, MERGED, Value, json};

/// The tokens of the recipe, which no output may hold.
pub(super) const NOTE_TOKEN: &str = "glpat-writesnotes";
pub(super) const READ_TOKEN: &str = "glpat-onlyreads";
/// The account of the token that writes notes.
pub(super) const BOT: u64 = 41;
/// The most characters of a note.
const LIMIT: usize = 1_000_000;

/// What is in the project.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) desk: Desk,
    pub(super) notes: Vec<Value>,
    pub(super) merge_requests: Vec<Value>,
    pub(super) pipelines: Vec<Value>,
    pub(super) jobs: Vec<Value>,
    /// Where the archive of a job is, by id.
    pub(super) archives: Vec<(u64, String)>,
}

pub(super) struct GitLab {
    served: Served,
    storage: Storage,
    state: Arc<Mutex<Project>>,
}

impl GitLab {
    pub(super) async fn new() -> Self {
        let state = Arc::new(Mutex::new(Project::default()));
        let shared = Arc::clone(&state);
        let served = Served::new(|_| Router::new().fallback(answer).with_state(shared)).await;
        Self { served, storage: Storage::new().await, state }
    }

    /// Looks at the project, or changes it.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Project) -> T) -> T {
        look(&mut lock(&self.state))
    }

    /// A job as the runner starts it for a merge request.
    pub(super) fn job(&self) -> Job {
        let mut job = Job::new(Host::GitLab);
        job.set("CI", "true").set("CI_API_V4_URL", &format!("{}/api/v4", self.served.url));
        job.set("CI_PROJECT_ID", "9").set("CI_JOB_URL", "https://gitlab.example/mail/-/jobs/55");
        job.set("CI_MERGE_REQUEST_IID", "7")
            .set("CI_COMMIT_SHA", HEAD)
            .set("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "");
        job.set("MAILWRIGHT_NOTE_TOKEN", NOTE_TOKEN);
        job
    }

    /// A job as the runner starts it for what a merge made.
    pub(super) fn apply_job(&self) -> Job {
        let mut job = self.job();
        job.unset("CI_MERGE_REQUEST_IID");
        job.unset("MAILWRIGHT_NOTE_TOKEN");
        job.set("CI_COMMIT_SHA", MERGED)
            .set("CI_COMMIT_BRANCH", "main")
            .set("MAILWRIGHT_READ_TOKEN", READ_TOKEN);
        job
    }

    /// A note of somebody.
    pub(super) fn note(&self, author: u64, body: &str) {
        self.with(|project| {
            let id = project.notes.len() + 1;
            project
                .notes
                .push(json!({ "id": id, "author": { "id": author }, "body": body, "system": false }));
        });
    }

    /// Merge request 7 is merged; its plan was made and is kept by job 5 of pipeline 77.
    pub(super) fn merge(&self, archive: Vec<u8>) {
        let place = self.storage.keep("5", archive);
        self.with(|project| {
            project.merge_requests = vec![json!({
                "iid": 7, "state": "merged", "target_branch": "main", "sha": HEAD, "merge_commit_sha": MERGED,
                "squash_commit_sha": null, "source_project_id": 9, "target_project_id": 9,
            })];
            project.pipelines = vec![pipeline(77, HEAD, "refs/merge-requests/7/head")];
            project.jobs = vec![
                json!({ "id": 4, "name": "validate", "status": "success" }),
                json!({
                    "id": 5, "name": "plan", "status": "success",
                    "artifacts_file": { "filename": "mailwright-plan.zip", "size": 1000 },
                }),
            ];
            project.archives = vec![(5, place)];
        });
    }

    /// Nothing was asked that a real host would not have understood.
    pub(super) fn is_content(&self) {
        self.with(|project| assert_eq!(project.desk.wrong, Vec::<String>::new()));
    }
}

pub(super) fn pipeline(id: u64, sha: &str, name: &str) -> Value {
    json!({ "id": id, "sha": sha, "ref": name, "status": "success", "source": "merge_request_event" })
}

async fn answer(State(state): State<Arc<Mutex<Project>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 24).await.expect("a body");
    let query = query_of(&parts.uri);
    let mut project = lock(&state);
    let line = parts.uri.path_and_query().expect("a path").as_str().to_owned();
    if let Some(refusal) = project.desk.note(&parts.method, &line) {
        return refusal;
    }
    if let Some(refusal) = refuses(&parts.method, &parts.headers) {
        return refusal;
    }
    let path = parts.uri.path().strip_prefix("/api/v4/").unwrap_or("elsewhere");
    let segments: Vec<&str> = path.split('/').collect();
    match (&parts.method, segments.as_slice()) {
        (&Method::GET, ["user"]) => reply(StatusCode::OK, &json!({ "id": BOT, "username": "project_9_bot" })),
        (&Method::GET, ["projects", "9", "merge_requests", "7", "notes"]) => list(&project.notes, &query),
        (&Method::POST, ["projects", "9", "merge_requests", "7", "notes"]) => project.written(None, &body),
        (&Method::PUT, ["projects", "9", "merge_requests", "7", "notes", id]) => {
            project.written(id.parse().ok(), &body)
        }
        (&Method::GET, ["projects", "9", "repository", "commits", _, "merge_requests"]) => {
            list(&project.merge_requests, &query)
        }
        (&Method::GET, ["projects", "9", "merge_requests", "7", "pipelines"]) => {
            list(&project.pipelines, &query)
        }
        (&Method::GET, ["projects", "9", "pipelines", "77", "jobs"]) => list(&project.jobs, &query),
        (&Method::GET, ["projects", "9", "jobs", id, "artifacts"]) => {
            match project.archives.iter().find(|(known, _)| known.to_string() == *id) {
                Some((_, place)) => (StatusCode::FOUND, [(header::LOCATION, place.clone())]).into_response(),
                None => said(StatusCode::NOT_FOUND, "404 Not Found"),
            }
        }
        _ => {
            project.desk.wrong.push(format!("{} {line}", parts.method));
            said(StatusCode::NOT_FOUND, "404 Not Found")
        }
    }
}

/// A token that may only read does not write.
fn refuses(method: &Method, headers: &HeaderMap) -> Option<Response> {
    match headers.get("private-token").and_then(|value| value.to_str().ok()) {
        Some(NOTE_TOKEN) => None,
        Some(READ_TOKEN) if *method == Method::GET => None,
        Some(READ_TOKEN) => Some(said(StatusCode::FORBIDDEN, "insufficient_scope")),
        _ => Some(said(StatusCode::UNAUTHORIZED, "401 Unauthorized")),
    }
}

fn list(items: &[Value], query: &Query) -> Response {
    let (shown, next) = page(items, query, 20);
    let mut response = reply(StatusCode::OK, &json!(shown));
    // Empty on the last page.
    let next = next.map_or_else(String::new, |page| page.to_string());
    response.headers_mut().insert("x-next-page", next.parse().expect("a header"));
    response
}

impl Project {
    fn written(&mut self, id: Option<u64>, body: &Bytes) -> Response {
        let sent: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(text) =
            sent["body"].as_str().filter(|text| !text.is_empty() && text.chars().count() <= LIMIT)
        else {
            return said(StatusCode::BAD_REQUEST, "400 Bad request - Note is invalid");
        };
        let Some(id) = id else {
            let id = self.notes.len() + 1;
            self.notes.push(json!({ "id": id, "author": { "id": BOT }, "body": text, "system": false }));
            return reply(StatusCode::CREATED, &json!({ "id": id }));
        };
        match self.notes.iter_mut().find(|note| note["id"] == id && note["author"]["id"] == BOT) {
            Some(note) => {
                note["body"] = json!(text);
                reply(StatusCode::OK, &json!({ "id": id }))
            }
            None => said(StatusCode::FORBIDDEN, "403 Forbidden"),
        }
    }
}
