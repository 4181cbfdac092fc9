import RapportBase
import RapportSDP

// A session description: whatever is accepted is written, and read again to the same.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    guard let description = try? SessionDescription(parsing: text) else { return 0 }
    let written = description.serialized()
    // Writing may fill in what was left out, and may outgrow the bounds on reading; what is read again stands.
    guard written.utf8.count <= SessionDescription.maximumBytes else { return 0 }
    guard let again = try? SessionDescription(parsing: written) else {
        preconditionFailure("a written description is refused")
    }
    precondition(again == description)
    return 0
}
