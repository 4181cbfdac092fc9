public import RapportBase

extension WAVFile {
    /// The sound at another rate and number of channels; two become one by their mean, one becomes two by copying.
    public func converted(sampleRate wanted: Int = 48_000, channels wantedChannels: Int = 1) -> WAVFile {
        let mixed = mixed(to: wantedChannels)
        guard wanted != sampleRate else {
            return WAVFile(sampleRate: wanted, channels: wantedChannels, samples: mixed)
        }
        let resampler = Resampler(from: sampleRate, to: wanted)
        let planes = (0..<wantedChannels).map { channel in
            resampler.convert(stride(from: channel, to: mixed.count, by: wantedChannels).map { mixed[$0] })
        }
        guard wantedChannels > 1 else { return WAVFile(sampleRate: wanted, channels: 1, samples: planes[0]) }
        var samples: [Int16] = []
        for index in planes[0].indices {
            for plane in planes { samples.append(plane[index]) }
        }
        return WAVFile(sampleRate: wanted, channels: wantedChannels, samples: samples)
    }

    private func mixed(to wanted: Int) -> [Int16] {
        precondition(wanted == 1 || wanted == 2, "sound has one or two channels")
        guard wanted != channels else { return samples }
        if wanted == 2 { return samples.flatMap { [$0, $0] } }
        return stride(from: 0, to: samples.count - 1, by: 2).map { index in
            Int16((Int(samples[index]) + Int(samples[index + 1])) / 2)
        }
    }

    /// The sound in blocks of 10 ms at 48 kHz; the last one is filled up with silence.
    public func blocks(channels wanted: Int = 1) -> [AudioFrame] {
        let sound = converted(sampleRate: 48_000, channels: wanted)
        let length = 480 * wanted
        return stride(from: 0, to: sound.samples.count, by: length).map { start in
            var block = Array(sound.samples[start..<min(start + length, sound.samples.count)])
            block.append(contentsOf: repeatElement(0, count: length - block.count))
            return AudioFrame(samples: block, sampleRate: 48_000, channels: wanted)
        }
    }
}
