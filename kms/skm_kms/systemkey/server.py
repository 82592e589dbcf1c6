# SPDX-License-Identifier: Apache-2.0
"""Runs the system-key server: health first, the mutual-TLS plane once there is a certificate."""

import asyncio
import contextlib
import logging
import signal
import ssl
from collections.abc import Iterator

import uvicorn

from skm_kms.clock import Clock
from skm_kms.crypto import Random
from skm_kms.tls import hand_over

from .app import SystemKeyApp
from .errors import StoreError
from .health import HealthApp
from .keeper import CertificateKeeper
from .protocol import KmsOnlyProtocol
from .settings import Settings
from .store import FileStore

_LOG = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """One of two servers in a process: signals are this module's to handle, once for both."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, clock: Clock, random: Random) -> None:
    """Serve until SIGTERM or SIGINT; a store that can't be used leaves the process unready."""
    store = FileStore(settings.directory)
    try:
        store.prepare()
    except StoreError as error:
        _LOG.error("not ready: %s", error)
    keeper = CertificateKeeper(settings, clock, random)
    health = _Server(_config(HealthApp(store, keeper), settings.host, settings.health_port))
    plane = _Server(_plane(settings, keeper, store))
    stop = _stop_signal()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(health.serve())
        keeping = tasks.create_task(keeper.run())
        serving = tasks.create_task(_serve_certified(plane, keeper))
        await stop.wait()
        keeping.cancel()
        if not plane.started:
            serving.cancel()
        plane.should_exit = health.should_exit = True


async def _serve_certified(plane: uvicorn.Server, keeper: CertificateKeeper) -> None:
    await keeper.first.wait()
    await plane.serve()


def _plane(settings: Settings, keeper: CertificateKeeper, store: FileStore) -> uvicorn.Config:
    config = _config(SystemKeyApp(store), settings.host, settings.port)
    config.http = KmsOnlyProtocol
    config.ssl_context_factory = lambda _config, _default: _listening(keeper)
    return config


def _listening(keeper: CertificateKeeper) -> ssl.SSLContext:
    """Made once there is a certificate; later ones serve without a restart."""
    context = keeper.context()
    hand_over(context, keeper.context)
    return context


def _config(app: SystemKeyApp | HealthApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=64,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
    )


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
