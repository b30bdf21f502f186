# One agent, one volume. Build: docker build -t energy-agent .
FROM python:3.12-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /opt/energy-agent \
    && /opt/energy-agent/bin/pip install --require-hashes -r requirements/runtime.txt \
    && pip install --require-hashes -r requirements/build.txt
COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
    && /opt/energy-agent/bin/pip install --no-deps --no-index /tmp/wheel/*.whl \
    && /opt/energy-agent/bin/pip uninstall --yes pip

FROM python:3.12-slim
LABEL org.opencontainers.image.title="energy-agent" org.opencontainers.image.licenses="Apache-2.0"
# For reports as PDF.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation fonts-wqy-microhei \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 energy-agent \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/energy-agent \
        --shell /usr/sbin/nologin energy-agent \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/energy-agent
COPY --from=build /opt/energy-agent /opt/energy-agent
ENV PATH=/opt/energy-agent/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/energy-agent
VOLUME /var/lib/energy-agent
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["energy-agent"]
CMD ["run", "--config", "/etc/energy-agent/plant.toml"]
