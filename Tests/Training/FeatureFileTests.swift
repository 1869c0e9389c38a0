import Foundation
import GraftTensor
import TestSupport
import Testing

@testable import GraftTraining

@Suite struct FeatureFileTests {
  @Test func whatIsWrittenIsReadRowByRow() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      let writer = try FeatureWriter(file: file, rowByteCount: 12)
      try writer.append(Tensor(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6]), rows: 2)
      // The last batch is filled up, and what fills it is not written.
      try writer.append(Tensor(shape: [2, 3], scalars: [7, 8, 9, 0, 0, 0]), rows: 1)
      try writer.finish()
      let features = try CachedFeatures(file: file, count: 3, shape: [3], scalarType: .float32)
      #expect(try features.rows([2, 0]).scalars == [7, 8, 9, 1, 2, 3])
      #expect(throws: FeatureFileError.self) {
        try CachedFeatures(file: file, count: 4, shape: [3], scalarType: .float32)
      }
    }
  }

  @Test func twoWritersOfOneFileAreKeptApart() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      let first = try FeatureWriter(file: file, rowByteCount: 4)
      let error = #expect(throws: FeatureFileError.self) { try FeatureWriter(file: file, rowByteCount: 4) }
      #expect(error?.description.contains("another process is computing these features") == true)
      try first.append(Tensor(shape: [1, 1], scalars: [1]), rows: 1)
      try first.finish()
    }
  }
}
