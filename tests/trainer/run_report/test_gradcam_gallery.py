from __future__ import annotations

from trainer.run_report.gradcam_gallery import choose_samples


def test_five_classes_two_images_each_from_the_test_part() -> None:
    test = [(f"{label}/{number}.png", label) for label in range(9) for number in range(4)]
    chosen = choose_samples(test)
    assert len(chosen) == len(set(chosen)) == 10
    assert set(chosen) <= set(test)
    assert [a[1] for a in chosen[::2]] == [b[1] for b in chosen[1::2]]
    assert len({label for _, label in chosen}) == 5


def test_the_choice_depends_on_the_seed_alone() -> None:
    test = [(f"{label}/{number}.png", label) for label in range(9) for number in range(4)]
    assert choose_samples(test) == choose_samples(test[::-1])
    assert choose_samples(test) != choose_samples(test, seed=43)


def test_classes_with_one_image_are_passed_over() -> None:
    assert sorted(choose_samples([("a", 0), ("b", 1), ("c", 1)])) == [("b", 1), ("c", 1)]
    assert choose_samples([("a", 0), ("b", 1)]) == []
