//! What the command does not do it does not tell as done: it says why, and ends with a code that a script can see.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::neighbors::{Neighborhood, sync_all};

#[test]
fn the_command_refuses_what_would_come_to_nothing() -> Result<()> {
    let street = Neighborhood::found()?;
    let (rosa, ben) = (&street.rosa, street.neighbor("Ben")?);
    sync_all(&[rosa, &ben])?;
    let too_many = rosa.refused(&["decisions", "add", "Fence", "--quorum", "3"])?;
    ensure!(too_many.contains("that is more than can answer: 2 at most"), "{too_many}");
    rosa.json(&["decisions", "add", "Gate", "--option", "Red", "--option", "Blue", "--quorum", "2"])?;
    sync_all(&[rosa, &ben])?;
    let refused: [(&[&str], &str); 8] = [
        (&["decisions", "close", "Gate"], "only organizers and whoever proposed it may close it"),
        (
            &["decisions", "vote", "Gate", "agree", "--option", "Green"],
            "there is no option 'Green'; there are: Red, Blue",
        ),
        (
            &["decisions", "vote", "Gate", "agree", "--for", "nobody", "--name", "X"],
            "there is no contact 'nobody'",
        ),
        (&["contacts", "merge", "Zed", "Zed"], "name two different contacts"),
        (&["held"], "only organizers see what is held"),
        (&["held", "accept", "zz"], "only organizers see what is held"),
        (&["shifts", "copy-day", "2026-12-01", "2026-12-01"], "onto itself would make each shift twice"),
        (&["shifts", "hand-over", "Day watch", "--task", " "], "--task needs words"),
    ];
    ben.json(&["contacts", "add", "--name", "Zed"])?;
    let shift = ["Day watch", "--start", "2026-12-01T08:00", "--end", "2026-12-01T10:00"];
    ben.json(&[&["shifts", "add"], &shift[..]].concat())?;
    for (arguments, why) in refused {
        let said = ben.refused(arguments)?;
        ensure!(said.contains(why), "{arguments:?}: {said}");
    }
    let open = ben.json(&["decisions", "show", "Gate"])?;
    ensure!(open.get("stage").and_then(Value::as_str) == Some("open"), "{open}");
    let shown = {
        ben.json(&["decisions", "vote", "Gate", "agree", "--option", "Red"])?;
        ben.text(&["decisions", "show", "Gate"])?
    };
    ensure!(shown.contains("Ben: Red: agree"), "{shown}");
    rosa.json(&["decisions", "close", "Gate"])?;
    Ok(())
}
