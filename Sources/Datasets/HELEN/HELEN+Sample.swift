import Foundation
import GraftImages

extension HELEN {
  /// A photograph and its labels.
  struct Sample: Sendable {
    let identifier: String
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

    /// A map, of the size that all maps of a sample have.
    var firstLabel: Picture {
      get throws {
        switch labels {
        case .all(let files), .background(let files): try Picture(contentsOf: files[0])
        }
      }
    }

    /// How probable a face is at each pixel, in parts of 255.
    func probability(_ region: FaceMask.Region) throws -> Picture {
      switch labels {
      case .all(let files): try sum(files[region == .withHair ? 1...10 : 1...9])
      case .background(let files): try sum(files[...]) { 255 - $0 }
      }
    }

    /// The sum of some maps, at most 255, pixel by pixel.
    private func sum(_ files: ArraySlice<URL>, then change: (UInt8) -> UInt8 = { $0 }) throws -> Picture {
      var (width, height) = (0, 0)
      var sum: [UInt8] = []
      for file in files {
        let map = try Picture(contentsOf: file)
        guard map.channels == 1 else {
          throw DatasetError(
            file, "this label has colours, and its maps are grey",
            remedy: "Unpack the archive of the labels again.")
        }
        if sum.isEmpty {
          (width, height, sum) = (map.width, map.height, map.pixels)
          continue
        }
        guard map.width == width, map.height == height else {
          throw DatasetError(
            file,
            "this label is \(map.width)×\(map.height), and the others of \(identifier) are \(width)×\(height)",
            remedy: "Unpack the archive of the labels again.")
        }
        for (pixel, value) in map.pixels.enumerated() {
          sum[pixel] = UInt8(min(Int(sum[pixel]) + Int(value), 255))
        }
      }
      return Picture(width: width, height: height, channels: 1, pixels: sum.map(change))
    }
  }
}
