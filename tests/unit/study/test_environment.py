import re

import yaml


def pins(root) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", (root / "envs/requirements.txt").read_text(), re.M
    ):
        found.setdefault(name.lower(), set()).add(version)
    return found


def test_the_lock_names_no_index_and_hashes_everything(root):
    text = (root / "envs/requirements.txt").read_text()
    assert not re.search(r"https?://|index-url|find-links", text)
    blocks = re.split(r"^(?=[A-Za-z0-9_.-]+==)", text, flags=re.M)[1:]
    assert len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)


def test_onnxruntime_is_never_installed_beside_onnxruntime_gpu(root):
    lines = (root / "envs/requirements.txt").read_text().splitlines()
    plain = [line for line in lines if line.startswith("onnxruntime==")]
    gpu = [line for line in lines if line.startswith("onnxruntime-gpu==")]
    assert ["sys_platform == 'darwin'" in line for line in plain] == [True]
    assert ["sys_platform != 'darwin'" in line for line in gpu] == [True]


def test_conda_environments_hold_the_same_pins(root):
    locked = pins(root)
    files = sorted((root / "envs").glob("*.yaml"))
    assert [f.stem for f in files] == ["cases", "clinicians", "cohort", "faces", "report", "statistics", "torch"]
    for file in files:
        packages = next(d["pip"] for d in yaml.safe_load(file.read_text())["dependencies"] if isinstance(d, dict))
        for requirement in packages:
            name, version = requirement.split("==")
            assert version in locked[name.lower()], f"{file.name}: {requirement}, locked {locked.get(name.lower())}"


def test_rules_name_environments_that_exist(root):
    rules = root / "workflow/rules"
    named = {name for path in rules.rglob("*.smk") for name in re.findall(r'envs/(\w+)\.yaml"', path.read_text())}
    shared = (rules / "setup/every_rule.smk").read_text().split("ENVIRONMENTS = {")[1].split("}")[0]
    of_folder = dict(re.findall(r'"(\w+)": "(\w+)"', shared))
    assert {path.name for path in rules.iterdir()} == {*of_folder, "setup"}
    for name in named | set(of_folder.values()):
        assert (root / "envs" / f"{name}.yaml").exists(), name
