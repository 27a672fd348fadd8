"""The rows of the table: each measures mailwright beside something else, in one run, in turns."""

import argparse
import json
import pathlib
import platform
import shutil

import folder
from measure import Stand, interleaved, run

HERE = pathlib.Path(__file__).parent
MAILBOXES = 100_000


class Comparison:
    """Where things are, and the table so far."""

    def __init__(self, chosen):
        self.mailwright, self.stand = chosen.mailwright.resolve(), chosen.stand.resolve()
        self.home, self.rounds = chosen.home.resolve(), chosen.rounds
        self.python = self.home / "venv/bin/python"

    def row(self, goal, what, mine, other, ratio, bound):
        """Prints a line of the table."""
        print(f"| {goal} | {what} | {mine} | {other} | {ratio} | {bound} |", flush=True)

    def beside(self, goal, what, peer_name, mine, peer, bounds):
        """Two lines: the CPU and the peak memory of a run beside a peer's, with the least ratio of each."""
        cpu, peak = bounds
        self.row(goal, f"{what}, CPU; {peer_name}", f"{mine.cpu:.2f} s", f"{peer.cpu:.1f} s", f"1/{peer.cpu / mine.cpu:.0f}", cpu)
        self.row(goal, f"the same, peak memory; {peer_name}", f"{mine.peak:.0f} MiB", f"{peer.peak:.0f} MiB",
                 f"1/{peer.peak / mine.peak:.1f}", peak)

    def serve(self, mailboxes, delay=0, kind="mailinabox"):
        """A simulator with so many mailboxes."""
        return Stand(self.stand, kind, mailboxes, delay)

    def written(self, name, url, mailboxes, kind="mailinabox"):
        """A folder that declares so many mailboxes."""
        place = self.home / name
        folder.write(place, kind, url, mailboxes)
        shutil.rmtree(place / ".mailwright", ignore_errors=True)
        return place


def no_op_plan(all):
    """1: nothing to do for 100,000 mailboxes, beside octoDNS with nothing to do for 100,000 records."""
    place = all.home / "octodns"
    for side in ("config", "target"):
        (place / side).mkdir(parents=True, exist_ok=True)
        records = [f"person{number:07}:\n  ttl: 300\n  type: A\n  value: 192.0.2.1\n" for number in range(MAILBOXES)]
        (place / side / "d.example.yaml").write_text("---\n" + "".join(records))
    source = f"  config: {{class: octodns.provider.yaml.YamlProvider, directory: {place}/config, default_ttl: 300}}\n"
    targets = {
        "yaml": f"{{class: octodns.provider.yaml.YamlProvider, directory: {place}/target, default_ttl: 300}}",
        "memory": f"{{class: octo_target.Target, records: {MAILBOXES}}}",
    }
    actions = {}
    for name, target in targets.items():
        text = f"providers:\n{source}  target: {target}\nzones:\n  d.example.: {{sources: [config], targets: [target]}}\n"
        (place / f"{name}.yaml").write_text(text)
        sync = all.home / "venv/bin/octodns-sync"
        actions[name] = lambda name=name: run([sync, "--config-file", place / f"{name}.yaml"])
    with all.serve(MAILBOXES) as stand:
        wish = all.written("plan", stand.url, MAILBOXES)
        plan = [all.mailwright, "plan", wish, "--detailed-exitcode"]
        seen = interleaved(all.rounds, mine=lambda: run(plan), **actions)
    for name, what in (("yaml", "YAML on both sides"), ("memory", "a target that costs nothing")):
        all.beside(1, "no-op plan of 100k", f"octoDNS with {what}", seen["mine"], seen[name], ("1/40", "1/5"))


def create_plan(all):
    """2: everything to make, beside Terraform's own resource that needs no provider; and how it grows."""
    people = {f"person{number:07}": {"address": f"person{number:07}@d.example", "quota": "5G"} for number in range(10_000)}
    # As people write ten thousand alike, one resource over a map; and a resource for each.
    written = {
        "map": {"person": {"for_each": "${local.people}", "input": "${each.value}"}},
        "blocks": {name: {"input": person} for name, person in people.items()},
    }
    peers = {}
    for name, resources in written.items():
        place = all.home / f"terraform-{name}"
        place.mkdir(exist_ok=True)
        document = {"locals": {"people": people}, "resource": {"terraform_data": resources}}
        (place / "main.tf.json").write_text(json.dumps(document))
        run([all.python, HERE / "terraform_plan.py", place, "init"])
        peers[name] = lambda place=place: run([all.python, HERE / "terraform_plan.py", place])
    with all.serve(0) as stand:
        wishes = {size: all.written(f"create-{size}", stand.url, size) for size in (10_000, 100_000, 1_000_000)}
        seen = interleaved(
            all.rounds,
            **peers,
            **{f"of_{size}": lambda wish=wish: run([all.mailwright, "plan", wish]) for size, wish in wishes.items()},
        )
    small, large, huge = (seen[f"of_{size}"] for size in wishes)
    for name, what in (("map", "one resource over a map"), ("blocks", "a resource for each")):
        all.beside(2, "create plan of 10k", f"Terraform with {what}", small, seen[name], ("1/200", ""))
    all.row(2, "create plan of 100k beside 10k, CPU", f"{large.cpu:.2f} s", f"{small.cpu:.2f} s", f"{large.cpu / small.cpu:.1f}", "11")
    all.row(2, "create plan of 1M beside 100k, CPU", f"{huge.cpu:.1f} s", f"{large.cpu:.2f} s", f"{huge.cpu / large.cpu:.1f}", "11")


