//! What a simulated service answers while a plan is made.

use mailwright::model::Plan;
use mailwright::render::json;

use super::Proxied;
use crate::fuzz::targets::Entry;
use crate::wire::service::Type;
use crate::wire::site::Site;

/// What a service answered.
pub(crate) struct Answered {
    /// Before anything of the wish was there.
    pub(crate) before: Vec<Entry>,
    /// When all of it was.
    pub(crate) after: Vec<Entry>,
    /// The plan from the first to the second, as it is saved.
    pub(crate) plan: String,
}

/// Reads a wish, carries it out, and reads it again.
pub(crate) fn answered(type_name: &str, wish: &str) -> Answered {
    let kind = [Type::MailInABox, Type::Rackspace, Type::OpenXchange, Type::Atmail, Type::Censornet]
        .into_iter()
        .find(|kind| super::name(*kind) == type_name)
        .expect("a type that is reached over HTTP");
    kind.block_on(async {
        let service = Proxied::fresh(kind).await;
        let site = Site::load(&service, &format!("version: 1\n{wish}")).expect("loads");
        let plan: Plan = site.look().await.1;
        let before = service.proxy.seen();
        site.run(&service).await;
        service.proxy.set(None);
        site.look().await;
        Answered { before, after: service.proxy.seen(), plan: json::plan(&plan).expect("written") }
    })
}
