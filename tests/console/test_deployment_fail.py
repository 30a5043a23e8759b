from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.verbs import WHY, path_of, post, row, under_way
from tests.world import World


def test_it_fails_for_the_reason_given(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    answer = post(world, sign_in, "fail", made)
    assert answer["Location"] == path_of(world, "detail", made)
    assert row(world, made).status == "Failed"


def test_production_asks_for_its_name_and_a_reason(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    for given in ({}, {"reason": "x"}, {"reason": "x", "confirm": "Prod"}, {"confirm": "prod"}):
        assert post(world, sign_in, "fail", made, given).status_code == 422
    assert row(world, made).status == "Requested"


def test_one_that_has_ended_is_refused_with_the_reason(world: World, sign_in: SignIn) -> None:
    answer = post(world, sign_in, "fail", None, WHY)
    assert answer.status_code == 422
    assert "A Completed deployment cannot fail" in words(answer)
