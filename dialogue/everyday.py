"""Everyday words for what a button says, as they are typed: English beside the label's, and Hindi in either script."""

from collections.abc import Mapping

from visits.identity import IdKind
from visits.text import normalise
from visits.visit import Kind, Relation

Words = Mapping[str, tuple[str, ...]]  # by the button's value, in lower case


def _as_typed(words: Words) -> Words:
    """As `normalise` leaves what is typed: it writes some letters as two."""
    return {value: tuple(normalise(word) for word in several) for value, several in words.items()}


YES = (
    "yes", "y", "yes please", "haan", "haa", "han", "ha", "ji", "ji haan", "haan ji",
    "हाँ", "हां", "हा", "जी", "जी हाँ", "जी हां", "हाँ जी", "हां जी",
)  # fmt: skip
NO = (
    "no", "n", "none", "nil", "nothing", "nahi", "nahin", "na", "nahi hai", "ji nahi",
    "नहीं", "नही", "ना", "नहीं है", "जी नहीं", "कुछ नहीं",
)  # fmt: skip

CONTROLS = _as_typed(
    {
        "back": (
            "go back", "previous", "wapas", "vapas", "peeche", "pichhe", "piche", "पीछे",
            "पीछे जाएँ", "पीछे जाओ", "वापस",
        ),
        "cancel": (
            "stop", "cancel it", "cancel karo", "quit", "exit", "radd", "radd karo", "band karo", "roko",
            "रद्द", "रद्द करें", "रद्द करो", "रद्द कीजिए", "कैंसिल", "बंद करो", "रोको",
        ),
        "help": ("help me", "please help", "madad karo", "sahayata", "मदद", "मदद करें", "मदद करो", "सहायता", "हेल्प"),
        "skip": (
            "skip it", "skip this", "don't know", "dont know", "do not know", "i don't know", "i dont know",
            "i do not know", "not known", "not sure", "no idea", "idk", "chhodo", "chhod do", "chodo", "pata nahi",
            "pata nahin", "nahi pata", "mujhe nahi pata", "malum nahi", "maloom nahi", "छोड़ें", "छोड़ो", "छोड़ दो",
            "पता नहीं", "पता नही", "नहीं पता", "मुझे नहीं पता", "मालूम नहीं",
        ),
    }
)  # fmt: skip

CONSENT = _as_typed(
    {
        "yes": (
            *YES, "agree", "agreed", "accept", "sahmat", "manzoor", "theek hai",
            "सहमत", "सहमत हूँ", "मंज़ूर", "मंज़ूर है", "ठीक है",
        ),
        "no": (*NO, "disagree", "do not agree", "sahmat nahi", "सहमत नहीं", "मंज़ूर नहीं"),
    }
)  # fmt: skip
RIGHT = (  # at the end of a form, where every line of it was read
    *YES, "right", "all right", "correct", "yes correct", "it is right", "submit", "send", "send it", "confirm",
    "sahi hai", "sab sahi hai", "haan sahi hai", "theek hai", "bhejo", "bhej do",
    "सही", "सही है", "सब सही है", "हाँ सही है", "हां सही है", "जी सही है", "ठीक है", "भेजो", "भेज दो", "भेजें",
)  # fmt: skip

KINDS = _as_typed(
    {
        Kind.IN_PERSON: (
            "in person", "person", "jail", "at the jail", "in jail", "come to jail", "come to the jail", "face to face",
            "jail me", "jail mein", "jail aakar", "milkar", "mil kar", "aamne saamne", "amne samne",
            "मिलकर", "मिल कर", "जेल", "जेल में", "जेल आकर", "जेल जाकर", "आमने-सामने", "आमने सामने", "रूबरू",
        ),
        Kind.VIDEO: (
            "video call", "on video", "by video call", "video se", "video call se", "online",
            "वीडियो", "वीडियो कॉल", "वीडियो कॉल से", "विडियो", "ऑनलाइन",
        ),
    }
)  # fmt: skip

HELP = {"none": NO}
HELP_BY_VIDEO = {"interpreter": YES, "none": NO}

GENDERS: Words = {
    "male": ("man", "boy", "gents", "m", "purush", "aadmi", "admi", "mard", "ladka", "आदमी", "मर्द", "लड़का"),
    "female": ("woman", "girl", "lady", "ladies", "f", "mahila", "aurat", "stree", "ladki", "औरत", "स्त्री", "लड़की"),
    "other": ("transgender", "trans", "other", "kinnar", "hijra", "किन्नर"),
}

ID_KINDS: Words = {
    IdKind.AADHAAR: ("aadhar", "adhar", "aadhar card", "adhar card", "uid", "आधार"),
    IdKind.VOTER: ("voter card", "voter id card", "election card", "epic"),
    IdKind.LICENCE: ("driving license", "license", "dl", "लाइसेंस"),
    IdKind.PAN: ("pan number", "पैन"),
    IdKind.RATION: ("rashan card", "rashan", "राशन"),
}

RELATIONS: Words = {
    Relation.FATHER: ("dad", "papa", "pita", "pitaji", "baap", "abbu", "पापा", "बाप"),
    Relation.MOTHER: ("mom", "mum", "mummy", "maa", "mata", "mataji", "ammi", "मां", "माता"),
    Relation.SPOUSE: ("husband", "wife", "pati", "patni", "biwi", "shauhar", "gharwali", "पति", "पत्नी", "बीवी"),
    Relation.BROTHER: ("bhai", "bhaiya", "भैया"),
    Relation.SISTER: ("bahan", "behan", "behen", "didi", "दीदी"),
    Relation.SON: ("beta", "ladka", "पुत्र"),
    Relation.DAUGHTER: ("beti", "ladki", "पुत्री"),
    Relation.UNCLE: ("chacha", "mama", "tau", "mausa", "phupha", "चाचा", "मामा", "ताऊ", "मौसा", "फूफा"),
    Relation.AUNT: ("aunty", "auntie", "chachi", "mami", "bua", "mausi", "चाची", "मामी", "बुआ", "मौसी"),
    Relation.COUSIN: ("cousin brother", "cousin sister"),
    Relation.FRIEND: ("dost", "mitra", "मित्र"),
    Relation.LAWYER: ("advocate", "vakil", "wakil"),
}
