# SPDX-License-Identifier: Apache-2.0
"""The fixture itself: what every suite below this folder relies on."""


def test_the_server_answers_and_knows_its_callers(apiserver, namespace):
    pods = f"/api/v1/namespaces/{namespace}/pods"
    assert apiserver.admin.get(pods).status == 200
    assert apiserver.user("nobody").get(pods).status == 403
    assert apiserver.account(namespace, "default").get(pods).status == 403
