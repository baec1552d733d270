"""Wrong answers that students really give to 05_train_clone_and_tweak, and what they are told."""

from __future__ import annotations

import pytest

from course_lib.console.training import Job, train
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.reward_functions.train_clone_and_tweak import EXERCISES, best_checkpoint


def anew(parent, reward, steps):
    return train(Job(reward=reward, steps=steps))


def no_return(parent, reward, steps):
    train(Job(reward=reward, steps=steps), clone_from=parent)


def the_parent(parent, reward, steps):
    return parent


def only_a_copy(parent, reward, steps):
    return parent.copy()


def by_folder(parent, reward, steps):
    return train(Job(reward=reward, steps=steps), clone_from="my_policies/first")


def clone(parent, reward, steps):
    return train(Job(reward=reward, steps=steps), clone_from=parent)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (anew, WRONG, "% of their size: this car began anew, as a baby."),
        (no_return, WRONG, "`go_on` gave back NoneType: return what `train` gives."),
        (the_parent, WRONG, "That is the parent itself: nothing was trained."),
        (only_a_copy, WRONG, "The child has exactly the parent's weights: nothing was trained."),
        (by_folder, CRASHED, "Your code stopped"),
        (clone, CORRECT, "The child begins where its parent ended."),
    ],
)
def test_a_child_is_known_by_its_weights(answer, status, said):
    result = EXERCISES["q1"].check(answer)
    assert (result.status, said in result.message) == (status, True), result.message


def by_reward(history):
    return max(history, key=lambda row: row["reward"])["steps"]


def stops_where_none_is(history):
    return max(history, key=lambda row: row["score"])["steps"]


def the_later(history):
    known = [row for row in history if row.get("score") is not None]
    return max(reversed(known), key=lambda row: row["score"])["steps"]


def the_score(history):
    return max(row["score"] for row in history if row.get("score") is not None)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (by_reward, WRONG, "gave 10240: too large."),
        (stops_where_none_is, CRASHED, "with KeyError: 'score'."),
        (the_later, WRONG, "gave 6144: "),
        (the_score, WRONG, "gave 108.1"),
        (best_checkpoint, CORRECT, "By evaluation, not by reward"),
    ],
)
def test_the_checkpoint_is_chosen_by_evaluation(answer, status, said):
    result = EXERCISES["q3"].check(answer)
    assert (result.status, said in result.message) == (status, True), result.message


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", "a", "You chose a. If the reward pays for the wrong thing"),
        ("q2", "b", "You chose b. Cutting alone changed little here."),
        ("q2", "d", "You chose d. A fair first round."),
        ("q5", 64, "That is a number: hand in your trained car itself, what `train` gave you."),
        ("q5", "mine", "That is no trained car but str: hand in what `train` gave you."),
        ("q5", None, "That is no trained car but NoneType"),
        ("q6", "Test it elsewhere.", "That is 3 words; write at least 25"),
        ("q6", True, "write sentences, in quotation marks."),
        ("q6", ["stop"], "write sentences, in quotation marks."),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG and said in result.message, result.message


def test_right_answers():
    assert EXERCISES["q2"].check("c").status == CORRECT
    assert EXERCISES["q6"].check(...).status == NOT_ATTEMPTED


def test_only_the_allowed_tracks_are_trained_on():
    chicane = train(Job(track="chicane", steps=1))
    assert "It was trained on chicane: only camp and oval are allowed" in EXERCISES["q5"].check(chicane).message
    baby = EXERCISES["q5"].check(train(Job(track="oval", steps=1)))
    assert baby.status == WRONG and baby.message.startswith("You got 0 laps, the bar is 60 laps.")


@pytest.mark.parametrize(("prediction", "said"), [(16, "your guess was too high"), (-1, "between 0 and 16"),
                                                  ("none", "a number is due")])  # fmt: skip
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q4"].check({"prediction": prediction, "truth": 0}).message


def test_both_ways_round_is_what_carries_a_car_to_tracks_that_it_has_not_seen():
    """What the notebook's table says, with fewer steps: one way against both, by the bar's own test."""
    one_way = EXERCISES["q5"].check(train(Job(track="camp", steps=40_000)))
    both = EXERCISES["q5"].check(train(Job(track="camp", steps=40_000, alternate=True)))
    assert one_way.status == WRONG
    assert both.status == CORRECT, both.message
