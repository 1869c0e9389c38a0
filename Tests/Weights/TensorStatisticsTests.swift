import Foundation
import GraftTensor
import GraftWeights
import Testing

@Test func statisticsAreThoseOfTheNumbersAsStored() throws {
  let statistics = TensorStatistics(of: [1, 2, 3, 6])
  #expect(statistics.mean == 3 && statistics.standardDeviation == 3.5.squareRoot())
  #expect(statistics.minimum == 1 && statistics.maximum == 6)
  // These two numbers are one in float32.
  let file = try NPZFile(contentsOf: golden("npz/large_integers.npz"))
  #expect(try file.statistics(of: "i4_beyond_float32").maximum == 16_777_217)
  #expect(throws: WeightFileError.self) { try file.statistics(of: "i8_beyond_float64") }
  #expect(throws: WeightFileError.self) { try file.statistics(of: "nothing") }
}

@Test func statisticsOfWhatIsNoNumberAreNone() {
  for numbers in [[], [1, .nan, 2], [.nan]] {
    let statistics = TensorStatistics(of: numbers)
    #expect(statistics.mean.isNaN && statistics.standardDeviation.isNaN)
    #expect(statistics.minimum.isNaN && statistics.maximum.isNaN)
  }
  let infinite = TensorStatistics(of: [-.infinity, 0, .infinity])
  #expect(infinite.mean.isNaN && infinite.minimum == -.infinity && infinite.maximum == .infinity)
}

@Test func aNameThatSafetensorsDoesNotAllowIsAnErrorOfTheFile() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("names.npz")
    try NPZFile.write([("__metadata__", .tensor(Tensor(1)))], to: file)
    let target = folder.appendingPathComponent("names.safetensors")
    let text = message { try NPZFile(contentsOf: file).write(as: .safetensors, to: target) }
    #expect(text?.contains("cannot have a tensor of this name") == true)
    #expect(!FileManager.default.fileExists(atPath: target.path))
  }
}
