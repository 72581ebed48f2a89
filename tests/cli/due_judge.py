#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""due_judge: reads what `smtpvault due --format` wrote as its reader would, and strictly.

  due_judge.py ics|prometheus|nagios FILE

Prints one JSON document of what was understood, or ends with 1 and the reason.
Needs python3-icalendar and python3-prometheus-client.
"""
import json
import re
import sys

import icalendar
from prometheus_client.parser import text_string_to_metric_families

# Monitoring Plugins Development Guidelines: 'label'=value[UOM];[warn];[crit];[min];[max]
PERF = re.compile(r"([a-z]+)=(\d+)((?:;\d*){0,4})")


def demand(what, why):
    if not what:
        sys.exit(f"due_judge: {why}")


def ics(data):
    demand(data.endswith(b"\r\n") and b"\n" not in data.replace(b"\r\n", b""), "a bare line feed")
    for line in data.split(b"\r\n"):
        demand(len(line) <= 75, f"a line of {len(line)} octets")
        line.decode("utf-8")  # no character is cut in two
    calendar = icalendar.Calendar.from_ical(data)
    demand(calendar["VERSION"] == "2.0" and calendar["PRODID"], "the calendar's properties")
    events = []
    for event in calendar.walk("VEVENT"):
        demand(not event.errors and "DTSTAMP" in event, f"an event: {event.errors}")
        begin, end = event.decoded("DTSTART"), event.decoded("DTEND")
        demand((end - begin).days == 1, "an event of another length than a day")
        events.append({"uid": str(event["UID"]), "day": begin.isoformat(),
                       "summary": str(event["SUMMARY"]), "text": str(event["DESCRIPTION"])})
    uids = [e["uid"] for e in events]
    demand(len(set(uids)) == len(uids), "two events with one UID")
    return events


def prometheus(data):
    demand(data.endswith(b"\n"), "the last line has no end")
    series = []
    for family in text_string_to_metric_families(data.decode("utf-8")):
        demand(family.type == "gauge" and family.documentation, f"{family.name} has no head")
        series += [{"name": s.name, "labels": s.labels, "value": s.value}
                   for s in family.samples]
    keys = [(s["name"], tuple(sorted(s["labels"].items()))) for s in series]
    demand(len(set(keys)) == len(keys), "a series twice")
    return series


def nagios(data):
    text = data.decode("utf-8")
    demand(text.count("\n") == 1 and text.endswith("\n"), "more or less than one line")
    demand(text.count("|") <= 1, "a bar in the text")
    text, _, performance = text.rstrip("\n").partition(" | ")
    match = re.fullmatch(r"SMTPVAULT (OK|WARNING|CRITICAL|UNKNOWN) - (.+)", text)
    demand(match, f"not a plugin's line: {text}")
    numbers = {}
    for word in performance.split():
        found = PERF.fullmatch(word)
        demand(found, f"no performance data: {word}")
        numbers[found[1]] = int(found[2])
    return {"status": match[1], "text": match[2], "numbers": numbers}


def main():
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    print(json.dumps({"ics": ics, "prometheus": prometheus, "nagios": nagios}[sys.argv[1]](data),
                     ensure_ascii=False))


if __name__ == "__main__":
    main()
