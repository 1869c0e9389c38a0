import Foundation

/// The sentence that a C function of a picture library leaves when it fails.
struct LibraryMessage {
  private let library: String
  private var text: [CChar]

  /// - Parameters:
  ///   - library: for people, such as `PNG`.
  ///   - size: of the buffer that the functions write to, in bytes.
  init(_ library: String, size: Int) {
    self.library = library
    text = [CChar](repeating: 0, count: size)
  }

  mutating func fill<Result>(_ body: (UnsafeMutablePointer<CChar>?) -> Result) -> Result {
    unsafe text.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
  }

  func error(_ kind: PictureError.Kind, _ file: URL?) -> PictureError {
    let reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return PictureError(kind, file, "the \(library) library stopped: \(reason)")
  }
}
