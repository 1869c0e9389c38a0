import GraftFiles
import Testing

/// The examples that NIST published for FIPS 180-4.
struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestsOfTheStandardsMessages(message: String, digest: String) {
    #expect(SHA256.digest(of: message) == digest)
    var portable = SHA256(portably: true)
    portable.update(message)
    #expect(portable.finalize() == digest)
  }

  @Test(arguments: [false, true]) func digestOfAMillionLettersDoesNotDependOnHowTheyArrive(portably: Bool) {
    for size in [1_000_000, 64, 63, 1000] {
      var digest = SHA256(portably: portably)
      var left = 1_000_000
      while left > 0 {
        digest.update(String(repeating: "a", count: min(size, left)))
        left -= min(size, left)
      }
      #expect(digest.finalize() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
  }

  /// Padding takes a block of its own from 56 bytes on.
  @Test func everyLengthAroundABlockIsPaddedAsInOnePass() {
    for length in 50...130 {
      let message = String(repeating: "x", count: length)
      var pieces = SHA256()
      for character in message { pieces.update(String(character)) }
      #expect(pieces.finalize() == SHA256.digest(of: message), "length \(length)")
    }
  }
}
