"""Portals that nobody here wrote: the probes work there by configuration alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from yarl import URL

from probes.observation import Outcome, Reason
from probes.request import Request
from probes.sigv4 import Keys, signature

HERE = Path(__file__).parent / "strangers"
PASSWORD = "s3cr3t-pw"


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[..., str]]:
    """Start one of the servers as a process of its own; its address comes back."""
    running: list[subprocess.Popen[str]] = []

    def run(name: str, *arguments: str) -> str:
        command = [sys.executable, "-W", "ignore", str(HERE / name), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http"), f"{name} did not start: install the dev dependencies"
        return address

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def django(start: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return start("django_admin.py", str(tmp_path_factory.mktemp("django")), PASSWORD)


@pytest.fixture(scope="module")
def s3(start: Callable[..., str]) -> str:
    return start("s3.py")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("webdav")


@pytest.fixture(scope="module", params=["basic", "digest"])
def webdav(request, start: Callable[..., str], files: Path) -> tuple[str, dict[str, str]]:
    url = start("webdav.py", str(files), PASSWORD, request.param)
    return url, {"kind": request.param, "username": "robot", "password": PASSWORD}


def admin(base: str, **more: str) -> dict[str, object]:
    return {
        "url": f"{base}/admin/",
        "username": "robot",
        "password": PASSWORD,
        "csrf": "csrfmiddlewaretoken",
        "success": "#user-tools",
        "logout_url": f"{base}/admin/logout/",
        **more,
    }


async def test_somebody_signs_in_to_djangos_administration_and_out_again(check, django):
    seen = await check("login", **admin(django))
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [(step.name, step.status) for step in seen.steps] == [
        ("form", 200),
        ("password", 200),
        ("log-out", 200),
    ]


async def test_a_wrong_password_is_told_by_a_general_phrase_or_by_the_form_coming_back(
    check, django
):
    seen = await check("login", **admin(django, password="wrong"))
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.LOGIN_REJECTED)


async def test_a_form_of_djangos_is_gone_through_step_by_step(check, django):
    steps = [
        {"name": "form", "url": "/admin/"},
        {"name": "sign in", "submit": {"username": "robot", "password": "{{password}}"},
         "expect": [{"css": "#user-tools", "reason": "login_rejected"}]},
        {"name": "new group", "url": "/admin/auth/group/add/"},
        {"name": "save", "submit": {"name": "{{group}}"},
         "expect": [{"css": "li.success", "contains": "{{group}}"}],
         "extract": {"page": {"css": "li.success a", "attribute": "href"}}},
        {"name": "confirm", "url": "{{page}}../delete/", "always": True},
        {"name": "delete", "always": True, "submit": {"post": "yes"},
         "expect": [{"css": "li.success", "contains": "{{group}}"}]},
    ]  # fmt: skip
    seen = await check(
        "flow",
        url=django,
        step=steps,
        vars={"group": "vahta-{{random_digits(8)}}"},
        secrets={"password": PASSWORD},
    )
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [step.status for step in seen.steps] == [200] * 6


def presigned(s3: str) -> dict[str, str]:
    """The addresses that a store hands out so that nobody else's keys are needed."""
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=s3,
        region_name="us-east-1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    what = {"Bucket": "documents", "Key": "vahta-test.jpeg"}
    return {
        "url": client.generate_presigned_url("put_object", Params=what),
        "content_url": client.generate_presigned_url("get_object", Params=what),
        "delete_url": client.generate_presigned_url("delete_object", Params=what),
    }


@pytest.mark.parametrize("how", ["with credentials", "presigned"])
async def test_a_document_is_stored_read_back_and_deleted_in_s3(check, s3, how):
    settings: dict[str, object] = {"size": "300KiB", "document": "jpeg"}
    if how == "presigned":
        settings |= presigned(s3)
    else:
        auth = {"kind": "aws", "access_key": "k", "secret_key": "s"}
        settings |= {"url": f"{s3}/documents/{{name}}", "auth": auth}
    seen = await check("upload", send="raw", wait="1s", **settings)
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [(step.name, step.status) for step in seen.steps] == [
        ("upload", 200),
        ("content", 200),
        ("delete", 204),
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/documents/x.pdf", None),
        ("PUT", "/documents/имя файла~1.pdf", b"%PDF"),
        ("DELETE", "/documents/a%2Bb?versionId=a%2Fb&x=", None),
        ("GET", "/", None),
    ],
)
def test_a_signature_is_the_one_that_amazons_own_library_makes(noon, method, path, body):
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = str(URL(f"http://127.0.0.1:9000{path}", encoded="%" in path))
    theirs = AWSRequest(method, url, data=body or b"")
    theirs.context = {"timestamp": f"{noon:%Y%m%dT%H%M%SZ}", "payload_signing_enabled": True}
    signer = S3SigV4Auth(Credentials("k", "s"), "s3", "us-east-1")
    theirs.headers["X-Amz-Content-SHA256"] = signer.payload(theirs)
    theirs.headers["X-Amz-Date"] = theirs.context["timestamp"]
    signed = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    ours = signature(Request(method, url, raw=body), Keys("k", "s", "us-east-1", "s3"), noon)
    assert ours["Authorization"].endswith(f"Signature={signer.signature(signed, theirs)}")


async def test_a_bucket_that_is_not_there_is_not_taken_for_an_outage_of_ours(check, s3):
    seen = await check("upload", send="raw", wait="1s", url=f"{s3}/nothing/{{name}}")
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.HTTP_404)


async def test_a_document_is_stored_read_back_and_deleted_by_webdav(check, webdav, files):
    url, auth = webdav
    seen = await check("upload", send="raw", wait="1s", url=f"{url}/{{name}}", auth=auth)
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [step.status for step in seen.steps] == [201, 200, 204]
    assert list(files.iterdir()) == []


async def test_without_the_right_password_webdav_takes_nothing(check, webdav):
    url, auth = webdav
    wrong = {**auth, "password": "wrong"}
    seen = await check("upload", send="raw", wait="1s", url=f"{url}/{{name}}", auth=wrong)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.UPLOAD_REJECTED)


async def test_webdavs_own_methods_are_steps_like_others(check, webdav, files):
    url, auth = webdav
    folder = {
        "url": "/{{folder}}/",
        "name": "folder",
        "method": "MKCOL",
        "expect": [{"status": [201]}],
    }
    listing = {
        "name": "listing", "url": "/", "method": "PROPFIND", "headers": {"Depth": "1"},
        "expect": [{"status": [207]}, {"contains": "{{folder}}"}],
    }  # fmt: skip
    away = {"url": "/{{folder}}/", "name": "away", "method": "DELETE", "always": True}
    made = {"folder": "vahta-{{uuid()}}"}
    seen = await check("flow", url=url, auth=auth, vars=made, step=[folder, listing, away])
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert list(files.iterdir()) == []
