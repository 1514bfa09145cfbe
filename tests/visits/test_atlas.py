"""Where jails are: their own place, or the middle of what is known of their district; nothing is made up beyond."""

import pytest

from operate.prepare import atlas
from visits.atlas import distance, nearest, with_middles

PLACES = {"A": (10.0, 70.0), "B": (12.0, 74.0), "C": (50.0, 0.0)}
DISTRICTS = {"A": "x", "B": "x", "C": "y", "D": "x", "E": "z", "F": "", "G": "y"}


def test_the_middle_of_a_district_stands_for_what_has_no_place() -> None:
    found = with_middles(PLACES, DISTRICTS)
    assert found == {**PLACES, "D": (11.0, 72.0), "G": (50.0, 0.0)}


def test_a_place_of_its_own_stays() -> None:
    assert with_middles(PLACES, {"A": "x"}) == PLACES


def test_the_nearest_first() -> None:
    assert nearest(11.0, 72.0, with_middles(PLACES, DISTRICTS), most=3) == ("D", "B", "A")


def test_kilometres_along_the_ground() -> None:
    assert distance((28.61, 77.21), (19.08, 72.88)) == pytest.approx(1150, abs=20)  # Delhi, Mumbai


def test_the_list_has_places_within_india() -> None:
    places = atlas().places
    print(f"{len(places)} jails have a place")
    assert len(places) > 440
    assert all(6 < lat < 37 and 68 < lon < 98 for lat, lon in places.values())
