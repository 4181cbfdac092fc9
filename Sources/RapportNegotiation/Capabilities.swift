public import RapportBase
public import RapportRTP
import RapportSDP

/// What this side can send and receive. Only what is wired is named: a peer relies on what was negotiated.
public struct Capabilities: Sendable, Equatable {
    /// The codecs and header extensions of one kind of media.
    public struct Media: Sendable, Equatable {
        /// In order of preference.
        public var codecs: [CodecCapability]
        /// With the numbers offered when they are free.
        public var extensions: HeaderExtensionMap
        /// Offered for packets that repair lost ones (FlexFEC); nil offers none.
        public var repairPayloadType: PayloadType?

        public init(
            codecs: [CodecCapability], extensions: HeaderExtensionMap, repairPayloadType: PayloadType? = nil
        ) {
            self.codecs = codecs
            self.extensions = extensions
            self.repairPayloadType = repairPayloadType
        }
    }

    public var audio: Media
    public var video: Media

    public init(audio: Media, video: Media) {
        self.audio = audio
        self.video = video
    }

    /// Those of one kind of media.
    public subscript(kind: MediaKind) -> Media {
        switch kind {
        case .audio: audio
        case .video: video
        }
    }

    /// Opus with in-band FEC, and VP8 with retransmissions and repair packets. Numbers as Chromium gives them.
    public static let standard = Capabilities(
        audio: Media(
            codecs: [
                CodecCapability(
                    codec: .opus, payloadType: PayloadType(masking: 111),
                    parameters: ["minptime": "10", "useinbandfec": "1"],
                    feedback: [.transportCC, .repeatedTransportCC, .congestionControl])
            ],
            extensions: HeaderExtensionMap([
                .audioLevel: 1, .absoluteSendTime: 2, .transportSequenceNumber: 3, .mid: 4,
            ])),
        video: Media(
            codecs: [
                CodecCapability(
                    codec: .vp8, payloadType: PayloadType(masking: 96),
                    retransmissionPayloadType: PayloadType(masking: 97),
                    feedback: [
                        .receiverEstimatedMaximumBitrate, .transportCC, .fullIntraRequest, .nack,
                        .pictureLossIndication, .repeatedTransportCC, .congestionControl,
                    ])
            ],
            extensions: HeaderExtensionMap([.absoluteSendTime: 2, .transportSequenceNumber: 3, .mid: 4]),
            repairPayloadType: PayloadType(masking: 49)))

    /// The same with one way only of telling arrivals: without `.streams` (RFC 8888) or without `.transport`.
    ///
    /// `nil` offers both, and takes transport-wide numbers from a peer that knows both.
    public func telling(_ arrivals: ArrivalReports?) -> Capabilities {
        let unwanted: [RTCPFeedback] =
            switch arrivals {
            case nil: []
            case .transport: [.congestionControl]
            case .streams: [.transportCC, .repeatedTransportCC]
            }
        var result = self
        for index in result.audio.codecs.indices {
            result.audio.codecs[index].feedback.removeAll { unwanted.contains($0) }
        }
        for index in result.video.codecs.indices {
            result.video.codecs[index].feedback.removeAll { unwanted.contains($0) }
        }
        return result
    }

    /// The same, with copies of older packets of sound within newer ones (RFC 2198) on a path that loses many.
    public var withRedundantSound: Capabilities {
        var result = self
        for index in result.audio.codecs.indices {
            result.audio.codecs[index].redundancyPayloadType = PayloadType(masking: 63)
        }
        return result
    }

    /// The same without packets that repair lost ones (FlexFEC): none are offered, taken or sent.
    public var withoutRepair: Capabilities {
        var result = self
        result.audio.repairPayloadType = nil
        result.video.repairPayloadType = nil
        return result
    }
}

extension Capabilities.Media {
    /// The format of packets that repair lost ones. draft-ietf-payload-flexible-fec-scheme-03 section 5.1: the window
    /// has to be said, in microseconds.
    func repairFormat(_ payloadType: PayloadType) -> RTPCodec {
        RTPCodec(
            payloadType: payloadType, name: RTPCodec.flexFEC, clockRate: 90_000,
            parameters: ["repair-window": "10000000"])
    }
}
