# SPDX-License-Identifier: Apache-2.0
"""The in-apiserver policies attacked: each hold by themselves, whatever the webhook does."""

import base64
import copy
import http.client
import json

import pytest
from apiserver_harness import until
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from skm_common import names

POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


@pytest.fixture
def without_webhook(deployed):
    """The webhook's configuration deleted by somebody who may."""
    deployed.delete_webhook_configuration()
    bare = deployed.server.namespace()

    def asked(body):
        path = f"/api/v1/namespaces/{bare}/pods?dryRun=All"
        return "secure key manager" in deployed.admin.create(path, body).message

    probe = {
        "metadata": {"name": "probe", "annotations": {names.INJECT: "x/y"}},
        "spec": {"containers": [{"name": "app", "image": "app"}]},
    }
    until(lambda: not asked(probe))
    yield deployed
    deployed.configure_webhook()
    until(lambda: asked(probe))


@pytest.fixture
def editor(room):
    """A person with the rules of the cluster's role `edit` in the room's namespace.

    Nobody aggregates roles here, so what they are made of is bound.
    """
    name = f"editor-of-{room.namespace}"
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{room.namespace}/rolebindings"
    for role in ("system:aggregate-to-edit", "system:aggregate-to-view"):
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}
        body = {"metadata": {"name": role[7:]}, "roleRef": reference, "subjects": [subject]}
        room.admin.must("POST", path, body)
    return room.deployed.server.user(name)


@pytest.fixture
def injected(room, make_pod):
    """An injected pod as the API server keeps it."""
    return room.admin.must("POST", room.pods, make_pod())


def look_alike(injected, name="copy"):
    """What a person writes who has seen an injected pod."""
    document = copy.deepcopy(injected)
    document["metadata"] = {
        "name": name,
        "labels": injected["metadata"]["labels"],
        "annotations": injected["metadata"]["annotations"],
    }
    return document


def agent(document):
    return document["spec"]["initContainers"][0]


def app(document):
    return document["spec"]["containers"][0]


def volume(document, name):
    return next(v for v in document["spec"]["volumes"] if v["name"] == name)


def variable(container, name):
    return next(e for e in container["env"] if e["name"] == name)


def test_every_policy_type_checks(deployed):
    for document in deployed.documents:
        if document["kind"] == "ValidatingAdmissionPolicy":
            path = f"{POLICIES}/{document['metadata']['name']}"
            status = deployed.admin.get(path).body.get("status", {})
            assert not status.get("typeChecking", {}).get("expressionWarnings"), status


def test_the_webhook_s_own_result_passes_without_it(room, injected, without_webhook):
    answer = room.create(look_alike(injected))
    assert answer.status == 201, answer.message


def test_without_the_webhook_an_annotated_pod_does_not_run(room, make_pod, without_webhook):
    for query in ("", "?dryRun=All"):
        answer = room.create(make_pod(), query)
        assert answer.status == 403
        assert "was not injected" in answer.message


def test_with_the_webhook_away_annotated_pods_are_refused_and_others_run(room, make_pod):
    deployed = room.deployed
    deployed.stop()
    try:
        assert room.create(make_pod()).status >= 400
        plain = make_pod("plain")
        del plain["metadata"]["annotations"]
        assert room.create(plain).status == 201
    finally:
        deployed.start()
        deployed.await_ready()
    until(lambda: room.create(make_pod("later")).status in (201, 409))


def test_a_typo_does_not_run_without_the_webhook(room, make_pod, without_webhook):
    document = make_pod()
    document["metadata"]["annotations"] = {"skm.dev/injcet": "orders/orders-db"}
    answer = room.create(document)
    assert answer.status == 403
    assert "no annotation skm.dev/inject" in answer.message


