"""Where things are: the states, and the places of jails as far as they are known."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from math import asin, cos, radians, sin, sqrt

from msgspec import Struct

EARTH = 6371.0  # km, mean radius


class Atlas(Struct, frozen=True):
    """states: (ISO 3166-2 code, English name). places: jail's code -> (latitude, longitude) in degrees, of the jail or
    of its town's post office, good to some km; else the middle of its district's, good to some tens of km."""

    states: tuple[tuple[str, str], ...] = ()
    places: Mapping[str, tuple[float, float]] = {}


def with_middles(
    places: Mapping[str, tuple[float, float]], districts: Mapping[str, Hashable]
) -> dict[str, tuple[float, float]]:
    """The places, and for what has none the middle of those known in its district. `districts`: code -> district, a
    falsy one where it isn't known."""
    there = defaultdict(list)
    for code, place in places.items():
        if district := districts.get(code):
            there[district].append(place)
    middles = {
        district: (sum(lat for lat, _lon in found) / len(found), sum(lon for _lat, lon in found) / len(found))
        for district, found in there.items()
    }
    far = {code: middles[district] for code, district in districts.items() if district in middles}
    return {**far, **places}


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Kilometres along the ground between two places (haversine)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, a)), tuple(map(radians, b)))
    rise = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(rise)))


def nearest(lat: float, lon: float, places: Mapping[str, tuple[float, float]], most: int = 6) -> tuple[str, ...]:
    """The codes of the nearest places, nearest first."""
    return tuple(sorted(places, key=lambda code: (distance((lat, lon), places[code]), code))[:most])
