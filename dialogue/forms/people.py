"""The buttons for what is asked of everybody alike, with the words that people type for them."""

from dialogue import everyday
from dialogue.lists import listed
from dialogue.names import GENDERS, ID_KINDS, RELATIONS

GENDER = listed(GENDERS, 3, everyday.GENDERS)
RELATION = listed(RELATIONS, 3, everyday.RELATIONS)
ID_KIND = listed(ID_KINDS, 2, everyday.ID_KINDS)
