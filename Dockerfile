# One image for every part of docker-compose.yml; by itself it is the whole product (`manage.py serve`).
FROM python:3.11-slim-bookworm AS packages
COPY requirements.lock /
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --quiet --require-hashes -r /requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 1000 --home-dir /app --shell /usr/sbin/nologin tasuki \
    && install -d -o tasuki -g tasuki /var/lib/tasuki
COPY --from=packages /venv /venv
COPY . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONUTF8=1 TASUKI_VAR=/var/lib/tasuki BIND=0.0.0.0
USER tasuki
VOLUME /var/lib/tasuki
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/readyz', timeout=4)"]
CMD ["sh", "-c", "python manage.py migrate --verbosity 0 && exec python manage.py serve"]
