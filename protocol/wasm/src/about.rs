//! Requests about the group itself: what it is called and where it is, one's own name in it, and its circles.

use porchlight_device::{ActError, CircleStanding, CircleView, Device};
use porchlight_documents::contacts::ContactId;
use porchlight_documents::index::{self, Circle, Group, GroupChange};
use porchlight_documents::{Document, DocumentName};
use porchlight_wire::{GroupId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::notes::About;
use crate::request;

/// `{"about": {"group": …, "ask": {"circles": {}}}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum AboutRequest {
    /// What the group says about itself: `{name, country, locale, zone, ownName, version}`.
    Details {},
    /// Changes some of it, an empty text takes away what was said; organizers only: `null`.
    Change(GroupChange),
    /// Calls this member something else: `null`.
    RenameSelf { name: String },
    /// The circles in the group's list: `{circles: {id, name, purpose, standing, members}[], off, version}`; `standing` is
    /// `in`, `asked` or `out`, `members` is null where this phone is not in it; `off` are those that were taken off it and
    /// in which this phone is.
    Circles {},
    /// Founds a circle on the group's server and lists it; organizers only: its id.
    FoundCircle { name: String, purpose: String, token: Option<String> },
    /// Lists a group, or changes what the list says of a circle; organizers only: `null`.
    ListCircle { circle: request::Group, name: String, purpose: String },
    /// What others are called who say that they are a contact: a list.
    Claimants { contact: ContactId },
    /// Takes a circle off the list, and does nothing to the circle; organizers only: `null`.
    DropCircle { circle: request::Group },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailsAnswer {
    #[serde(flatten)]
    group: Group,
    own_name: String,
    version: String,
}

#[derive(Debug, Serialize)]
struct CirclesAnswer {
    circles: Vec<CircleAnswer>,
    off: Vec<CircleAnswer>,
    version: String,
}

#[derive(Debug, Serialize)]
struct CircleAnswer {
    id: String,
    name: String,
    purpose: String,
    standing: &'static str,
    members: Option<usize>,
}

impl From<CircleView> for CircleAnswer {
    fn from(view: CircleView) -> Self {
        let (standing, members) = match view.standing {
            CircleStanding::In { members } => ("in", Some(members)),
            CircleStanding::OnTheWay => ("asked", None),
            CircleStanding::Outside => ("out", None),
        };
        Self { id: view.id.to_string(), name: view.name, purpose: view.purpose, standing, members }
    }
}

/// Carries out one request.
pub(crate) fn perform(device: &mut Device, about: About<AboutRequest>, now: Timestamp) -> Answer {
    let (group, shown) = (about.group.0, about.shown.as_deref());
    match about.ask {
        AboutRequest::Details {} => Answer::new(details(device, group)),
        AboutRequest::Change(change) => Answer::new(device.change_group(group, &change, shown, now)),
        AboutRequest::RenameSelf { name } => Answer::new(device.rename_self(group, &name, shown, now)),
        AboutRequest::Circles {} => Answer::new(circles(device, group)),
        AboutRequest::FoundCircle { name, purpose, token } => {
            let found = device.found_circle(group, &Circle { name, purpose }, token, now);
            Answer::new(found.map(|id| id.to_string()))
        }
        AboutRequest::ListCircle { circle, name, purpose } => {
            let listed = Circle { name, purpose };
            Answer::new(device.list_circle(group, circle.0, &listed, shown, now))
        }
        AboutRequest::Claimants { contact } => Answer::new(device.claimants(group, &contact)),
        AboutRequest::DropCircle { circle } => Answer::new(device.drop_circle(group, circle.0, now)),
    }
}

fn details(device: &mut Device, id: GroupId) -> Result<DetailsAnswer, Fault> {
    let own_name = device.own_name(id)?;
    let (group, version) =
        device.read(id, &DocumentName::index(), |document| (index::group(document), document.version()))?;
    Ok(DetailsAnswer { group, own_name, version })
}

fn circles(device: &mut Device, id: GroupId) -> Result<CirclesAnswer, ActError> {
    let version = device.read(id, &DocumentName::index(), Document::version)?;
    let circles = device.circles(id)?.into_iter().map(CircleAnswer::from).collect();
    let off = device.circles_taken_off(id)?.into_iter().map(CircleAnswer::from).collect();
    Ok(CirclesAnswer { circles, off, version })
}
