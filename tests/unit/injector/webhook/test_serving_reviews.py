# SPDX-License-Identifier: Apache-2.0
"""The edge around the pure functions: bodies, answers, health, settings."""

import asyncio
import base64
import json

import pytest

from skm_common.environment import SettingError, read_settings
from skm_injector.webhook.app import (
    LARGEST_REVIEW,
    MOST_HELD,
    REVIEW_PATH,
    health,
    reviews,
)
from skm_injector.webhook.errors import ClusterError
from skm_injector.webhook.facts import NamespaceFacts
from skm_injector.webhook.installation import StartGate
from skm_injector.webhook.metrics import Metrics
from skm_injector.webhook.reviewer import Reviewer
from skm_injector.webhook.settings import Settings, api_address


async def call(application, path, *parts, method="POST"):
    """Status and body of the answer to a request that comes in parts."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await application({"type": "http", "path": path, "method": method}, receive, send)
    return sent[0]["status"], sent[1]["body"]


def body(pod):
    request = {"uid": "u-1", "namespace": "shop", "operation": "CREATE", "object": pod}
    return json.dumps({"kind": "AdmissionReview", "request": request}).encode()


class Cluster:
    """What the watches know, what the API server says, and how often it was asked."""

    def __init__(self, known, live):
        self.known, self.live, self.asked = known, live, 0

    async def ask_now(self, namespace):
        self.asked += 1
        if isinstance(self.live, ClusterError):
            raise self.live
        return self.live


@pytest.fixture
def reviewed(installation):
    async def answer(pod, known, live, ready=True):
        cluster = Cluster(known, live)
        reviewer = Reviewer(
            lambda _: cluster.known,
            cluster.ask_now,
            lambda: installation if ready else None,
            Metrics(),
        )
        status, content = await call(reviews(reviewer), REVIEW_PATH, body(pod))
        assert status == 200
        response = json.loads(content)["response"]
        assert response["uid"] == "u-1"
        return response, cluster.asked

    return answer


async def test_a_known_pod_is_patched_without_asking(reviewed, pod, facts):
    response, asked = await reviewed(pod, facts, NamespaceFacts())
    assert response["allowed"]
    assert response["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(response["patch"]))
    assert asked == 0


async def test_what_the_watches_don_t_know_yet_is_asked_for(reviewed, pod, facts):
    response, asked = await reviewed(pod, NamespaceFacts(), facts)
    assert response["allowed"]
    assert asked == 1


async def test_what_the_api_server_doesn_t_know_either_is_refused(reviewed, pod):
    response, asked = await reviewed(pod, NamespaceFacts(), NamespaceFacts())
    assert not response["allowed"]
    assert response["status"]["code"] == 403
    assert "no Keystore orders" in response["status"]["message"]
    assert asked == 1


async def test_with_the_api_server_away_it_is_refused_by_what_is_known(reviewed, pod):
    response, _ = await reviewed(pod, NamespaceFacts(), ClusterError("away"))
    assert "no Keystore orders" in response["status"]["message"]


async def test_a_misspelt_annotation_is_refused_without_asking(reviewed, pod, facts):
    pod["metadata"]["annotations"]["skm.dev/pth"] = "/x"
    response, asked = await reviewed(pod, facts, facts)
    assert "did you mean skm.dev/path?" in response["status"]["message"]
    assert asked == 0


async def test_a_webhook_that_isn_t_ready_says_try_again(reviewed, pod, facts):
    response, _ = await reviewed(pod, facts, facts, ready=False)
    assert response["status"]["code"] == 503
    assert not response["allowed"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"request":{}}',
        b'{"request":{"uid":"u","namespace":"n","object":[]}}',
        b'{"request":{"uid":"u","namespace":"n","object":{}}}',
        b'{"request":{"uid":"u","namespace":"n","object":{"metadata":{},"spec":1}}}',
        b"[" * 100_000,
        body({"metadata": {}, "spec": {}}),
        body({"metadata": {"labels": {"a": 1}}, "spec": {"containers": []}}),
        body({"metadata": {"annotations": []}, "spec": {"containers": []}}),
        body({"metadata": {}, "spec": {"containers": [{"image": "x"}]}}),
        body({"metadata": {}, "spec": {"containers": [{"name": "x", "env": [{}]}]}}),
        body(
            {"metadata": {}, "spec": {"containers": [], "volumes": [{"projected": 1, "name": ""}]}}
        ),
    ],
)
async def test_what_is_no_review_is_a_bad_request(content):
    reviewer = Reviewer(None, None, None, Metrics())
    status, _ = await call(reviews(reviewer), REVIEW_PATH, content)
    assert status == 400


async def test_the_largest_body_and_one_more_byte():
    reviewer = Reviewer(None, None, None, Metrics())
    half = b" " * (LARGEST_REVIEW // 2)
    assert (await call(reviews(reviewer), REVIEW_PATH, half, half))[0] == 400
    assert (await call(reviews(reviewer), REVIEW_PATH, half, half, b" "))[0] == 413


async def test_reviews_that_never_end_take_neither_the_memory_nor_the_place_for_good():
    """Anybody can connect: strangers' bodies are bounded together, and end."""
    application = reviews(Reviewer(None, None, None, Metrics()), arrival=0.5)
    statuses = []

    async def stall():
        first = [{"type": "http.request", "body": b" " * LARGEST_REVIEW, "more_body": True}]

        async def receive():
            return first.pop() if first else await asyncio.Event().wait()

        async def send(message):
            statuses.append(message.get("status"))

        await application({"type": "http", "path": REVIEW_PATH, "method": "POST"}, receive, send)

    strangers = [asyncio.create_task(stall()) for _ in range(MOST_HELD // LARGEST_REVIEW)]
    await asyncio.sleep(0)
    assert (await call(application, REVIEW_PATH, b"{}"))[0] == 413
    await asyncio.gather(*strangers)
    assert statuses.count(408) == len(strangers)
    assert (await call(application, REVIEW_PATH, b"{}"))[0] == 400


@pytest.mark.parametrize(("path", "method"), [("/", "POST"), (REVIEW_PATH, "GET")])
async def test_other_paths_and_methods_are_not_found(path, method):
    reviewer = Reviewer(None, None, None, Metrics())
    assert (await call(reviews(reviewer), path, method=method))[0] == 404


async def test_health_tells_what_is_waited_for():
    missing = ["the certificate"]
    application = health(lambda: missing[0], Metrics())
    assert await call(application, "/healthz", method="GET") == (200, b"ok\n")
    status, text = await call(application, "/readyz", method="GET")
    assert (status, text) == (503, b"waiting for the certificate\n")
    missing[0] = ""
    assert (await call(application, "/readyz", method="GET"))[0] == 200
    assert b"skm_webhook_ready 1" in (await call(application, "/metrics", method="GET"))[1]
    assert (await call(application, "/x", method="GET"))[0] == 404


def test_reviews_are_counted_by_outcome_and_check():
    metrics = Metrics()
    metrics.count("refused", "policy", 0.25)
    metrics.count("refused", "policy", 0.25)
    text = metrics.text(ready=False)
    assert 'skm_webhook_reviews_total{outcome="refused",check="policy"} 2' in text
    assert "skm_webhook_review_seconds_sum 0.500000" in text
    assert "skm_webhook_review_seconds_count 2" in text


def test_settings_come_from_the_environment():
    given = {"SKM_AGENT_IMAGE": "a:1", "SKM_AGENT_RESOURCES": '{"limits": {}}'}
    settings = read_settings(Settings, given)
    assert settings.gate is None
    assert read_settings(Settings, {**given, "SKM_START_GATE": "probe"}).gate is StartGate.PROBE
    assert settings.resources == {"limits": {}}
    assert settings.kms_host == "skm-kms.skm-system.svc"
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    assert api_address(settings, environment) == "https://[fd00::1]:443"


@pytest.mark.parametrize("resources", ["", "[]", "{", "1"])
def test_settings_that_can_t_be_read_are_named(resources):
    with pytest.raises(SettingError, match="SKM_AGENT_IMAGE"):
        read_settings(Settings, {})
    given = {"SKM_AGENT_IMAGE": "a:1", "SKM_AGENT_RESOURCES": resources, "SKM_START_GATE": "x"}
    settings = read_settings(Settings, given)
    with pytest.raises(SettingError, match="auto, marker, probe"):
        _ = settings.gate
    with pytest.raises(SettingError, match="SKM_AGENT_RESOURCES"):
        _ = settings.resources
    with pytest.raises(SettingError, match="SKM_API_SERVER"):
        api_address(settings, {})
