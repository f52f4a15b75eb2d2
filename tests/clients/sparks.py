"""Spark as the tests install it and have it write tables: for minutes."""

import os
import pathlib
import subprocess

import pytest

SPARK = pathlib.Path(__file__).resolve().parents[1] / "spark"
INSTALLING, WRITING = 900, 1200


def bounded(seconds, *command):
    """What a command prints; what it complains of, if it fails."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"}
    done = subprocess.run([str(word) for word in command], capture_output=True, env=environment, text=True, timeout=seconds)
    if done.returncode != 0:
        pytest.fail(done.stderr[-4000:].strip(), pytrace=False)
    return done.stdout.strip()


def written(script, jars, folder, *more):
    """Runs a script of `tests/spark` over a folder, with the jars that are installed by this name."""
    spark = pathlib.Path(bounded(INSTALLING, "bash", SPARK / "install"))
    bounded(WRITING, spark / "venv" / "bin" / "python", SPARK / script, spark / jars, folder, *more)
