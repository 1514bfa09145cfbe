"""What people call jails and their towns besides the names in the list; general knowledge, checked by no office.

Every name here leads to a choice of jails that the visitor still has to press: it decides nothing.
"""

from collections.abc import Mapping

# Jail (code in data/jails.csv) -> the names by which its town knows it and its row does not.
KNOWN_AS: Mapping[str, tuple[str, ...]] = {
    "IN-CH-CHANDIGARH-JL": ("Burail",),
    "IN-GA-COLVALE-CJ": ("Goa Central",),
    "IN-KA-BENGALURU-CJ": ("Parappana Agrahara",),
    "IN-KL-PALLIKKUNNU-CJ": ("Kannur Central",),
    "IN-OD-CHOUDWAR-CJ": ("Cuttack",),
    "IN-OD-JHARPADA-SP": ("Bhubaneswar",),
    "IN-TN-CHENNAI-1-CJ": ("Puzhal",),
    "IN-TN-CHENNAI-2-CJ": ("Puzhal",),
    "IN-TN-CHENNAI-WJ": ("Puzhal",),
    "IN-UP-GAUTAM-BUDDHA-NAGAR-DJ": ("Noida", "Greater Noida", "Luksar"),
    "IN-UP-GHAZIABAD-DJ": ("Dasna",),
    "IN-UP-LUCKNOW-DJ": ("Gosainganj",),
    "IN-UP-VARANASI-CJ": ("Shivpur",),
    "IN-WB-PRESIDENCY-CJ": ("Alipore",),
}

# A town, district or state as the list spells it -> what it was called before, or is called beside.
ALSO: Mapping[str, tuple[str, ...]] = {
    "Alappuzha": ("Alleppey",),
    "Ananthapuramu": ("Anantapur",),
    "Ayodhya": ("Faizabad",),
    "Ballari": ("Bellary",),
    "Belagavi": ("Belgaum",),
    "Bengaluru": ("Bangalore",),
    "Berhampore": ("Baharampur",),
    "Burdwan": ("Bardhaman",),
    "Chennai": ("Madras",),
    "Chikkamagaluru": ("Chikmagalur",),
    "Ferozepur": ("Firozpur",),
    "Gurugram": ("Gurgaon",),
    "Guwahati": ("Gauhati",),
    "Hyderabad": ("Secunderabad",),
    "Kachchh": ("Kutch", "Bhuj"),
    "Kalaburagi": ("Gulbarga",),
    "Kannur": ("Cannanore",),
    "Kanniyakumari": ("Kanyakumari",),
    "Kolkata": ("Calcutta",),
    "Kollam": ("Quilon",),
    "Kozhikode": ("Calicut",),
    "Mangaluru": ("Mangalore",),
    "Medininagar": ("Daltonganj",),
    "Mumbai": ("Bombay",),
    "Mysuru": ("Mysore",),
    "Narmadapuram": ("Hoshangabad",),
    "Odisha": ("Orissa",),
    "Palakkad": ("Palghat",),
    "Prayagraj": ("Allahabad", "Ilahabad"),
    "Puducherry": ("Pondicherry",),
    "Pune": ("Poona",),
    "Rajahmundry": ("Rajamundri", "Rajamahendravaram"),
    "Shivamogga": ("Shimoga",),
    "Srinagar": ("سری نگر",),
    "Thanjavur": ("Tanjore",),
    "Tihar": ("Tihad", "تہاڑ"),
    "Thiruvananthapuram": ("Trivandrum",),
    "Thoothukudi": ("Tuticorin",),
    "Thrissur": ("Trichur",),
    "Tiruchirappalli": ("Trichy",),
    "Tumakuru": ("Tumkur",),
    "Uttarakhand": ("Uttaranchal",),
    "Vadodara": ("Baroda",),
    "Varanasi": ("Banaras", "Benares", "Kashi"),
    "Vijayapura": ("Bijapur",),
    "Visakhapatnam": ("Vizag", "Waltair"),
}

# Words that say what kind of jail is meant, and so choose among those of a town.
KIND_WORDS: Mapping[str, str] = {
    "central": "central kendriya sentral madhyavarti सेंट्रल केंद्रीय मध्यवर्ती সেন্ট্রাল কেন্দ্রীয় મધ્યસ્થ ਕੇਂਦਰੀ மத்திய"
    " సెంట్రల్ కేంద్ర ಸೆಂಟ್ರಲ್ ಕೇಂದ್ರ സെൻട്രൽ കേന്ദ്ര କେନ୍ଦ୍ରୀୟ سنٹرل مرکزی",
    "district": "district distt zila jila mandal जिला ज़िला जिल्हा জেলা જિલ્લા ਜ਼ਿਲ੍ਹਾ மாவட்ட జిల్లా ಜಿಲ್ಲಾ ജില്ല ଜିଲ୍ଲା ضلع",
    "sub": "sub subjail upkara upjail taluk taluka subsidiary उपकारा उपजेल सब সাব கிளை సబ్ ಉಪ സബ്",
    "women": "women womens woman mahila nari ladies female महिला মহিলা મહિલા ਮਹਿਲਾ பெண்கள் మహిళా ಮಹಿಳಾ വനിത ମହିଳା خواتین",
    "open": "open khuli खुली উন্মুক্ত திறந்தவெளி ఓపెన్ തുറന്ന",
    "borstal": "borstal बोर्स्टल",
    "special": "special vishesh विशेष",
    "high": "high maximum security",
    "model": "model adarsh आदर्श मॉडल",
}

# Words that stand in the names of all jails, or around them in a sentence, or are said before any question.
PLAIN_WORDS = (
    "jail jails jel gaol prison prisons karagar karagruh kara bandikhana correctional home house circle school lockup"
    " lock judicial cum camp air no number num nambar city the of in at is to near and for my me mein mai ka ki ke wali"
    " जेल कारागार कारागृह कारा नंबर में का की के জেল কারাগার જેલ ਜੇਲ੍ਹ சிறை சிறைச்சாலை ஜெயில் జైలు కారాగారం"
    " ಜೈಲು ಕಾರಾಗೃಹ ജയിൽ ଜେଲ କାରାଗାର جیل"
    " hello hi namaste namaskar salaam thanks thank you please sorry sir madam yes no ok okay good morning evening"
    " help menu start stop done cancel back next want wants visit meet mulakat see go i we he she his her him who what"
    " where how wife husband son daughter father mother brother sister friend beta beti pati patni bhai behen maa papa"
    " mera meri men hai hain hal hu hoon tha thi se ko kaise kahan kaun kya हाँ नहीं है हैं से को मेरा मेरी मेरे धन्यवाद"
    " नमस्ते पति बेटा भाई"
)

# States by the letters that everyone uses; the others' letters are words of some language.
STATE_LETTERS = frozenset({"AP", "HP", "HR", "JK", "MH", "MP", "PB", "RJ", "TN", "TS", "UK", "UP", "WB"})
