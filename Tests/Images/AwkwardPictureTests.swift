import Foundation
import GraftFiles
import GraftImages
import TestSupport
import Testing

/// The 83 awkward pictures of the real data, and what `expected.json` says of each.
@Suite(.enabled(if: TestData.has("data/images"), "real data not found: name its folder in $GRAFT_TEST_DATA"))
struct AwkwardPictureTests {
  struct Expectation: Decodable {
    let result: String
    let kind: String?
    let width, height: Int?
    let mean: [Double]?
    let samples: [Sample]?
    let samples16: [Sample]?
    let samplesNative: [Sample]?
    let maxval: Int?
    let sha256Rgb8: String?
    let toleranceMaxAbs: Int?
    let toleranceMeanAbs: Double?
    let compareTo: String?
  }

  /// `[x, y, [channel, …]]`.
  struct Sample: Decodable {
    let x, y: Int
    let values: [Int]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      x = try values.decode(Int.self)
      y = try values.decode(Int.self)
      self.values = try values.decode([Int].self)
    }
  }

  private static let expectations: [String: Expectation] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let data = try? Data(contentsOf: TestData.url("data/images/expected.json")) else { return [:] }
    return (try? decoder.decode([String: Expectation].self, from: data)) ?? [:]
  }()

  private static func names(_ results: String...) -> [String] {
    expectations.filter { results.contains($0.value.result) }.keys.sorted()
  }

  private static func read(_ name: String, pixelLimit: Int = Picture.defaultPixelLimit) throws -> Picture {
    try Picture(contentsOf: TestData.url("data/images/\(name)"), pixelLimit: pixelLimit)
  }

  @Test func everyResultIsOneThatIsTested() {
    #expect(Self.expectations.count == 83)
    let tested = Self.names(
      "ok", "error", "error-by-limit", "error-or-partial", "error-or-right-decode",
      "error-or-documented-substitute")
    #expect(tested.count == 83)
  }

  @Test(arguments: names("ok"))
  func isDecodedRight(name: String) throws {
    let expected = try #require(Self.expectations[name])
    let picture = try Self.read(name)
    #expect(picture.width == expected.width && picture.height == expected.height)
    let colored = picture.rgb
    if let digest = expected.sha256Rgb8 {
      #expect(colored.pixels.withUnsafeBytes { SHA256.digest(of: $0) } == digest)
    }
    let tolerance = expected.toleranceMaxAbs ?? 0
    for sample in expected.samples ?? [] {
      for (ours, theirs) in zip(colored[sample.x, sample.y], sample.values) {
        #expect(abs(Int(ours) - theirs) <= tolerance)
      }
    }
    for (channel, mean) in (expected.mean ?? []).enumerated() {
      let values = stride(from: channel, to: colored.pixels.count, by: 3).map { Int(colored.pixels[$0]) }
      let ours = Double(values.reduce(0, +)) / Double(values.count)
      #expect(abs(ours - mean) <= expected.toleranceMeanAbs ?? 0.001)
    }
    if let twin = expected.compareTo?.split(separator: " ").first {
      #expect(picture.difference(from: try Self.read(String(twin))).mean <= 3)
    }
    let deep = expected.samples16 ?? expected.samplesNative ?? []
    for sample in deep {
      let maximum = Double(expected.maxval ?? 65535)
      let rounded = sample.values.map { UInt8((Double($0) * 255 / maximum).rounded()) }
      #expect(picture[sample.x, sample.y] == rounded)
    }
    #expect(expected.sha256Rgb8 != nil || expected.mean != nil || !deep.isEmpty, "nothing was compared")
  }

  @Test(
    arguments: names("error", "error-or-partial", "error-or-right-decode", "error-or-documented-substitute"))
  func isRefusedWithItsName(name: String) throws {
    let error = try #require(pictureError { _ = try Self.read(name) })
    #expect("\(error)".contains(name))
  }

  @Test(arguments: names("error-by-limit"))
  func isRefusedByTheLimitAndReadWithoutIt(name: String) throws {
    #expect(pictureError { _ = try Self.read(name) }?.kind == .tooLarge)
    let picture = try Self.read(name, pixelLimit: .max)
    #expect(picture.pixels.allSatisfy { $0 == 0 })
  }

  @Test(.enabled(if: TestData.has("data/celeba"), "real data not found: name its folder in $GRAFT_TEST_DATA"))
  func everyCelebAPictureIsDecodedWithoutAWarning() throws {
    let folder = TestData.url("data/celeba/img_align_celeba")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == 3000)
    for name in names {
      let picture = try Picture(contentsOf: folder.appendingPathComponent(name))
      #expect(picture.width == 178 && picture.height == 218 && picture.channels == 3)
    }
  }
}
