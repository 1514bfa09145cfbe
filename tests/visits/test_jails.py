"""Finding a jail in the real list by what families call it, in any script and spelling."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from tests.visits.texts import ANY, QUICK
from visits.jails import Jail, district_names, search
from visits.places import ALSO, KNOWN_AS

LIST = Path(__file__).parents[2] / "data" / "jails.csv"


def _all() -> tuple[Jail, ...]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return tuple(
            Jail(row["code"], row["name"], row["state_code"], row["state"], row["district"], row["kind"], open=False)
            for row in csv.DictReader(file)
        )


JAILS = _all()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("tihar jail 1", "IN-DL-TIHAR-CJ-1"),
        ("Tihar Jail No. 9", "IN-DL-TIHAR-CJ-9"),
        ("tihad 4", "IN-DL-TIHAR-CJ-4"),
        ("तिहाड़", "IN-DL-TIHAR-CJ-1"),
        ("तिहाड़ जेल नंबर ४", "IN-DL-TIHAR-CJ-4"),
        ("ਤਿਹਾੜ", "IN-DL-TIHAR-CJ-1"),
        ("তিহার", "IN-DL-TIHAR-CJ-1"),
        ("تہاڑ جیل", "IN-DL-TIHAR-CJ-1"),
        ("tiharjail", "IN-DL-TIHAR-CJ-1"),
        ("women jail delhi", "IN-DL-TIHAR-CJ-6"),
        ("Mandoli 14", "IN-DL-MANDOLI-CJ-14"),
        ("rohini", "IN-DL-ROHINI-CJ-10"),
        ("Yerawada", "IN-MH-YERAWADA-CJ"),
        ("Yerwada", "IN-MH-YERAWADA-CJ"),
        ("yervada jel", "IN-MH-YERAWADA-CJ"),
        ("yera wada", "IN-MH-YERAWADA-CJ"),
        ("येरवडा", "IN-MH-YERAWADA-CJ"),
        ("Arthur Road", "IN-MH-MUMBAI-ARTHUR-ROAD-CJ"),
        ("आर्थर रोड", "IN-MH-MUMBAI-ARTHUR-ROAD-CJ"),
        ("bombay central", "IN-MH-MUMBAI-ARTHUR-ROAD-CJ"),
        ("Dasna", "IN-UP-GHAZIABAD-DJ"),
        ("डासना जेल", "IN-UP-GHAZIABAD-DJ"),
        ("गाजियाबाद", "IN-UP-GHAZIABAD-DJ"),
        ("UP ghaziabad", "IN-UP-GHAZIABAD-DJ"),
        ("बेऊर जेल पटना", "IN-BR-BEUR-CJ"),
        ("sabarmati", "IN-GJ-SABARMATI-CJ"),
        ("સાબરમતી", "IN-GJ-SABARMATI-CJ"),
        ("naini", "IN-UP-NAINI-CJ"),
        ("allahabad", "IN-UP-NAINI-CJ"),
        ("Puzhal", "IN-TN-CHENNAI-1-CJ"),
        ("புழல் சிறை", "IN-TN-CHENNAI-1-CJ"),
        ("மதுரை", "IN-TN-MADURAI-CJ"),
        ("Parappana Agrahara", "IN-KA-BENGALURU-CJ"),
        ("ಪರಪ್ಪನ ಅಗ್ರಹಾರ", "IN-KA-BENGALURU-CJ"),
        ("bangalore", "IN-KA-BENGALURU-CJ"),
        ("लखनऊ", "IN-UP-LUCKNOW-DJ"),
        ("gurgaon", "IN-HR-BHONDSI-DJ"),
        ("dumdum", "IN-WB-DUM-DUM-CJ"),
        ("দমদম", "IN-WB-DUM-DUM-CJ"),
        ("কলকাতা", "IN-WB-PRESIDENCY-CJ"),
        ("చెర్లపల్లి", "IN-TS-CHERLAPALLY-CJ"),
        ("വിയ്യൂർ", "IN-KL-VIYYUR-CJ"),
        ("ਲੁਧਿਆਣਾ", "IN-PB-LUDHIANA-CJ"),
        ("କଟକ", "IN-OD-CHOUDWAR-CJ"),
        ("ꯏꯝꯐꯥꯜ", "IN-MN-IMPHAL-JL"),
        ("سری نگر", "IN-JK-SRINAGAR-CJ"),
        ("Hisar 2", "IN-HR-HISAR-II-CJ"),
        ("muzafarpur", "IN-BR-MUZAFFARPUR-CJ"),
        ("raebareli", "IN-UP-RAE-BARELI-DJ"),
        ("my son is in naini jail", "IN-UP-NAINI-CJ"),
        ("Central Jail, Jaipur", "IN-RJ-JAIPUR-CJ"),
        ("mahila jail jaipur", "IN-RJ-JAIPUR-WJ"),
    ],
)
def test_what_a_family_types_finds_its_jail(query: str, code: str) -> None:
    found = search(query, JAILS)
    assert found and found[0].code == code, [jail.code for jail in found]


@pytest.mark.parametrize(
    "query",
    [
        *("", " ", "14", "9876543210", "jail", "central jail", "जेल", "high security"),
        *("hello", "hi", "help", "ok", "yes", "no", "cancel", "menu", "stop", "done", "thanks", "thank you", "test"),
        *("asdf", "qwerty", "xxxx", "xyz", "lorem ipsum dolor", "password", "otp", "🙂", "...", "@#$%"),
        *("zzqq", "zzzz", "qwer", "court", "police", "suresh", "ramesh kumar", "hospital", "biryani", "zxcv"),
        *("namaste", "नमस्ते", "हाँ", "धन्यवाद", "bhai", "sir", "madam", "kya hal hai", "mera beta", "who are you"),
        *("I want to visit my son", "my husband", "please help me sir", "good morning", "मेरा पति जेल में है"),
    ],
)
def test_what_is_no_place_finds_nothing(query: str) -> None:
    assert search(query, JAILS) == ()


def test_a_state_gives_its_jails_and_no_others() -> None:
    assert {jail.state for jail in search("bihar", JAILS)} == {"IN-BR"}
    assert {jail.state for jail in search("बिहार", JAILS)} == {"IN-BR"}
    assert {jail.state for jail in search("TN", JAILS)} == {"IN-TN"}


def test_every_jail_is_found_by_its_own_name() -> None:
    """Names that several places share (two Udaipurs) need the district or the state beside them."""
    for jail in JAILS[::5]:
        asked = f"{jail.name} {jail.district} {jail.state_name}"
        assert jail in search(asked, JAILS), asked


def test_open_jails_come_first_among_equals() -> None:
    jails = tuple(replace(jail, open=jail.code == "IN-DL-TIHAR-CJ-7") for jail in JAILS)
    first, second, *_rest = search("tihar", jails)
    assert (first.code, second.code) == ("IN-DL-TIHAR-CJ-7", "IN-DL-TIHAR-CJ-1")
    assert search("tihar 3", jails)[0].code == "IN-DL-TIHAR-CJ-3"  # the one that was named goes before an open one


def test_no_more_than_asked_for() -> None:
    assert len(search("tihar", JAILS)) == 8
    assert len(search("tihar", JAILS, limit=20)) == 9
    assert search("tihar", JAILS, limit=0) == ()
    assert search("tihar", ()) == ()


def test_other_names_lead_somewhere() -> None:
    codes = {jail.code for jail in JAILS}
    assert set(KNOWN_AS) <= codes
    for code, names in KNOWN_AS.items():
        for name in names:
            assert code in {jail.code for jail in search(name, JAILS)}, (code, name)
    for new, old in ALSO.items():
        for name in old:
            assert search(name, JAILS), f"{name}, now {new}"


@settings(QUICK, max_examples=100)
@given(ANY)
def test_any_text_is_searched_without_harm(query: str) -> None:
    found = search(query, JAILS)
    assert len(found) <= 8 and len(set(found)) == len(found)
    assert search(query, list(JAILS)) == found


def test_a_story_is_searched_as_far_as_its_first_words() -> None:
    assert search("tihar " + "x" * 100_000, JAILS)[0].code == "IN-DL-TIHAR-CJ-1"
    assert search("नमस्ते " * 5000, JAILS) == ()


def test_districts_of_a_state() -> None:
    districts = district_names("IN-UP", JAILS)
    assert "Ghaziabad" in districts and "Patna" not in districts and "" not in districts
    assert list(districts) == sorted(set(districts))
    assert district_names("IN-XX", JAILS) == ()


def test_the_list_is_sound() -> None:
    assert len({jail.code for jail in JAILS}) == len(JAILS) == 812
    assert all(jail.name and jail.state_name and jail.code.startswith(jail.state + "-") for jail in JAILS)
