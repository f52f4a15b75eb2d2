"""The real binary, run as a person would."""

import os
import pathlib
import pty
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
RETAIL = str(ROOT / "catalogs" / "retail")

# Whoever runs the tests may have these set for themselves.
SETTINGS = ("WEFT_CONFIG", "WEFT_URL", "WEFT_TOKEN")


def weft(*arguments, cwd="/", stdin="", **environment):
    """Exit code, standard output and standard error of one command."""
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    done = subprocess.run(
        [os.environ["WEFT_BIN"], *map(str, arguments)],
        capture_output=True,
        cwd=cwd,
        env={**inherited, **environment},
        input=stdin,
        text=True,
        timeout=120,
    )
    assert "panicked" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def typed(answers, *arguments):
    """A command at a terminal of its own; each answer is typed once its prompt stands there."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(os.environ["WEFT_BIN"], ["weft", *arguments])
    shown = b""
    for prompt, answer in answers:
        while prompt not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, answer + b"\n")
    try:
        while more := os.read(terminal, 4096):
            shown += more
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode().replace("\r\n", "\n")
