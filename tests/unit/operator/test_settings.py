# SPDX-License-Identifier: Apache-2.0
import ast
import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from skm_common.environment import SettingError, read_settings
from skm_operator import settings as module
from skm_operator.settings import Settings


def test_the_defaults_are_the_installations():
    found = read_settings(Settings, {})
    assert found == Settings()
    assert found.namespace == "skm-system"
    assert found.health_port == 8081
    assert found.drift_interval * 2 < 60


def test_each_setting_is_read_from_the_environment():
    environment = {"SKM_NAMESPACE": "n", "SKM_KMS_CA": "/ca", "SKM_DRIFT_INTERVAL": "1.5"}
    found = read_settings(Settings, environment)
    assert (found.namespace, found.kms_ca, found.drift_interval) == ("n", Path("/ca"), 1.5)


def test_a_wrong_value_is_named_and_not_told():
    with pytest.raises(SettingError, match="SKM_HEALTH_PORT") as caught:
        read_settings(Settings, {"SKM_HEALTH_PORT": "canary"})
    assert "canary" not in str(caught.value)


def test_every_setting_says_why():
    body = ast.parse(inspect.getsource(module)).body
    kind = next(node for node in body if isinstance(node, ast.ClassDef))
    told = [
        node.target.id
        for node, after in zip(kind.body, kind.body[1:], strict=False)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(after, ast.Expr)
    ]
    assert told == [field.name for field in fields(Settings)]
