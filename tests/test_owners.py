"""Who is asked about a change is told once, in the configuration; `CODEOWNERS` follows."""

from __future__ import annotations

import pytest
from helpers import sdgbook

from sdgbook.edit.check import check
from sdgbook.edit.owners import write_owners


def configure(project, owners: str) -> None:
    project.write("_config.yml", project.read("_config.yml").replace("sdgbook_owners: {}", f"sdgbook_owners: {owners}"))


def told(project) -> list[str]:
    return [str(problem) for problem in check(project.root, cells=False)]


def test_owners_in_the_configuration_become_codeowners_and_go_with_it(project):
    path = project.root / "CODEOWNERS"
    assert write_owners(project.root) == [] and not path.exists()
    configure(project, '{"*": "@so/tat-ca", data: ["@so/so-lieu", a@example.org], _toc.yml: "@ai"}')
    [problem] = told(project)
    assert problem.startswith("CODEOWNERS: ") and "make format" in problem
    done = sdgbook(project.root, "format")
    assert done.returncode == 0 and "Đã viết lại CODEOWNERS" in done.stdout
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1:] == ["* @so/tat-ca", "/data/ @so/so-lieu a@example.org", "/_toc.yml @ai"]
    assert told(project) == [] and write_owners(project.root) == []
    path.write_text(path.read_text(encoding="utf-8") + "/book/ @khac\n", encoding="utf-8")
    assert len(told(project)) == 1
    project.write("_config.yml", project.read("_config.yml").replace('"@so/tat-ca"', "").replace('{"*": ,', "{} # {"))
    assert len(told(project)) == 1 and write_owners(project.root) == ["CODEOWNERS"] and not path.exists()


def test_a_file_that_somebody_wrote_by_hand_stays_where_nobody_is_configured(project):
    project.write("CODEOWNERS", "* @ai\n")
    assert told(project) == [] and write_owners(project.root) == []
    assert project.read("CODEOWNERS") == "* @ai\n"


@pytest.mark.parametrize("owners, words", [("{data: ai-do}", "“ai-do”"), ('{khong-co: "@ai"}', "“khong-co”")])
def test_owners_that_cannot_be_asked_and_places_that_there_are_not_are_told(project, owners, words):
    configure(project, owners)
    assert any(problem.startswith("_config.yml, dòng ") and words in problem for problem in told(project))
