# SPDX-License-Identifier: Apache-2.0
"""The KMS's speed and memory beside their bounds: `python tests/perf/kms_bench.py`.

A real KMS process (every check and durable audit on) and R, uvicorn with a plain app over the same
mutual TLS, take turns in the same run: 16 connections, 256 bytes. Printed are medians over the
rounds of rate and of server CPU time a request. It measures and never fails.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from kms_harness import (  # noqa: E402 - the harness lies beside the suites
    GENERATED,
    KMS_NAME,
    POD_ADDRESS,
    SYMMETRIC,
    Installation,
    b64,
    eventually,
    free_port,
    key,
    keystore,
    policy,
)

KEYS = "/v1/keystores/orders.orders/keys"
BOUND = 0.4
MEMORY_BOUND = 120
SETTLE_SECONDS = 15


@dataclass(frozen=True)
class Shape:
    """What is asked of which process."""

    name: str
    pid: int
    port: int
    method: str
    path: str
    body: str


@dataclass(frozen=True)
class Round:
    """One turn: requests a second, and microseconds of server CPU time a request."""

    rate: float
    cpu: float
    p50: float
    p99: float


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=5, help="turns of each shape (5)")
    asked.add_argument("--seconds", type=float, default=2.0, help="length of a turn (2)")
    asked.add_argument("--connections", type=int, default=16, help="connections (16)")
    asked.add_argument("--json", type=Path, help="write every round there too")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as directory, bench(Path(directory)) as parts:
        installation, shapes, loadgen, pem = parts
        rest = memory(shapes[1].pid)
        rounds: dict[str, list[Round]] = {shape.name: [] for shape in shapes}
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            for shape in shapes:
                rounds[shape.name].append(measure(shape, installation, loadgen, pem, options))
        peak = memory(shapes[1].pid)
        time.sleep(SETTLE_SECONDS)
        report(rounds, (rest, peak, memory(shapes[1].pid)), options.connections)
    if options.json:
        options.json.write_text(
            json.dumps({n: [asdict(r) for r in rs] for n, rs in rounds.items()})
        )


@contextmanager
def bench(place: Path) -> Iterator[tuple[Installation, list[Shape], Path, Path]]:
    """A KMS with two keys, R, the load generator and an honest pod's certificate."""
    loadgen = place / "loadgen"
    build = ["go", "build", "-trimpath", "-o", str(loadgen), "."]
    subprocess.run(build, cwd=ROOT / "tools/loadgen", check=True)
    installation = Installation(place / "kms")
    installation.prepare()
    reference: subprocess.Popen[bytes] | None = None
    try:
        installation.start()
        for document in (
            keystore(),
            key("orders-db", 510, GENERATED),
            key("enc", 511, SYMMETRIC),
            policy(),
        ):
            assert installation.apply(document).status == 200
        pem = place / "pod.pem"
        pem.write_text(installation.session_pem())
        reference, port = start_reference(place, installation, pem)
        yield (
            installation,
            shapes_of(installation, pem, reference.pid, port),
            loadgen,
            pem,
        )
    finally:
        if reference is not None:
            reference.terminate()
            reference.wait(20)
        installation.stop()


def start_reference(
    place: Path, installation: Installation, pem: Path
) -> tuple[subprocess.Popen[bytes], int]:
    """R with a leaf of the same CA, trusting the same session CA."""
    from skm_kms.identity import InternalIssuer

    ca = installation.place / "internal-ca"
    issuer = InternalIssuer.load((ca / "tls.crt").read_bytes(), (ca / "tls.key").read_bytes())
    pair = issuer.server(time.time())
    chain, client_ca = place / "reference.pem", place / "session-ca.pem"
    chain.write_bytes(pair.key + pair.certificate)
    client_ca.write_text(pem.read_text().split("-----END CERTIFICATE-----\n")[1] + END)
    port = free_port()
    script = str(ROOT / "tests/perf/reference_app.py")
    process = subprocess.Popen([sys.executable, script, str(port), str(chain), str(client_ca)])

    def listens() -> bool:
        found = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, check=True)
        return bool(found.stdout)

    eventually(listens, "R listens")
    return process, port


END = "-----END CERTIFICATE-----\n"


def shapes_of(installation: Installation, pem: Path, reference: int, port: int) -> list[Shape]:
    """The three hot calls and R; decrypt opens what encrypt made."""
    assert installation.kms is not None
    kms = installation.kms.pid
    pod = installation.client("data", POD_ADDRESS, pem.read_text())
    plaintext = json.dumps({"plaintext": b64(bytes(256))})
    made = pod.call("POST", f"{KEYS}/enc:encrypt", json.loads(plaintext)).json()
    ciphertext = json.dumps({"ciphertext": made["ciphertext"]})
    data = installation.ports["data"]
    return [
        Shape("R", reference, port, "POST", "/", plaintext),
        Shape("encrypt", kms, data, "POST", f"{KEYS}/enc:encrypt", plaintext),
        Shape("decrypt", kms, data, "POST", f"{KEYS}/enc:decrypt", ciphertext),
        Shape("secret read", kms, data, "GET", f"{KEYS}/orders-db/secret", ""),
    ]


def measure(
    shape: Shape,
    installation: Installation,
    loadgen: Path,
    pem: Path,
    options: argparse.Namespace,
) -> Round:
    """One turn; the server keeps to the first CPU and the load to the others."""
    pin(shape.pid, {0})
    rest = set(range(1, os.cpu_count() or 1)) or {0}
    before = cpu_seconds(shape.pid)
    ran = subprocess.run(
        [
            "taskset",
            "-c",
            ",".join(map(str, sorted(rest))),
            str(loadgen),
            f"-address=127.0.0.1:{shape.port}",
            f"-name={KMS_NAME}",
            f"-ca={installation.place / 'ca/ca.crt'}",
            f"-cert={pem}",
            f"-source={POD_ADDRESS}",
            f"-method={shape.method}",
            f"-path={shape.path}",
            f"-body={shape.body}",
            f"-connections={options.connections}",
            f"-seconds={options.seconds}",
        ],
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert not found["errors"], found
    used = cpu_seconds(shape.pid) - before
    return Round(
        rate=found["rate"],
        cpu=used / found["requests"] * 1e6,
        p50=found["p50Milliseconds"],
        p99=found["p99Milliseconds"],
    )


def pin(pid: int, cpus: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cpus)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Resident memory in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def report(
    rounds: dict[str, list[Round]], resident: tuple[float, float, float], connections: int
) -> None:
    """Medians beside their bounds."""
    print(f"{connections} connections, 256 bytes, medians of {len(rounds['R'])} alternating rounds")
    print(f"{'':12} {'req/s':>8} {'of R':>6} {'bound':>6} {'CPU µs/req':>11} {'p50 ms':>7} p99 ms")
    base = statistics.median(found.rate for found in rounds["R"])
    for name, found in rounds.items():
        rate = statistics.median(one.rate for one in found)
        cpu = statistics.median(one.cpu for one in found)
        p50 = statistics.median(one.p50 for one in found)
        p99 = statistics.median(one.p99 for one in found)
        bound = "" if name == "R" else f"≥{BOUND}"
        share = rate / base
        print(f"{name:12} {rate:8.0f} {share:6.2f} {bound:>6} {cpu:11.1f} {p50:7.2f} {p99:6.2f}")
    rest, peak, after = resident
    print(
        f"memory       {rest:.0f} MiB before the load, {peak:.0f} at its end, {after:.0f} after it",
        end="",
    )
    print(f" (bound ≤{MEMORY_BOUND})")


if __name__ == "__main__":
    main()
