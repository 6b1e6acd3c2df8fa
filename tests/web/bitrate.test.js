import {limitSender, videoLimits} from "../../web/core/bitrate.js";

export default {
  "all peers together get no more than a home connection has": async (t) => {
    for (let peers = 1; peers <= 24; peers += 1) {
      const {maxBitrate} = videoLimits(peers);
      t.ok(maxBitrate * peers <= 2_500_000, `${peers} peers: ${maxBitrate}`);
    }
  },

  "each peer gets less as more come in, and never nothing": async (t) => {
    for (let peers = 1; peers < 40; peers += 1) {
      const [fewer, more] = [videoLimits(peers), videoLimits(peers + 1)];
      t.ok(more.maxBitrate <= fewer.maxBitrate);
      t.ok(more.scaleResolutionDownBy >= fewer.scaleResolutionDownBy);
    }
    t.equal(videoLimits(1), {maxBitrate: 1_700_000, scaleResolutionDownBy: 1});
    t.ok(videoLimits(200).maxBitrate >= 100_000);
  },

  "limits hold in a real sender": async (t) => {
    const connection = new RTCPeerConnection();
    t.cleanup(() => connection.close());
    const {sender} = connection.addTransceiver("video");
    await limitSender(sender, videoLimits(8));
    const [encoding] = sender.getParameters().encodings;
    t.equal([encoding.maxBitrate, encoding.scaleResolutionDownBy], [280_000, 2]);
  },
};