FORGERIES = {
    "another image": ("image or command", lambda d: agent(d).update(image="localhost/evil:1")),
    "another command": ("image or command", lambda d: agent(d).update(command=["sleep", "9999"])),
    "arguments": ("image or command", lambda d: agent(d).update(args=["--version"])),
    "another working directory": (
        "image or command",
        lambda d: agent(d).update(workingDir="/run/skm/secrets"),
    ),
    "another KMS": (
        "values of variables",
        lambda d: variable(agent(d), "SKM_DATA").update(value="evil.example:8443"),
    ),
    "another identity plane": (
        "values of variables",
        lambda d: variable(agent(d), "SKM_IDENTITY").update(value="e:8444"),
    ),
    "another server name": (
        "values of variables",
        lambda d: variable(agent(d), "SKM_SERVER_NAME").update(value="evil"),
    ),
    "another CA": (
        "The agent's CA isn't",
        lambda d: variable(agent(d), "SKM_CA").update(value="-----BEGIN"),
    ),
    "another namespace's key": (
        "values of variables",
        lambda d: variable(agent(d), "SKM_KEYS").update(value="other.k/k"),
    ),
    "a further variable": (
        "set of variables",
        lambda d: agent(d)["env"].append({"name": "PYTHONPATH", "value": "/x"}),
    ),
    "variables from elsewhere": (
        "set of variables",
        lambda d: agent(d).update(envFrom=[{"configMapRef": {"name": "mine", "optional": True}}]),
    ),
    "a missing variable": ("set of variables", lambda d: agent(d)["env"].pop()),
    "a further mount": (
        "(mounts)",
        lambda d: (
            d["spec"]["volumes"].append({"name": "mine", "emptyDir": {}}),
            agent(d)["volumeMounts"].append({"name": "mine", "mountPath": "/opt/skm/lib"}),
        ),
    ),
    "root": (
        "security context",
        lambda d: agent(d)["securityContext"].update(runAsUser=0, runAsNonRoot=False),
    ),
    "a capability": (
        "security context",
        lambda d: agent(d)["securityContext"]["capabilities"].update(add=["NET_RAW"]),
    ),
    "a hook of its own": (
        "hooks or probes",
        lambda d: agent(d)["lifecycle"].update(preStop={"exec": {"command": ["true"]}}),
    ),
    "no wait": ("hooks or probes", lambda d: agent(d).pop("lifecycle")),
    "a startup probe of its own": (
        "hooks or probes",
        lambda d: agent(d).update(startupProbe={"exec": {"command": ["true"]}}),
    ),
    "a liveness probe of its own": (
        "hooks or probes",
        lambda d: agent(d).update(livenessProbe={"exec": {"command": ["true"]}}),
    ),
    "a readiness probe of its own": (
        "hooks or probes",
        lambda d: agent(d).update(readinessProbe={"exec": {"command": ["true"]}}),
    ),
    "another hook": (
        "hooks or probes",
        lambda d: agent(d).update(lifecycle={"postStart": {"exec": {"command": ["true"]}}}),
    ),
    "a readiness elsewhere": (
        "hooks or probes",
        lambda d: agent(d)["readinessProbe"]["httpGet"].update(host="1.2.3.4"),
    ),
    "no agent": ("was not injected", lambda d: d["spec"].pop("initContainers")),
    "an agent that ends": (
        "image or command",
        lambda d: [agent(d).pop(part) for part in ("restartPolicy", "lifecycle", "readinessProbe")],
    ),
    "secrets on disk": ("Volumes skm-", lambda d: volume(d, "skm-secrets").update(emptyDir={})),
    "a further volume of ours": (
        "Volumes skm-",
        lambda d: d["spec"]["volumes"].append({"name": "skm-third", "emptyDir": {}}),
    ),
    "a token for another audience": (
        "Volumes skm-",
        lambda d: volume(d, "skm-identity")["projected"]["sources"][0][
            "serviceAccountToken"
        ].update(audience="kubernetes"),
    ),
    "the identity in the application": (
        "Only skm-secrets may be mounted",
        lambda d: app(d)["volumeMounts"].append(
            {"name": "skm-identity", "mountPath": "/identity", "readOnly": True}
        ),
    ),
    "a second proof of identity": (
        "A proof of identity",
        lambda d: d["spec"]["volumes"].append(
            {
                "name": "mine",
                "projected": {
                    "sources": [{"serviceAccountToken": {"audience": "skm.dev", "path": "token"}}]
                },
            }
        ),
    ),
    "a certificate of our signer": (
        "A proof of identity",
        lambda d: d["spec"]["volumes"].append(
            {
                "name": "mine",
                "projected": {
                    "sources": [
                        {
                            "podCertificate": {
                                "signerName": "skm.dev/pod",
                                "keyType": "ED25519",
                                "credentialBundlePath": "bundle.pem",
                            }
                        }
                    ]
                },
            }
        ),
    ),
    "writable secrets": (
        "Only skm-secrets may be mounted",
        lambda d: app(d)["volumeMounts"][-1].update(readOnly=False),
    ),
    "nobody who sees them": (
        "doesn't wait for them",
        lambda d: (app(d).pop("volumeMounts"), app(d).pop("env")),
    ),
    "no marker": ("doesn't wait for them", lambda d: app(d).pop("env")),
    "a marker of its own": (
        "doesn't wait for them",
        lambda d: (
            d["spec"]["volumes"].append({"name": "mine", "emptyDir": {}}),
            variable(app(d), "SKM_INJECTED")["valueFrom"]["fileKeyRef"].update(volumeName="mine"),
        ),
    ),
    "an optional marker": (
        "Variables can't come",
        lambda d: variable(app(d), "SKM_INJECTED")["valueFrom"]["fileKeyRef"].update(optional=True),
    ),
    "a secret as a variable": (
        "Variables can't come",
        lambda d: app(d)["env"].append(
            {
                "name": "PGPASSWORD",
                "valueFrom": {
                    "fileKeyRef": {
                        "volumeName": "skm-secrets",
                        "path": "orders-db/password",
                        "key": "PGPASSWORD",
                    }
                },
            }
        ),
    ),
    "the host's network": ("can't have hostNetwork", lambda d: d["spec"].update(hostNetwork=True)),
    "the host's processes": ("can't have hostNetwork", lambda d: d["spec"].update(hostPID=True)),
    "shared processes": (
        "can't have hostNetwork",
        lambda d: d["spec"].update(shareProcessNamespace=True),
    ),
    "labels that it doesn't have": (
        "created-labels doesn't hold",
        lambda d: d["metadata"]["annotations"].update(
            {names.CREATED_LABELS: '{"app":"orders","tier":"front"}'}
        ),
    ),
    "more labels than it has": (
        "created-labels doesn't hold",
        lambda d: d["metadata"]["annotations"].update(
            {names.CREATED_LABELS: '{"app":"orders","role":"admin","tier":"back"}'}
        ),
    ),
    "more labels than it has, in another form of JSON": (
        "created-labels doesn't hold",
        lambda d: d["metadata"]["annotations"].update(
            {names.CREATED_LABELS: '{"app":"orders","role" : "admin","tier":"back"}'}
        ),
    ),
    "more labels than it has, with a tab": (
        "created-labels doesn't hold",
        lambda d: d["metadata"]["annotations"].update(
            {names.CREATED_LABELS: '{"app":"orders","role":\t"admin","tier":"back"}'}
        ),
    ),
    "no record of its labels": (
        "was not injected",
        lambda d: d["metadata"]["annotations"].pop(names.CREATED_LABELS),
    ),
}


