"""Two folders of results: what counts as the same."""

from __future__ import annotations

from gestalt_regions.tools.compare_results import compare, main


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_changed_and_missing_files_are_named(tmp_path, capsys):
    before = write(tmp_path / "a", tables__t3="1", tables__t4="2", gone="3")
    after = write(tmp_path / "b", tables__t3="1", tables__t4="other", new="3")
    comparison = compare(before, after)
    assert comparison.same == ("tables/t3",)
    assert comparison.changed == ("tables/t4",)
    assert comparison.only_before == ("gone",)
    assert comparison.only_after == ("new",)
    assert main([str(before), str(after)]) == 1
    assert "changed: tables/t4" in capsys.readouterr().out


def test_what_tells_of_the_run_is_left_out_and_two_empty_folders_are_no_proof(tmp_path):
    before, after = write(tmp_path / "a", x="1"), write(tmp_path / "b", x="1")
    (before / "timing.csv").write_text("1")
    (after / "timing.csv").write_text("2")
    write(after, **{".x.partial__part": "0"})
    assert compare(before, after).equal
    (tmp_path / "c").mkdir()
    (tmp_path / "d").mkdir()
    assert not compare(tmp_path / "c", tmp_path / "d").equal
