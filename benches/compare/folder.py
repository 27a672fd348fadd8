"""The configuration that is measured: a folder of YAML, one file for each thousand mailboxes."""

import argparse
import pathlib

CONNECTIONS = {
    "mailinabox": "url: {url}/admin, email: me@example.com, password: {{env: BENCH_PASSWORD}}, max_in_flight: 32",
    "rackspace": "url: {url}, user_key: {{env: BENCH_USER_KEY}}, secret_key: {{env: BENCH_SECRET_KEY}}, "
    "max_in_flight: 32, reads_per_minute: 1000000, writes_per_minute: 1000000",
    "open_xchange": "url: {url}, context: acme_shop, username: acme, password: {{env: BENCH_OX_SECRET}}, "
    "reads_per_minute: 1000000",
    "atmail": "url: {url}/index.php/api, username: subscriptionname.atmailcloud.com, password: {{env: BENCH_ATMAIL_PASSWORD}}",
    "censornet": "url: {url}, username: admin@example.com, password: {{env: BENCH_PASSWORD}}",
    "postfixadmin": 'database: "sqlite:mail.db", create: true',
}
QUOTAS = {"mailinabox": "5 GiB", "rackspace": "2 GiB", "open_xchange": "5 GiB", "postfixadmin": "5 GiB"}


def address(number):
    """The same addresses as `stand.rs` seeds."""
    return f"person{number:07}@d{number % 10}.example"


def write(folder, kind, url, mailboxes):
    """Writes the folder anew."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        old.unlink()
    head = ["version: 1", "providers:", f"  mail: {{type: {kind}, {CONNECTIONS[kind].format(url=url)}}}"]
    head.append(f"policy: {{max_creates: {{mailboxes: {mailboxes + 1}}}}}")
    head.append("domains:")
    managed = ", manage: true" if kind == "postfixadmin" else ""
    head += [f"  d{number}.example: {{provider: mail{managed}}}" for number in range(10)]
    (folder / "00-head.yaml").write_text("\n".join(head) + "\n")
    for first in range(0, mailboxes, 1000):
        lines = ["mailboxes:"]
        for number in range(first, min(first + 1000, mailboxes)):
            if kind == "censornet":
                lines.append(f"  {address(number)}: {{}}")
                continue
            lines.append(f"  {address(number)}:")
            lines.append("    password: {env: BENCH_INITIAL}")
            if kind in QUOTAS:
                lines.append(f"    quota: {QUOTAS[kind]}")
        (folder / f"people-{first // 1000:04}.yaml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("kind", choices=list(CONNECTIONS))
    options.add_argument("url")
    options.add_argument("mailboxes", type=int)
    chosen = options.parse_args()
    write(chosen.folder, chosen.kind, chosen.url, chosen.mailboxes)
