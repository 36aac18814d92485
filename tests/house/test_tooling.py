"""What stands beside the program says the truth: the settings' table, the locked requirements, the containers, the documents."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from partner import regulation
from partner.settings import Settings
from tests.house import law_pages, settings_table

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Path(__file__).resolve().parents[1] / "data" / "compose_spec.json"
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(read("docker-compose.yml"))
    return found


def test_the_table_of_settings_is_current() -> None:
    page = settings_table.PAGE.read_text(encoding="utf-8")
    assert settings_table.written(page) == page, "run `python -m tests.house.settings_table`"


def test_the_pages_made_from_the_law_are_current() -> None:
    law = regulation.load(ROOT / "regulation")
    assert law_pages.procedures(law) == law_pages.PROCEDURES.read_text(encoding="utf-8"), "run `python -m tests.house.law_pages`"
    page = law_pages.WORKFLOW.read_text(encoding="utf-8")
    assert law_pages.written(page, law) == page, "run `python -m tests.house.law_pages`"


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_variables_that_documents_name_exist() -> None:
    known = {f"PARTNER_{name.upper()}" for name in Settings.model_fields}
    others = {
        "PARTNER_TEST_POSTGRES",
        "PARTNER_TEST_ROWS",
        "PARTNER_OWNER_PASSWORD",
        "PARTNER_APP_PASSWORD",
        "PARTNER_PUBLIC_PASSWORD",
        "PARTNER_OIDC_CLIENT_SECRET",
    }
    named = {word for path in DOCUMENTS for word in re.findall(r"PARTNER_[A-Z_]*[A-Z]\b(?!_)", path.read_text(encoding="utf-8"))}
    assert named - known - others == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))]
    assert [target for target in targets if target and "://" not in target and not (path.parent / target).exists()] == []


def test_the_requirements_are_those_of_the_lock() -> None:
    """`requirements.txt`, for those who have no uv, names the same versions and hashes as `uv.lock`."""
    packages = tomllib.loads(read("uv.lock"))["package"]
    locked = {(package["name"], package["version"]): package for package in packages if package["name"] != "partner"}
    entries = re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)[^\n]*\n((?: {4}--hash=\S+.*\n)+)", read("requirements.txt"), re.MULTILINE)
    assert {(name, version) for name, version, _ in entries} == set(locked)
    for name, version, words in entries:
        package = locked[name, version]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert set(re.findall(r"sha256:[0-9a-f]{64}", words)) == {file["hash"] for file in files}


def test_the_containers_follow_the_compose_schema(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema.Draft201909Validator(schema).iter_errors(compose)] == []


def test_the_schema_would_notice_a_mistake(compose: dict[str, Any]) -> None:
    wrong = {**compose, "services": {**compose["services"], "app": {**compose["services"]["app"], "port": ["8000"]}}}
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert any("'port'" in error.message for error in jsonschema.Draft201909Validator(schema).iter_errors(wrong))


def test_the_containers_are_those_that_the_service_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "migrate", "app", "worker", "identity"}
    assert [services[name]["command"] for name in ("migrate", "app", "worker", "identity")] == [
        ["migrate"],
        ["serve"],
        ["worker"],
        ["serve"],
    ]
    issuer = services["app"]["environment"]["PARTNER_APPLICANT_OIDC_ISSUER"]
    assert issuer == f"{services['identity']['environment']['PARTNER_BASE_URL']}/standin/applicants"
    assert services["identity"]["environment"]["PARTNER_MODE"] == "demo"
    assert "PARTNER_MODE" not in services["app"]["environment"]
    assert "partner_app" in services["app"]["environment"]["PARTNER_DATABASE_URL"]
    assert "PARTNER_DATABASE_OWNER_URL" not in services["app"]["environment"]


def test_the_containers_set_only_variables_that_are_read(compose: dict[str, Any]) -> None:
    known = {f"PARTNER_{name.upper()}" for name in Settings.model_fields}
    for name in ("migrate", "app", "worker", "identity"):
        assert set(compose["services"][name]["environment"]) <= known
    assert re.findall(r"=.*(password|secret)=\w", read("docker-compose.yml"), re.IGNORECASE) == []


@pytest.mark.parametrize("script", [".ci/run", ".ci/setup", "deploy/roles.sh"])
def test_scripts_are_shell_that_parses(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", script], check=False, cwd=ROOT, capture_output=True).returncode == 0


def test_make_says_what_there_is() -> None:
    answer = subprocess.run(["make", "help"], check=True, cwd=ROOT, capture_output=True, text=True)
    assert {"demo", "test", "quick", "bench", "format"} <= {line.split()[1] for line in answer.stdout.splitlines()}


def test_the_license_is_whole() -> None:
    text = read("LICENSE")
    assert "Version 2.0, January 2004" in text
    assert "APPENDIX: How to apply the Apache License" in text
