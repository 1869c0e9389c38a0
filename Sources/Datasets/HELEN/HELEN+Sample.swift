import Foundation
import GraftFiles
import GraftImages

extension HELEN {
  /// A photograph and its labels.
  struct Sample: Sendable {
    /// What its files are called, without what each of them has after it.
    let stem: FileName
    let part: OfficialPart
    let photograph: URL
    let labels: Labels

    /// Which maps the probability of a face is made of.
    enum Labels: Sendable {
      /// All eleven are there, by their number.
      case all([URL])
      /// Some are missing, but what is not face is there: background, and hair if that does not count.
      case background([URL])
    }

    /// SHA-256 over the digests of all maps that are there.
    var labelDigest: String {
      get throws {
        switch labels {
        case .all(let files), .background(let files):
          SHA256.digest(of: try files.map { try SHA256.digest(of: $0) }.joined(separator: "\n"))
        }
      }
    }

    /// A map, of the size that all maps of a sample have.
    var firstLabel: Picture {
      get throws {
        switch labels {
        case .all(let files), .background(let files): try Picture(contentsOf: files[0], reading: .label)
        }
      }
    }

    /// How probable a face is at each pixel by a rule, in parts of 255: it is one where that is 128 or more.
    func probability(_ region: FaceMask.Region, _ threshold: ThresholdRule) throws -> Picture {
      let parts = region == .withHair ? 1...10 : 1...9
      switch (labels, threshold) {
      case (.background(let files), _): return try combined(files, sum).changed { 255 - $0 }
      case (.all(let files), .standard), (.all(let files), .sum):
        return try combined(Array(files[parts]), sum)
      case (.all(let files), .background):
        let rest = region == .withHair ? [files[0]] : [files[0], files[10]]
        return try combined(rest, sum).changed { 255 - $0 }
      case (.all(let files), .maximum): return try combined(Array(files[parts]), max)
      case (.all(let files), .againstBackground):
        // Half of 255 and half of what the parts have more than the background: 128 or more where that is 0 or more.
        let (face, background) = (try combined(Array(files[parts]), sum), try map(files[0]))
        try check(background, files[0], against: face)
        let margins = zip(face.pixels, background.pixels).map { UInt8((256 + Int($0) - Int($1)) / 2) }
        return Picture(width: face.width, height: face.height, channels: 1, pixels: margins)
      }
    }

    /// All eleven maps, in parts of 255.
    ///
    /// - Throws: ``DatasetError`` if one is missing or has another size.
    var maps: [Picture] {
      get throws {
        guard case .all(let files) = labels else {
          throw DatasetError(
            photograph, "not all eleven maps of \(stem) are there, and its classes are made of all",
            remedy: "Unpack the archive of the labels again.")
        }
        let maps = try files.map(map)
        for (file, own) in zip(files, maps) { try check(own, file, against: maps[0]) }
        return maps
      }
    }

    private func sum(_ one: UInt8, _ other: UInt8) -> UInt8 { UInt8(min(Int(one) + Int(other), 255)) }

    private func map(_ file: URL) throws -> Picture {
      guard let map = try Picture(contentsOf: file, reading: .label).withoutColours else {
        throw DatasetError(
          file, "this label has colours, and maps of a probability are grey",
          remedy: "Unpack the archive of the labels again.")
      }
      return map
    }

    private func check(_ map: Picture, _ file: URL, against first: Picture) throws {
      guard map.width == first.width, map.height == first.height else {
        throw DatasetError(
          file,
          """
          this label is \(map.width)×\(map.height), and the others of \(stem) are \
          \(first.width)×\(first.height)
          """,
          remedy: "Unpack the archive of the labels again.")
      }
    }

    /// Some maps in one, pixel by pixel.
    private func combined(
      _ files: [URL], _ combine: (UInt8, UInt8) -> UInt8
    ) throws -> Picture {
      let first = try map(files[0])
      var pixels = first.pixels
      for file in files.dropFirst() {
        let map = try map(file)
        try check(map, file, against: first)
        for (pixel, value) in map.pixels.enumerated() { pixels[pixel] = combine(pixels[pixel], value) }
      }
      return Picture(width: first.width, height: first.height, channels: 1, pixels: pixels)
    }
  }
}

extension Picture {
  /// The picture in grey, where it is so, though maybe copied as RGB or with a palette; nil where it has colours.
  fileprivate var withoutColours: Picture? {
    guard channels == 3 else { return self }
    var greys: [UInt8] = []
    greys.reserveCapacity(width * height)
    for start in stride(from: 0, to: pixels.count, by: 3) {
      guard pixels[start] == pixels[start + 1], pixels[start] == pixels[start + 2] else { return nil }
      greys.append(pixels[start])
    }
    return Picture(width: width, height: height, channels: 1, pixels: greys)
  }

  fileprivate func changed(_ change: (UInt8) -> UInt8) -> Picture {
    Picture(width: width, height: height, channels: channels, pixels: pixels.map(change))
  }
}
