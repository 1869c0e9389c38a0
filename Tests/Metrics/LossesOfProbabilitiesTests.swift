import Foundation
import GraftMetrics
import GraftTensor
import GraftWeights
import TestSupport
import Testing

@Test(arguments: [("keras2", ProbabilityClipping.keras2), ("keras3", .keras3)])
func binaryCrossEntropyOfProbabilitiesIsThatOfBothKeras(name: String, clipping: ProbabilityClipping) throws {
  let golden = try #require(Golden.cases(in: "ops")["bce_from_probabilities_\(name)"])
  try expectGoldenRows(golden) { binaryCrossEntropy(fromProbabilities: $0, $1, clipping: clipping) }

  // What the framework itself computed in float32, of each probability alone.
  let (inputs, targets) = (try golden.tensor("input"), try golden.tensor("target"))
  var (losses, slopes): ([Double], [Double]) = ([], [])
  for row in 0..<inputs.shape[0] {
    let tape = Tape()
    let probability = tape.track(inputs.rows([row]))
    let loss = binaryCrossEntropy(fromProbabilities: probability, targets.rows([row]), clipping: clipping)
    losses.append(Double(loss.scalar))
    slopes.append(Double(try #require(try tape.gradients(of: loss)[probability]).scalar))
  }
  expectClose(losses, try golden.array("output_float32_framework").doubles, within: 1e-5, name)
  let framework = try golden.array("grad_input_for_unit_grad_output_float32_framework").doubles
  expectClose(slopes, framework, within: 1e-5, name)
}

@Test func meanLossesOfProbabilitiesAreThoseOfTheFrameworks() throws {
  let cases = try Golden.cases(in: "ops")
  let binary = try #require(cases["bce_from_probabilities_mean"])
  try expectGolden(binary, targets: binary.tensor("target")) { binaryCrossEntropy(fromProbabilities: $0, $1) }
  let categorical = try #require(cases["categorical_cross_entropy_from_probabilities"])
  try expectGolden(
    categorical, targets: categorical.tensor("target"), categoricalCrossEntropy(fromProbabilities:_:))
  let squared = try #require(cases["mean_squared_error"])
  try expectGolden(squared, targets: squared.tensor("target"), meanSquaredError)
}

@Test func classNumbersCostWhatOneHotRowsCost() throws {
  let golden = try #require(Golden.cases(in: "ops")["categorical_cross_entropy_from_probabilities"])
  let oneHot = try golden.tensor("target")
  let numbers = oneHot.indexOfMaximumAlongLastAxis().map(Int32.init)
  try expectGolden(
    golden, targets: Tensor(shape: [numbers.count], integers: numbers),
    categoricalCrossEntropy(fromProbabilities:_:))
}

/// Every case of ops.npz that is a loss is compared by a test of this folder.
@Test func everyGoldenLossIsTested() throws {
  struct Attributes: Decodable { let operation: String }
  let losses: Set = [
    "binary_cross_entropy_from_logits", "binary_cross_entropy_from_probabilities",
    "categorical_cross_entropy_from_probabilities", "mean_squared_error", "softmax_cross_entropy",
  ]
  let found = try Golden.cases(in: "ops").values.filter {
    losses.contains(try $0.attributes(as: Attributes.self).operation)
  }
  #expect(
    Set(found.map(\.name)) == [
      "bce_from_logits", "bce_from_logits_extreme", "bce_from_logits_soft_targets",
      "bce_from_probabilities_keras2", "bce_from_probabilities_keras3", "bce_from_probabilities_mean",
      "categorical_cross_entropy_from_probabilities", "mean_squared_error", "softmax_cross_entropy",
      "softmax_cross_entropy_one_hot", "softmax_cross_entropy_soft_targets",
    ])
}

@Test func lossesOfMasksAreThoseOfNumPy() throws {
  let golden = try Golden.npz("metrics")
  let probabilities = try golden.tensor(named: "probabilities")
  let array = try golden.array(named: "masks")
  let bytes = try array.bytes
  let masks = Tensor(shape: array.shape, scalarType: .uint8) { $0.copyBytes(from: bytes) }
  let mean = binaryCrossEntropy(fromProbabilities: probabilities, masks)
  expectClose(Double(mean.scalar), try golden.array(named: "bce_mean").doubles[0], within: 1e-6, "mean")
  let images = (0..<8).map { image in
    Double(binaryCrossEntropy(fromProbabilities: probabilities.rows([image]), masks.rows([image])).scalar)
  }
  expectClose(images, try golden.array(named: "bce_per_image").doubles, within: 1e-6, "per image")

  let labels = try golden.array(named: "binary_labels").doubles.map(Float.init)
  let binary = binaryCrossEntropy(
    fromProbabilities: try golden.tensor(named: "binary_probabilities"), Tensor(shape: [30], scalars: labels))
  expectClose(
    Double(binary.scalar), try golden.array(named: "binary_bce_mean").doubles[0], within: 1e-6, "binary")
}

@Test func lossesOfProbabilitiesHaveTheGradientsOfFiniteDifferences() throws {
  var random = RandomStream(seed: 17)
  let probabilities = Tensor(uniform: [5, 3], in: 0.2..<0.8, random: &random)
  let shares = Tensor(uniform: [5, 3], in: 0..<1, random: &random)
  for clipping in [ProbabilityClipping.keras2, .keras3] {
    try checkGradients(
      of: { binaryCrossEntropy(fromProbabilities: $0[0], shares, clipping: clipping) }, at: [probabilities])
  }
  try checkGradients(
    of: { categoricalCrossEntropy(fromProbabilities: $0[0], shares) }, at: [probabilities])
  try checkGradients(of: { meanSquaredError($0[0], shares) }, at: [probabilities])
}

@Test func aProbabilityThatIsNotANumberIsSeenInTheLoss() {
  let probabilities = Tensor(shape: [2, 2], scalars: [.nan, 0.5, 0.5, 0.5])
  let targets = Tensor(shape: [2, 2], scalars: [0, 1, 0, 1])
  #expect(binaryCrossEntropy(fromProbabilities: probabilities, targets).scalar.isNaN)
  #expect(categoricalCrossEntropy(fromProbabilities: probabilities, targets).scalar.isNaN)
  #expect(meanSquaredError(probabilities, targets).scalar.isNaN)
}

@Test(.exits) func probabilitiesAndTargetsOfTwoShapesAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = binaryCrossEntropy(fromProbabilities: Tensor(zeros: [2, 1]), Tensor(zeros: [2]))
  }
  let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  #expect(
    text.contains("Binary cross entropy compares predictions and targets of one shape, not 2×1 and 2."),
    "\(text)")
}