def apply(all):
    """3, 4 and 8: 10,000 creates at 20 ms, 32 at once, beside a loop that only posts them."""
    calls = 10_000
    counted = []

    def bare():
        with all.serve(0, 20) as stand:
            return run([all.stand, "post", stand.url, calls, 32])

    def applied():
        with all.serve(0, 20) as stand:
            wish = all.written("apply", stand.url, calls)
            done = run([all.mailwright, "apply", wish, "--yes"])
            first = stand.counters()
            run([all.mailwright, "apply", wish, "--yes"])
            counted.append((first, stand.counters()))
            return done

    def planned():
        with all.serve(0) as stand:
            wish = all.written("apply", stand.url, calls)
            return run([all.mailwright, "plan", wish])

    seen = interleaved(all.rounds, bare=bare, applied=applied, planned=planned)
    bare_run, done, plan = seen["bare"], seen["applied"], seen["planned"]
    all.row(3, "apply of 10k at 20 ms, 32 at once, wall; a bare loop", f"{done.wall:.2f} s", f"{bare_run.wall:.2f} s", f"{done.wall / bare_run.wall:.3f}", "1.05")
    all.row(8, "the same apply, CPU a change, less that of its plan; a bare call", f"{(done.cpu - plan.cpu) * 1e6 / calls:.0f} µs",
            f"{bare_run.cpu * 1e6 / calls:.0f} µs", f"{(done.cpu - plan.cpu) / bare_run.cpu:.2f}", "2")
    writes = lambda counters: sum(number for route, number in counters["routes"].items() if route.startswith("POST"))
    first, second = counted[-1]
    reads = first["total"] - writes(first)
    all.row(4, "writes of 10k changes; reads of that run", writes(first), f"{calls} changes", f"{writes(first) / calls:.0f}; {reads}", "1; 2")
    all.row(4, "writes of a second run", writes(second), "", writes(second), "0")
    all.row(4, "most calls at once", first["most"], "32 allowed", "", "32")


def start(all):
    """5: how long it takes to say its version, and to validate."""
    seen = interleaved(all.rounds * 4, version=lambda: run([all.mailwright, "--version"]))
    all.row(5, "`--version`, wall", f"{seen['version'].wall * 1000:.1f} ms", "", "", "5 ms")
    wish = all.written("validate", "http://127.0.0.1:1", MAILBOXES)
    seen = interleaved(all.rounds, mine=lambda: run([all.mailwright, "validate", wish]))
    all.row(5, "`validate` of a folder of 100k, CPU", f"{seen['mine'].cpu:.2f} s", "", "", "0.6 s")


def load(all):
    """6: a typed load with places, beside the events of the same bytes."""
    wish = all.written("validate", "http://127.0.0.1:1", MAILBOXES)
    seen = interleaved(all.rounds, typed=lambda: run([all.stand, "load", wish]), events=lambda: run([all.stand, "events", wish]))
    typed, events = seen["typed"].cpu, seen["events"].cpu
    all.row(6, "typed load with places of 100k, CPU; the events alone", f"{typed:.2f} s", f"{events:.2f} s", f"{typed / events:.2f}", "2.5")


def only(all):
    """7: what a plan of one mailbox of 50,000 asks."""
    for kind in ("mailinabox", "rackspace", "open_xchange", "atmail", "censornet"):
        with all.serve(50_000, kind=kind) as stand:
            wish = all.written(f"only-{kind}", stand.url, 50_000, kind)
            one = folder.address(25_003)
            run([all.mailwright, "plan", wish, "--only", one])
            asked = stand.counters()
            run([all.mailwright, "plan", wish])
            whole = stand.counters()
        all.row(7, f"calls of `plan --only` one of 50k on {kind}; of the whole plan", asked["total"], whole["total"], "", "")


ROWS = {"1": no_op_plan, "2": create_plan, "3": apply, "4": apply, "8": apply, "5": start, "6": load, "7": only}

if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--mailwright", type=pathlib.Path, required=True)
    options.add_argument("--stand", type=pathlib.Path, required=True)
    options.add_argument("--home", type=pathlib.Path, required=True, help="where the peers and the folders are kept")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--rows", default="3,2,1,5,6,7", help="which goals")
    chosen = options.parse_args()
    comparison = Comparison(chosen)
    print(f"{platform.platform()}, {platform.machine()}; medians of {chosen.rounds} interleaved rounds\n")
    print("| goal | what | mailwright | beside | ratio | at most |\n|---|---|---|---|---|---|", flush=True)
    for measured in dict.fromkeys(ROWS[row] for row in chosen.rows.split(",")):
        measured(comparison)
