//! What a new note begins with.

use serde::{Deserialize, Serialize};

/// A beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Template {
    /// Nothing.
    #[default]
    Empty,
    /// The minutes of a meeting.
    Meeting,
}

/// The text of a beginning, in the language of a BCP 47 tag where it is known, else in English.
pub fn template(template: Template, language: Option<&str>) -> String {
    let is_spanish = language.is_some_and(|tag| tag.split(['-', '_']).next() == Some("es"));
    match (template, is_spanish) {
        (Template::Empty, _) => "",
        (Template::Meeting, false) => {
            "## Agenda\n- Welcome, who takes notes\n- Open tasks from last time\n- \n\n## Notes\n\n## Tasks\n- [ ] "
        }
        (Template::Meeting, true) => {
            "## Orden del día\n- Bienvenida, quién toma notas\n- Tareas pendientes\n- \n\n## Notas\n\n## Tareas\n- [ ] "
        }
    }
    .to_owned()
}
