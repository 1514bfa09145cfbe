"""One file a form, every question in the order asked. A new form is a file and a line here."""

from collections.abc import Mapping

from dialogue.form import Form
from dialogue.forms.companion import COMPANION
from dialogue.forms.me import ME
from dialogue.forms.reason import REASON
from dialogue.forms.recover import RECOVER
from dialogue.forms.register import REGISTER
from dialogue.forms.visit import VISIT

FORMS: Mapping[str, Form] = {form.name: form for form in (REGISTER, VISIT, COMPANION, REASON, RECOVER, ME)}
