"""How often a bot may send: in all, to a chat, to a group in a minute. Time is the town's."""

from datetime import UTC, datetime, timedelta

from sandbox.limits import Limits


class Hand:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def passed(limits: Limits, chat: int, tries: int, edit: bool = False) -> int:
    return sum(limits.refusal(chat, edit) == 0 for _ in range(tries))


def test_a_burst_to_a_chat_then_one_a_second() -> None:
    hand = Hand()
    limits = Limits(hand)
    assert passed(limits, 101, 20) == 6
    assert limits.refusal(101) == 1 and limits.refused == 15
    hand.forward(1)
    assert passed(limits, 101, 20) == 1
    hand.forward(3.5)
    assert passed(limits, 101, 20) == 3
    hand.forward(3600)
    assert passed(limits, 101, 20) == 6, "a long rest saves up one burst, not more"


def test_thirty_a_second_over_all_chats() -> None:
    hand = Hand()
    limits = Limits(hand)
    assert sum(limits.refusal(chat) == 0 for chat in range(1, 100)) == 30
    hand.forward(0.5)
    assert sum(limits.refusal(chat) == 0 for chat in range(200, 300)) == 15


def test_twenty_a_minute_to_a_group() -> None:
    hand = Hand()
    limits = Limits(hand)
    sent = 0
    for _second in range(59):
        sent += passed(limits, -1001, 3)
        hand.forward(1)
    assert sent == 20
    assert 1 <= limits.refusal(-1001) <= 60
    hand.forward(limits.refusal(-1001))
    assert limits.refusal(-1001) == 0, "whoever waits as long as was told may go on"


def test_an_edit_costs_a_private_chat_nothing() -> None:
    hand = Hand()
    limits = Limits(hand)
    assert passed(limits, 101, 20, edit=True) == 20
    assert passed(limits, 101, 20) == 6
    assert passed(limits, 102, 20, edit=True) == 4, "all together are still thirty a second"
    hand.forward(1)
    assert passed(limits, -1001, 25, edit=True) == 20, "in a group they count"


def test_a_refusal_costs_nothing_and_the_switch_is_a_switch() -> None:
    hand = Hand()
    limits = Limits(hand, on=False)
    assert passed(limits, 101, 1000) == 1000
    limits.on = True
    assert passed(limits, 101, 1000) == 6
    hand.forward(1)
    assert limits.refusal(101) == 0


def test_a_clock_set_back_forgives_nothing() -> None:
    hand = Hand()
    limits = Limits(hand)
    passed(limits, 101, 20)
    hand.forward(-60)
    assert limits.refusal(101) == 1
