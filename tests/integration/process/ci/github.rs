//! A simulated GitHub: the part of its REST interface that the recipe calls, as its documentation has it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::host::{Desk, Query, Served, Storage, lock, page, query_of, reply, said};
use super::{HEAD, Host, Job, MERGED, Value, json};

/// The token of the job, which no output may hold.
pub(super) const TOKEN: &str = "ghs_tokenofthejob";
/// Whom that token speaks for.
pub(super) const BOT: &str = "github-actions[bot]";
const REPOSITORY: &str = "example/mail";
/// The most characters of a comment.
const LIMIT: usize = 65536;

/// What is in the repository.
#[derive(Debug, Default)]
pub(super) struct Repository {
    pub(super) desk: Desk,
    pub(super) comments: Vec<Value>,
    pub(super) pulls: Vec<Value>,
    pub(super) runs: Vec<Value>,
    pub(super) artifacts: Vec<Value>,
    /// Where the archive of an artifact is, by id.
    pub(super) archives: Vec<(u64, String)>,
    url: String,
}

pub(super) struct GitHub {
    served: Served,
    storage: Storage,
    state: Arc<Mutex<Repository>>,
}

impl GitHub {
    pub(super) async fn new() -> Self {
        let state = Arc::new(Mutex::new(Repository::default()));
        let shared = Arc::clone(&state);
        let served = Served::new(|url| {
            url.clone_into(&mut lock(&shared).url);
            Router::new().fallback(answer).with_state(shared)
        })
        .await;
        Self { served, storage: Storage::new().await, state }
    }

    /// Looks at the repository, or changes it.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Repository) -> T) -> T {
        look(&mut lock(&self.state))
    }

    /// A job as the runner starts it: for a pull request, and for what its merge made.
    pub(super) fn job(&self) -> Job {
        let mut job = Job::new(Host::GitHub);
        job.set("GITHUB_API_URL", &self.served.url).set("GITHUB_SERVER_URL", "https://github.example");
        job.set("GITHUB_REPOSITORY", REPOSITORY).set("GITHUB_RUN_ID", "77").set("GITHUB_ACTIONS", "true");
        job.set("GITHUB_REF_NAME", "main").set("GITHUB_SHA", MERGED);
        job.set("GITHUB_TOKEN", TOKEN).set("PR_NUMBER", "7").set("HEAD_SHA", HEAD);
        job
    }

    /// A comment of somebody.
    pub(super) fn comment(&self, login: &str, body: &str) {
        self.with(|repository| {
            let id = repository.comments.len() + 1;
            repository.comments.push(json!({ "id": id, "user": { "login": login }, "body": body }));
        });
    }

    /// Pull request 7 is merged; its plan was made and is kept as artifact 5 of run 77.
    pub(super) fn merge(&self, archive: Vec<u8>) {
        let place = self.storage.keep("5", archive);
        self.with(|repository| {
            repository.pulls = vec![json!({
                "number": 7, "merged_at": "2027-01-02T03:04:05Z", "merge_commit_sha": MERGED, "base": { "ref": "main" },
                "head": { "sha": HEAD, "ref": "nora", "repo": { "full_name": REPOSITORY } },
            })];
            repository.runs = vec![run(77, HEAD)];
            repository.artifacts = vec![json!({ "id": 5, "run": 77, "name": "mailwright-plan", "expired": false })];
            repository.archives = vec![(5, place)];
        });
    }

    /// Nothing was asked that a real host would not have understood.
    pub(super) fn is_content(&self) {
        self.with(|repository| assert_eq!(repository.desk.wrong, Vec::<String>::new()));
    }
}

/// A run of the workflow that succeeded.
pub(super) fn run(id: u64, head: &str) -> Value {
    json!({
        "id": id, "head_sha": head, "head_branch": "nora", "event": "pull_request", "status": "completed",
        "conclusion": "success", "head_repository": { "full_name": REPOSITORY },
    })
}

