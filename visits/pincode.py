"""Which states a PIN code may lie in, so that the state is offered first and the district is asked once.

Source: India Post's postal circles (the first two digits, three where a circle serves several states), by
general knowledge and not by the PIN directory: a hint for the order of buttons, never a reason to refuse.
"""

from collections.abc import Mapping

# ISO 3166-2:IN codes as in data/states.csv, most likely first; the longest prefix that is listed decides.
_BY_PREFIX: Mapping[str, tuple[str, ...]] = {
    "11": ("IN-DL",),
    "12": ("IN-HR",),
    "13": ("IN-HR",),
    "14": ("IN-PB", "IN-CH"),
    "15": ("IN-PB",),
    "16": ("IN-CH", "IN-PB"),
    "17": ("IN-HP",),
    "18": ("IN-JK",),
    "19": ("IN-JK", "IN-LA"),
    "194": ("IN-LA", "IN-JK"),
    **dict.fromkeys(("20", "21", "22", "23", "24", "25", "26", "27", "28"), ("IN-UP",)),
    "244": ("IN-UP", "IN-UK"),
    "246": ("IN-UP", "IN-UK"),
    "247": ("IN-UP", "IN-UK"),
    "248": ("IN-UK",),
    "249": ("IN-UK",),
    "262": ("IN-UP", "IN-UK"),
    "263": ("IN-UK",),
    **dict.fromkeys(("30", "31", "32", "33", "34"), ("IN-RJ",)),
    **dict.fromkeys(("36", "37", "38", "39"), ("IN-GJ",)),
    "362": ("IN-GJ", "IN-DH"),
    "396": ("IN-GJ", "IN-DH"),
    **dict.fromkeys(("40", "41", "42", "43", "44"), ("IN-MH",)),
    "403": ("IN-GA",),
    **dict.fromkeys(("45", "46", "47", "48"), ("IN-MP",)),
    "49": ("IN-CG",),
    "50": ("IN-TS",),
    **dict.fromkeys(("51", "52", "53"), ("IN-AP",)),
    "533": ("IN-AP", "IN-PY"),
    **dict.fromkeys(("56", "57", "58", "59"), ("IN-KA",)),
    **dict.fromkeys(("60", "61", "62", "63", "64"), ("IN-TN",)),
    "605": ("IN-PY", "IN-TN"),
    "607": ("IN-TN", "IN-PY"),
    "609": ("IN-TN", "IN-PY"),
    **dict.fromkeys(("67", "68", "69"), ("IN-KL",)),
    "673": ("IN-KL", "IN-PY"),
    "682": ("IN-KL", "IN-LD"),
    **dict.fromkeys(("70", "71", "72", "73", "74"), ("IN-WB",)),
    "737": ("IN-SK",),
    "744": ("IN-AN",),
    **dict.fromkeys(("75", "76", "77"), ("IN-OD",)),
    "78": ("IN-AS",),
    **dict.fromkeys(("790", "791", "792"), ("IN-AR",)),
    **dict.fromkeys(("793", "794"), ("IN-ML",)),
    "795": ("IN-MN",),
    "796": ("IN-MZ",),
    **dict.fromkeys(("797", "798"), ("IN-NL",)),
    "799": ("IN-TR",),
    **dict.fromkeys(("80", "81", "82", "84", "85"), ("IN-BR",)),
    **dict.fromkeys(("814", "815", "816", "822", "825", "826", "827", "828", "829"), ("IN-JH",)),
    "813": ("IN-BR", "IN-JH"),
    "83": ("IN-JH",),
    # 90 to 99 are the Army Post Office: no state.
}


def states_of_pincode(pincode: str) -> tuple[str, ...]:
    """State codes, most likely first; empty for an army post office, an unused range, or what is no PIN code."""
    if len(pincode) != 6:
        return ()
    return _BY_PREFIX.get(pincode[:3]) or _BY_PREFIX.get(pincode[:2], ())
