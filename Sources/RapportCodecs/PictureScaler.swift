import CYUV
public import RapportBase

/// Pictures at another size: libyuv's box filter, the mean of the source area under each pixel.
public enum PictureScaler {
    /// Wraps `I420Scale`.
    /// - Parameters: width and height in pixels, at least 1; odd ones round the chroma planes up.
    public static func scaled(_ buffer: I420Buffer, width: Int, height: Int) -> I420Buffer {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        let chromaWidth = (width + 1) / 2
        return I420Buffer(width: width, height: height) { output in
            guard let target = output.baseAddress else { return }
            let u = target + width * height
            buffer.withUnsafeBytes { input in
                guard let source = input.baseAddress else { return }
                let status = I420Scale(
                    source, CInt(buffer.width), source + buffer.offset(ofPlane: 1), CInt(buffer.chromaWidth),
                    source + buffer.offset(ofPlane: 2), CInt(buffer.chromaWidth), CInt(buffer.width),
                    CInt(buffer.height), target, CInt(width), u, CInt(chromaWidth),
                    u + chromaWidth * ((height + 1) / 2), CInt(chromaWidth), CInt(width), CInt(height), kFilterBox)
                // Only sizes that are not positive, or null pointers, are refused.
                precondition(status == 0, "libyuv refused a picture")
            }
        }
    }
}