SEVERAL = {"no agent", "an agent that ends", "no record of its labels"}
"""Look-alikes that break more than one rule by their nature."""


def send(client, path, body):
    """Status, message and warnings of a creation."""
    connection = http.client.HTTPSConnection("127.0.0.1", client.port, context=client._tls)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        document = json.loads(answer.read())
        return answer.status, document.get("message", ""), answer.headers.get_all("Warning") or []
    finally:
        connection.close()


@pytest.fixture
def warned(room, injected, without_webhook):
    """A second binding of the policy, which names every rule that a pod breaks, not the first."""
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
    binding = room.admin.get(f"{path}/skm-pods").body
    spec = {**binding["spec"], "validationActions": ["Warn"]}
    room.admin.must("POST", path, {"metadata": {"name": "every-rule"}, "spec": spec})
    forged = look_alike(injected)
    agent(forged)["image"] = "localhost/evil:1"
    until(lambda: send(room.admin, f"{room.pods}?dryRun=All", forged)[2])
    yield room
    assert room.admin.delete(f"{path}/every-rule").status == 200


def test_a_hand_written_look_alike_is_refused_by_one_rule_alone(warned, injected, subtests):
    for number, (what, (words, forge)) in enumerate(FORGERIES.items()):
        document = look_alike(injected, f"forged-{number}")
        forge(document)
        with subtests.test(what):
            status, message, rules = send(warned.admin, warned.pods, document)
            assert status == 403, message
            assert "ValidatingAdmissionPolicy 'skm-pods'" in message
            assert words in message
            assert what in SEVERAL or len(rules) == 1, rules


