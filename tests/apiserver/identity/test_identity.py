# SPDX-License-Identifier: Apache-2.0
"""Identity on a real API server: its tokens, its reviews, its watches, its silences."""

import asyncio
import json
import time

import pytest
from identity_doubles import make_csr, report_entry

from skm_common import names
from skm_common.resources import Authentication, MacMethod
from skm_kms.errors import DeniedError, RequestError, UnauthenticatedError, UndeterminedError
from skm_kms.identity import InternalIssuer, Peer, connect, read_report, words

NODE, NODE_ADDRESS = "node0", "10.200.0.10"
PLAIN = Authentication(client_certificate=True, ipv4=True, mac=None)
MAC = "0a:58:0a:f4:00:05"
IMMEDIATELY = 2.0
"""Seconds within which access must have ended (DESIGN §6.6)."""


def admit(cluster, peer, authentication=PLAIN, facts_max_age=30.0, on_termination="Drain"):
    return cluster.identity.admit(
        peer, authentication, facts_max_age, on_termination=on_termination
    )


def refusal(cluster, peer, **options):
    """The sentence of the refusal, or None."""
    try:
        admit(cluster, peer, **options)
    except RequestError as error:
        return error.detail
    return None


async def denied(cluster, peer, reason, **options):
    """The refusal comes soon enough, and is this one."""
    holds = lambda: refusal(cluster, peer, **options)  # noqa: E731
    await cluster.until(holds, IMMEDIATELY)
    assert holds() == reason.why


async def test_a_pod_gets_a_session_and_is_admitted(cluster, namespace):
    pod = cluster.pod(namespace)
    await cluster.heard(pod)
    peer = await cluster.bootstrap(pod)
    admission = admit(cluster, peer)
    assert admission.caller.pod_name == pod["metadata"]["name"]
    assert admission.caller.node == NODE
    assert admission.caller.facts().workload.labels == {"app": "orders"}


async def test_real_tokens_of_another_kind_prove_nothing(cluster, namespace):
    pod = cluster.pod(namespace)
    await cluster.heard(pod)
    peer = Peer(pod["status"]["podIP"])
    for token in (
        cluster.server.token(namespace, "default", audience=names.AUDIENCE_ADMIN, pod=pod),
        cluster.server.token(namespace, "default", audience=names.AUDIENCE_POD),
        cluster.server.token(namespace, "default", pod=pod),
        "not-a-token",
    ):
        with pytest.raises(UnauthenticatedError):
            await cluster.identity.issue(peer, token, make_csr()[1])


async def test_a_token_of_another_pod_proves_nothing_here(cluster, namespace):
    pod, thief = cluster.pod(namespace), cluster.pod(namespace)
    await cluster.heard(thief)
    await cluster.heard(pod)
    peer = Peer(thief["status"]["podIP"])
    with pytest.raises(DeniedError) as caught:
        await cluster.identity.issue(peer, cluster.token(pod), make_csr()[1])
    assert caught.value.detail == words.ADDRESS_NOT_THE_PODS.why


async def test_access_ends_when_a_pod_is_gone(cluster, namespace):
    pod = cluster.pod(namespace)
    await cluster.heard(pod)
    token, peer = cluster.token(pod), await cluster.bootstrap(pod)
    cluster.server.admin.delete(cluster.path(pod), grace=0)
    await denied(cluster, peer, words.POD_GONE)
    other = cluster.pod(namespace, ip=pod["status"]["podIP"])
    await cluster.heard(other)
    with pytest.raises((DeniedError, UnauthenticatedError)):
        await cluster.identity.issue(Peer(peer.address), token, make_csr()[1])
    with pytest.raises(DeniedError):
        admit(cluster, peer)


async def test_access_ends_when_a_pod_has_finished(cluster, namespace):
    pod = cluster.pod(namespace)
    await cluster.heard(pod)
    peer = await cluster.bootstrap(pod)
    cluster.status(pod, ip=pod["status"]["podIP"], phase="Failed")
    await denied(cluster, peer, words.POD_FINISHED)


