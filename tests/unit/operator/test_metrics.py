# SPDX-License-Identifier: Apache-2.0
from skm_operator.metrics import Metrics


def test_the_exposition_is_in_prometheus_form():
    metrics = Metrics()
    metrics.set("skm_operator_leading", 1)
    metrics.set("skm_operator_objects", 2, 'kind="Key"')
    metrics.reconciled("Key", settled=True)
    metrics.reconciled("Key", settled=True)
    metrics.reconciled("Key", settled=False)
    lines = metrics.text().splitlines()
    assert "# TYPE skm_operator_leading gauge" in lines
    assert "skm_operator_leading 1" in lines
    assert 'skm_operator_objects{kind="Key"} 2' in lines
    assert "# TYPE skm_operator_reconciled_total counter" in lines
    assert 'skm_operator_reconciled_total{kind="Key",result="settled"} 2' in lines
    assert 'skm_operator_reconciled_total{kind="Key",result="retry"} 1' in lines


def test_a_process_that_has_not_begun_does_not_lead():
    assert Metrics().text().splitlines()[-1] == "skm_operator_leading 0"


def test_a_large_number_is_written_in_full():
    metrics = Metrics()
    metrics.set("skm_operator_webhook_ca_expiry_seconds", 1830000000.0)
    assert "skm_operator_webhook_ca_expiry_seconds 1830000000" in metrics.text()
