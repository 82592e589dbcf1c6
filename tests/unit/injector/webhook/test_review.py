# SPDX-License-Identifier: Apache-2.0
"""From the pod to the patch: what is put in, what is refused, and that twice is once."""

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skm_common import names
from skm_injector.webhook.errors import Check, RefusalError, UnknownError
from skm_injector.webhook.facts import gather
from skm_injector.webhook.installation import StartGate, gate_for
from skm_injector.webhook.review import Creation, review


def apply(pod, operations):
    """RFC 6902 `add` on members of objects, which is all that the patch uses."""
    result = copy.deepcopy(pod)
    for operation in operations:
        assert operation["op"] == "add"
        _, part, name = operation["path"].split("/")
        result[part][name] = operation["value"]
    return result


def injected(pod, facts, installation):
    return apply(pod, review(Creation("shop", pod), facts, installation))


def refusal(pod, facts, installation):
    with pytest.raises(RefusalError) as caught:
        review(Creation("shop", pod), facts, installation)
    return caught.value


def by_name(entries, name):
    return next(entry for entry in entries if entry["name"] == name)


def test_the_agent_is_the_first_init_container(pod, facts, installation):
    pod["spec"]["initContainers"] = [{"name": "migrate", "image": "m:1"}]
    spec = injected(pod, facts, installation)["spec"]
    assert [c["name"] for c in spec["initContainers"]] == ["skm-agent", "migrate"]
    assert spec["initContainers"][0]["restartPolicy"] == "Always"


def test_the_agent_comes_after_a_mesh_s_native_sidecar(pod, facts, installation):
    mesh = {"name": "istio-proxy", "image": "p:1", "restartPolicy": "Always"}
    pod["spec"]["initContainers"] = [{"name": "cni", "image": "c:1"}, mesh, {"name": "z"}]
    spec = injected(pod, facts, installation)["spec"]
    assert [c["name"] for c in spec["initContainers"]] == ["cni", "istio-proxy", "skm-agent", "z"]


def test_a_mesh_s_proxy_sees_no_secrets(pod, facts, installation):
    pod["spec"]["containers"].append({"name": "linkerd-proxy", "image": "p:1"})
    spec = injected(pod, facts, installation)["spec"]
    assert spec["containers"][2] == {"name": "linkerd-proxy", "image": "p:1"}


def test_every_app_container_sees_the_secrets_read_only(pod, facts, installation):
    for container in injected(pod, facts, installation)["spec"]["containers"]:
        mount = {"name": "skm-secrets", "readOnly": True, "mountPath": "/run/secrets/skm"}
        assert container["volumeMounts"] == [mount]
        reference = by_name(container["env"], "SKM_INJECTED")["valueFrom"]["fileKeyRef"]
        assert reference == {
            "volumeName": "skm-secrets",
            "path": ".skm-injected",
            "key": "SKM_INJECTED",
            "optional": False,
        }


def test_no_command_is_rewritten(pod, facts, installation):
    spec = injected(pod, facts, installation)["spec"]
    assert spec["containers"][0]["command"] == ["run"]
    assert "command" not in spec["containers"][1]


def test_only_the_chosen_containers_see_them(pod, facts, installation):
    pod["metadata"]["annotations"][names.CONTAINERS] = "log,migrate"
    pod["spec"]["initContainers"] = [{"name": "migrate", "image": "m:1"}]
    spec = injected(pod, facts, installation)["spec"]
    assert "volumeMounts" not in spec["containers"][0]
    assert "volumeMounts" in spec["containers"][1]
    assert "volumeMounts" in spec["initContainers"][1]


def test_before_kubernetes_1_35_a_startup_probe_takes_the_marker_s_place(pod, facts, installation):
    old = replace(installation, gate=StartGate.PROBE)
    spec = injected(pod, facts, old)["spec"]
    agent = spec["initContainers"][0]
    assert "lifecycle" not in agent
    probe = agent["startupProbe"]
    assert probe["httpGet"]["path"] == "/started"
    assert (probe["timeoutSeconds"], probe["failureThreshold"]) == (30, 2880)
    assert "env" not in spec["containers"][0]