async fn answer(State(state): State<Arc<Mutex<Repository>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 24).await.expect("a body");
    let query = query_of(&parts.uri);
    let mut repository = lock(&state);
    let line = parts.uri.path_and_query().expect("a path").as_str().to_owned();
    if let Some(refusal) = repository.desk.note(&parts.method, &line) {
        return refusal;
    }
    if let Some(refusal) = repository.refuses(&parts.headers) {
        return refusal;
    }
    let path = parts.uri.path().strip_prefix(&format!("/repos/{REPOSITORY}/")).unwrap_or("elsewhere");
    let segments: Vec<&str> = path.split('/').collect();
    match (&parts.method, segments.as_slice()) {
        (&Method::GET, ["issues", "7", "comments"]) => {
            let items = repository.comments.clone();
            repository.list(&items, None, path, &query)
        }
        (&Method::POST, ["issues", "7", "comments"]) => repository.written(None, &body),
        (&Method::PATCH, ["issues", "comments", id]) => repository.written(id.parse().ok(), &body),
        (&Method::GET, ["commits", _, "pulls"]) => {
            let items = repository.pulls.clone();
            repository.list(&items, None, path, &query)
        }
        (&Method::GET, ["actions", "workflows", "mailwright.yml", "runs"]) => {
            let fits = |run: &&Value| {
                [("event", "event"), ("head_sha", "head_sha"), ("branch", "head_branch")]
                    .iter()
                    .all(|(asked, has)| query.get(*asked).is_none_or(|wanted| run[*has] == wanted.as_str()))
            };
            let items: Vec<Value> = repository.runs.iter().filter(fits).cloned().collect();
            repository.list(&items, Some("workflow_runs"), path, &query)
        }
        (&Method::GET, ["actions", "runs", id, "artifacts"]) => {
            let fits = |kept: &&Value| {
                kept["run"].as_u64() == id.parse().ok()
                    && query.get("name").is_none_or(|name| kept["name"] == name.as_str())
            };
            let items: Vec<Value> = repository.artifacts.iter().filter(fits).cloned().collect();
            repository.list(&items, Some("artifacts"), path, &query)
        }
        (&Method::GET, ["actions", "artifacts", id, "zip"]) => {
            match repository.archives.iter().find(|(known, _)| known.to_string() == *id) {
                Some((_, place)) => (StatusCode::FOUND, [(header::LOCATION, place.clone())]).into_response(),
                None => said(StatusCode::GONE, "Artifact has expired"),
            }
        }
        _ => {
            repository.desk.wrong.push(format!("{} {line}", parts.method));
            said(StatusCode::NOT_FOUND, "Not Found")
        }
    }
}

impl Repository {
    fn refuses(&mut self, headers: &HeaderMap) -> Option<Response> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if text("user-agent").is_empty() {
            return Some(said(StatusCode::FORBIDDEN, "Request forbidden by administrative rules"));
        }
        for (name, wanted) in
            [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]
        {
            if text(name) != wanted {
                self.desk.wrong.push(format!("{name}: {}", text(name)));
            }
        }
        (text("authorization") != format!("Bearer {TOKEN}"))
            .then(|| said(StatusCode::UNAUTHORIZED, "Bad credentials"))
    }

    fn list(&self, items: &[Value], under: Option<&str>, path: &str, query: &Query) -> Response {
        let (shown, next) = page(items, query, 30);
        let value = match under {
            Some(key) => json!({ "total_count": items.len(), key: shown }),
            None => json!(shown),
        };
        let mut response = reply(StatusCode::OK, &value);
        if let Some(next) = next {
            let size = query.get("per_page").map_or("30", String::as_str);
            let place =
                |page: usize| format!("<{}/repos/{REPOSITORY}/{path}?per_page={size}&page={page}>", self.url);
            let link = format!("{}; rel=\"next\", {}; rel=\"last\"", place(next), place(99));
            response.headers_mut().insert(header::LINK, link.parse().expect("a header"));
        }
        response
    }

    fn written(&mut self, id: Option<u64>, body: &Bytes) -> Response {
        let sent: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(text) = sent["body"].as_str().filter(|text| !text.is_empty()) else {
            return said(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed");
        };
        if text.chars().count() > LIMIT {
            return said(StatusCode::UNPROCESSABLE_ENTITY, "Body is too long (maximum is 65536 characters)");
        }
        let Some(id) = id else {
            let id = self.comments.len() + 1;
            self.comments.push(json!({ "id": id, "user": { "login": BOT }, "body": text }));
            return reply(StatusCode::CREATED, &json!({ "id": id }));
        };
        match self.comments.iter_mut().find(|comment| comment["id"] == id) {
            Some(comment) => {
                comment["body"] = json!(text);
                reply(StatusCode::OK, &json!({ "id": id }))
            }
            None => said(StatusCode::NOT_FOUND, "Not Found"),
        }
    }
}
