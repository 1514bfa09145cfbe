"""What the values of `visits` are called when people read them."""

from collections.abc import Mapping

from dialogue.words import Text, _
from visits.identity import IdKind
from visits.visit import Kind, Reason, Relation, Status

GENDERS: Mapping[str, Text] = {"male": _("Male"), "female": _("Female"), "other": _("Transgender / other")}

ID_KINDS: Mapping[str, Text] = {
    IdKind.AADHAAR: _("Aadhaar card"),
    IdKind.VOTER: _("Voter ID"),
    IdKind.LICENCE: _("Driving licence"),
    IdKind.PAN: _("PAN card"),
    IdKind.PASSPORT: _("Passport"),
    IdKind.RATION: _("Ration card"),
    IdKind.OTHER: _("Another ID"),
    IdKind.NONE: _("I have none"),
}

RELATIONS: Mapping[str, Text] = {
    Relation.FATHER: _("Father"),
    Relation.MOTHER: _("Mother"),
    Relation.SPOUSE: _("Husband / wife"),
    Relation.BROTHER: _("Brother"),
    Relation.SISTER: _("Sister"),
    Relation.SON: _("Son"),
    Relation.DAUGHTER: _("Daughter"),
    Relation.UNCLE: _("Uncle"),
    Relation.AUNT: _("Aunt"),
    Relation.COUSIN: _("Cousin"),
    Relation.FRIEND: _("Friend"),
    Relation.LAWYER: _("Lawyer"),
    Relation.OTHER: _("Other"),
}

KINDS: Mapping[str, Text] = {Kind.IN_PERSON: _("👤 In person, at the jail"), Kind.VIDEO: _("📹 By video")}

PURPOSES: Mapping[str, Text] = {
    "family": _("To meet my family"),
    "legal": _("Legal advice"),
    "papers": _("Papers to sign"),
}

HELP: Mapping[str, Text] = {
    "wheelchair": _("Wheelchair"),
    "infant": _("With a baby"),
    "interpreter": _("An interpreter"),
    "none": _("No help needed"),
}

STATUSES: Mapping[Status, Text] = {
    Status.DRAFT: _("not sent yet"),
    Status.PENDING: _("with the jail, waiting for its answer"),
    Status.APPROVED: _("✅ approved"),
    Status.REJECTED: _("❌ not possible"),
    Status.EXPIRED: _("not answered in time"),
    Status.WITHDRAWN: _("taken back by you"),
    Status.CANCELLED: _("cancelled"),
    Status.ARRIVED: _("you have arrived"),
    Status.COMPLETED: _("done"),
    Status.NO_SHOW: _("nobody came"),
    Status.TURNED_AWAY: _("turned away at the gate"),
    Status.TECH_FAILED: _("the video did not work"),
}

# What staff press, short; and what the family then reads, each with what to do next.
REASONS: Mapping[str, Text] = {
    Reason.PRISONER_NOT_FOUND: _("Not found here"),
    Reason.TRANSFERRED: _("Transferred"),
    Reason.RELEASED: _("Released"),
    Reason.COURT_OR_HOSPITAL: _("Court / hospital"),
    Reason.PRISONER_DECLINED: _("Prisoner declined"),
    Reason.VISITOR_NOT_ON_LIST: _("Not on the list"),
    Reason.ID_MISMATCH: _("ID doesn't match"),
    Reason.QUOTA_USED: _("Quota used"),
    Reason.SLOT_FULL: _("Slot full"),
    Reason.DATE_CLOSED: _("Day closed"),
    Reason.TOO_MANY_VISITORS: _("Too many people"),
    Reason.NO_ADULT: _("No adult"),
    Reason.DUPLICATE: _("Asked twice"),
    Reason.VIDEO_NOT_PERMITTED: _("No video"),
    Reason.BARRED: _("Barred"),
    Reason.SECURITY_HOLD: _("Security"),
    Reason.JAIL_ERROR: _("Our mistake"),
    Reason.OTHER: _("Other"),
}

WHY: Mapping[str, Text] = {
    Reason.PRISONER_NOT_FOUND: _(
        "The jail did not find this person with these details. Check the name on the court's papers, then ask again."
    ),
    Reason.TRANSFERRED: _("This person was moved to another jail. The jail's office can tell you where to."),
    Reason.RELEASED: _("The jail's register says that this person was released."),
    Reason.COURT_OR_HOSPITAL: _("This person is at court or in hospital on that day. Please ask for another day."),
    Reason.PRISONER_DECLINED: _("The person did not agree to this visit. You may write a letter, or ask again later."),
    Reason.VISITOR_NOT_ON_LIST: _("You are not on this person's list of visitors. They can ask the jail to add you."),
    Reason.ID_MISMATCH: _("Your details and your ID do not match. Please check them, then ask again."),
    Reason.QUOTA_USED: _("This person has had all visits allowed for now. Please ask for a later day."),
    Reason.SLOT_FULL: _("That time is full. Please ask for another time."),
    Reason.DATE_CLOSED: _("The jail is closed for visits on that day. Please ask for another day."),
    Reason.TOO_MANY_VISITORS: _("Too many people for one visit. Please ask again with fewer."),
    Reason.NO_ADULT: _("At least one grown-up with an ID must come. Please ask again."),
    Reason.DUPLICATE: _("You had asked for the same visit already. Press /status to see it."),
    Reason.VIDEO_NOT_PERMITTED: _("A video visit is not possible. You may ask for a visit in person."),
    Reason.BARRED: _("You can't visit at present. The jail's office tells you until when."),
    Reason.SECURITY_HOLD: _("The visit can't take place at present. Please ask again in some days."),
    Reason.JAIL_ERROR: _("The jail made a mistake with this request. Please ask again: we are sorry."),
    Reason.OTHER: _("The jail could not allow it. Its office tells you more."),
}
