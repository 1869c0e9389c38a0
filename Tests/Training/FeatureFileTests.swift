import Foundation
import GraftTensor
import TestSupport
import Testing

@testable import GraftTraining

@Suite struct FeatureFileTests {
  @Test func whatIsWrittenIsReadRowByRow() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      let writer = try FeatureWriter(file: file, scalarType: .float32)
      try writer.append(Tensor(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6]), rows: 2)
      // The last batch is filled up, and what fills it is not written.
      try writer.append(Tensor(shape: [2, 3], scalars: [7, 8, 9, 0, 0, 0]), rows: 1)
      try writer.finish()
      let features = try CachedFeatures(file: file, count: 3, scalarType: .float32)
      #expect(features.shape == [3])
      #expect(try features.rows([2, 0]).scalars == [7, 8, 9, 1, 2, 3])
      #expect(throws: FeatureFileError.self) {
        try CachedFeatures(file: file, count: 4, scalarType: .float32)
      }
    }
  }

  @Test func aWriterGoesOnBehindWhatIsSafe() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      let rows = Tensor(shape: [3, 1, 2], scalars: [1, 2, 3, 4, 5, 6])
      func append(_ indices: [Int]) throws -> FeatureWriter {
        let writer = try FeatureWriter(file: file, scalarType: .bfloat16)
        try writer.append(rows.rows(indices).converted(to: .bfloat16), rows: indices.count)
        return writer
      }
      _ = try append([0, 1])
      // It was killed when the second row had not reached the disk for certain.
      try "1".write(to: file.appendingPathExtension("progress"), atomically: true, encoding: .utf8)
      #expect(try FeatureWriter(file: file, scalarType: .bfloat16).completedRows == 1)
      try append([1, 2]).finish()
      let features = try CachedFeatures(file: file, count: 3, scalarType: .bfloat16)
      #expect(features.shape == [1, 2])
      #expect(try features.rows([0, 1, 2]).scalars == rows.scalars)
    }
  }

  @Test func aFileOfSomethingElseIsNoCache() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      try Data(repeating: 7, count: 100).write(to: file)
      let error = #expect(throws: FeatureFileError.self) {
        try CachedFeatures(file: file, count: 1, scalarType: .float32)
      }
      #expect(error?.description.contains("no cached features") == true)
    }
  }

  @Test func twoWritersOfOneFileAreKeptApart() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      let first = try FeatureWriter(file: file, scalarType: .float32)
      try first.append(Tensor(shape: [1, 1], scalars: [1]), rows: 1)
      #expect(throws: FeaturesInProgress.self) { try FeatureWriter(file: file, scalarType: .float32) }
      try first.finish()
    }
  }

  @Test func aDamagedRowIsFound() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      let writer = try FeatureWriter(file: file, scalarType: .float32)
      try writer.append(Tensor(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6]), rows: 2)
      try writer.finish()
      var bytes = try Data(contentsOf: file)
      bytes[bytes.count - 10] ^= 1
      try bytes.write(to: file)
      let features = try CachedFeatures(file: file, count: 2, scalarType: .float32)
      #expect(try features.rows([0]).scalars == [1, 2, 3])
      let error = #expect(throws: FeatureFileError.self) { try features.rows([1]) }
      #expect(error?.description.contains("row 1") == true && error?.description.contains("damaged") == true)
    }
  }
}
