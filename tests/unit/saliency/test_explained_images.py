import pandas as pd
from gestalt_regions.saliency.explained_images import select


def faces() -> pd.DataFrame:
    rows = []
    for label in ("A", "B"):
        for subject in range(12):
            for photo in range(3):
                fold = "heldout" if subject < 3 and label == "A" else str(subject % 3 + 1)
                name = f"{label}{subject}"
                rows.append({"sample_id": f"{name}_{photo}", "label": label, "subject_id": name, "fold": fold})
    return pd.DataFrame(rows).assign(row=range(len(rows)))


def test_counts_are_shared_out_over_the_folds():
    chosen = select(faces(), folds_per_class=10, heldout_per_class=4, seed=1)
    judged = chosen[chosen.set == "folds"]
    assert judged.groupby("label").size().tolist() == [10, 10]
    assert judged.groupby(["label", "fold"]).size().tolist() == [4, 3, 3] * 2
    heldout = chosen[chosen.set == "heldout"]
    assert len({tuple(sorted(part)) for _, part in heldout.groupby("fold").sample_id}) == 1
    assert heldout.groupby(["fold", "label"]).size().tolist() == [4, 4, 4]


def test_fewer_images_are_the_first_of_more():
    """Those whose maps are scored are among those explained, and all of them where the classes are small."""
    explained = select(faces(), 0, 0, seed=1)
    for most in (1, 4, 10, 30):
        scored = select(faces(), most, most, seed=1)
        assert scored.groupby(["set", "label"]).sample_id.nunique().max() <= most
        assert len(scored.merge(explained)) == len(scored)
        assert len(select(faces(), most + 1, most + 1, seed=1).merge(scored)) == len(scored)
    pd.testing.assert_frame_equal(select(faces(), 300, 300, seed=1), explained)


def test_each_fold_explains_only_images_its_model_has_not_seen():
    table = faces().set_index("sample_id")
    judged = select(table.reset_index(), 0, 0, 1).query("set == 'folds'")
    assert (table.fold[judged.sample_id].to_numpy() == judged.fold.to_numpy()).all()
    assert len(judged) == (table.fold != "heldout").sum()


def test_few_images_mean_many_subjects_and_the_choice_ignores_row_order():
    table = faces()
    chosen = select(table, 9, 3, 1)
    heldout = chosen.query("set == 'heldout' and fold == '1'")
    assert table.set_index("sample_id").subject_id[heldout.sample_id].nunique() == 3
    shuffled = select(table.sample(frac=1, random_state=3), 9, 3, 1)
    pd.testing.assert_frame_equal(chosen, shuffled)
