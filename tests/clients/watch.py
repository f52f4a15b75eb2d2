"""How much memory a process holds."""

import re
import threading


class Watch:
    """The most memory a process held while it was watched."""

    def __init__(self, process):
        self.status = f"/proc/{process.pid}/status"
        self.most = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.over.wait(0.01):
            with open(self.status, encoding="ascii") as status:
                found = re.search(r"VmRSS:\s+(\d+) kB", status.read())
            self.most = max(self.most, int(found[1]) * 1024 if found else 0)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