def test_every_rule_has_a_look_alike_that_it_refuses(deployed):
    (policy,) = (
        d
        for d in deployed.documents
        if d["metadata"]["name"] == "skm-pods" and d["kind"] == "ValidatingAdmissionPolicy"
    )
    _, *rules = policy["spec"]["validations"]  # The first refuses pods that ask for nothing.
    for rule in rules:
        assert rule["reason"] == "Forbidden"
        assert any(words in rule["message"] for words, _ in FORGERIES.values()), rule["message"]


def test_the_gate_of_older_clusters_passes_too(room, make_pod):
    deployed = room.deployed
    deployed.stop()
    deployed.start(SKM_START_GATE="probe")
    try:
        deployed.await_ready()
        created = room.create(make_pod())
        assert created.status == 201, created.message
        assert agent(created.body)["startupProbe"]["httpGet"]["path"] == "/started"
        assert "env" not in app(created.body)
    finally:
        deployed.stop()
        deployed.start()
        deployed.await_ready()


def test_while_an_upgrade_rolls_on_the_image_before_passes_too(deployed, rendered):
    image = "localhost/skm-agent:0.0.9"
    container = {
        "name": "webhook",
        "image": "localhost/skm-webhook:0.0.9",
        "env": [{"name": "SKM_AGENT_IMAGE", "value": image}],
    }
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"app": "x"}}, "template": template}
    path = "/apis/apps/v1/namespaces/skm-injected/deployments"
    deployed.admin.must("POST", path, {"metadata": {"name": "skm-webhook"}, "spec": spec})
    kubeconfig = deployed.server.kubeconfig(deployed.admin)
    documents = rendered(
        "--show-only=templates/policy-pods.yaml",
        "--dry-run=server",
        "--take-ownership",
        f"--kubeconfig={kubeconfig}",
    )
    rules = json.dumps(documents)
    assert f"a.image in ['localhost/skm-agent:0.1.0', '{image}']" in rules


def test_the_release_s_ca_before_this_one_passes_for_a_while(room, injected, without_webhook):
    path = "/api/v1/namespaces/skm-injected/configmaps/skm-ca"
    data = {"ca.crt": "the next bundle", "previous.crt": room.deployed.ca_pem}
    document = look_alike(injected, "old-ca")
    try:
        assert room.admin.patch(path, {"data": data}).status == 200
        until(lambda: room.create(look_alike(injected, "old-ca"), "?dryRun=All").status == 201)
        assert room.admin.patch(path, {"data": {"previous.crt": None}}).status == 200
        until(lambda: room.create(document, "?dryRun=All").status == 403)
    finally:
        restored = {"data": {"ca.crt": room.deployed.ca_pem}}
        assert room.admin.patch(path, restored).status == 200
        until(lambda: room.create(document, "?dryRun=All").status == 201)


