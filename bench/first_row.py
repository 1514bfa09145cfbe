"""The first row: the same number of questions the usual way, python-telegram-bot's ConversationHandler with its
PicklePersistence, as its own examples show it.

No codes, no checks, no database. Where BENCH_SMTP names a mail server, one answer is followed by a letter.
"""

import os
from collections.abc import Callable, Coroutine
from email.message import EmailMessage
from typing import Any

from aiosmtplib import send
from telegram import Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

from bench.forms import FIRST, LETTER, QUESTIONS, email

Context = ContextTypes.DEFAULT_TYPE
Callback = Callable[[Update, Context], Coroutine[Any, Any, int]]


def question(place: int) -> str:
    return f"Question {place}: please answer question {place} of {QUESTIONS}."


async def start(update: Update, context: Context) -> int:
    assert update.message and context.user_data is not None
    context.user_data["answers"] = []
    await update.message.reply_text(question(1))
    return 1


def step(place: int) -> Callback:
    async def answer(update: Update, context: Context) -> int:
        assert update.message and context.user_data is not None
        answers = context.user_data["answers"]
        answers.append(update.message.text)
        if place == LETTER and "BENCH_SMTP" in os.environ:
            await letter(update.message.chat_id - FIRST)
        if place < QUESTIONS:
            await update.message.reply_text(question(place + 1))
            return place + 1
        await update.message.reply_text(f"Done. I have {len(answers)} answers of yours.")
        return ConversationHandler.END

    return answer


async def letter(visitor: int) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "bench@example.org", email(visitor), "Your answers"
    message.set_content("Thank you for your answers.")
    await send(message, hostname="127.0.0.1", port=int(os.environ["BENCH_SMTP"]), start_tls=False)


def main() -> None:
    api, folder = os.environ["BENCH_API"], os.environ["BENCH_FOLDER"]
    kept = PicklePersistence(os.path.join(folder, "bot.pickle"))
    app = Application.builder().token("4242:bench").base_url(f"{api}/bot").persistence(kept).build()
    words = filters.TEXT & ~filters.COMMAND
    app.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("start", start)],
            states={place: [MessageHandler(words, step(place))] for place in range(1, QUESTIONS + 1)},
            fallbacks=[CommandHandler("start", start)],
            name="form",
            persistent=True,
            allow_reentry=True,
        )
    )
    app.run_polling(timeout=10)


if __name__ == "__main__":
    main()
