"""Which Java is taken, tried on folders with a pretended one."""

import pytest

from spark_monitor.errors import SessionError
from spark_monitor.session.java import find_java, major_of


def pretend_java(home, version):
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return str(home)


def test_java_home_comes_before_the_folders_of_the_distribution(tmp_path):
    mine = pretend_java(tmp_path / "mine", "21.0.2")
    pretend_java(tmp_path / "jvm" / "java-17", "17.0.15")
    assert find_java({"JAVA_HOME": mine}, [f"{tmp_path}/jvm/*"]) == (mine, "21.0.2", 21)


def test_java_on_the_path_is_found_behind_links(tmp_path):
    home = pretend_java(tmp_path / "java-17", "17.0.15")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(tmp_path / "java-17" / "bin" / "java")
    assert find_java({"PATH": str(tmp_path / "bin")}, []).home == home


def test_another_major_is_passed_over_even_where_java_home_names_it(tmp_path):
    newer = pretend_java(tmp_path / "mine", "25.0.1")
    proven = pretend_java(tmp_path / "jvm" / "java-17", "17.0.15")
    assert find_java({"JAVA_HOME": newer}, [f"{tmp_path}/jvm/*"]).home == proven


def test_without_a_proven_java_the_message_names_what_was_found(tmp_path):
    newer = pretend_java(tmp_path / "mine", "25.0.1")
    with pytest.raises(SessionError, match=r"found Java 25\.0\.1 in .*mine, expected Java 17 or 21: install"):
        find_java({"JAVA_HOME": newer}, [])


def test_a_java_that_does_not_run_is_no_java(tmp_path):
    home = pretend_java(tmp_path / "mine", "17.0.15")
    (tmp_path / "mine" / "bin" / "java").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(SessionError, match="found no Java"):
        find_java({"JAVA_HOME": home, "PATH": ""}, [])


@pytest.mark.parametrize(("banner", "major"), [('"21" 2023-09-19', 21), ('"25-ea" 2025-09-16', 25), ('"11.0.1"', 11)])
def test_the_major_is_read_from_every_form_of_version(banner, major):
    assert major_of(f"openjdk version {banner}")[1] == major
