import Foundation
import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

/// What lies under $GRAFT_TEST_DATA; its README says what it is.
@Suite(
  .enabled(if: TestData.has("data/unpack"), "real data not found: name its folder in $GRAFT_TEST_DATA"))
struct RealDataTests {
  @Test func celebAHasItsPicturesPartsAndPeople() throws {
    let celebA = try CelebA(directory: TestData.url("data/celeba"))
    let gender = try celebA.gender
    #expect(celebA.attributeNames.count == 40 && celebA.attributeNames[20] == "Male")
    #expect(gender.count == 3000)
    #expect(gender.count { $0.target.label == 1 } == 1403)
    #expect(try Partition.allCases.map { try gender.part($0).count } == [2050, 475, 475])
    #expect(Set(celebA.identities ?? []).count == 600)
    let picture = try gender[gender.count - 1].picture.value
    #expect(picture.width == 178 && picture.height == 218 && picture.channels == 3)
  }

  @Test func lfwHasItsPairsAndBothMasks() throws {
    try withUnpackedData { folder in
      let lfw = try LFWParts(directory: folder.appending(path: "lfw")).dataset()
      #expect(try Partition.allCases.map { try lfw.part($0).count } == [360, 120, 220])
      #expect(lfw[0].identifier == "Ted_Turner_0001")
      let bare = try LFWParts(directory: folder.appending(path: "lfw")).dataset(classes: .withoutHair)
      var bald = 0
      for index in 0..<lfw.count {
        let (with, without) = (bytes(try lfw[index].target.value), bytes(try bare[index].target.value))
        #expect(isContained(without, in: with))
        if with == without { bald += 1 }
      }
      #expect(bald == 31)
      #expect(try lfw[699].picture.value.width == 250)
    }
  }

  @Test func helenLayoutHasItsPicturesAndBothMasks() throws {
    try withUnpackedData { folder in
      let helen = try HELEN(directory: folder.appending(path: "helen")).dataset()
      let bare = try HELEN(directory: folder.appending(path: "helen")).dataset(classes: .withoutHair)
      #expect(helen.count == 330)
      #expect(try Partition.allCases.map { try helen.part($0).count } == [180, 50, 100])
      #expect(helen.warnings.isEmpty)
      for index in stride(from: 0, to: helen.count, by: 30) {
        let (with, without) = (try helen[index].target.value, try bare[index].target.value)
        #expect(with.shape == [224, 224, 1])
        #expect(isContained(bytes(without), in: bytes(with)))
        let shares = [with, without].map { $0.scalars.reduce(0, +) / Float($0.scalarCount) }
        #expect(shares[1] > 0.1 && shares[1] < shares[0] && shares[0] < 0.95)
        _ = try helen[index].picture.value
      }
    }
  }

  private func bytes(_ mask: Tensor) -> [UInt8] { mask.withUnsafeBytes { [UInt8]($0) } }

  private func isContained(_ mask: [UInt8], in other: [UInt8]) -> Bool {
    zip(mask, other).allSatisfy { $0 <= $1 }
  }

  private func withUnpackedData(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let process = Process()
      process.executableURL = TestData.url("data/unpack")
      process.arguments = [folder.path]
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      try body(folder)
    }
  }
}
