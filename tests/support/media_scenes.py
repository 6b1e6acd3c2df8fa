"""Publishers and subscribers in the arrangements that many tests of the packet code begin with."""

from rooms.participant import Kind
from server.media.ingress import Ingress
from server.media.rtcp import Nack, ReceiverReport, nack_items
from tests.support.media_links import (
    MID,
    RID,
    Sender,
    Stage,
    Wire,
    publish_section,
    publisher,
    retransmission,
    subscribe_section,
    subscriber,
)
from tests.support.media_packets import Rtp

CAMERA = publish_section(mid="v", rids=["q", "h", "f"])
MICROPHONE = publish_section(Kind.AUDIO, mid="a")


def layers(stage: Stage) -> dict[str, Sender]:
    """The layers of `CAMERA`, each of which says what it is."""
    return {
        rid: Sender(
            stage.end, ssrc=100 + i, seq=1000 * i, extensions={MID: b"v", RID: rid.encode()}
        )
        for i, rid in enumerate(("q", "h", "f"))
    }


class Call:
    """One publisher with some streams, one subscriber with an egress."""

    def __init__(self, net: Wire, kind: Kind = Kind.VIDEO, streams: int = 1) -> None:
        self.net = net
        ssrcs = [1000 + i for i in range(streams)]
        sections = [
            publish_section(kind, mid=str(i), remote_ssrcs=[ssrc]) for i, ssrc in enumerate(ssrcs)
        ]
        self.stage = publisher(net, *sections)
        self.senders = [
            Sender(
                self.stage.end,
                kind,
                ssrc=ssrc,
                seq=100 + 7000 * i,
                timestamp=5000 + 0x70000000 * i,
                picture=7 + 3000 * i,
            )
            for i, ssrc in enumerate(ssrcs)
        ]
        for sender in self.senders:
            sender.frame(keyframe=True)
        self.end, self.out = subscriber(net)
        self.egress = self.out.add(subscribe_section(kind))

    @property
    def sender(self) -> Sender:
        return self.senders[0]

    def attach(self, stream: int = 0) -> None:
        assert self.egress.attach(self.stage.source(mid=str(stream)))

    def start(self) -> None:
        """Attach the first stream and let it begin."""
        self.attach()
        self.sender.frame(keyframe=True)

    def nack(self, *seqs: int) -> None:
        self.end.say(Nack(1, 500, nack_items(seqs)))


class Show:
    """A publisher whose only stream a subscriber gets from its second keyframe on."""

    def __init__(self, net: Wire, kind: Kind = Kind.VIDEO, seq: int = 100) -> None:
        self.net = net
        section = publish_section(kind, remote_ssrcs=[1000, 1001])
        self.stage = publisher(net, section)
        self.sender = Sender(self.stage.end, kind, seq=seq)
        self.sender.frame(keyframe=True)
        self.end, self.out = subscriber(net)
        self.egress = self.out.add(subscribe_section(kind))
        self.egress.attach(self.source)
        self.sender.frame(keyframe=True)
        self.end.packets()
        self.stage.end.told()

    @property
    def source(self) -> Ingress:
        return self.stage.source()

    def send(self, *packets: Rtp) -> None:
        for packet in packets:
            self.stage.end.send(bytes(packet))

    def make(self, count: int) -> list[Rtp]:
        """So many packets, each a frame of its own."""
        return [self.sender.make_frame(length=300)[0] for _ in range(count)]

    def repair(self, packet: Rtp, seq: int) -> None:
        """Send a packet as the retransmission number `seq`."""
        self.send(retransmission(packet, 1001, seq))

    def asked(self) -> list[int]:
        """What the publisher was asked to send again."""
        return [seq for p in self.stage.end.told() if isinstance(p, Nack) for seq in p.seqs]

    def reported(self) -> ReceiverReport:
        (report,) = [p for p in self.stage.end.told() if isinstance(p, ReceiverReport)]
        return report
