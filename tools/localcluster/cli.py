# SPDX-License-Identifier: Apache-2.0
"""The command line: `python -m localcluster up|down|status|load|kubeconfig|programs`.

Exit codes: 0 done, 1 one sentence on standard error says why not, 2 wrong usage, 3 `status` found
the cluster not whole, 130 interrupted.
"""

import argparse
import errno
import sys
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

from . import commands
from .errors import LocalClusterError
from .modules import supported
from .record import Record
from .settings import Settings
from .steps import Steps


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = parser().parse_args(arguments)
    try:
        return _run(parsed, Steps(sys.stdout))
    except (LocalClusterError, OSError, KeyboardInterrupt) as error:
        print(f"localcluster: {sentence(error)}", file=sys.stderr)
        return 130 if isinstance(error, KeyboardInterrupt) else 1


def sentence(error: BaseException) -> str:
    """Return what a person is told about an error that ends the command."""
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted; the next `up` goes on from here, `down` takes away what is there."
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return f"The disk is full{where}: make room and run the command again."
        return f"The system refused it: {error.strerror or error}{where}."
    return str(error)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="localcluster",
        description="A real Kubernetes on this machine, without a container engine.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default="demo", help="the cluster (default: demo)")
    each = top.add_subparsers(dest="command", required=True)
    up = each.add_parser("up", parents=[common], help="bring a cluster up, or heal it")
    up.add_argument("--nodes", type=int, help="1 or 2 (default: 1)")
    up.add_argument("--network", choices=["bridge", "ptp"], help="default: bridge")
    up.add_argument("--kubernetes", metavar="VERSION", help=f"one of {', '.join(supported())}")
    up.add_argument("--address-pool", type=_network, metavar="NETWORK", help="a free /14 network")
    fsync = argparse.BooleanOptionalAction
    up.add_argument("--etcd-fsync", action=fsync, help="whether etcd waits for the disk")
    down = each.add_parser("down", parents=[common], help="take a cluster away")
    down.add_argument("--keep-state", action="store_true", help="keep etcd, images and volumes")
    each.add_parser("status", parents=[common], help="say what runs; exit code 3 if not all does")
    load = each.add_parser("load", parents=[common], help="import image archives into all nodes")
    load.add_argument("archives", nargs="+", type=Path, metavar="ARCHIVE")
    each.add_parser("programs", parents=[common], help="build what a cluster needs, start nothing")
    config = each.add_parser("kubeconfig", parents=[common], help="print the kubeconfig's path")
    config.add_argument("--content", action="store_true", help="print what stands in it instead")
    return top


def settings_of(parsed: argparse.Namespace) -> Settings:
    """Return the settings: what was asked for, else what the cluster has, else the defaults."""
    settings = Settings(name=parsed.name)
    if known := Record.read(settings.state):
        settings = replace(
            settings,
            nodes=known.nodes,
            network=known.network,
            kubernetes=known.kubernetes,
            address_pool=IPv4Network(known.address_pool),
            etcd_fsync=known.etcd_fsync,
        )
    names = ("nodes", "network", "kubernetes", "address_pool", "etcd_fsync")
    asked = {name: getattr(parsed, name, None) for name in names}
    given = {name: value for name, value in asked.items() if value is not None}
    return replace(settings, **given)


def _run(parsed: argparse.Namespace, steps: Steps) -> int:
    settings = settings_of(parsed)
    match parsed.command:
        case "up":
            commands.up(settings, steps)
        case "down":
            commands.down(settings, steps, keep_state=parsed.keep_state)
        case "status":
            return 0 if commands.status(settings, steps) else 3
        case "programs":
            commands.programs(settings, steps)
        case "load":
            commands.load(settings, parsed.archives, steps)
        case _:
            commands.running(settings)
            path = settings.kubeconfig
            steps.say(path.read_text() if parsed.content else str(path))
    return 0


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not an IPv4 network") from error
