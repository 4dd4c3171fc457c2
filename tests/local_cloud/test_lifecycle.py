"""Deploying again, opening and closing the API, removing: in a cloud of its own."""

import pytest
import requests

from deploy.commands import DeployError
from deploy.local_cloud import local_cloud
from deploy.osls import osls
from deploy.service import FLOWER, PREDICT, deploy, remove
from deploy.stack import Stack, call, describe_stack
from deploy.target import Target, local_target

pytestmark = pytest.mark.slow


def test_an_open_api_is_closed_by_deploying_again_and_all_of_it_can_be_removed() -> None:
    with local_cloud() as cloud:
        target = local_target(cloud)
        opened = deploy(target, {"auth": "none"})
        assert opened.api_key is None
        assert call(opened, "POST", PREDICT, FLOWER).status == 200
        closed = deploy(target)
        check_closed(closed, opened)
        assert remove(target) == []
        with pytest.raises(DeployError, match="is not deployed"):
            describe_stack(target)
        assert remove(target) == []


def check_closed(closed: Stack, opened: Stack) -> None:
    """The same API now asks for its key."""
    assert closed.url("/") == opened.url("/")
    assert closed.api_key is not None
    assert requests.get(closed.url("/api/models"), timeout=60).status_code == 403
    assert call(closed, "GET", "/api/models").status == 200


@pytest.mark.usefixtures("cloud")
def test_osls_refuses_a_profile_of_a_real_account(target: Target) -> None:
    with pytest.raises(DeployError, match="a profile of a real account is chosen"):
        osls(target, ["info", "--aws-profile", "company"])
