import Foundation
import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

/// Trees that ``SyntheticFaces`` writes, read by the loaders of the data sets that they resemble.
@Suite struct SyntheticTreeTests {
  /// How far the pictures in files are from those drawn, on average over the bytes: what JPEG loses.
  private func difference(_ left: Picture, _ right: Picture) -> Double {
    guard left.width == right.width, left.height == right.height else { return .infinity }
    let sum = zip(left.pixels, right.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(sum) / Double(left.pixels.count)
  }

  @Test func celebAReadsItsTree() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(like: .celebA, count: 20, seed: 8)
      try faces.write(to: folder)
      let celebA = try CelebA(directory: folder)
      let gender = try celebA.gender
      #expect(gender.count == 20 && gender[0].identifier == "000001.jpg")
      #expect(try gender.targets(at: 0..<20).scalars == faces.attribute.targets(at: 0..<20).scalars)
      #expect((0..<20).allSatisfy { gender[$0].partition == faces.attribute[$0].partition })
      #expect(try gender.trainingPool(seed: 1).count == 16)
      #expect(Set(celebA.identities ?? []).count == 20)
      #expect(celebA.attributeNames == ["Bald", "Eyeglasses", "Male", "No_Beard"])
      for index in [0, 7, 19] {
        #expect(difference(try gender[index].picture.value, try faces.attribute[index].picture.value) < 4)
      }
    }
  }

  @Test func lfwReadsItsTree() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(like: .lfw, count: 10, seed: 8)
      try faces.write(to: folder)
      for region in FaceClasses.allCases {
        let read = try LFWParts(directory: folder).dataset(classes: region)
        #expect(read.count == 10)
        let parts = [Partition.training, .validation, .test].map { part in
          (0..<10).count { read[$0].partition == part }
        }
        #expect(parts == [8, 1, 1])
        for index in 0..<10 {
          let number = try #require(Int(read[index].identifier.split(separator: "_")[1])) - 1
          let drawn = faces.masks(region)
          #expect(try read[index].target.value.scalars == drawn[number].target.value.scalars)
          #expect(difference(try read[index].picture.value, try drawn[number].picture.value) < 4)
        }
      }
    }
  }

  @Test func partsAreReadAsTheyWereDrawn() throws {
    try withTemporaryFolder { folder in
      let lfw = SyntheticFaces(like: .lfw, count: 10, seed: 8)
      let helen = SyntheticFaces(like: .helen, count: 10, seed: 8)
      try lfw.write(to: folder.appendingPathComponent("lfw"))
      try helen.write(to: folder.appendingPathComponent("helen"))
      let pairs: [(read: Dataset, drawn: Dataset)] = [
        (
          try LFWParts(directory: folder.appendingPathComponent("lfw")).dataset(classes: .parts),
          lfw.masks(.parts)
        ),
        (
          try HELEN(directory: folder.appendingPathComponent("helen")).dataset(
            classes: .parts, maskResizing: .nearest),
          helen.masks(.parts)
        ),
      ]
      for (read, drawn) in pairs {
        #expect(read.classNames == drawn.classNames && drawn.count == 10)
        for index in 0..<10 {
          let number = try #require(Self.number(read[index].identifier)) - 1
          let target = try drawn[number].target.value
          #expect(try read[index].target.value.scalars == target.scalars)
          #expect(Set(target.scalars).isSubset(of: Set((0..<drawn.classNames.count).map(Float.init))))
          #expect(Set(target.scalars).count > 1)
        }
      }
    }
  }

  /// `Face_3_0001` and `3_1` are the third face.
  private static func number(_ identifier: String) -> Int? {
    let words = identifier.split(separator: "_")
    return words.compactMap { Int($0) }.first
  }

  @Test func helenReadsItsTree() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(like: .helen, count: 10, seed: 8)
      try faces.write(to: folder)
      for region in FaceClasses.allCases {
        let read = try HELEN(directory: folder).dataset(classes: region)
        #expect(read.count == 10 && read.warnings.isEmpty)
        for index in 0..<10 {
          let number = try #require(Int(read[index].identifier.split(separator: "_")[0])) - 1
          let drawn = faces.masks(region, resizing: .bilinear)
          #expect(try read[index].target.value.scalars == drawn[number].target.value.scalars)
          #expect(difference(try read[index].picture.value, try drawn[number].picture.value) < 4)
        }
      }
    }
  }

  /// In LFW neck and ears are skin and beards are hair; in HELEN the one is background and the other skin.
  @Test func labelsFollowTheRulesOfTheirDataSets() throws {
    try withTemporaryFolder { folder in
      try SyntheticFaces(like: .helen, count: 10, seed: 8).write(to: folder)
      let maps = try (0...10).map { number in
        try Picture(
          contentsOf: folder.appendingPathComponent(
            "labels/1_1/1_1_lbl\(number < 10 ? "0" : "")\(number).png"))
      }
      #expect(maps.allSatisfy { $0.channels == 1 })
      for pixel in maps[0].pixels.indices {
        let values = maps.map { Int($0.pixels[pixel]) }
        #expect(values.reduce(0, +) == 255 && values.contains(255))
      }
      // Background, skin, both brows and eyes, nose, both lips and hair are all there.
      for number in [0, 1, 2, 3, 4, 5, 6, 7, 9, 10] {
        #expect(maps[number].pixels.contains(255), "map \(number)")
      }
    }
  }

  @Test func unwritablePlacesAreAnError() {
    #expect(throws: (any Error).self) {
      try SyntheticFaces(count: 1).write(to: URL(fileURLWithPath: "/proc/celeba"))
    }
  }
}
