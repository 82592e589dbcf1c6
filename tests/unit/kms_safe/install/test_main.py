# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

from skm_common import __version__


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "skm_kms.install", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_tells_its_version():
    assert run("--version").stdout.strip() == __version__


def test_outside_a_cluster_it_says_so():
    done = run(SKM_PATIENCE="0")
    assert done.returncode == 1
    assert "this program runs as a job inside the cluster" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_read_is_named():
    done = run(SKM_INTERNAL_CA_NUMBER="one")
    assert done.returncode == 2
    assert "SKM_INTERNAL_CA_NUMBER" in done.stderr
