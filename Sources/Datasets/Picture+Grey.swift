import GraftImages

extension Picture {
  /// The picture in grey, where it is so, though maybe copied as RGB or with a palette; nil where it has colours.
  var withoutColours: Picture? {
    guard channels == 3 else { return self }
    var greys: [UInt8] = []
    greys.reserveCapacity(width * height)
    for start in stride(from: 0, to: pixels.count, by: 3) {
      guard pixels[start] == pixels[start + 1], pixels[start] == pixels[start + 2] else { return nil }
      greys.append(pixels[start])
    }
    return Picture(width: width, height: height, channels: 1, pixels: greys)
  }
}
