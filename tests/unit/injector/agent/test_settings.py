# SPDX-License-Identifier: Apache-2.0
"""The agent's settings among the variables that a kubelet adds for Services of the namespace."""

import re

import pytest

from skm_injector.agent.settings import PREFIX, Settings, read_settings

REQUIRED = {
    "SKM_CA": "-----BEGIN CERTIFICATE-----",
    "SKM_DATA": "skm-kms.skm-system.svc:8443",
    "SKM_IDENTITY": "skm-kms.skm-system.svc:8444",
    "SKM_SERVER_NAME": "skm-kms.skm-system.svc",
    "SKM_KEYS": "orders.orders/orders-db",
    "SKM_ON_DENIED": "wipe",
}
SERVICE_LINK = re.compile(r".+_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_[0-9]+_(TCP|UDP|SCTP).*)?)")


def test_a_service_named_as_we_are_stops_no_agent():
    links = {
        "SKM_SERVICE_HOST": "10.96.7.7",
        "SKM_SERVICE_PORT": "80",
        "SKM_PORT": "tcp://10.96.7.7:80",
        "SKM_PORT_80_TCP": "tcp://10.96.7.7:80",
        "SKM_PORT_80_TCP_ADDR": "10.96.7.7",
    }
    assert read_settings(REQUIRED | links) == read_settings(REQUIRED)


@pytest.mark.parametrize("name", Settings._fields)
def test_no_service_can_be_named_so_that_it_sets_a_variable_of_ours(name):
    assert not SERVICE_LINK.fullmatch(PREFIX + name.upper())
