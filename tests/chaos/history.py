"""What clients were told: a file of JSON lines, written while a storm goes on and read afterwards.

    {"what": "asked", "key": ..., "body": {...}}          a POST went out (again)
    {"what": "answered", "key": ..., "status": 202, "job": ...}
    {"what": "cut", "key": ..., "why": ...}               no answer came: the job may exist or not
    {"what": "told", "job": {...}}                       a job as a client saw it
    {"what": "struck", "how": ...}                        what the storm did
"""

import json
import threading
import time


class History:
    """Many threads may note; the checker reads the file alone."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8", buffering=1)

    def note(self, what, **facts):
        with self.lock:
            self.file.write(json.dumps({"at": round(time.time(), 3), "what": what, **facts}) + "\n")

    def close(self):
        self.file.close()

    def read(self):
        with open(self.path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]
