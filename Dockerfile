# One image for the service and the migrations; the PostgreSQL is another container's.
FROM python:3.13-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/partner
COPY requirements.txt ./
RUN pip install --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY partner partner
COPY migrations migrations
COPY regulation regulation
RUN pip install --no-deps --editable . && useradd --system --create-home --home-dir /var/lib/partner partner

USER partner
ENV PARTNER_HOST=0.0.0.0 PARTNER_DATA_DIR=/var/lib/partner
VOLUME /var/lib/partner
EXPOSE 8000
ENTRYPOINT ["partner"]
CMD ["serve"]
