import Foundation
import GraftImages
import GraftTensor
import GraftWeights
import TestSupport
import Testing

struct PreprocessingTests {
  private let red = Picture(width: 1, height: 1, channels: 3, pixels: [255, 0, 10])

  private func picture(_ file: NPZFile) throws -> Picture {
    let array = try file.array(named: "picture")
    return Picture(width: array.shape[2], height: array.shape[1], channels: 3, pixels: try array.bytes)
  }

  @Test(arguments: [("input", Preprocessing.Style.caffe), ("input_torchvision_style", .torch)])
  func numbersAreThoseOfTheFrameworks(name: String, style: Preprocessing.Style) throws {
    let file = try Golden.npz("vgg_narrow")
    let expected = try file.tensor(named: name)
    let tensor = Preprocessing(width: 64, height: 64, style: style).tensor(of: [try picture(file)])
    #expect(tensor.shape == expected.shape)
    let largest = expected.scalars.map(abs).max() ?? 0
    let difference = zip(tensor.scalars, expected.scalars).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= 1e-6 * largest)
  }

  @Test func tensorFlowsNumbersLieBetweenMinusOneAndOne() {
    let tensor = Preprocessing(width: 1, height: 1, style: .tensorFlow).tensor(of: [red])
    #expect(tensor.scalars == [1, -1, 10 / Float(127.5) - 1])
  }

  @Test func caffeBeginsWithBlue() {
    let tensor = Preprocessing(width: 1, height: 1, style: .caffe).tensor(of: [red])
    #expect(tensor.scalars == [10 - 103.939, -116.779, 255 - 123.68])
  }

  @Test func meansOfOnesOwnFollowTheOrderOfTheInput() {
    let style = Preprocessing.Style(
      channelOrder: .bgr, divisor: 5, mean: [1, 2, 3], standardDeviation: [1, 2, 4])
    let tensor = Preprocessing(width: 1, height: 1, style: style).tensor(of: [red])
    #expect(tensor.scalars == [1, -1, 12])
  }

  @Test func greyStandsForAllChannels() throws {
    let grey = try ResizingTests.random(width: 9, height: 5, channels: 1)
    let preprocessing = Preprocessing(width: 7, height: 8, style: .torch)
    #expect(preprocessing.tensor(of: [grey]).scalars == preprocessing.tensor(of: [grey.rgb]).scalars)
  }

  @Test func picturesOfOtherSizesAreResizedAndKeepTheirPlaceInTheBatch() throws {
    let raw = Preprocessing.Style(channelOrder: .rgb)
    let preprocessing = Preprocessing(width: 6, height: 4, filter: .nearest, style: raw)
    let exact = try ResizingTests.random(width: 6, height: 4, channels: 3)
    let other = try ResizingTests.random(width: 11, height: 3, channels: 3)
    let tensor = preprocessing.tensor(of: [other, exact])
    #expect(tensor.shape == [2, 4, 6, 3])
    let expected = other.resized(width: 6, height: 4, filter: .nearest).pixels + exact.pixels
    #expect(tensor.scalars == expected.map(Float.init))
    #expect(preprocessing.tensor(of: []).shape == [0, 4, 6, 3])
  }

  @Test func standardIsTheSizeOfTheEncoders() {
    for preprocessing in [Preprocessing.caffe, .tensorFlow, .torch] {
      #expect(preprocessing.width == 224 && preprocessing.height == 224 && preprocessing.filter == .bilinear)
    }
  }

  @Test func identityTellsEveryPartApartAndNeverChanges() {
    let style = Preprocessing.Style(channelOrder: .bgr, mean: [103.939, 116.779, 124])
    let all: [Preprocessing] = [
      .caffe, .tensorFlow, .torch, Preprocessing(width: 225), Preprocessing(height: 225),
      Preprocessing(filter: .nearest), Preprocessing(filter: .bilinearWithoutAntialiasing),
      Preprocessing(style: style),
    ]
    #expect(Set(all.map(\.identity)).count == all.count)
    // Cache keys on people's disks hold this text.
    #expect(
      Preprocessing.caffe.identity == """
        {"filter":"bilinear","height":224,"style":{"channelOrder":"bgr","divisor":1,\
        "mean":[103.939,116.779,123.68],"standardDeviation":[1,1,1]},"width":224}
        """)
  }

  @Test(arguments: [
    Preprocessing.caffe, .tensorFlow, .torch, Preprocessing(width: 3, height: 5, filter: .bicubic),
  ])
  func metadataComesBack(preprocessing: Preprocessing) {
    #expect(Preprocessing(metadata: preprocessing.metadata) == preprocessing)
  }

  @Test(arguments: [
    ("\"height\":224", "\"height\":0"), ("\"width\":224", "\"width\":-1"),
    ("\"width\":224", "\"width\":9999999999"),
    ("\"divisor\":1", "\"divisor\":0"), ("[1,1,1]", "[1,0,1]"), ("[1,1,1]", "[1,1]"), ("\"bgr\"", "\"bgra\""),
    ("\"bilinear\"", "\"best\""),
  ])
  func metadataThatCannotBeFollowedIsNone(sound: String, broken: String) {
    let text = Preprocessing.caffe.identity.replacingOccurrences(of: sound, with: broken)
    #expect(text != Preprocessing.caffe.identity)
    #expect(Preprocessing(metadata: ["preprocessing": text]) == nil)
    #expect(Preprocessing(metadata: [:]) == nil)
  }
}
