FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m venv /app \
 && /app/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data greenroom \
 && install -d -o greenroom -g greenroom -m 0700 /data
COPY --from=build /app /app
COPY tools/container_health.py /app/container_health.py
USER greenroom
WORKDIR /data
VOLUME /data
EXPOSE 8080/tcp 40000/udp
ENV GREENROOM_HOST=0.0.0.0 \
    GREENROOM_DATA_DIR=/data \
    PYTHONUNBUFFERED=1
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["/app/bin/python", "/app/container_health.py"]
ENTRYPOINT ["/app/bin/greenroom"]
CMD ["serve"]
