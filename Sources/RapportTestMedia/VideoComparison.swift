public import RapportBase

/// Gathers the quality of many pictures one by one; keeps sums only.
public struct VideoComparison: Sendable, Equatable {
    /// Pairs compared, and pairs refused because their sizes differ.
    public private(set) var pictures = 0
    public private(set) var mismatched = 0
    private var psnrSum = 0.0
    private var ssimSum = 0.0
    /// Worst picture; equal pictures count as 100 dB.
    public private(set) var lowestPSNR: Double?
    public private(set) var lowestSSIM: Double?

    /// Equal pictures have no finite ratio; in a mean they count as this.
    public static let equalPSNR = 100.0

    public init() {}

    /// Compares what was sent with what was received; both of one size.
    public mutating func push(sent: I420Buffer, received: I420Buffer) {
        guard let psnr = VideoQuality.psnr(sent, received), let ssim = VideoQuality.ssim(sent, received) else {
            mismatched += 1
            return
        }
        let held = min(psnr, Self.equalPSNR)
        pictures += 1
        psnrSum += held
        ssimSum += ssim
        lowestPSNR = min(lowestPSNR ?? held, held)
        lowestSSIM = min(lowestSSIM ?? ssim, ssim)
    }

    /// Mean over pictures, dB; nil before the first.
    public var meanPSNR: Double? { pictures > 0 ? psnrSum / Double(pictures) : nil }
    public var meanSSIM: Double? { pictures > 0 ? ssimSum / Double(pictures) : nil }
}
