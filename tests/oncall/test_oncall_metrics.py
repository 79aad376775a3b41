"""What Prometheus reads of who is on call: ids, and gaps."""

from __future__ import annotations

from vahta.metrics import Metrics, Now


def shown(**on_call: str | None) -> list[str]:
    lines = Metrics(version="0").render(Now(on_call=on_call)).decode().splitlines()
    return [line for line in lines if line.startswith("vahta_oncall")]


def test_the_engineer_on_call_is_told_by_id() -> None:
    assert shown(duty="anna") == [
        'vahta_oncall_gap{rota="duty"} 0.0',
        'vahta_oncall_engineer{engineer="anna",rota="duty"} 1.0',
    ]


def test_nobody_is_a_gap_and_no_engineer() -> None:
    assert shown(duty=None) == ['vahta_oncall_gap{rota="duty"} 1.0']


def test_without_rotas_there_is_nothing() -> None:
    assert shown() == []
