"""What phones ask a site before an app opens its addresses."""

import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.test import Client

APPLE, ANDROID = "/.well-known/apple-app-site-association", "/.well-known/assetlinks.json"
FINGERPRINT = ":".join(["1A"] * 32)
EMPTY = {APPLE: {"applinks": {"details": []}, "webcredentials": {"apps": []}}, ANDROID: []}


@pytest.mark.parametrize("path", EMPTY)
def test_a_site_without_an_app_names_nobody(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == EMPTY[path]
    assert client.post(path).status_code == 405


def test_apple_is_told_which_app_opens_rooms_and_profiles(client: Client, db: None, settings: Any) -> None:
    settings.APPLE_APP_IDS = ["ABCDE12345.org.example.spaces"]
    told = client.get(APPLE).json()
    (opened,) = told["applinks"]["details"]
    assert opened["appIDs"] == told["webcredentials"]["apps"] == ["ABCDE12345.org.example.spaces"]
    patterns = [one["/"] for one in opened["components"]]

    def opens(path: str) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in patterns)

    assert opens(f"/rooms/{uuid4()}/")
    assert opens("/@maya/")
    assert not any(opens(path) for path in ("/", "/rooms/new/", "/settings/", "/admin/"))


def test_android_is_told_the_package_and_its_certificates(client: Client, db: None, settings: Any) -> None:
    settings.ANDROID_PACKAGE, settings.ANDROID_FINGERPRINTS = "org.example.spaces", [FINGERPRINT]
    (told,) = client.get(ANDROID).json()
    assert "delegate_permission/common.handle_all_urls" in told["relation"]
    assert told["target"] == {
        "namespace": "android_app",
        "package_name": "org.example.spaces",
        "sha256_cert_fingerprints": [FINGERPRINT],
    }


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"APPLE_APP_IDS": "org.example.spaces"}, "APPLE_APP_IDS"),
        ({"ANDROID_PACKAGE": "org.example.spaces", "ANDROID_FINGERPRINTS": "1A:2B"}, "ANDROID_FINGERPRINTS"),
        ({"ANDROID_PACKAGE": "org.example.spaces"}, "together"),
        ({"APPLE_APP_IDS": "ABCDE12345.org.example.spaces", "ANDROID_FINGERPRINTS": ""}, ""),
        ({"ANDROID_PACKAGE": "org.example.spaces", "ANDROID_FINGERPRINTS": FINGERPRINT.lower()}, ""),
    ],
)
def test_what_is_set_wrongly_is_said_at_the_start(told: dict[str, str], said: str) -> None:
    read = subprocess.run(
        [sys.executable, "-c", "import spaces_site.phone_apps as told; print(told.ANDROID_FINGERPRINTS)"],
        cwd=site.BASE_DIR,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (read.returncode == 0) is not bool(said), read.stderr
    assert said in read.stderr
    if "ANDROID_FINGERPRINTS" in told and not said:
        assert re.fullmatch(r"\[('(1A:){31}1A')?\]\n", read.stdout)
