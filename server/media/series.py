"""The media plane's series for `/metrics`; see docs/metrics.md."""

from collections.abc import Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from rooms.participant import Kind
from rooms.topology import Route
from server.media.forwarder import Forwarder
from server.workers.streams import TroubleKind
from server.workers.wire import Outcome
from server.workers.workers import Workers

_COUNTED = {
    "packets_in": "RTP packets from publishers.",
    "packets_out": "RTP packets to subscribers, retransmissions included.",
    "bytes_in": "Octets of RTP from publishers.",
    "bytes_out": "Octets of RTP to subscribers.",
    "lost": "RTP packets of publishers that never came.",
    "recovered": "RTP packets of publishers that came by retransmission.",
    "retransmitted": "RTP packets sent again to subscribers.",
    "nacks_in": "Packets that subscribers asked for again.",
    "nacks_out": "Packets that publishers were asked for again.",
    "plis_in": "Requests of subscribers for a keyframe.",
    "plis_out": "Requests to publishers for a keyframe.",
    "switches": "Changes of what a subscriber gets: layers, and publishers' new connections.",
    "unrouted": "Datagrams from addresses that no connection knows.",
    "malformed": "Datagrams that are neither STUN, DTLS nor SRTP.",
    "unauthentic": "SRTP and SRTCP packets that failed their authentication.",
    "refused": "Packets that a limit refused.",
    "unsent": "Packets that the system did not take.",
}

_DEATHS = (TroubleKind.SLOW, TroubleKind.CRASH, TroubleKind.MEMORY)


class MediaSeries(Collector):
    """Reads the forwarder's counters when somebody asks: the packet path knows of no metrics."""

    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder

    def collect(self) -> Iterator[Metric]:
        counters = self._forwarder.counters
        for name, text in _COUNTED.items():
            yield CounterMetricFamily(f"greenroom_media_{name}", text, getattr(counters, name))
        yield SummaryMetricFamily(
            "greenroom_media_forwarding_seconds",
            "From waking up for datagrams until the last of them was sent on.",
            count_value=counters.wakeups,
            sum_value=counters.forwarding_s,
        )
        yield GaugeMetricFamily(
            "greenroom_media_connections",
            "Peer connections with the server.",
            self._forwarder.connections,
        )
        yield GaugeMetricFamily(
            "greenroom_media_busy",
            "1 while newcomers are turned away for want of time.",
            int(self._forwarder.busy),
        )
        participants = GaugeMetricFamily(
            "greenroom_media_participants", "Participants by route.", labels=["route"]
        )
        routes = self._forwarder.routes()
        for route in Route:
            participants.add_metric([route.value], routes[route])
        yield participants


class EffectSeries(Collector):
    """Reads what the workers have counted."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        counters = self._workers.counters
        streams = GaugeMetricFamily(
            "greenroom_effect_streams", "Encoders of effects that run.", labels=["kind"]
        )
        for kind in Kind:
            streams.add_metric([kind.value], self._workers.running(kind))
        yield streams
        frames = CounterMetricFamily(
            "greenroom_effect_frames", "Frames by what came of them.", labels=["outcome"]
        )
        frames.add_metric(["out"], counters.frames_out)
        frames.add_metric(["refused"], counters.refused)
        for outcome in Outcome:
            frames.add_metric([outcome.name.lower()], counters.without[outcome])
        yield frames
        yield CounterMetricFamily(
            "greenroom_effect_workers_started", "Worker processes.", counters.starts
        )
        deaths = CounterMetricFamily(
            "greenroom_effect_workers_died", "Workers that ended unasked.", labels=["reason"]
        )
        for reason in _DEATHS:
            deaths.add_metric([reason.value], counters.deaths[reason.value])
        yield deaths