@pytest.mark.parametrize(
    ("version", "gate"),
    [((1, 34), StartGate.PROBE), ((1, 35), StartGate.MARKER), ((2, 0), StartGate.MARKER)],
)
def test_the_gate_follows_the_version(version, gate):
    assert gate_for(*version) is gate


def test_identity_is_for_the_agent_alone_and_leaves_it_without_an_api_token(
    pod, facts, installation
):
    spec = injected(pod, facts, installation)["spec"]
    agent = spec["initContainers"][0]
    mount = by_name(agent["volumeMounts"], "skm-identity")
    assert mount["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"
    (source,) = by_name(spec["volumes"], "skm-identity")["projected"]["sources"]
    assert source["serviceAccountToken"]["audience"] == "skm.dev"
    for container in spec["containers"]:
        assert "skm-identity" not in json.dumps(container)


def test_the_record_of_labels_is_the_pod_s_labels_whatever_the_author_wrote(
    pod, facts, installation
):
    pod["metadata"]["annotations"][names.CREATED_LABELS] = '{"role":"admin"}'
    annotations = injected(pod, facts, installation)["metadata"]["annotations"]
    assert annotations[names.CREATED_LABELS] == '{"app":"orders"}'


def test_a_record_of_labels_on_a_pod_that_isn_t_injected_is_taken_away(pod, facts, installation):
    pod["metadata"]["annotations"] = {names.CREATED_LABELS: "{}", "other": "x"}
    assert injected(pod, facts, installation)["metadata"]["annotations"] == {"other": "x"}


def test_no_secret_and_no_token_stands_in_the_patch(pod, facts, installation):
    text = json.dumps(review(Creation("shop", pod), facts, installation))
    assert "secretKeyRef" not in text
    assert '"secret"' not in text


NAMES = st.sampled_from(["app", "log", "istio-proxy", "skm-agent", "side", "x"])
VOLUMES = st.sampled_from(["skm-secrets", "skm-identity", "skm-other", "data", "tmp"])
CONTAINERS = st.builds(
    lambda name, restart, mounts, env: {
        "name": name,
        "image": f"{name}:1",
        **({"restartPolicy": "Always"} if restart else {}),
        "volumeMounts": [{"name": n, "mountPath": f"/m/{i}"} for i, n in enumerate(mounts)],
        "env": [{"name": n, "value": "1"} for n in env],
    },
    NAMES,
    st.booleans(),
    st.lists(VOLUMES, max_size=3, unique=True),
    st.lists(st.sampled_from(["SKM_INJECTED", "HOME", "A"]), max_size=3, unique=True),
)
LISTS = st.lists(CONTAINERS, max_size=4, unique_by=lambda c: c["name"])


@given(
    apps=LISTS.filter(lambda listed: any(c["name"] in ("app", "log", "side") for c in listed)),
    inits=LISTS,
    volumes=st.lists(VOLUMES, max_size=4, unique=True),
    labels=st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text(max_size=5)),
    path=st.sampled_from(["/run/secrets/skm", "/srv/x"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_twice_is_once_whatever_the_author_wrote(
    facts, installation, apps, inits, volumes, labels, path
):
    pod = {
        "metadata": {
            "labels": {**labels, "app": "orders"},
            "annotations": {names.INJECT: "orders-db", names.PATH: path},
        },
        "spec": {
            "serviceAccountName": "app",
            "containers": apps,
            "initContainers": inits,
            "volumes": [{"name": name, "emptyDir": {}} for name in volumes],
        },
    }
    before = copy.deepcopy(pod)
    first = review(Creation("shop", pod), facts, installation)
    assert pod == before
    assert review(Creation("shop", copy.deepcopy(pod)), facts, installation) == first
    once = apply(pod, first)
    assert review(Creation("shop", once), facts, installation) == []
    ours = [v for v in once["spec"]["volumes"] if v["name"].startswith("skm-")]
    assert [v["name"] for v in ours] == ["skm-secrets", "skm-identity"]
    agents = [
        c
        for c in once["spec"]["initContainers"] + once["spec"]["containers"]
        if c["name"] == "skm-agent"
    ]
    assert [agent["image"] for agent in agents] == [installation.image]


@pytest.mark.parametrize("field", ["hostNetwork", "hostPID", "shareProcessNamespace"])
def test_a_pod_that_shares_with_others_is_refused(pod, facts, installation, field):
    pod["spec"][field] = False
    assert injected(pod, facts, installation)
    pod["spec"][field] = True
    found = refusal(pod, facts, installation)
    assert found.check is Check.POD
    assert field in str(found)


def test_a_path_that_is_mounted_already_is_refused(pod, facts, installation):
    pod["spec"]["volumes"] = [{"name": "data", "emptyDir": {}}]
    mount = {"name": "data", "mountPath": "/run/secrets/skm/x/"}
    pod["spec"]["containers"][1]["volumeMounts"] = [mount]
    found = refusal(pod, facts, installation)
    assert found.check is Check.CONTAINER
    assert "container log already mounts volume data" in str(found)
    mount["mountPath"] = "/run/secrets/skmx"
    assert injected(pod, facts, installation)


def test_a_variable_from_our_volume_is_refused(pod, facts, installation):
    reference = {"volumeName": "skm-secrets", "path": "orders-db", "key": "P"}
    variable = {"name": "P", "valueFrom": {"fileKeyRef": reference}}
    pod["spec"]["containers"][0]["env"] = [variable]
    assert "variable P" in str(refusal(pod, facts, installation))


@pytest.mark.parametrize(
    "source",
    [
        {"serviceAccountToken": {"audience": "skm.dev", "path": "t"}},
        {"podCertificate": {"signerName": "skm.dev/pod"}},
    ],
)
@pytest.mark.parametrize("asks", [True, False])
def test_a_proof_of_identity_for_the_author_is_refused(pod, facts, installation, source, asks):
    pod["spec"]["volumes"] = [{"name": "mine", "projected": {"sources": [source]}}]
    if not asks:
        pod["metadata"]["annotations"] = {}
    assert refusal(pod, facts, installation).check is Check.VOLUME


def test_a_token_of_another_audience_is_the_author_s_business(pod, facts, installation):
    source = {"serviceAccountToken": {"audience": "vault", "path": "t"}}
    pod["spec"]["volumes"] = [{"name": "mine", "projected": {"sources": [source]}}]
    assert injected(pod, facts, installation)


@pytest.mark.parametrize(
    ("inject", "check", "words"),
    [
        ("orders/orders-bd", Check.KEY, "did you mean orders-db?"),
        ("order/orders-db", Check.KEYSTORE, "did you mean orders?"),
        ("orders/wrap", Check.KEY, "Symmetric key, which never leaves"),
        ("orders/token", Check.POLICY, "no rule of it allows ReadSecret on token"),
    ],
)
def test_what_the_resources_don_t_allow_is_refused_for_now(
    pod, facts, installation, inject, check, words
):
    pod["metadata"]["annotations"][names.INJECT] = inject
    found = refusal(pod, facts, installation)
    assert isinstance(found, UnknownError)
    assert found.check is check
    assert words in str(found)


def test_a_key_of_another_keystore_is_named_rightly(pod, resources, installation):
    other = copy.deepcopy(resources[0])
    other["metadata"]["name"] = "billing"
    pod["metadata"]["annotations"][names.INJECT] = "billing/orders-db"
    found = refusal(pod, gather([*resources, other]), installation)
    assert "write orders/orders-db" in str(found)


def test_a_keystore_that_can_t_be_served_says_why(pod, resources, installation):
    resources[0]["spec"]["approval"] = {"approverSet": "x", "minimumApprovals": 1}
    found = refusal(pod, gather(resources), installation)
    assert found.check is Check.KEYSTORE
    assert "spec.approval" in str(found)


def test_a_policy_that_can_t_be_used_says_why(pod, resources, installation):
    resources[-1]["spec"]["subjects"] = [{"client": {"name": "vm"}}]
    found = refusal(pod, gather(resources), installation)
    assert found.check is Check.POLICY
    assert "AccessPolicy orders-app can't be used" in str(found)