async def test_a_terminating_pod_drains_or_is_revoked(cluster, namespace):
    pod = cluster.pod(namespace)
    await cluster.heard(pod)
    peer = await cluster.bootstrap(pod)
    cluster.server.admin.delete(cluster.path(pod), grace=30)
    await denied(cluster, peer, words.POD_TERMINATING, on_termination="Revoke")
    admit(cluster, peer)
    with pytest.raises(DeniedError) as caught:
        await cluster.bootstrap(pod)
    assert caught.value.detail == words.POD_TERMINATING.why


async def test_relabelling_is_seen_at_once(cluster, namespace):
    pod = cluster.pod(namespace)
    await cluster.heard(pod)
    peer = await cluster.bootstrap(pod)
    labels = {"metadata": {"labels": {"app": "other"}}}
    begun = time.monotonic()
    cluster.server.admin.patch(cluster.path(pod), labels)
    await cluster.until(
        lambda: cluster.facts.pod(pod["metadata"]["uid"]).labels == {"app": "other"}
    )
    assert time.monotonic() - begun < IMMEDIATELY
    workload = admit(cluster, peer).caller.facts().workload
    assert (workload.labels, workload.created_labels) == ({"app": "other"}, {"app": "orders"})


async def test_a_pod_on_the_host_network_is_refused(cluster, namespace):
    pod = cluster.pod(namespace, spec={"hostNetwork": True})
    await cluster.heard(pod)
    with pytest.raises(DeniedError) as caught:
        await cluster.bootstrap(pod)
    assert caught.value.detail == words.HOST_NETWORK.why


async def test_a_pod_that_the_webhook_did_not_record_is_refused(cluster, namespace):
    pod = cluster.pod(namespace, metadata={"annotations": {}})
    await cluster.heard(pod)
    with pytest.raises(DeniedError) as caught:
        await cluster.bootstrap(pod)
    assert caught.value.detail == words.POD_UNRECORDED.why


def agent_pod(cluster, name="agent"):
    path = f"/apis/apps/v1/namespaces/{names.NODE_NAMESPACE}/daemonsets/{names.NODE_AGENT}"
    daemon_set = cluster.server.admin.must("GET", path)["metadata"]
    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": daemon_set["name"]}
    owner |= {"uid": daemon_set["uid"], "controller": True}
    return cluster.pod(
        names.NODE_NAMESPACE,
        ip=NODE_ADDRESS,
        metadata={"generateName": name, "annotations": {}, "ownerReferences": [owner]},
        spec={"hostNetwork": True, "serviceAccountName": names.NODE_AGENT},
        audience=names.AUDIENCE_NODE,
    )


async def report(cluster, token, pods, sequence=1, boot="b" * 32):
    body = {"node": NODE, "boot": boot, "sequence": sequence, "snapshot": True, "pods": pods}
    parsed = read_report(json.dumps(body).encode())
    return await cluster.identity.accept_evidence(Peer(NODE_ADDRESS), token, parsed)


async def test_the_node_agent_attests_a_pod_before_the_kubelet_has_reported_it(cluster, namespace):
    agent, pod = agent_pod(cluster), cluster.pod(namespace, ip=None)
    token, uid, address = (
        cluster.token(agent, names.AUDIENCE_NODE),
        pod["metadata"]["uid"],
        "10.9.9.9",
    )
    await cluster.heard(agent)
    await cluster.until(lambda: cluster.facts.pod(uid))
    peer = Peer(address)
    with pytest.raises(UndeterminedError):
        await cluster.identity.issue(peer, cluster.token(pod), make_csr()[1])
    await report(cluster, token, [report_entry(uid, address, MAC)])
    pod["status"]["podIP"] = address
    peer = await cluster.bootstrap(pod)
    with_mac = Authentication(client_certificate=True, ipv4=True, mac=MacMethod())
    admission = admit(cluster, peer, with_mac)
    assert (admission.mac, admission.evidence) == (MAC, "NodeAttested")
    cluster.server.admin.delete(cluster.path(agent), grace=0)


