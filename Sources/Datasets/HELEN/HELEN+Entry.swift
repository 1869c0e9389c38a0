import Foundation
import GraftFiles
import GraftImages

extension HELEN {
  /// A photograph and its labels.
  struct Entry: Sendable {
    /// What its files are called, without what each of them has after it.
    let stem: FileName
    let part: Partition
    let photograph: URL
    /// The eleven maps by their numbers, whether they are there or not.
    let maps: [URL]
    /// Those of them that are not there.
    let missing: [URL]

    /// Which maps the probability of a face is made of.
    enum Labels: Sendable {
      /// All eleven are there, by their number.
      case all([URL])
      /// Some are missing, but what is not face is there: background, and hair if that does not count.
      case background([URL])

      /// SHA-256 over the digests of the maps.
      var digest: String {
        get throws {
          switch self {
          case .all(let files), .background(let files):
            SHA256.digest(of: try files.map { try SHA256.digest(of: $0) }.joined(separator: "\n"))
          }
        }
      }
    }

    /// The maps that masks with hair or without are made of by a rule.
    ///
    /// - Throws: ``DatasetError`` if one of them is missing.
    func labels(hair: Bool, _ threshold: ThresholdRule) throws -> Labels {
      guard let absent = missing.first else { return .all(maps) }
      if threshold.needsAllMaps {
        throw DatasetError(
          absent, "this label is missing, and the threshold rule \(threshold.rawValue) needs all eleven maps",
          remedy: "Unpack the archive of the labels again, or take the rule standard or background.")
      }
      let background = hair ? [maps[0]] : [maps[0], maps[10]]
      guard let needed = background.first(where: missing.contains) else { return .background(background) }
      throw DatasetError(
        needed, "this label is missing",
        remedy:
          "Unpack the archive of the labels again. Without all eleven maps, at least 00 (and 10 for hair) are needed."
      )
    }

    /// The photograph as its rows are stored, as large as its labels, which have no EXIF orientation to be turned by.
    ///
    /// - Throws: ``DatasetError`` if its aspect is not that of the labels, within one per cent.
    func picture(fitting label: Picture) throws -> Picture {
      let picture = try Picture(contentsOf: photograph, reading: .asStored)
      if picture.width == label.width && picture.height == label.height { return picture }
      let aspects = (
        Double(picture.width) / Double(picture.height), Double(label.width) / Double(label.height)
      )
      guard abs(aspects.0 / aspects.1 - 1) <= 0.01 else {
        throw DatasetError(
          photograph,
          """
          this photograph is \(picture.width)×\(picture.height) and its labels are \(label.width)×\(label.height), \
          which is no resized form of it
          """,
          remedy:
            "Photographs and labels must come from one release: take the images that belong to these labels.")
      }
      return picture.resized(width: label.width, height: label.height, filter: .bilinear)
    }

    /// A map, of the size that all maps of a sample have.
    var firstLabel: Picture {
      get throws {
        let file = maps.first { !missing.contains($0) } ?? maps[0]
        return try Picture(contentsOf: file, reading: .label)
      }
    }

    /// How probable a face is at each pixel by a rule, in parts of 255: it is one where that is 128 or more.
    func probability(_ labels: Labels, hair: Bool, _ threshold: ThresholdRule) throws -> Picture {
      let parts = hair ? 1...10 : 1...9
      switch (labels, threshold) {
      case (.background(let files), _): return try combined(files, sum).changed { 255 - $0 }
      case (.all(let files), .standard), (.all(let files), .sum):
        return try combined(Array(files[parts]), sum)
      case (.all(let files), .background):
        let rest = hair ? [files[0]] : [files[0], files[10]]
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
    var probabilities: [Picture] {
      get throws {
        guard missing.isEmpty else {
          throw DatasetError(
            photograph, "not all eleven maps of \(stem) are there, and its classes are made of all",
            remedy: "Unpack the archive of the labels again.")
        }
        let found = try maps.map(map)
        for (file, own) in zip(maps, found) { try check(own, file, against: found[0]) }
        return found
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
  fileprivate func changed(_ change: (UInt8) -> UInt8) -> Picture {
    Picture(width: width, height: height, channels: channels, pixels: pixels.map(change))
  }
}
