/// AES as FIPS 197 writes it, slow and plain: a second opinion that shares nothing with the libraries.
struct ReferenceAES {
    private let roundKeys: [[UInt8]]
    private static let box = substitutionBox()

    init(key: [UInt8]) {
        let words = key.count / 4
        var schedule = (0..<words).map { Array(key[4 * $0..<4 * $0 + 4]) }
        var constant: UInt8 = 1
        while schedule.count < 4 * (words + 7) {
            var word = schedule[schedule.count - 1]
            if schedule.count % words == 0 {
                word = [word[1], word[2], word[3], word[0]].map { Self.box[Int($0)] }
                word[0] ^= constant
                constant = Self.double(constant)
            } else if words > 6, schedule.count % words == 4 {
                word = word.map { Self.box[Int($0)] }
            }
            schedule.append(zip(schedule[schedule.count - words], word).map { $0 ^ $1 })
        }
        roundKeys = (0..<words + 7).map { Array(schedule[4 * $0..<4 * $0 + 4].joined()) }
    }

    func encrypt(_ block: [UInt8]) -> [UInt8] {
        var state = zip(block, roundKeys[0]).map { $0 ^ $1 }
        for round in 1..<roundKeys.count {
            state = (0..<16).map { Self.box[Int(state[($0 + 4 * ($0 % 4)) % 16])] }
            if round < roundKeys.count - 1 { state = Self.mixColumns(state) }
            state = zip(state, roundKeys[round]).map { $0 ^ $1 }
        }
        return state
    }

    /// Counter mode: the 32 low bits of `counter` count on for every block.
    func counterMode(_ bytes: [UInt8], counter: [UInt8]) -> [UInt8] {
        var counter = counter
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let pad = encrypt(counter)
            output += zip(bytes[start..<min(start + 16, bytes.count)], pad).map { $0 ^ $1 }
            for index in (12..<16).reversed() {
                counter[index] &+= 1
                if counter[index] != 0 { break }
            }
        }
        return output
    }

    private static func double(_ x: UInt8) -> UInt8 { x << 1 ^ (x & 0x80 != 0 ? 0x1B : 0) }

    private static func mixColumns(_ s: [UInt8]) -> [UInt8] {
        (0..<16).map { i in
            let column = i & ~3
            let a = s[i], b = s[column + (i + 1) % 4], c = s[column + (i + 2) % 4], d = s[column + (i + 3) % 4]
            return double(a) ^ double(b) ^ b ^ c ^ d
        }
    }

    /// Multiplicative inverse by walking the powers of 3, then the affine map.
    private static func substitutionBox() -> [UInt8] {
        var box = [UInt8](repeating: 0x63, count: 256)
        var p: UInt8 = 1
        var q: UInt8 = 1
        repeat {
            p ^= double(p)  // times 3
            q ^= q << 1  // divided by 3
            q ^= q << 2
            q ^= q << 4
            if q & 0x80 != 0 { q ^= 0x09 }
            let turn = { (n: UInt8) in q << n | q >> (8 - n) }
            box[Int(p)] = q ^ turn(1) ^ turn(2) ^ turn(3) ^ turn(4) ^ 0x63
        } while p != 1
        return box
    }
}

/// AES-GCM with a 12-byte nonce and a 16-byte tag. NIST SP 800-38D section 7.1.
enum ReferenceGCM {
    static func seal(key: [UInt8], nonce: [UInt8], plain: [UInt8], additional: [UInt8]) -> [UInt8] {
        let aes = ReferenceAES(key: key)
        let cipher = aes.counterMode(plain, counter: nonce + [0, 0, 0, 2])
        let h = aes.encrypt([UInt8](repeating: 0, count: 16))
        var blocks = padded(additional) + padded(cipher)
        for count in [additional.count, cipher.count] {
            blocks += (0..<8).map { UInt8(truncatingIfNeeded: (count * 8) >> (56 - 8 * $0)) }
        }
        var y = [UInt8](repeating: 0, count: 16)
        for start in stride(from: 0, to: blocks.count, by: 16) {
            y = multiply(zip(y, blocks[start..<start + 16]).map { $0 ^ $1 }, h)
        }
        return cipher + zip(y, aes.encrypt(nonce + [0, 0, 0, 1])).map { $0 ^ $1 }
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (16 - bytes.count % 16) % 16)
    }

    private static func multiply(_ x: [UInt8], _ h: [UInt8]) -> [UInt8] {
        var z = [UInt8](repeating: 0, count: 16)
        var v = h
        for bit in 0..<128 {
            if x[bit / 8] & 0x80 >> (bit % 8) != 0 { z = zip(z, v).map { $0 ^ $1 } }
            let carry = v[15] & 1 != 0
            v = (0..<16).map { v[$0] >> 1 | ($0 > 0 ? v[$0 - 1] << 7 : 0) }
            if carry { v[0] ^= 0xE1 }
        }
        return z
    }
}
