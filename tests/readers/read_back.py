"""Reads calendars and address books that Porchlight wrote with programs that others wrote, and says what they see.

Usage: read_back.py FOLDER. Beside each NAME.ics, NAME.vcf or NAME.csv stands NAME.json, which says what is in it.
Prints each difference, and in the end how many things were compared; fails if there was a difference.
"""

import csv
import datetime
import json
import pathlib
import sys

import icalendar
import recurring_ical_events
import vobject

UTC = datetime.timezone.utc


def shown(moment):
    """A day, or a point in time in UTC."""
    if not isinstance(moment, datetime.datetime):
        return moment.isoformat()
    if moment.tzinfo is None:
        return f"floating {moment.isoformat()}"
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def around(days):
    """Both days and a few more, because programs differ in whose midnight a day begins at."""
    more = datetime.timedelta(days=5)
    first, last = (datetime.date.fromisoformat(day) for day in days)
    return first - more, last + more


def is_skipped(moment):
    """Whether clocks skip it: 02:30 in the night in which they go from 02:00 to 03:00. Programs differ in what it is."""
    if getattr(moment, "tzinfo", None) is None:
        return False
    naive = moment.replace(tzinfo=None, fold=0)
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None, fold=0) != naive


def occurrences(calendar, days):
    """Every date of every event that begins between the days, as another program works them out."""
    query = recurring_ical_events.of(calendar, skip_bad_series=False)
    return [
        {
            "title": str(event.get("SUMMARY")),
            "place": str(event.get("LOCATION", "")),
            "start": shown(event.start),
            "end": shown(event.end),
            "cancelled": str(event.get("STATUS")) == "CANCELLED",
        }
        for event in query.between(*around(days))
        if days[0] <= shown(event.start) < days[1] and not (is_skipped(event.start) or is_skipped(event.end))
    ]


def own_zones(calendar):
    """The zones as the file itself defines them, whatever this computer knows of their names."""
    return {
        str(zone["TZID"]): zone.to_tz(lookup_tzid=False)
        for zone in calendar.walk("VTIMEZONE")
    }


def check_definitions(calendar, days):
    """Each time of each date must be the same by the file's definition of its zone as by the name of the zone."""
    zones = own_zones(calendar)
    for event in recurring_ical_events.of(calendar).between(*around(days)):
        for moment in (event.start, event.end):
            if is_skipped(moment):
                continue
            name = getattr(moment, "tzinfo", None) and str(moment.tzinfo)
            if name in (None, "UTC"):
                continue
            if name not in zones:
                yield f"no definition of {name}"
                continue
            naive, zone = moment.replace(tzinfo=None, fold=0), zones[name]
            own = zone.localize(naive, is_dst=True) if hasattr(zone, "localize") else naive.replace(tzinfo=zone)
            if shown(own) != shown(moment.replace(fold=0)):
                yield f"{naive} in {name} is {shown(own)} by the definition, {shown(moment)} by the name"


def read_calendar(path, expected):
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    yield from compare("date", expected["shifts"], occurrences(calendar, expected["days"]))
    uids = {str(event["UID"]) for event in calendar.walk("VEVENT")}
    masters = [event for event in calendar.walk("VEVENT") if "RECURRENCE-ID" not in event]
    yield from compare("event", [len(masters)], [len(uids)])
    rules = sum("RRULE" in event for event in masters)
    yield from compare("rule", [expected["rules"]], [rules])
    yield from check_definitions(calendar, expected["days"])


def read_cards(path, expected):
    cards = []
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    for card in vobject.readComponents(text):
        cards.append(
            {
                "name": card.fn.value,
                "phones": sorted(digits(phone.value) for phone in card.contents.get("tel", [])),
                "emails": sorted(email.value for email in card.contents.get("email", [])),
                "note": card.note.value if "note" in card.contents else "",
            }
        )
    yield from compare("card", expected["people"], cards)


def read_sheet(path, expected):
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    people = [
        {
            "name": row["Name"],
            "phones": sorted(digits(value) for key, value in row.items() if is_column("Phone", key) and value),
            "emails": sorted(value for key, value in row.items() if is_column("Email", key) and value),
            "note": row.get("Note", "").replace("\r\n", "\n"),
        }
        for row in rows
    ]
    yield from compare("row", expected["people"], people)


def is_column(name, heading):
    """Phone 1, Phone 2 and so on, but not their labels."""
    word, _, number = heading.partition(" ")
    return word == name and number.isdigit()


def digits(number):
    return "".join(letter for letter in number if letter.isdigit())


def compare(kind, expected, found):
    order = lambda one: json.dumps(one, sort_keys=True, ensure_ascii=False)
    left, right = sorted(expected, key=order), sorted(found, key=order)
    global compared
    compared += len(left)
    for one in left:
        if one in right:
            right.remove(one)
        else:
            yield f"this {kind} is missing: {order(one)}"
    for one in right:
        yield f"this {kind} is too much: {order(one)}"


READERS = {".ics": read_calendar, ".vcf": read_cards, ".csv": read_sheet}

compared = 0


def main(folder):
    differences = 0
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix not in READERS:
            continue
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        for difference in READERS[path.suffix](path, expected):
            print(f"{path.name}: {difference}")
            differences += 1
    print(f"{compared} compared, {differences} differ")
    return differences != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