def test_without_the_ca_s_config_map_no_injected_pod_is_admitted(room, make_pod):
    folder = "/api/v1/namespaces/skm-injected/configmaps"
    assert room.admin.delete(f"{folder}/skm-ca").status == 200
    try:
        until(lambda: "no params found" in room.create(make_pod(), "?dryRun=All").message)
    finally:
        document = {"metadata": {"name": "skm-ca"}, "data": {"ca.crt": room.deployed.ca_pem}}
        room.admin.must("POST", folder, document)
        until(lambda: room.create(make_pod(), "?dryRun=All").status == 201)


FROZEN = {
    "an annotation changed": {"annotations": {names.INJECT: "orders/other"}},
    "the record of labels changed": {"annotations": {names.CREATED_LABELS: '{"app":"admin"}'}},
    "an annotation removed": {"annotations": {names.CREATED_LABELS: None}},
    "an annotation added": {"annotations": {names.ON_DENIED: "keep"}},
    "a label added": {"labels": {"skm.dev/x": "y"}},
}


@pytest.mark.parametrize("subresource", ["", "/status"])
@pytest.mark.parametrize("case", FROZEN)
def test_marks_of_a_pod_are_frozen(room, injected, editor, case, subresource):
    client = room.admin if subresource else editor
    path = f"{room.pods}/orders{subresource}"
    answer = client.patch(path, {"metadata": FROZEN[case]})
    assert answer.status == 403, answer.message
    assert "skm-pods-frozen" in answer.message


def test_a_plain_pod_can_t_be_marked_later(room, make_pod, editor):
    plain = make_pod("plain")
    del plain["metadata"]["annotations"]
    room.admin.must("POST", room.pods, plain)
    change = {"metadata": {"annotations": {names.CREATED_LABELS: "{}"}}}
    assert editor.patch(f"{room.pods}/plain", change).status == 403
    assert room.admin.patch(f"{room.pods}/plain/status", change).status == 403


def test_other_changes_of_an_injected_pod_are_nobody_s_business(room, injected, editor):
    change = {"metadata": {"labels": {"tier": "other"}, "annotations": {"note": "x"}}}
    assert editor.patch(f"{room.pods}/orders", change).status == 200


def test_the_agent_s_image_can_t_be_changed_in_a_running_pod(room, injected, editor):
    changed = copy.deepcopy(injected["spec"]["initContainers"])
    changed[0]["image"] = "localhost/evil:1"
    answer = editor.patch(f"{room.pods}/orders", {"spec": {"initContainers": changed}})
    assert answer.status == 403
    assert "skm-agent can't be changed" in answer.message


def test_a_binding_brings_no_marks(room, make_pod):
    plain = make_pod("plain")
    del plain["metadata"]["annotations"]
    room.admin.must("POST", room.pods, plain)
    target = {"apiVersion": "v1", "kind": "Node", "name": "node0"}
    for mark in ({"annotations": {names.CREATED_LABELS: "{}"}}, {"labels": {"skm.dev/x": "y"}}):
        binding = {"metadata": {"name": "plain", **mark}, "target": target}
        for path in (f"{room.pods}/plain/binding", f"{room.pods[:-5]}/bindings"):
            answer = room.admin.create(path, binding)
            assert answer.status == 403, answer.message
            assert "skm-bindings" in answer.message


EPHEMERAL = {
    "the secrets": {"volumeMounts": [{"name": "skm-secrets", "mountPath": "/s"}]},
    "the identity": {"volumeMounts": [{"name": "skm-identity", "mountPath": "/i"}]},
    "the agent": {"targetContainerName": "skm-agent"},
    "a secret as a variable": {
        "env": [
            {
                "name": "P",
                "valueFrom": {"fileKeyRef": {"volumeName": "skm-secrets", "path": "p", "key": "P"}},
            }
        ]
    },
}


