"""Calls to the host's REST interface, with the token sent to nobody else."""

import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT = 30
# Repeated, where repeating cannot write twice: the host is busy or away.
BUSY = {429, 500, 502, 503, 504}
TRIES = 3
LONGEST_WAIT = 60
# A saved plan of 100,000 changes is smaller.
MOST_BYTES = 256 * 1024 * 1024


class Failure(Exception):
    """What went wrong and, in `hint`, what to do."""

    def __init__(self, message, hint=None, status=None):
        super().__init__(message)
        self.hint = hint
        self.status = status


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: urllib would send the token along to wherever it leads."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        return None


OPENER = urllib.request.build_opener(Stay)


class Rest:
    """A host's interface at `base`; `headers` hold the token."""

    def __init__(self, base, headers):
        self.base = base.rstrip("/")
        self.headers = headers

    def call(self, method, path, query=None, body=None):
        """The JSON of a reply, and its headers."""
        url = self.base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = dict(self.headers)
        if data is not None:
            headers["Content-Type"] = "application/json"
        reply, content = send(method, url, headers, data, described=f"{method} {path}")
        if 300 <= reply.status < 400:
            raise Failure(f"{method} {path}: the host says that this is elsewhere; was the repository moved or renamed?")
        try:
            return json.loads(content), reply.headers
        except ValueError:
            raise Failure(f"{method} {path}: the host answered with something that is not JSON") from None

    def pages(self, path, query=None, under=None):
        """All items of a list, page by page; `under` is the key that holds them where the list is not the reply."""
        page = 1
        while page:
            reply, headers = self.call("GET", path, {**(query or {}), "per_page": 100, "page": page})
            items = reply.get(under) if under and isinstance(reply, dict) else reply
            if not isinstance(items, list):
                raise Failure(f"GET {path}: the host answered with no list")
            yield from items
            following = next_page(headers)
            if following and following <= page:
                raise Failure(f"GET {path}: the host's pages go in a circle")
            page = following

    def download(self, path):
        """A file. Hosts keep files elsewhere and redirect; the token stays here."""
        url, headers = self.base + path, self.headers
        for _ in range(4):
            reply, content = send("GET", url, headers, None, described=f"GET {path}")
            if reply.status not in (301, 302, 303, 307, 308):
                return content
            url, headers = urllib.parse.urljoin(url, reply.headers.get("Location") or ""), {}
            # urllib opens files, too; and nothing that came encrypted goes on in the clear.
            wanted = urllib.parse.urlsplit(self.base).scheme
            if urllib.parse.urlsplit(url).scheme not in {"https", wanted} & {"https", "http"}:
                raise Failure(f"GET {path}: the host redirects to something that is not {wanted}")
        raise Failure(f"GET {path}: the host redirects again and again")


def next_page(headers):
    """The number of the page after this one; none on the last."""
    if headers.get("x-next-page", "").isdigit():
        return int(headers["x-next-page"])
    for link in headers.get("Link", "").split(","):
        address, _, rest = link.partition(";")
        if re.search(r'\brel="?next"?', rest):
            query = urllib.parse.urlsplit(address.strip(" <>")).query
            number = urllib.parse.parse_qs(query).get("page", [""])[0]
            if number.isdigit():
                return int(number)
    return None


def send(method, url, headers, data, described):
    """The reply and its content; a redirect is a reply, a refusal is a failure."""
    tries = 1 if method == "POST" else TRIES
    for attempt in range(1, tries + 1):
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with OPENER.open(request, timeout=TIMEOUT) as reply:
                content = reply.read(MOST_BYTES + 1)
                if len(content) > MOST_BYTES:
                    raise Failure(f"{described}: the reply is larger than {MOST_BYTES} bytes")
                return reply, content
        except urllib.error.HTTPError as refusal:
            with refusal:
                if 300 <= refusal.code < 400:
                    return refusal, b""
                failure = Failure(f"{described}: {refusal.code} {told(refusal)}", status=refusal.code)
                wait = refusal.headers.get("Retry-After", "")
                may_repeat = refusal.code in BUSY or (refusal.code == 403 and wait)
        except (OSError, http.client.HTTPException) as error:
            failure = Failure(f"{described}: the host cannot be reached: {line(getattr(error, 'reason', error))}")
            wait, may_repeat = "", True
        if not may_repeat or attempt == tries:
            raise failure
        pause = int(wait) if wait.isdigit() else attempt * int(os.environ.get("RETRY_SECONDS") or "2")
        time.sleep(min(pause, LONGEST_WAIT))


def told(refusal):
    """What the host says of a refusal."""
    try:
        reply = json.loads(refusal.read(65536))
        return line(reply.get("message") or reply.get("error") or refusal.reason)
    except (ValueError, AttributeError, OSError):
        return line(refusal.reason)


def line(text):
    """Somebody else's text on one line of a log."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:300]


def setting(name, pattern, default=None):
    """A variable of the environment that must look like `pattern`."""
    value = os.environ.get(name) or default
    if value is None:
        raise Failure(f"{name} is not set", "README.md says where it comes from")
    if not re.fullmatch(pattern, value):
        raise Failure(f"{name} does not look as it should")
    return value


def run(main):
    """Runs a script: a failure is told in plain words, and the job fails."""
    try:
        main()
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        if failure.hint:
            print(f"hint: {failure.hint}", file=sys.stderr)
        sys.exit(1)
    except (KeyError, TypeError, AttributeError) as error:
        print(f"error: the host answered in a way that is not known here: {line(repr(error))}", file=sys.stderr)
        sys.exit(1)
