"""The hand-made API keeps the rules of the real one: a fake that is wrong makes every test with it wrong."""

import httpx
import pytest

from tests.printer.print_jobs_api import TOKEN, PrintJobsApi


def post(api: PrintJobsApi, path: str, token: str = TOKEN, **body: object) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=60) as client:
        return client.post(f"{api.url}/api/v1{path}", json=body, headers={"Authorization": f"Bearer {token}"})


def test_a_job_is_claimed_started_and_ended_in_that_order() -> None:
    with PrintJobsApi() as api:
        job = api.offer(number="A007")
        claimed = post(api, "/print-jobs/claim", wait=0).json()
        assert (claimed["id"], claimed["content"]["number"], api.state(job)) == (job, "A007", "claimed")
        assert post(api, f"/print-jobs/{job}/started", lease=claimed["lease"]).status_code == 200
        for _ in range(2):
            ended = post(api, f"/print-jobs/{job}/outcome", lease=claimed["lease"], outcome="printed", detail="")
            assert ended.status_code == 200
        assert api.state(job) == "printed"
        changed = post(api, f"/print-jobs/{job}/outcome", lease=claimed["lease"], outcome="unknown", detail="")
        assert (changed.status_code, changed.json()["code"]) == (409, "print-job-conflict")


def test_a_job_is_given_to_one_claim_only() -> None:
    with PrintJobsApi() as api:
        api.offer()
        assert post(api, "/print-jobs/claim", wait=0).status_code == 200
        assert post(api, "/print-jobs/claim", wait=0).status_code == 204


def test_a_lapsed_lease_is_refused_and_the_job_offered_again() -> None:
    with PrintJobsApi() as api:
        job = api.offer()
        first = post(api, "/print-jobs/claim", wait=0).json()
        api.lapse(job)
        assert post(api, f"/print-jobs/{job}/started", lease=first["lease"]).status_code == 409
        assert post(api, "/print-jobs/claim", wait=0).json()["lease"] != first["lease"]


def test_another_token_is_refused_and_a_server_that_is_down_answers_nothing() -> None:
    with PrintJobsApi() as api:
        assert post(api, "/print-jobs/claim", token="wrong", wait=0).status_code == 401
        api.set_down(True)
        with pytest.raises(httpx.HTTPError):
            post(api, "/print-jobs/claim", wait=0)
