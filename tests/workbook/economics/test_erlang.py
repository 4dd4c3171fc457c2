"""The formulas agree with their definitions, and with values worked out by hand."""

import math

import pytest

from workbook.economics.erlang import (
    erlang_b,
    erlang_c,
    mean_wait,
    servers_for_loss,
    servers_for_wait,
    waits_longer,
)


@pytest.mark.parametrize(("servers", "offered"), [(1, 0.5), (3, 2.0), (10, 8.0), (60, 75.0)])
def test_erlang_b_is_the_last_term_of_a_truncated_poisson_distribution(
    servers: int, offered: float
) -> None:
    terms = [offered**busy / math.factorial(busy) for busy in range(servers + 1)]

    assert erlang_b(servers, offered) == pytest.approx(terms[-1] / sum(terms))


def test_one_server_turns_away_what_arrives_while_it_works() -> None:
    assert erlang_b(1, 1.0) == pytest.approx(1 / 2)
    assert erlang_b(2, 1.0) == pytest.approx(1 / 5)


def test_nothing_is_lost_without_traffic_and_all_without_servers() -> None:
    assert erlang_b(3, 0.0) == 0
    assert erlang_b(0, 1.0) == 1


def test_thousands_of_servers_do_not_overflow() -> None:
    assert 0 < erlang_b(5_000, 5_000.0) < 0.02
    assert erlang_b(5_000, 2_000.0) == pytest.approx(0, abs=1e-12)


def test_with_one_server_the_share_that_waits_is_the_utilisation() -> None:
    assert erlang_c(1, 0.8) == pytest.approx(0.8)
    assert mean_wait(1, 0.8, service=2.0) == pytest.approx(0.8 * 2.0 / 0.2)


def test_erlang_c_with_two_servers_is_as_in_the_textbooks() -> None:
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert mean_wait(2, 1.0, service=1.0) == pytest.approx(1 / 3)


def test_a_queue_that_gets_more_than_it_can_serve_grows_for_ever() -> None:
    assert erlang_c(4, 4.0) == 1
    assert mean_wait(4, 4.5, service=1.0) == math.inf
    assert waits_longer(4, 4.5, service=1.0, than=100.0) == 1


def test_the_wait_is_exponential_beyond_the_share_that_waits() -> None:
    assert waits_longer(5, 4.0, service=2.0, than=0.0) == erlang_c(5, 4.0)
    ratio = waits_longer(5, 4.0, 2.0, than=3.0) / waits_longer(5, 4.0, 2.0, than=1.0)
    assert ratio == pytest.approx(math.exp(-1.0))


def test_the_fewest_servers_for_a_loss_are_enough_and_one_fewer_is_not() -> None:
    enough = servers_for_loss(20.0, 0.01)

    assert enough == 30
    assert erlang_b(enough, 20.0) <= 0.01 < erlang_b(enough - 1, 20.0)


def test_the_fewest_servers_for_a_wait_are_enough_and_one_fewer_is_not() -> None:
    enough = servers_for_wait(20.0, service=0.1, within=0.05, share=0.01)

    assert waits_longer(enough, 20.0, 0.1, 0.05) <= 0.01
    assert waits_longer(enough - 1, 20.0, 0.1, 0.05) > 0.01