async def test_any_other_pod_of_the_node_may_not_report(cluster, namespace):
    spec = {"hostNetwork": True}
    pod = cluster.pod(namespace, ip=NODE_ADDRESS, spec=spec, audience=names.AUDIENCE_NODE)
    await cluster.heard(pod)
    with pytest.raises(DeniedError) as caught:
        await report(cluster, cluster.token(pod, names.AUDIENCE_NODE), [])
    assert caught.value.detail == words.WRONG_WORKLOAD.why


async def test_the_system_key_server_gets_its_certificate_and_nobody_else(cluster, namespace):
    from skm_kms.identity import Authority, Purpose, new_authority

    made = new_authority(Purpose.SESSIONS, time.time(), "internal")
    issuer = InternalIssuer(Authority.load(made.certificate, made.key))
    server = cluster.pod(
        names.SYSTEM_KEY_NAMESPACE,
        spec={"serviceAccountName": names.SYSTEM_KEY},
        audience=names.AUDIENCE_INTERNAL,
    )
    other = cluster.pod(namespace, audience=names.AUDIENCE_INTERNAL)
    await cluster.heard(server)
    await cluster.heard(other)

    async def ask(pod):
        token = cluster.token(pod, names.AUDIENCE_INTERNAL)
        peer = Peer(pod["status"]["podIP"])
        return await cluster.identity.issue_internal(peer, token, make_csr()[1], issuer)

    assert b"BEGIN CERTIFICATE" in await ask(server)
    with pytest.raises(DeniedError) as caught:
        await ask(other)
    assert caught.value.detail == words.WRONG_WORKLOAD.why


async def test_resources_are_followed_and_read_live(cluster, namespace):
    path = f"/apis/{names.API_VERSION}/namespaces/{namespace}/keystores"
    spec = {"authentication": {"clientCertificate": {}, "ipv4": {}}}
    document = {"apiVersion": names.API_VERSION, "kind": "Keystore", "spec": spec}
    cluster.server.admin.must("POST", path, {**document, "metadata": {"name": "orders"}})
    live = await cluster.facts.live_resource("Keystore", namespace, "orders")
    await cluster.until(lambda: cluster.facts.resource("Keystore", namespace, "orders"))
    assert cluster.facts.resource("Keystore", namespace, "orders") == live
    assert live.document["spec"]["authentication"] == spec["authentication"]
    generation = cluster.facts.generation
    status = {"status": {"conditions": []}}
    cluster.server.admin.patch(f"{path}/orders/status", status)
    cluster.server.admin.delete(f"{path}/orders")
    await cluster.until(lambda: cluster.facts.resource("Keystore", namespace, "orders") is None)
    assert cluster.facts.generation == generation + 1


async def poll(holds, seconds):
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - time passing is no event
            await asyncio.sleep(0.05)


async def test_a_silent_connection_makes_facts_old_and_recovers(cluster, namespace):
    pod = cluster.pod(namespace)
    await cluster.heard(pod)
    peer = await cluster.bootstrap(pod)
    cluster.relay.silent = True
    await poll(lambda: refusal(cluster, peer, facts_max_age=1.0) == words.FACTS_OLD.why, 10)
    admit(cluster, peer, facts_max_age=3600.0)
    cluster.relay.silent = False
    await poll(lambda: cluster.facts.age(time.monotonic()) < 1.0, 40)
    admit(cluster, peer, facts_max_age=1.0)


async def test_the_kms_may_read_facts_and_nothing_else(cluster, namespace):
    account = cluster.server.account(names.NAMESPACE, names.KMS)
    for path in ("/api/v1/secrets", f"/api/v1/namespaces/{namespace}/configmaps"):
        assert account.get(path).status == 403
    assert account.create("/api/v1/namespaces", {"metadata": {"name": "x"}}).status == 403


async def test_a_rotated_kubeconfig_without_rights_says_so(cluster_ready, namespace):
    server = cluster_ready
    client = await connect(server.kubeconfig(server.account(namespace, "default")))
    with pytest.raises(Exception, match="403"):
        await client.get("/api/v1/pods?limit=1")
    await client.close()
