"""What a hostile or unlucky person may call themselves: ten scripts, and whatever a letter is made of."""

from hypothesis import strategies as st

from tests.channels.ground import ANY_TEXT

# Devanagari, Bengali, Gurmukhi, Gujarati, Odia, Tamil, Telugu, Kannada, Malayalam, and Urdu's Arabic.
NAMES = (
    "सुनीता देवी", "সুনীতা দেবী", "ਸੁਨੀਤਾ ਦੇਵੀ", "સુનીતા દેવી", "ସୁନୀତା ଦେବୀ",
    "சுனிதா தேவி", "సునీత దేవి", "ಸುನೀತಾ ದೇವಿ", "സുനിത ദേവി", "سنیتا دیوی",
)  # fmt: skip
PIECES = (
    *NAMES, "\r\n", "\n", "\r", "\x00", "\ud800", "\udfff", "\u2028", "\x85", "\u202e", "\u2066", "\u200d", "\u00a0",
    "\u3000", " ", "\t", " " * 50, "=?utf-8?q?", "=?utf-8?b?QmNj?=", "=?", "?=", "=0D=0A", "=\r\n",
    "Bcc: all@mail.example", "Cc:", "Content-Type: text/html", "--===", "\r\n.\r\n", "MAIL FROM:<a@b>",
    "END:VEVENT", "END:VCALENDAR", "BEGIN:VEVENT", "ATTENDEE:mailto:all@mail.example",
    ",", ";", ":", "\\", "\\n", "\\N", "\\,", '"', "^n", "<script>", "<a href='x'>", "&amp;", "https://evil.example/",
    "\U00011005", "\ufeff", "\ufffe", "a" * 40, "a" * 80,
)  # fmt: skip

WORDS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | ANY_TEXT
# What the form takes for an address of Indian families, and what it would only just take.
MAILBOXES = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,40}@[a-z]{1,20}(\.[a-z]{2,10}){1,3}", fullmatch=True).filter(
    lambda mailbox: "=?" not in mailbox
)
