"""Everyday words for what a button says, as they are typed: English beside the label's, and Hindi in either script."""

from collections.abc import Mapping

from visits.identity import IdKind
from visits.visit import Relation

Words = Mapping[str, tuple[str, ...]]  # by the button's value, in lower case

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
