"""What must not show: secrets and people, recognised in any text.

Most carry a form of their own: the simulator's credentials and people, keys, sessions, links, sealed texts. The
rest is noted as it is given to a system: keys of the system, passwords and keys in bodies of requests and of
messages, tokens in answers. A find names its kind and its line, never itself.
"""

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote

from requests import Session

PEOPLE_FILE = Path(__file__).resolve().parents[2] / "services" / "dgi_sim" / "people.c"
PEOPLE = PEOPLE_FILE.read_text()
SECRET_FIELDS = {"password", "current", "api_key", "secret_key", "api_token", "token", "key",
                 "bus_secret", "master_key"}
SHORTEST = 8  # of what is noted: a shorter one would be found where it isn't
# Words that passwords are made of, which a test may try: they stand in texts by themselves.
GUESSABLE = set(re.findall(r'GUESSED\("(.*)"\)', (PEOPLE_FILE.parents[1] / "account" / "guessable.def").read_text()))


def _names(table):
    """The texts of one table of the simulator's people."""
    body = re.search(rf"\b{table}\[\w+\] = \{{(.*?)\}};", PEOPLE, re.S)[1]
    return "|".join(re.escape(name) for name in re.findall(r'"([^"]+)"', body)).encode()


SECRETS = {
    "credential": rb"dgi-(?:key|secret)-sim:[\w-]+",
    "key of a program": rb"dk_[0-9a-f]{10}_[\w-]{43}",
    "session": rb"ds_[\w-]{43}",
    "link": rb"dl_[\w-]{43}",
    "sealed text": rb"\b[0-9a-f]{8}:[A-Za-z0-9+/]{54,}={0,2}",
    "hash of a password": rb"\$argon2id\$v=",
}
PERSONS = {
    "KTP number": rb"(?<!\w)3200\d{12}(?!\w)",
    "phone number": rb"(?<![\w.])0812000\d{5}(?!\w)",
    "phone number of an office": rb"(?<![\w.])0210\d{6}(?!\w)",
    "name": rb"\b(?:" + _names("given_names") + rb") (?:" + _names("family_names") + rb")\b",
    "address": rb"(?:" + _names("streets") + rb") (?:No|Kav)\. ",
}


def _compiled(forms):
    return re.compile(b"|".join(b"(?P<f%d>%s)" % (n, form) for n, form in enumerate(forms.values()))), list(forms)


class Planted:
    """The forms, and the values of one system. `search` and its kin give texts: place, line, kind."""

    def __init__(self):
        self.values = {}  # spelling -> kind
        self.forms = {False: _compiled(SECRETS), True: _compiled({**SECRETS, **PERSONS})}

    def add(self, kind, value):
        """A value in the spellings it may come in."""
        data = value.encode() if isinstance(value, str) else value
        if len(data) < SHORTEST or re.sub(rb"[^a-z]", b"", data.lower()).decode() in GUESSABLE:
            return
        for spelling in (data, json.dumps(data.decode("latin1"))[1:-1].encode(), quote(data).encode(),
                         base64.b64encode(data).rstrip(b"=")[:-1]):
            self.values[spelling] = kind

    def add_fields(self, body, fields=frozenset(SECRET_FIELDS)):
        """Whatever stands in a field that is a secret by its name, at any depth."""
        if isinstance(body, dict):
            for name, value in body.items():
                if name in fields and isinstance(value, (str, bytes)):
                    self.add(f"{name} of a request", value)
                else:
                    self.add_fields(value, fields)
        elif isinstance(body, list):
            for value in body:
                self.add_fields(value, fields)

    def add_keys(self, folder):
        """All that lies in a system's folder of keys."""
        for file in Path(folder).rglob("*.key"):
            for word in file.read_text(errors="replace").split():
                self.add(f"key in the file {file.name}", word)
                if re.fullmatch(r"[0-9a-f]{64}", word):
                    self.add(f"key in the file {file.name}, as bytes", bytes.fromhex(word))

    def search(self, place, data, people=True):
        """Finds in a text; without `people` for places where personal data are at home."""
        data = data.encode() if isinstance(data, str) else data
        form, kinds = self.forms[people]
        found = {match.start(): kinds[int(match.lastgroup[1:])] for match in form.finditer(data)}
        for value, kind in self.values.items():
            at = data.find(value)
            while at >= 0:
                found.setdefault(at, kind)  # a form tells more
                at = data.find(value, at + len(value))
        return list(dict.fromkeys(f"{place}:{data.count(10, 0, at) + 1}: {kind}".replace("\n", " ")
                                  for at, kind in sorted(found.items())[:200]))

    def search_file(self, file, begin=0, people=True):
        """Finds in a file from a byte on."""
        file = Path(file)
        if not file.is_file():
            return []
        data = file.read_bytes()
        lines = data.count(b"\n", 0, begin)
        place = file.name if not lines else f"{file.name} (after line {lines})"
        return self.search(place, data[begin:], people)


# What this test process has sent or was given; every system is searched for it.
noted = Planted()


def _note_requests():
    send = Session.send

    def noting(self, request, **options):
        try:
            noted.add_fields(json.loads(request.body or b"null"))
        except (ValueError, TypeError, RecursionError):
            pass  # no JSON, or too deep: there are tests that send such
        return send(self, request, **options)

    Session.send = noting


_note_requests()