@pytest.mark.parametrize("case", EPHEMERAL)
def test_an_ephemeral_container_gets_nothing_of_ours(room, injected, editor, case):
    container = {"name": "debug", "image": "localhost/debug:1", **EPHEMERAL[case]}
    path = f"{room.pods}/orders/ephemeralcontainers"
    answer = room.admin.patch(path, {"spec": {"ephemeralContainers": [container]}})
    assert answer.status == 403, answer.message
    assert "skm-pods-frozen" in answer.message


def test_another_ephemeral_container_is_allowed(room, injected):
    container = {"name": "debug", "image": "localhost/debug:1"}
    path = f"{room.pods}/orders/ephemeralcontainers"
    answer = room.admin.patch(path, {"spec": {"ephemeralContainers": [container]}})
    assert answer.status == 200, answer.message


@pytest.mark.parametrize("audience", ["skm.dev", "skm.dev/node", "skm.dev/admin"])
def test_an_editor_mints_no_token_of_ours(room, editor, mint_token, audience):
    for client in (editor, room.admin):
        answer = mint_token(client, room.namespace, "app", audience)
        assert answer.status == 403
        assert "skm-tokens" in answer.message


def test_tokens_of_other_audiences_are_nobody_s_business(room, editor, mint_token):
    for audience in ("vault", "skm.development", "https://kubernetes.default.svc"):
        assert mint_token(editor, room.namespace, "app", audience).status == 201


def test_the_pod_s_node_gets_the_token(room, injected, mint_token):
    room.admin.must("POST", "/api/v1/nodes", {"metadata": {"name": f"n-{room.namespace}"}})
    node = room.deployed.server.node(f"n-{room.namespace}")
    target = {"apiVersion": "v1", "kind": "Node", "name": f"n-{room.namespace}"}
    binding = {"metadata": {"name": "orders"}, "target": target}
    room.admin.must("POST", f"{room.pods}/orders/binding", binding)

    assert until(lambda: mint_token(node, room.namespace, "app", "skm.dev", injected).status == 201)


def test_a_person_asks_for_no_certificate_of_our_signer(room, injected):
    path = f"/apis/certificates.k8s.io/v1/namespaces/{room.namespace}/podcertificaterequests"
    body = {"metadata": {"name": "mine"}, "spec": certificate_request(injected)}
    answer = room.admin.create(path, body)
    assert answer.status == 403, answer.message
    assert "skm-pod-certificates" in answer.message


def certificate_request(pod):
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    encoded = request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return {
        "signerName": "skm.dev/pod",
        "podName": "orders",
        "podUID": pod["metadata"]["uid"],
        "serviceAccountName": "app",
        "serviceAccountUID": "x",
        "nodeName": "node0",
        "nodeUID": "x",
        "maxExpirationSeconds": 3600,
        "stubPKCS10Request": base64.b64encode(encoded).decode(),
    }


@pytest.mark.parametrize("kind", ["deployments", "cronjobs"])
def test_annotations_on_a_workload_itself_draw_a_warning(room, kind):
    group = "apps" if kind == "deployments" else "batch"
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {
            "containers": [{"name": "x", "image": "x"}],
            "restartPolicy": "Always" if kind == "deployments" else "Never",
        },
    }
    spec = (
        {"selector": {"matchLabels": {"app": "x"}}, "template": template}
        if kind == "deployments"
        else {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
    )
    body = {"metadata": {"name": "x", "annotations": {names.INJECT: "a/b"}}, "spec": spec}
    path = f"/apis/{group}/v1/namespaces/{room.namespace}/{kind}"
    status, _, warnings = send(room.admin, path, body)
    assert status == 201
    assert "pod template" in warnings[0]
