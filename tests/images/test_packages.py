# SPDX-License-Identifier: Apache-2.0
import pytest

from imagebuilder.catalog import PackageLayer
from imagebuilder.errors import BadRequirementsError
from imagebuilder.packages import pins, select

HASH = f"    --hash=sha256:{'0' * 64}"


def locked(*names: str, version: str = "1.0") -> dict[str, str]:
    return pins("\n".join(f"{name}=={version} \\\n{HASH}" for name in names))


def test_a_locked_file_is_split_by_package() -> None:
    text = f"a==1.0 \\\n{HASH} \\\n{HASH}\nB.c==2 \\\n{HASH}\n"
    assert pins(text) == {"a": f"a==1.0 \\\n{HASH} \\\n{HASH}", "b.c": f"B.c==2 \\\n{HASH}"}


@pytest.mark.parametrize(
    "text", ["a==1.0", "a>=1.0 \\\n" + HASH, "a @ file:///x \\\n" + HASH, "-r other.txt", ""]
)
def test_a_package_without_version_or_hash_is_refused(text: str) -> None:
    with pytest.raises(BadRequirementsError):
        pins(text)


def test_a_layer_holds_what_all_its_sets_share_and_no_other_has() -> None:
    sets = {"one": locked("a", "b", "c"), "two": locked("b", "c", "d"), "three": locked("c")}
    assert list(pins(select(PackageLayer("x", ("one", "two"), ("three",)), sets))) == ["b"]
    assert list(pins(select(PackageLayer("x", ("three",)), sets))) == ["c"]


def test_two_versions_of_one_package_are_refused() -> None:
    sets = {"one": locked("a"), "two": locked("a", version="2.0")}
    with pytest.raises(BadRequirementsError, match="pin a differently"):
        select(PackageLayer("x", ("one",)), sets)
