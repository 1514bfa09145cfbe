# Mulakat as an image: what running needs, as an ordinary user. `docker build -t mulakat .`
# Two stages, so that neither pip nor a compiler nor its cache is in the end.

FROM python:3.11-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /packages
COPY requirements/run.lock /tmp/run.lock
# Wheels alone: what would have to be compiled fails here, not later.
RUN pip --python /packages/bin/python install --require-hashes --only-binary :all: -r /tmp/run.lock

FROM python:3.11-slim
ENV PATH=/packages/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    MULAKAT_SECRET_FILE=/keys/secret \
    MULAKAT_LISTEN=0.0.0.0:8081 \
    MULAKAT_LOG_FORMAT=json
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip setuptools wheel && \
    useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin mulakat && \
    install -d -m 700 -o mulakat -g mulakat /mulakat/var /keys /backups
COPY --from=packages /packages /packages
COPY bot.py LICENSE /mulakat/
COPY channels /mulakat/channels
COPY data /mulakat/data
COPY dialogue /mulakat/dialogue
COPY handlers /mulakat/handlers
COPY locales /mulakat/locales
COPY operate /mulakat/operate
COPY scheduler /mulakat/scheduler
COPY storage /mulakat/storage
COPY visits /mulakat/visits
WORKDIR /mulakat
USER 10001:10001
# SQLite's file, where no other database is set; the secret with its lists; backups.
VOLUME ["/mulakat/var", "/keys", "/backups"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8081/healthz', timeout=4)"]
ENTRYPOINT ["python", "bot.py"]
CMD ["run"]
