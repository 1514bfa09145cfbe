"""Any text a phone can send, and names as they are written in ten Indian scripts."""

from hypothesis import settings
from hypothesis import strategies as st

QUICK = settings(max_examples=300, deadline=None, derandomize=True)

# Everything, lone surrogates too, with what makes trouble more often than chance would have it.
_TROUBLE = (
    "\u0000\u200b\u200c\u200d\u202e\ufeff\ud800\u0301\u093c\u094d\u0d4d\u0d28\u0915\u0644\n\r\u2028\u00a0 ,-+@.0٣५"
)
ANY = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from(_TROUBLE)), max_size=60)

NAMES = {
    "Devanagari": "रमेश कुमार",
    "Bengali": "রমেশ কুমার",
    "Gurmukhi": "ਰਮੇਸ਼ ਕੁਮਾਰ",
    "Gujarati": "રમેશ કુમાર",
    "Odia": "ରମେଶ କୁମାର",
    "Tamil": "ரமேஷ் குமார்",
    "Telugu": "రమేష్ కుమార్",
    "Kannada": "ರಮೇಶ್ ಕುಮಾರ್",
    "Malayalam": "രമേശ് കുമാർ",
    "Arabic": "رمیش کمار",
    "Meetei Mayek": "ꯔꯃꯦꯁ ꯀꯨꯃꯥꯔ",
    "Ol Chiki": "ᱨᱟᱢᱮᱥ ᱠᱩᱢᱟᱨ",
}

# 0 to 9 in the digits of each script.
DIGITS = {
    "Devanagari": "०१२३४५६७८९",
    "Bengali": "০১২৩৪৫৬৭৮৯",
    "Gurmukhi": "੦੧੨੩੪੫੬੭੮੯",
    "Gujarati": "૦૧૨૩૪૫૬૭૮૯",
    "Odia": "୦୧୨୩୪୫୬୭୮୯",
    "Tamil": "௦௧௨௩௪௫௬௭௮௯",
    "Telugu": "౦౧౨౩౪౫౬౭౮౯",
    "Kannada": "೦೧೨೩೪೫೬೭೮೯",
    "Malayalam": "൦൧൨൩൪൫൬൭൮൯",
    "Urdu": "۰۱۲۳۴۵۶۷۸۹",
    "Arabic": "٠١٢٣٤٥٦٧٨٩",
    "full width": "０１２３４５６７８９",
}


def in_digits(script: str, number: str) -> str:
    return number.translate(str.maketrans("0123456789", DIGITS[script]))
