import GraftTensor

extension Picture {
  /// Eight colours that people who confuse some can tell apart (Okabe and Ito, "Color universal design", 2008), none of
  /// them black; with a lighter form of each after the eighth.
  ///
  /// - Parameter number: from 0 on; after the sixteenth they begin anew.
  public static func classColor(_ number: Int) -> Color {
    let place = number % (2 * palette.count)
    let color = palette[place % palette.count]
    guard place >= palette.count else { return color }
    func lighter(_ value: UInt8) -> UInt8 { UInt8((Int(value) + 255) / 2) }
    return Color(red: lighter(color.red), green: lighter(color.green), blue: lighter(color.blue))
  }

  private static let palette = [
    Color(red: 230, green: 159, blue: 0), Color(red: 86, green: 180, blue: 233),
    Color(red: 0, green: 158, blue: 115), Color(red: 240, green: 228, blue: 66),
    Color(red: 0, green: 114, blue: 178), Color(red: 213, green: 94, blue: 0),
    Color(red: 204, green: 121, blue: 167), Color(red: 153, green: 153, blue: 153),
  ]

  /// The picture in RGB with a colour laid over each pixel for its class; class 0, which is background, stays as it is.
  ///
  /// - Parameters:
  ///   - classes: grey, of the picture's size: the number of a class at each pixel.
  ///   - colors: of class 1 and those that follow; ``classColor(_:)`` from 0 on, where there are none.
  ///   - opacity: 0 (nothing to see) to 1 (nothing else to see).
  public func overlaid(withClasses classes: Picture, colors: [Color] = [], opacity: Double = 0.5) -> Picture {
    requireMask(classes)
    return painted(opacity: opacity) { index in
      let number = Int(classes.pixels[index])
      guard number > 0 else { return nil }
      return colors.indices.contains(number - 1) ? colors[number - 1] : Self.classColor(number - 1)
    }
  }
}
