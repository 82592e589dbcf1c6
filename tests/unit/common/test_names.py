# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import yaml

from skm_common import names

ROOT = Path(__file__).parents[3]


def test_the_plurals_are_those_of_the_definitions():
    found = {}
    for path in (ROOT / "crds").glob("*.yaml"):
        crd = yaml.safe_load(path.read_text())["spec"]
        assert crd["group"] == names.GROUP
        assert [version["name"] for version in crd["versions"]] == [names.VERSION]
        found[crd["names"]["kind"]] = crd["names"]["plural"]
    assert found == {**names.PLURALS, "ChangeRequest": names.CHANGE_REQUESTS}


def test_audiences_are_all_different_and_under_the_group():
    audiences = [value for name, value in vars(names).items() if name.startswith("AUDIENCE_")]
    assert len(set(audiences)) == len(audiences) == 4
    assert all(value == names.GROUP or value.startswith("skm.dev/") for value in audiences)


def test_ports_are_all_different():
    ports = [value for name, value in vars(names).items() if name.endswith("_PORT")]
    assert len(set(ports)) == len(ports)


def test_names_are_put_together_one_way():
    assert names.service_name("skm-kms", "skm-system") == "skm-kms.skm-system.svc"
    assert names.keystore_name("shop", "orders") == "shop.orders"
