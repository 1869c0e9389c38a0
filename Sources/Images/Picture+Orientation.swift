import GraftFiles

extension Picture {
  /// How a camera was held, as EXIF numbers it (CIPA DC-008, tag 274): where row 0 and column 0 of the stored picture
  /// belong.
  struct Orientation: Equatable {
    private let number: Int

    /// 1 to 8; everything else counts as upright.
    init(_ number: Int) { self.number = (1...8).contains(number) ? number : 1 }

    static let upright = Orientation(1)

    var swapsAxes: Bool { number >= 5 }
    private var reversesColumns: Bool { [2, 3, 7, 8].contains(number) }
    private var reversesRows: Bool { [3, 4, 6, 7].contains(number) }

    /// Turns a stored picture upright.
    func applied(to picture: Picture) -> Picture {
      if self == .upright { return picture }
      let channels = picture.channels
      let (width, height) = swapsAxes ? (picture.height, picture.width) : (picture.width, picture.height)
      // One step to the right and one step down in the stored picture, and what they are in the upright one.
      let column = reversesColumns ? -channels : channels
      let row = (reversesRows ? -channels : channels) * picture.width
      let (right, down) = swapsAxes ? (row, column) : (column, row)
      let start =
        (reversesColumns ? (picture.width - 1) * channels : 0)
        + (reversesRows ? (picture.height - 1) * picture.width * channels : 0)
      let pixels = unsafe [UInt8](unsafeUninitializedCapacity: picture.pixels.count) { buffer, count in
        var next = 0
        for y in 0..<height {
          for x in 0..<width {
            let source = start + y * down + x * right
            for channel in 0..<channels {
              unsafe buffer[next] = picture.pixels[source + channel]
              next += 1
            }
          }
        }
        count = next
      }
      return Picture(width: width, height: height, channels: channels, pixels: pixels)
    }
  }
}

extension Picture.Orientation {
  /// Finds the orientation in a TIFF structure, as EXIF has it: byte order, then directories of 12-byte entries, of which the
  /// first is that of the picture; others are of its thumbnail.
  ///
  /// A structure that cannot be followed says nothing about the pixels, so it counts as upright.
  init(tiff bytes: Bytes) { self = Self.stored(in: bytes) ?? .upright }

  private static func stored(in bytes: Bytes) -> Self? {
    let isBigEndian = bytes.starts(with: Array("MM".utf8))
    guard isBigEndian || bytes.starts(with: Array("II".utf8)) else { return nil }
    func number<Integer: FixedWidthInteger>(_ type: Integer.Type, at offset: Int) -> Int? {
      bytes.littleEndian(type, at: offset).map { Int(isBigEndian ? $0.byteSwapped : $0) }
    }
    guard number(UInt16.self, at: 2) == 42, let directory = number(UInt32.self, at: 4),
      let count = number(UInt16.self, at: directory)
    else { return nil }
    for entry in 0..<count {
      let start = directory + 2 + 12 * entry
      guard let tag = number(UInt16.self, at: start) else { return nil }
      guard tag == 274, number(UInt32.self, at: start + 4) == 1 else { continue }
      // A single number stands in the entry itself, as two bytes (type 3), or as four or one where a program is inexact.
      switch number(UInt16.self, at: start + 2) {
      case 1: return bytes[start + 8].map { Self(Int($0)) }
      case 3: return number(UInt16.self, at: start + 8).map(Self.init)
      case 4: return number(UInt32.self, at: start + 8).map(Self.init)
      default: continue
      }
    }
    return nil
  }
}
